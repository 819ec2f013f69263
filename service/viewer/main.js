// Brings the parts together: which region, whose nowcast of when, which frame, which place.

import * as about from "./about.js";
import { dress, shownKey, signIn, signOut } from "./access.js";
import { Refused, ask, askIfThere } from "./api.js";
import { saveLinks } from "./fetched.js";
import { Frames } from "./frames.js";
import { listen } from "./keys.js";
import * as layers from "./layers.js";
import { legend } from "./legend.js";
import { Machine } from "./machine.js";
import { makeMap, show as fit } from "./map.js";
import { $, hour, options, rememberedTheme, switchTheme } from "./page.js";
import { follow as followPlace, forget, place, spotted } from "./place.js";
import { Player } from "./player.js";
import { draw as drawSkill, skill } from "./skill.js";
import { replayStorms } from "./storm.js";
import { Swipe } from "./swipe.js";
import { lay, tell } from "./timebar.js";
import { acceptFiles, lastSent } from "./upload.js";

const AGAIN_MS = 20000;
const L = window.L;

rememberedTheme();
const map = makeMap();
const frames = new Frames(map, "said");
const came = new Frames(map, "came");
const swipe = new Swipe(map);
const machine = new Machine(() => look(false).catch(trouble));
const player = new Player({ show, ready: (at) => frames.ready(at) && came.ready(at), changed: showTime });
let tiles = null;
let extent = null;
let looks = 0;
let lookedBack = false;
let unfolded = false; // by a click on the map: when the place is closed, the panel goes again
if (innerWidth <= 700 || innerHeight <= 480) fold(true);

const region = () => $("region").value;
const query = () => ({ ...machine.query, ...($("method").value && { method: $("method").value }) });

// Everything about a region; the map moves only when it is another region than before.
async function look(moved) {
  const mine = ++looks;
  const [where, then] = [region(), query()];
  const archived = Boolean(then.at || then.method);
  const [now, there, nowcast] = await Promise.all([
    askIfThere(`regions/${where}/tiles.json`),
    archived ? archive(where, then) : null,
    askIfThere(`regions/${where}/nowcast`),
  ]);
  if (mine !== looks) return;
  const found = archived ? there : now;
  if (now) machine.reach(now.kept_since, now.frames.findLast((one) => one.kind === "observed")?.time, cadence(now));
  about.fresh(nowcast);
  about.warn(machine.on ? null : nowcast); // what is late now was not then
  if (archived && !found) return;
  archived ? about.archived(where, found) : about.latest(where, nowcast, found);
  about.methods(found?.run, now?.run?.asked_for);
  if (then.at) machine.found(found.run.reference_time);
  remember(where, then);
  skill(where).catch(() => ($("skill").hidden = true));
  found ? arrange(found, moved) : nothing();
}

// One out of the archive; that it is not there is said, and what was shown stays.
async function archive(where, then) {
  try {
    return await ask(`regions/${where}/tiles.json?${new URLSearchParams(then)}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    setTimeout(() => warnOf(error.message));
    return null;
  }
}

function arrange(found, moved) {
  if (moved) frame(found);
  const same = tiles && JSON.stringify([tiles.frames, tiles.run]) === JSON.stringify([found.frames, found.run]);
  if (same && !moved) return;
  layers.offer(found.run?.thresholds ?? [], redraw);
  follow(found);
}

// New frames: who watches the newest goes on with the newest, and so does who leaves the time machine; who looks back
// stays at the time they look at; in the time machine it is the lead that stays.
function follow(found) {
  const [before, lead] = [tiles?.frames[player.index], player.index - player.last];
  const left = lookedBack && !machine.on;
  lookedBack = machine.on;
  const atNewest = !before || left || (player.index === player.last && !player.playing);
  const then = found.run && tiles?.run && found.run.reference_time !== tiles.run.reference_time && machine.on;
  tiles = found;
  const last = Math.max(0, found.frames.findLastIndex((one) => one.kind === "observed"));
  const there = before ? found.frames.findIndex((one) => one.time === before.time) : -1;
  lay(found.frames, last);
  draw();
  player.set(found.frames.length, last, then ? last + lead : atNewest || there < 0 ? last : there);
  if (spotted()) point(spotted()).catch(trouble);
}

// The addresses of what is to be shown: of what is expected, the chosen layer; on the other side what came.
function draw() {
  const threshold = layers.chosen();
  const chance = threshold === null ? "" : `&threshold=${threshold}`;
  const both = machine.on && $("compare").checked;
  frames.set(tiles.frames.map((one) => (one.kind === "nowcast" ? one.tiles + chance : one.tiles)), tiles.attribution);
  came.set(tiles.frames.map((one) => (both ? one.came : null)), tiles.attribution);
}

function redraw() {
  draw();
  player.go(player.index);
}

function show(index) {
  const one = tiles.frames[index];
  const chance = layers.chosen();
  swipe.turn(Boolean(machine.on && $("compare").checked && one.came), tiles.bounds);
  one.kind === "nowcast" && chance !== null ? legend("chance", `Chance of ≥ ${chance} mm/h`) : legend("rain", "Rain rate");
  came.show(index);
  return frames.show(index);
}

function frame(found) {
  const [west, south, east, north] = found.bounds;
  extent?.remove();
  extent = L.rectangle([[south, west], [north, east]], { className: "extent", pane: "lines", interactive: false }).addTo(map);
  fit(map, found.bounds);
}

function cadence({ frames: list }) {
  const gaps = list.slice(1).map((one, n) => Date.parse(one.time) - Date.parse(list[n].time));
  return Math.min(...gaps.filter((gap) => gap > 0), 3600000);
}

function nothing() {
  tiles = null;
  for (const all of [frames, came]) all.clear();
  player.pause();
  player.count = 0;
  layers.offer([], redraw);
  lay([], 0);
  $("clock").textContent = "no frames yet";
  $("badge").textContent = "";
}

function showTime({ index, last, playing }) {
  $("play").classList.toggle("playing", playing);
  $("play").setAttribute("aria-pressed", playing);
  const one = tiles?.frames[index];
  if (!one) return;
  $("time").value = index;
  const lead = tell(one, tiles.frames[last], machine.on);
  const by = $("method").value ? ` by ${$("method").value}` : "";
  const when = machine.on ? ` of ${hour(tiles.run.reference_time)}` : "";
  $("badge").textContent = lead ? `NOWCAST${when} ${lead}${by}` : "OBSERVED";
  followPlace(one.time);
}

async function regions() {
  const { regions: known } = await ask("regions");
  const before = region() || new URLSearchParams(location.search).get("region");
  options($("region"), known.map(({ id, region: plan }) => [id, plan.name || id]), before);
  $("region").parentElement.hidden = !known.length;
  $("empty").hidden = known.length > 0;
  document.querySelector("footer").hidden = !known.length;
  return region();
}

// An address of what is looked at, to be sent to somebody.
function remember(where, then) {
  history.replaceState(null, "", `?${new URLSearchParams({ region: where, ...then })}`);
}

async function point(lonlat) {
  const then = tiles?.run && (machine.on || $("method").value) ? { at: tiles.run.reference_time, method: $("method").value || tiles.run.asked_for } : {};
  if (!(await place(map, lonlat, region(), then))) return;
  if (tiles) followPlace(tiles.frames[player.index]?.time);
}

const folded = () => $("panel").classList.contains("folded");

function fold(away) {
  unfolded = false;
  $("panel").classList.toggle("folded", away);
  $("fold").setAttribute("aria-expanded", !away);
}

function closePlace() {
  forget();
  if (unfolded) fold(true);
}

listen([
  [" ", () => player.toggle(), "play, pause"],
  ["ArrowLeft", () => player.step(-1), "one frame back, on"],
  ["ArrowRight", () => player.step(1), "one frame back, on"],
  ["Home", () => player.step(-player.count), "first, last frame"],
  ["End", () => player.step(player.count), "first, last frame"],
  ["n", () => player.step(player.last - player.index), "now"],
  ["m", () => $("machine").disabled || machine.toggle(), "time machine"],
  ["[", () => machine.step(-1), "its moment earlier, later"],
  ["]", () => machine.step(1), "its moment earlier, later"],
  ["r", () => machine.replay(), "replay"],
  ["c", () => machine.on && $("compare").click(), "with what came, without"],
  ...[..."0123456789"].map((n) => [n, () => layers.choose(Number(n)), n === "0" ? "rain" : "chance of the first, second … threshold"]),
  ["+", () => map.zoomIn(), "zoom in, out"],
  ["-", () => map.zoomOut(), "zoom in, out"],
  ["i", () => $("fold").click(), "panel"],
  ["t", switchTheme, "dark, light"],
  ["?", () => $("keys").showModal(), "these keys"],
  ["Escape", closePlace, "close the place"],
]);

$("play").onclick = () => player.toggle();
$("time").oninput = () => player.step(Number($("time").value) - player.index);
$("speed").onchange = () => (machine.speed = player.speed = Number($("speed").value));
$("opacity").oninput = () => [frames, came].forEach((both) => both.fade(Number($("opacity").value)));
$("theme").onclick = switchTheme;
$("help").onclick = () => $("keys").showModal();
$("fold").onclick = () => fold(!folded());
$("sign").onclick = sign;
$("forget").onclick = closePlace;
$("threshold").onchange = $("score").onchange = drawSkill;
$("compare").onchange = () => tiles && redraw();
$("method").onchange = () => look(false).catch(trouble);
$("region").onchange = () => {
  forget();
  player.pause();
  $("method").value = "";
  nothing();
  machine.reset();
  look(true).catch(trouble);
};
map.on("click", (event) => {
  if (!region()) return;
  const again = unfolded || folded();
  fold(false);
  unfolded = again;
  point(event.latlng).catch(trouble);
});
addEventListener("resize", () => tiles && lay(tiles.frames, player.last));
acceptFiles(() => fold(false));
replayStorms(lastSent, region);
saveLinks((error) => warnOf(error.message));

function warnOf(text) {
  $("banner").textContent = text;
  $("banner").hidden = false;
}

const trouble = (error) => warnOf(error.status === 401 ? error.message : `${error.message} Trying again.`);

// Asked again and again: a service that was away is found when it is back. The archive stands still meanwhile, and
// who gives no key is asked for one no more.
let first = true;
let again = null;
async function refresh() {
  try {
    if ((await regions()) && (first || !machine.on)) {
      if (first) recall();
      await look(first);
      first = false;
    }
  } catch (error) {
    trouble(error);
    if (error.status === 401) return;
  }
  clearTimeout(again);
  again = setTimeout(refresh, AGAIN_MS);
}

// Who signs out leaves nothing behind that took the key.
async function sign() {
  if (shownKey()) {
    signOut();
    location.reload();
  } else if (await signIn("")) refresh();
}

// What the address of the page names.
function recall() {
  const said = new URLSearchParams(location.search);
  const method = said.get("method");
  if (method) options($("method"), [[method, method]], method);
  const at = Date.parse(said.get("at"));
  if (at) machine.begin(at);
}

dress();
legend("rain", "Rain rate").catch(trouble);
refresh();
