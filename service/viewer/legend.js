// What the colours mean, as the service says it.

import { ask } from "./api.js";
import { made, put } from "./page.js";

export async function legend(parent) {
  const said = await ask("tiles/legend.json");
  const steps = said.steps.map((step) => {
    const mark = made("span", `${step.rate}`, { title: `from ${step.rate} ${said.units}` });
    mark.style.borderTopColor = step.color;
    return mark;
  });
  const missing = made("span", "no data", { title: "not observed, or no forecast" });
  missing.style.borderTopColor = said.missing.color;
  put(parent, ...steps, missing, made("b", said.units));
}
