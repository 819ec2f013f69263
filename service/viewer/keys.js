// What the keys do, and the list of it.

import { $, made, put } from "./page.js";

const NAMES = { " ": "space", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

// keys: each with what it does and what that is in words, in the order of the list; several may have one meaning.
export function listen(keys) {
  const acts = new Map(keys);
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (keepsIts(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = acts.get(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
  put($("known"), ...described(keys));
}

// A field that is typed in or chosen from keeps all keys, but that which leaves it. One that is slid keeps those that slide
// it, except the time line, whose are the same as ours; what is pressed or ticked keeps the key that does so: whoever has
// used one goes on with the others.
function keepsIts({ key, target }) {
  if (key === "Escape") return false;
  if (key === " ") return target.closest("select, input:not(#time), button, a");
  if (target.type === "radio") return key.startsWith("Arrow");
  if (target.type === "range") return target.id !== "time" && /^(Arrow|Home|End)/.test(key);
  return target.closest("select, input:not([type=checkbox], [type=file])");
}

function described(keys) {
  const means = new Map();
  for (const [key, , text] of keys) means.set(text, [...(means.get(text) ?? []), NAMES[key] ?? key]);
  return [...means].filter(([text]) => text).flatMap(([text, names]) => {
    const term = made("dt");
    const few = names.length > 4 ? [names[0], "…", names.at(-1)] : names;
    term.append(...few.map((name) => made(name === "…" ? "span" : "kbd", name)));
    return [term, made("dd", text)];
  });
}
