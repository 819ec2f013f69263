// What the colours mean, as the service says it: of rain rates, or of chances.

import { ask } from "./api.js";
import { $, made, put } from "./page.js";

const said = {};
let wishes = 0;

// The newest wish wins, whichever is answered first.
export async function legend(layer, title) {
  const mine = ++wishes;
  said[layer] ??= ask(`tiles/legend.json?layer=${layer}`).catch((error) => {
    delete said[layer]; // asked again when it is wanted again
    throw error;
  });
  const { steps, units, missing } = await said[layer];
  if (mine !== wishes) return;
  const marks = steps.map((step) => mark(step, `${step.value}`, `from ${step.value} ${units}`));
  const scale = made("div", "", { class: "scale" });
  put(scale, ...marks, mark(missing, "no data", "not observed, or no forecast"));
  put($("legend"), made("b", `${title}, ${units}`), scale);
  $("legend").setAttribute("aria-label", `${title}: ${steps.map((step) => step.value).join(", ")} ${units}`);
}

function mark(step, text, title) {
  const found = made("span", text, { title });
  found.style.setProperty("--colour", step.color);
  return found;
}
