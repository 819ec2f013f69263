// The API key of who looks, where the service asks for one: kept for this tab, or on this device for who wants that.

import { $ } from "./page.js";

const NAME = "api-key";
let key = kept();
let asking = null;
let refusals = 0;

export const shownKey = () => key;

// How often nobody gave a key: who was asked while a request was on its way is not asked again for that one.
export const declined = () => refusals;

export function dress() {
  const title = key ? "Sign out: forget the API key" : "Sign in with an API key";
  $("sign").hidden = !key && $("sign").hidden;
  $("sign").title = title;
  $("sign").setAttribute("aria-label", title);
}

// True once there is a key; one dialog, however many requests wait for what becomes of it.
export function signIn(reason) {
  asking ??= opened(reason).finally(() => (asking = null));
  return asking;
}

export function signOut() {
  key = null;
  try {
    for (const store of [sessionStorage, localStorage]) store.removeItem(NAME);
  } catch {}
  dress();
}

function opened(reason) {
  $("reason").textContent = reason;
  $("sign").hidden = false;
  $("sign-in").returnValue = "";
  $("sign-in").showModal();
  return new Promise((resolve) => ($("sign-in").onclose = () => resolve(taken() || !++refusals)));
}

// What a header cannot carry is no part of a key.
function taken() {
  const typed = $("api-key").value.replace(/[^!-~]/g, "");
  $("api-key").value = "";
  if ($("sign-in").returnValue !== "in" || !typed) return false;
  keep(typed, $("remember").checked);
  return true;
}

function kept() {
  try {
    return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function keep(typed, remember) {
  signOut();
  key = typed;
  try {
    (remember ? localStorage : sessionStorage).setItem(NAME, typed);
  } catch {}
  dress();
}
