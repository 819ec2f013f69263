// The line above the map that must not be overlooked, such as that the service is away.

import { $ } from "./page.js";

let troubled = false;

export function warnOf(text) {
  $("banner").textContent = text;
  $("banner").hidden = false;
}

export function trouble(error) {
  troubled = true;
  warnOf(error.status === 401 ? error.message : `${error.message} Trying again.`);
}

// The service answers: what was said of trouble is over.
export function calm() {
  if (troubled) $("banner").hidden = true;
  troubled = false;
}
