// Small things of the page: elements by id, text for people, theme.

export const $ = (id) => document.getElementById(id);

export function put(parent, ...children) {
  parent.replaceChildren(...children);
  return parent;
}

export function made(name, text = "", attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const NS = "http://www.w3.org/2000/svg";

export function drawn(name, attributes = {}, text = "") {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

export const hour = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const day = (time) => new Date(time).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });

// As a field for date and time has it: in the time of the reader's clock.
export function local(time) {
  const date = new Date(time);
  return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export const utc = (time) => new Date(time).toISOString().replace(/\.\d+/, "");

export function age(seconds) {
  if (seconds === null) return "no data";
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

export function links(parent, named) {
  renew(parent, Object.entries(named).map(([text, href]) => made("a", text, { href, download: "" })));
}

// What is there already stays, and with it the focus of who is on it.
function renew(parent, children) {
  const same = parent.children.length === children.length && children.every((child, n) => child.isEqualNode(parent.children[n]));
  if (!same) put(parent, ...children);
}

export function options(select, named, chosen) {
  renew(select, named.map(([value, text]) => made("option", text, { value })));
  if (named.some(([value]) => `${value}` === `${chosen}`)) select.value = chosen;
}

// Who is inside of what goes away goes on elsewhere, not nowhere.
export function handOver(inside, elsewhere) {
  if (inside.contains(document.activeElement)) elsewhere.focus();
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// The system's choice until somebody makes another; a browser that keeps nothing forgets it.
export function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {}
}

export function rememberedTheme() {
  try {
    const theme = localStorage.getItem("theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {}
}
