// What the map shows of what is expected: its rain, or the chance that it reaches a threshold.

import { $, made, put } from "./page.js";

let shown = null;
let offered = "";

export const chosen = () => shown;

// A choice for each threshold there are chances of; the one that was made stays as long as there is such a one.
export function offer(thresholds, changed) {
  if (`${thresholds}` === offered) return;
  offered = `${thresholds}`;
  if (!thresholds.includes(shown)) shown = null;
  $("layers").hidden = !thresholds.length;
  const legend = $("layers").querySelector("legend");
  const choose = (value) => {
    shown = value;
    changed();
  };
  put($("layers"), legend, choice("Rain", null, choose, "Rain rate"), made("span", "Chance of", { class: "quiet" }), ...thresholds.map((one) => choice(`≥ ${one}`, one, choose, `Chance of at least ${one} mm/h`)), made("span", "mm/h", { class: "quiet" }));
}

function choice(text, value, choose, title) {
  const input = made("input", "", { type: "radio", name: "layer", value: value ?? "rain", "aria-label": title });
  input.checked = value === shown;
  input.onchange = () => choose(value);
  const label = made("label", "", { class: "chip", title });
  label.append(input, made("span", text));
  return label;
}

// The keys 0 to 9 choose like a click.
export function choose(n) {
  $("layers").querySelectorAll("input")[n]?.click();
}
