// How good the nowcasts of a region were: CSI by lead beside the yardsticks, never without what it was counted from.

import { askIfThere } from "./api.js";
import { $, drawn, made, put } from "./page.js";

const WIDE = 300;
const HIGH = 120;
const LEFT = 26;
let said = null;

export async function skill(region) {
  said = await askIfThere(`regions/${region}/skill`);
  const thresholds = known();
  $("skill").hidden = !thresholds.length;
  if (!thresholds.length) return;
  const before = $("threshold").value;
  put($("threshold"), ...thresholds.map((threshold) => made("option", `${threshold}`, { value: threshold })));
  $("threshold").value = thresholds.map(String).includes(before) ? before : `${thresholds.includes(1) ? 1 : thresholds[0]}`;
  draw();
}

export function draw() {
  const threshold = Number($("threshold").value);
  const lines = (said?.methods ?? []).map((method) => ({ ...method, points: points(method, threshold) }));
  put($("scores"), chart(lines), key(lines), table(lines), made("p", `Protocol ${said.protocol}`, { class: "quiet" }));
}

function known() {
  const cells = (said?.methods ?? []).flatMap((method) => method.leads.flatMap((lead) => lead.thresholds));
  return [...new Set(cells.map((cell) => cell.threshold))].sort((one, other) => one - other);
}

function points(method, threshold) {
  return method.leads.flatMap((lead) => {
    const cell = lead.thresholds.find((one) => one.threshold === threshold);
    return cell ? [{ lead: lead.lead_minutes, frames: lead.frames, events: cell.hits + cell.misses, csi: cell.csi }] : [];
  });
}

const look = (method) => (method.yardstick ? method.method : "served");
const name = (method) => `${method.method} ${method.version}`;

function chart(lines) {
  const leads = lines.flatMap((line) => line.points.map((point) => point.lead));
  const last = Math.max(1, ...leads);
  const x = (lead) => LEFT + ((WIDE - LEFT - 4) * lead) / last;
  const y = (csi) => HIGH - 16 - (HIGH - 22) * csi;
  const picture = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "chart", role: "img" });
  picture.append(drawn("title", {}, "Critical success index by lead time"));
  for (const csi of [0, 0.5, 1]) {
    picture.append(drawn("line", { x1: LEFT, x2: WIDE, y1: y(csi), y2: y(csi), class: "axis" }));
    picture.append(drawn("text", { x: LEFT - 4, y: y(csi) + 3, "text-anchor": "end" }, `${csi}`));
  }
  for (const lead of [0, last / 2, last]) picture.append(drawn("text", { x: x(lead), y: HIGH - 3, "text-anchor": lead ? "end" : "start" }, `${lead} min`));
  for (const line of lines) {
    const kept = line.points.filter((point) => point.csi !== null);
    picture.append(drawn("polyline", { points: kept.map((point) => `${x(point.lead)},${y(point.csi)}`).join(" "), class: look(line) }));
  }
  return picture;
}

function key(lines) {
  const parent = made("p", "CSI: ");
  for (const line of lines) {
    const entry = made("span", "", { class: "key" });
    entry.append(made("span", "", { class: `swatch ${look(line)}` }), name(line));
    parent.append(entry);
  }
  return parent;
}

function table(lines) {
  const rows = [["lead", "method", "CSI", "events", "frames"]];
  const leads = [...new Set(lines.flatMap((line) => line.points.map((point) => point.lead)))].sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(leads.length / 4));
  for (const lead of leads.filter((_, n) => (n + 1) % every === 0)) {
    for (const line of lines) {
      const point = line.points.find((one) => one.lead === lead);
      if (point) rows.push([`${lead} min`, line.method, point.csi === null ? "–" : point.csi.toFixed(2), point.events.toLocaleString(), point.frames.toLocaleString()]);
    }
  }
  const shown = made("table");
  rows.forEach((row, n) => {
    const line = made("tr");
    line.append(...row.map((text) => made(n ? "td" : "th", text)));
    shown.append(line);
  });
  return shown;
}
