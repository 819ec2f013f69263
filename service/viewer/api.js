// What the page asks the service for. Errors carry the sentence of the service.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function ask(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw await refused(answer);
  return answer.json();
}

// The same, null where there is nothing (yet).
export async function askIfThere(path) {
  try {
    return await ask(path);
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return null;
    throw error;
  }
}

async function refused(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Refused(answer.status, said.detail ?? `The service answers ${answer.status}.`);
}

// fetch does not tell how much has been sent, so this is the older way.
export function send(path, form, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Prefer", "respond-async");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Refused(0, "The service cannot be reached."));
    request.onload = () =>
      request.status < 300
        ? resolve(request.response)
        : reject(new Refused(request.status, request.response?.detail ?? `The service answers ${request.status}.`));
    request.send(form);
  });
}
