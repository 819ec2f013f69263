// What the page asks the service for. Errors carry the sentence of the service.

import { declined, shownKey, signIn, signOut } from "./access.js";

const NO_ANSWER = [0, 401, 429]; // which tell nothing of whether there is something
const PATIENCE_MS = 60000;
const AWAY = "The service cannot be reached.";

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

// A request with the key there is; while the service takes none, one is asked for, until nobody gives another.
async function keyed(request) {
  for (;;) {
    const [key, before] = [shownKey(), declined()];
    try {
      return await request(key ? { Authorization: `Bearer ${key}` } : {});
    } catch (error) {
      if (error.status !== 401) throw error;
      if (shownKey() !== key) continue; // another request has got one meanwhile
      signOut();
      if (declined() !== before || !(await signIn(key ? error.message : ""))) throw new Refused(401, "This takes an API key.");
    }
  }
}

export function got(path, options, patience) {
  return keyed(async (headers) => {
    const signal = patience ? AbortSignal.timeout(patience) : options?.signal;
    const answer = await fetch(path, { ...options, signal, headers: { ...options?.headers, ...headers } });
    if (!answer.ok) throw await refused(answer);
    return answer;
  });
}

// A connection that is lost without a word must not be waited for: the page would never ask again.
export async function ask(path, options) {
  try {
    return await (await got(path, options, PATIENCE_MS)).json();
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(0, AWAY);
  }
}

// Asked again and again: while the service is away all is as it was before.
export async function askAgain(path, before, options) {
  try {
    return await ask(path, options);
  } catch (error) {
    if (error.status > 0 && error.status < 500 && error.status !== 429) throw error;
    return before;
  }
}

// The service has answered that there is no such thing: to ask again would not help.
export const final = (error) => error instanceof Refused && error.status < 500 && !NO_ANSWER.includes(error.status);

// The same, null where there is nothing (yet).
export async function askIfThere(path) {
  try {
    return await ask(path);
  } catch (error) {
    if (final(error)) return null;
    throw error;
  }
}

async function refused(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Refused(answer.status, said.detail ?? `The service answers ${answer.status}.`);
}

export const send = (path, form, onProgress) => keyed((headers) => sent(path, form, onProgress, headers));

// fetch does not tell how much has been sent, so this is the older way.
function sent(path, form, onProgress, headers) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    const all = { ...headers, Accept: "application/json", Prefer: "respond-async" };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Refused(0, AWAY));
    request.onload = () =>
      request.status < 300
        ? resolve(request.response)
        : reject(new Refused(request.status, request.response?.detail ?? `The service answers ${request.status}.`));
    request.send(form);
  });
}
