// A storm of somebody's own through the pipeline of a region, on a faster clock: begun, followed, looked at.

import { askAgain, send } from "./api.js";
import { $, made, put } from "./page.js";

const ASK_AGAIN_MS = 2000;
const SPEED = 600;
let running = 0;

// files(): what was sent last; region(): the region whose plan is taken.
export function replayStorms(files, region) {
  $("storm").onclick = () => begin(files(), region()).catch((error) => say(error.message));
}

async function begin(files, region) {
  const mine = ++running; // the newest replay is the one that is told of
  const form = new FormData();
  for (const file of files) form.append("frames", file, file.name);
  say("Sending …");
  let replay = await send(`regions/${region}/replays?speed=${SPEED}`, form, () => {});
  while (mine === running) {
    tell(replay);
    if (replay.state === "done") return;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    replay = await askAgain(`regions/${region}/replays/${replay.id}`, replay);
  }
}

function tell({ id, state, fed, frames, trouble }) {
  const far = state === "running" ? `${fed} of ${frames} frames` : state;
  say(`Replay: ${far}${trouble ? `. ${trouble}` : ""} `);
  $("replayed").append(made("a", "Show it", { href: `?${new URLSearchParams({ region: id })}` }));
}

function say(text) {
  put($("replayed"), text);
}
