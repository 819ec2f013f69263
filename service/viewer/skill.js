// How good the nowcasts of a region were: a score by lead beside the yardsticks, never without what it was counted from.

import { askIfThere } from "./api.js";
import { $, drawn, made, options, put } from "./page.js";

const WIDE = 300;
const HIGH = 128;
const LEFT = 26;
const ROWS = 4; // leads in the table; the picture has all of them
const TITLES = { csi: "Critical success index", pod: "Probability of detection", far: "False alarm ratio", bias: "Frequency bias" };
let said = null;
let asked = 0;

// The newest question wins, whichever is answered first.
export async function skill(region) {
  const mine = ++asked;
  const found = await askIfThere(`regions/${region}/skill`);
  if (mine !== asked) return;
  said = found;
  const thresholds = known();
  $("skill").hidden = !thresholds.length;
  if (!thresholds.length) return;
  const before = $("threshold").value;
  const usual = thresholds.includes(1) ? 1 : thresholds[0];
  options($("threshold"), thresholds.map((one) => [one, one]), thresholds.map(String).includes(before) ? before : usual);
  draw();
}

export function draw() {
  const threshold = Number($("threshold").value);
  const score = $("score").value;
  const all = (said?.methods ?? []).map((method) => ({ ...method, points: points(method, threshold, score) }));
  const lines = all.sort((one, other) => one.yardstick - other.yardstick);
  put($("scores"), chart(lines, score), key(lines), table(lines, score), notes(lines));
}

function known() {
  const cells = (said?.methods ?? []).flatMap((method) => method.leads.flatMap((lead) => lead.thresholds));
  return [...new Set(cells.map((cell) => cell.threshold))].sort((one, other) => one - other);
}

function points(method, threshold, score) {
  return method.leads.flatMap((lead) => {
    const cell = lead.thresholds.find((one) => one.threshold === threshold);
    return cell ? [{ lead: lead.lead_minutes, frames: lead.frames, events: cell.hits + cell.misses, value: cell[score] }] : [];
  });
}

const look = (line) => (line.yardstick ? line.method : "served");
const name = (line) => (line.yardstick ? line.method : `${line.method} ${line.version}`);
const number = (value) => (value === null ? "–" : value.toFixed(2));

function chart(lines, score) {
  const all = lines.flatMap((line) => line.points);
  const last = Math.max(1, ...all.map((point) => point.lead));
  const most = Math.max(1, ...all.map((point) => point.value ?? 0));
  const x = (lead) => LEFT + ((WIDE - LEFT - 6) * lead) / last;
  const y = (value) => HIGH - 16 - ((HIGH - 22) * value) / most;
  const picture = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "chart", role: "img" });
  picture.append(drawn("title", {}, `${TITLES[score]} by lead time`));
  for (const value of most > 1 ? [0, 1, most] : [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(drawn("line", { x1: LEFT, x2: WIDE, y1: y(value), y2: y(value), class: "axis" }));
    picture.append(drawn("text", { x: LEFT - 4, y: y(value) + 3, "text-anchor": "end" }, `${+value.toFixed(2)}`));
  }
  for (const lead of [0, last / 2, last]) picture.append(drawn("text", { x: x(lead), y: HIGH - 3, "text-anchor": lead ? "end" : "start" }, `${lead} min`));
  for (const line of lines.toReversed()) {
    const kept = line.points.filter((point) => point.value !== null);
    picture.append(drawn("polyline", { points: kept.map((point) => `${x(point.lead)},${y(point.value)}`).join(" "), class: look(line) }));
    for (const point of kept) picture.append(dot(line, point, x(point.lead), y(point.value), score));
  }
  return picture;
}

function dot(line, point, cx, cy, score) {
  const found = drawn("circle", { cx, cy, r: 2.2, class: look(line) });
  const counts = `${point.events.toLocaleString()} events in ${point.frames.toLocaleString()} frames`;
  found.append(drawn("title", {}, `${name(line)}, ${point.lead} min: ${score.toUpperCase()} ${number(point.value)} of ${counts}`));
  return found;
}

function key(lines) {
  const parent = made("p", "", { class: "keys" });
  for (const line of lines) {
    const entry = made("span", "", { class: "key" });
    entry.append(made("span", "", { class: `swatch ${look(line)}` }), name(line));
    parent.append(entry);
  }
  return parent;
}

// A row for each lead and a column for each method, and what they were all counted from.
function table(lines, score) {
  const leads = [...new Set(lines.flatMap((line) => line.points.map((point) => point.lead)))].sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(leads.length / ROWS));
  const rows = leads.filter((_, n) => (n + 1) % every === 0).map((lead) => row(lead, lines));
  const shown = made("table");
  shown.append(made("caption", `${TITLES[score]} by lead, with counts`, { class: "hidden" }));
  shown.append(head(lines), ...rows.map((texts) => lined(texts.map((text) => made("td", text)))));
  return shown;
}

function lined(cells) {
  const line = made("tr");
  line.append(...cells);
  return line;
}

// A method is known by its colour; who cannot see it is told.
function head(lines) {
  const marks = lines.map((line) => {
    const cell = made("th", "", { scope: "col", title: name(line) });
    cell.append(made("span", "", { class: `swatch ${look(line)}` }), made("span", name(line), { class: "hidden" }));
    return cell;
  });
  return lined([made("th", "lead", { scope: "col" }), ...marks, made("th", "events", { scope: "col" }), made("th", "frames", { scope: "col" })]);
}

function row(lead, lines) {
  const found = lines.map((line) => line.points.find((point) => point.lead === lead));
  const range = (name) => [...new Set(found.filter(Boolean).map((point) => point[name].toLocaleString()))].join(" / ");
  return [`${lead} min`, ...found.map((point) => (point ? number(point.value) : "")), range("events"), range("frames")];
}

// Scores of other samples must not be compared, and a reader must be told.
function notes(lines) {
  const other = lines.some((line) => line.same_sample === false) ? "Not all on the same sample. " : "";
  return made("p", `${other}Protocol ${said.protocol}`, { class: "quiet" });
}
