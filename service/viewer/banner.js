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

// A tile has not come: the hole that it leaves would look dry.
export const hole = (error) => trouble(error.status ? error : { message: "Parts of the map could not be fetched." });

// The service answers: what was said of trouble is over. True when there was some.
export function calm() {
  const before = troubled;
  if (before) $("banner").hidden = true;
  troubled = false;
  return before;
}
