// Brings the parts together: which region, whose nowcast of when, which frame, which place.

import * as about from "./about.js";
import { dress, shownKey, signIn, signOut } from "./access.js";
import { ask, askIfThere, final } from "./api.js";
import { calm, trouble, warnOf } from "./banner.js";
import { saveLinks } from "./fetched.js";
import { Frames } from "./frames.js";
import { listen } from "./keys.js";
import * as layers from "./layers.js";
import { legend } from "./legend.js";
import { Machine } from "./machine.js";
import { glide, makeMap, middle, outlined, show as fit, unrolled } from "./map.js";
import { $, hour, options, rememberedTheme, switchTheme } from "./page.js";
import { fold, foldAgain, folded, unfold } from "./panel.js";
import { follow as followPlace, forget, place, spotted } from "./place.js";
import { Player } from "./player.js";
import { draw as drawSkill, skill } from "./skill.js";
import { replayStorms } from "./storm.js";
import { Swipe } from "./swipe.js";
import { lay, tell } from "./timebar.js";
import { acceptFiles, lastSent } from "./upload.js";

const AGAIN_MS = 20000;

rememberedTheme();
const map = makeMap();
const frames = new Frames(map, "said");
const came = new Frames(map, "came");
const swipe = new Swipe(map);
const machine = new Machine(() => look().catch(trouble));
const player = new Player({ show, ready: (at) => frames.ready(at) && came.ready(at), changed: showTime });
let tiles = null;
let extent = null;
let looks = 0;
let lookedBack = false;
if (innerWidth <= 700 || innerHeight <= 480) fold(true);

const region = () => $("region").value;
const query = () => ({ ...machine.query, ...($("method").value && { method: $("method").value }) });

// Everything about a region.
async function look() {
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
  if (now) machine.reach(now);
  about.fresh(nowcast);
  about.warn(machine.on ? null : nowcast); // what is late now was not then
  about.methods((found?.refused ? now : found)?.run, now?.run?.asked_for);
  if (!extent) frame(now ?? found); // the map moves only when it is another region than before
  if (found?.refused) return warnOf(found.refused);
  archived ? about.archived(where, found) : about.latest(where, nowcast, found);
  if (then.at) machine.found(found.run.reference_time);
  if (machine.gap) warnOf(`No nowcast of ${about.moment(machine.asked)} is kept. The last one before it is shown.`);
  remember(where, then);
  skill(where).catch(() => ($("skill").hidden = true));
  found ? arrange(found) : nothing();
}

// One out of the archive, or why it is not there: that is said, and what was shown stays.
async function archive(where, then) {
  try {
    return await ask(`regions/${where}/tiles.json?${new URLSearchParams(then)}`);
  } catch (error) {
    if (!final(error)) throw error;
    return { refused: error.message };
  }
}

function arrange(found) {
  const same = tiles && JSON.stringify([tiles.frames, tiles.run]) === JSON.stringify([found.frames, found.run]);
  if (same) return;
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
  swipe.turn(Boolean(machine.on && $("compare").checked && one.came), unrolled(tiles.bbox));
  const chances = one.kind === "nowcast" && chance !== null;
  (chances ? legend("chance", `Chance of ≥ ${chance} mm/h`) : legend("rain", "Rain rate")).catch(trouble);
  came.show(index);
  return frames.show(index);
}

function frame(found) {
  if (!found?.bbox) return;
  const bounds = unrolled(found.bbox);
  extent = outlined(bounds).addTo(map);
  fit(map, bounds);
}

function nothing() {
  tiles = null;
  for (const all of [frames, came]) all.clear();
  swipe.turn(false);
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
  $("badge").setAttribute("aria-live", playing ? "off" : "polite"); // nobody can listen to an animation
  const one = tiles?.frames[index];
  if (!one) return;
  $("time").value = index;
  const lead = tell(one, tiles.frames[last], machine.on);
  const by = $("method").value ? ` by ${$("method").value}` : "";
  const when = machine.on && tiles.run ? ` of ${hour(tiles.run.reference_time)}` : "";
  $("badge").textContent = lead ? `NOWCAST${when} ${lead}${by}` : "OBSERVED";
  followPlace(one.time);
}

// What was to be shown, which may be there no more.
async function regions() {
  const { regions: known } = await ask("regions");
  const wanted = region() || (first && new URLSearchParams(location.search).get("region"));
  options($("region"), known.map(({ id, region: plan }) => [id, plan.name || id]), wanted);
  $("region").parentElement.hidden = !known.length;
  $("empty").hidden = known.length > 0;
  document.querySelector("footer").hidden = !known.length;
  return wanted;
}

// Nothing of the region before stays where another is about to be shown.
function turnAway() {
  forget();
  $("method").value = "";
  nothing();
  machine.reset();
  extent?.remove();
  extent = null;
  about.fresh(null);
  for (const name of ["about", "skill", "by"]) $(name).hidden = true;
  $("machine").disabled = true;
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

function spot(lonlat) {
  if (!region()) return;
  unfold();
  point(lonlat).catch(trouble);
}

function closePlace() {
  forget();
  foldAgain();
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
  ...Object.entries({ w: [0, -1], a: [-1, 0], s: [0, 1], d: [1, 0] }).map(([key, way]) => [key, () => glide(map, way), "move the map"]),
  ["p", () => spot(middle(map)), "the rain in the middle"],
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
$("method").onchange = () => look().catch(trouble);
$("region").onchange = () => {
  turnAway();
  look().catch(trouble);
};
map.on("click", (event) => spot(event.latlng));
addEventListener("resize", () => tiles && lay(tiles.frames, player.last));
acceptFiles(() => fold(false));
replayStorms(lastSent, region);
saveLinks((error) => warnOf(error.message));

// Asked again and again: a service that was away is found when it is back, and what could not be had is tried again. Who
// gives no key is asked for one no more. A region that is gone gives way to another, and that is said.
let first = true;
let again = null;
async function refresh() {
  try {
    const wanted = await regions();
    const back = calm();
    const gone = wanted && region() !== wanted;
    if (gone) turnAway();
    else if (first && region()) recall();
    if (region()) {
      first = false;
      await look();
    }
    if (back) catchUp();
    if (gone) warnOf(`There is no region ${wanted} any more.`);
  } catch (error) {
    trouble(error);
    if (error.status === 401) return;
  }
  clearTimeout(again);
  again = setTimeout(refresh, AGAIN_MS);
}

function catchUp() {
  if (tiles) player.go(player.index);
  if (spotted()) point(spotted()).catch(trouble);
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
