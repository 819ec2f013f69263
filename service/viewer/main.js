// Brings the parts together: which region, which frame, which place.

import { ask, askIfThere } from "./api.js";
import { Frames } from "./frames.js";
import { legend } from "./legend.js";
import { makeMap, show as fit } from "./map.js";
import { meteogram } from "./meteogram.js";
import { $, age, day, hour, links, made, put, rememberedTheme, switchTheme } from "./page.js";
import { Player } from "./player.js";
import { draw as drawSkill, skill } from "./skill.js";
import { acceptFiles } from "./upload.js";

const AGAIN_MS = 20000;
const L = window.L;

rememberedTheme();
if (innerWidth <= 700) fold(true);
const map = makeMap();
const frames = new Frames(map);
const player = new Player({ show: (at) => frames.show(at), ready: (at) => frames.ready(at), changed: showTime });
let extent = null;
let spot = null;
let spotted = 0;

// Everything about a region; the map moves only when it is another region than before.
async function look(region, moved) {
  const [tiles, nowcast] = await Promise.all([askIfThere(`regions/${region}/tiles.json`), askIfThere(`regions/${region}/nowcast`)]);
  if ($("region").value !== region) return;
  about(region, nowcast, tiles);
  skill(region).catch(() => ($("skill").hidden = true));
  if (!tiles) return nothing();
  if (moved) frame(tiles);
  follow(tiles);
}

// New frames: who watches the newest goes on with the newest, who looks back stays at the time they look at.
function follow(tiles) {
  const before = frames.list[player.index];
  const atNewest = !before || (player.index === player.last && !player.playing);
  const same = JSON.stringify(frames.list) === JSON.stringify(tiles.frames);
  if (same) return;
  frames.set(tiles.frames, tiles.attribution);
  const last = tiles.frames.findLastIndex((one) => one.kind === "observed");
  const there = before && tiles.frames.findIndex((one) => one.time === before.time);
  $("time").max = tiles.frames.length - 1;
  $("now").hidden = last === tiles.frames.length - 1;
  $("now").style.left = `calc(8px + (100% - 16px) * ${(last + 0.5) / (tiles.frames.length - 1)})`;
  player.set(tiles.frames.length, last, atNewest || there < 0 ? last : there);
}

function frame(tiles) {
  const [west, south, east, north] = tiles.bounds;
  extent?.remove();
  extent = L.rectangle([[south, west], [north, east]], { className: "extent", pane: "lines", interactive: false }).addTo(map);
  fit(map, tiles.bounds);
}

function nothing() {
  frames.set([]);
  player.pause();
  player.count = 0;
  $("clock").textContent = "no frames yet";
  $("badge").textContent = "";
}

function showTime({ index, last, playing }) {
  $("play").textContent = playing ? "⏸" : "▶";
  $("play").setAttribute("aria-pressed", playing);
  const one = frames.list[index];
  if (!one) return;
  const minutes = Math.round((Date.parse(one.time) - Date.parse(frames.list[last].time)) / 60000);
  const ahead = one.kind === "nowcast";
  const said = ahead ? `nowcast +${minutes} min` : minutes ? `observed ${-minutes} min before` : "newest observation";
  $("time").value = index;
  $("time").setAttribute("aria-valuetext", `${hour(one.time)}, ${said}`);
  $("clock").textContent = `${hour(one.time)} · ${said}`;
  $("day").textContent = day(one.time);
  $("badge").textContent = ahead ? `NOWCAST +${minutes} min` : "OBSERVED";
  for (const element of [$("clock"), $("badge"), document.body]) element.classList.toggle("ahead", ahead);
}

function about(region, nowcast, tiles) {
  $("about").hidden = false;
  const facts = nowcast
    ? { method: `${nowcast.method} ${nowcast.version}`, "last frame": `${day(nowcast.reference_time)} ${hour(nowcast.reference_time)}`, "data age": age(nowcast.data_age_seconds), "frames used": nowcast.input_times.length, ahead: `${nowcast.leads.at(-1).lead_minutes} min`, chances: nowcast.chances_made_by, source: nowcast.attribution }
    : { nowcast: "none yet", source: tiles?.attribution };
  const rows = Object.entries(facts).filter(([, value]) => value);
  put($("facts"), ...rows.flatMap(([term, value]) => [made("dt", term), made("dd", `${value}`)]));
  $("made").textContent = nowcast ? `${nowcast.method} · data ${age(nowcast.data_age_seconds)} old` : "";
  const { netcdf, geotiff, gif, zip } = nowcast?.links ?? {};
  const there = Object.entries({ NetCDF: netcdf, GeoTIFF: geotiff, GIF: gif, zip }).filter(([, href]) => href);
  links($("downloads"), { ...Object.fromEntries(there), ...(tiles && { TileJSON: `regions/${region}/tiles.json` }) });
  warn(nowcast);
}

// What must not be overlooked: another method than wanted, or old radar.
function warn(nowcast) {
  const said = [];
  if (nowcast?.fallback_reason) said.push(`Made by ${nowcast.method} instead of ${nowcast.asked_for}: ${nowcast.fallback_reason}`);
  if (nowcast?.stale) said.push(`The radar is late: the newest frame is ${age(nowcast.data_age_seconds)} old.`);
  $("banner").textContent = said.join(" ");
  $("banner").hidden = !said.length;
}

async function regions() {
  const { regions: known } = await ask("regions");
  const before = $("region").value || new URLSearchParams(location.search).get("region");
  put($("region"), ...known.map(({ id, region }) => made("option", region.name || id, { value: id })));
  $("region").hidden = !known.length;
  $("empty").hidden = known.length > 0;
  if (known.some(({ id }) => id === before)) $("region").value = before;
  return $("region").value;
}

// The newest answer wins, as people click faster than radars answer.
async function point(lonlat) {
  const region = $("region").value;
  const mine = ++spotted;
  const lon = ((((lonlat.lng + 180) % 360) + 360) % 360) - 180;
  const query = `lon=${lon.toFixed(4)}&lat=${lonlat.lat.toFixed(4)}`;
  spot?.remove();
  spot = L.circleMarker(lonlat, { radius: 7, className: "spot", pane: "lines", interactive: false }).addTo(map);
  const [seen, expected] = await Promise.all([askIfThere(`regions/${region}/observed?${query}`), askIfThere(`regions/${region}/point?${query}`)]);
  if (mine !== spotted) return;
  $("place").hidden = false;
  fold(false);
  const here = expected?.points?.[0];
  const covered = seen?.rain.some((rain) => rain !== null) || here?.rain.some((rain) => rain !== null);
  $("sentence").textContent = here?.sentence ?? (covered ? "" : "The radar does not see this place.");
  const coming = { times: expected?.times ?? [], thresholds: expected?.thresholds ?? [], rain: here?.rain ?? [], chances: here?.chances ?? [] };
  put($("meteogram"), ...(covered ? [meteogram(seen ?? { times: [], rain: [] }, here ? coming : { ...coming, times: [], thresholds: [] })] : []));
  $("panel").scrollTop = 0;
}

function forget() {
  spotted++;
  spot?.remove();
  $("place").hidden = true;
}

function fold(folded) {
  $("panel").classList.toggle("folded", folded);
  $("fold").setAttribute("aria-expanded", !folded);
}

const KEYS = {
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-1),
  ArrowRight: () => player.step(1),
  Home: () => player.step(-player.count),
  End: () => player.step(player.count),
  n: () => player.step(player.last - player.index),
  i: () => $("fold").click(),
  t: () => switchTheme(),
  "+": () => map.zoomIn(),
  "-": () => map.zoomOut(),
  Escape: forget,
};

addEventListener("keydown", (event) => {
  // A field that is typed in, chosen from or slid keeps its own keys; the time line's are the same as ours.
  const busy = event.target.closest("select, input:not(#time), button, a") || event.ctrlKey || event.metaKey || event.altKey;
  if (busy && !(event.key === "Escape")) return;
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

$("play").onclick = () => player.toggle();
$("time").oninput = () => player.step(Number($("time").value) - player.index);
$("speed").onchange = () => (player.speed = Number($("speed").value));
$("opacity").oninput = () => frames.fade(Number($("opacity").value));
$("theme").onclick = switchTheme;
$("fold").onclick = () => fold(!$("panel").classList.contains("folded"));
$("forget").onclick = forget;
$("threshold").onchange = drawSkill;
$("region").onchange = () => {
  forget();
  player.pause();
  frames.set([]);
  history.replaceState(null, "", `?region=${encodeURIComponent($("region").value)}`);
  look($("region").value, true).catch(trouble);
};
map.on("click", (event) => $("region").value && point(event.latlng).catch(trouble));
acceptFiles(() => fold(false));

function trouble(error) {
  $("banner").textContent = `${error.message} Trying again.`;
  $("banner").hidden = false;
}

// Asked again and again: a service that was away is found when it is back.
let first = true;
async function refresh() {
  try {
    const region = await regions();
    if (region) await look(region, first);
    first = first && !region;
  } catch (error) {
    trouble(error);
  }
  setTimeout(refresh, AGAIN_MS);
}

legend($("legend")).catch(trouble);
refresh();
