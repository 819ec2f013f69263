// A nowcast of somebody's own files: dropped or chosen, sent with progress, waited for, shown frame by frame.

import { askAgain, send } from "./api.js";
import { picture } from "./fetched.js";
import { $, hour, links, still } from "./page.js";

const ASK_AGAIN_MS = 700;
const ENDED = ["failed", "expired", "cancelled"];
let running = 0;
let timer = null;
let sent = [];

export const lastSent = () => sent;

export function acceptFiles(reveal) {
  $("files").onchange = () => {
    start([...$("files").files]);
    $("files").value = ""; // so that the same file can be chosen again
  };
  $("upload").onsubmit = (event) => event.preventDefault();
  $("lead").oninput = () => {
    clearInterval(timer);
    turn();
  };
  let depth = 0; // dragenter and dragleave also come for every child
  addEventListener("dragenter", () => document.body.classList.toggle("dropping", ++depth > 0));
  addEventListener("dragleave", () => document.body.classList.toggle("dropping", --depth > 0));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    document.body.classList.remove("dropping");
    reveal();
    start([...event.dataTransfer.files]);
  });
}

async function start(files) {
  if (!files.length) return;
  const mine = ++running; // the newest order wins
  sent = files;
  $("replayed").textContent = "";
  $("result").hidden = true;
  $("progress").hidden = false;
  try {
    const nowcast = await order(files, () => mine === running);
    if (nowcast && mine === running) show(nowcast);
  } catch (error) {
    if (mine === running) say(error.message);
  } finally {
    if (mine === running) $("progress").hidden = true;
  }
}

async function order(files, wanted) {
  const form = new FormData();
  for (const file of files) form.append("frames", file, file.name);
  say(`Sending ${files.length} file${files.length > 1 ? "s" : ""} …`);
  let job = await send("nowcast", form, (share) => ($("progress").value = share));
  $("progress").removeAttribute("value"); // from here on nobody knows how long
  while (wanted() && job.status !== "done") {
    if (ENDED.includes(job.status)) throw new Error(job.reason ?? `The job was ${job.status}.`);
    say(job.status === "queued" ? "Waiting for a worker …" : "Computing …");
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    job = await askAgain(`nowcasts/${job.id}`, job, { headers: { Accept: "application/json" } });
  }
  return job;
}

let shown = null;
let pictures = [];

function show(nowcast) {
  shown = nowcast;
  pictures = nowcast.leads.map((lead) => picture(`nowcasts/${nowcast.id}/frames/${lead.lead_minutes}.png`));
  say(nowcast.fallback_reason ?? `Made by ${nowcast.method} ${nowcast.version}.`);
  $("lead").max = nowcast.leads.length - 1;
  $("lead").value = 0;
  $("result").hidden = false;
  $("storm").hidden = !$("region").value;
  const { netcdf, animation, ...others } = nowcast.links;
  links($("own-downloads"), { NetCDF: netcdf, PNG: animation, ...(others.geotiff && { GeoTIFF: others.geotiff }) });
  for (const one of pictures) one.then((found) => (new Image().src = found), failed);
  turn();
  clearInterval(timer);
  if (still()) return;
  timer = setInterval(() => {
    $("lead").value = (Number($("lead").value) + 1) % nowcast.leads.length;
    turn();
  }, 600);
}

const failed = (error) => say(error.message);

// A picture that comes late is not shown in place of the one that is wanted by then.
function turn() {
  const at = Number($("lead").value);
  const lead = shown.leads[at];
  const wanted = pictures[at];
  wanted.then((found) => wanted === pictures[Number($("lead").value)] && ($("picture").src = found), failed);
  $("caption").textContent = `+${lead.lead_minutes} min (${hour(lead.time)}), at most ${lead.max?.toFixed(1) ?? "–"} mm/h`;
  $("lead").setAttribute("aria-valuetext", $("caption").textContent);
}

function say(text) {
  $("outcome").textContent = text;
}
