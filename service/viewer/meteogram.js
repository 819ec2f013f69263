// Rain at one place in time: bars for what was seen and what is expected, a strip of chances for each threshold.

import { drawn, hour } from "./page.js";

const WIDE = 300;
const HIGH = 112;
const LEFT = 26;
const STRIP = 14;
const FAINTEST = 2; // mm/h the axis reaches at least, so that drizzle looks like drizzle
const WORDS = { seen: "observed", ahead: "expected", came: "came" };

// seen: what the radar saw; expected: what was said, with chances; came: what was seen at the times it speaks of.
export function meteogram(seen, expected, came = { times: [], rain: [] }) {
  const bars = [...series(seen, "seen"), ...series(expected, "ahead")];
  const strips = expected.thresholds.map((threshold, n) => ({ threshold, chances: expected.chances[n] ?? [] }));
  const height = HIGH + 18 + strips.length * STRIP + (strips.length ? 14 : 0);
  const chart = drawn("svg", { viewBox: `0 0 ${WIDE} ${height}`, class: "chart", role: "img" });
  chart.append(drawn("title", {}, words(bars)));
  if (!bars.length) return chart;
  const since = series(came, "came");
  const place = placing(bars, since);
  axis(chart, place, bars);
  for (const bar of bars) if (bar.rain !== null) chart.append(column(bar, place));
  const steps = since.filter((bar) => bar.rain !== null);
  for (const bar of steps) chart.append(level(bar, place));
  if (seen.times.length && expected.times.length) chart.append(brink(seen, place, height));
  strips.forEach((strip, n) => chances(chart, strip, expected.times, place, HIGH + 30 + n * STRIP));
  if (strips.length) chart.append(drawn("text", { x: LEFT, y: HIGH + 26 }, "chance of at least so many mm/h"));
  chart.append(drawn("line", { class: "cursor", y1: 0, y2: height, x1: -9, x2: -9 }));
  chart.place = place;
  return chart;
}

const series = ({ times, rain }, kind) => times.map((time, n) => ({ time: Date.parse(time), rain: rain[n], kind }));

function words(bars) {
  const most = Math.max(0, ...bars.map((bar) => bar.rain ?? 0));
  return `Rain rate in time, at most ${most.toFixed(1)} mm/h`;
}

// The moment the map shows.
export function point(chart, time) {
  const line = chart?.querySelector(".cursor");
  if (!line || !chart.place) return;
  const x = chart.place.x(Date.parse(time)) + chart.place.width / 2;
  for (const end of ["x1", "x2"]) line.setAttribute(end, x >= LEFT && x <= WIDE ? x : -9);
}

// The root of the rain rate, so that light rain is seen beside a cloudburst.
function placing(bars, came) {
  const first = bars[0].time;
  const last = bars[bars.length - 1].time;
  const step = bars.length > 1 ? (last - first) / (bars.length - 1) : 300000;
  const most = Math.max(FAINTEST, ...[...bars, ...came].map((bar) => bar.rain ?? 0));
  const scale = (WIDE - LEFT) / (last - first + step);
  return {
    most,
    width: Math.max(1, step * scale - 1),
    x: (time) => LEFT + (time - first) * scale,
    y: (rain) => HIGH - (HIGH - 8) * Math.sqrt(rain / most),
  };
}

const said = (bar) => `${hour(bar.time)}: ${bar.rain.toFixed(1)} mm/h ${WORDS[bar.kind]}`;

function column(bar, place) {
  const y = place.y(bar.rain);
  const rect = drawn("rect", { x: place.x(bar.time), y, width: place.width, height: HIGH - y, class: bar.kind });
  rect.append(drawn("title", {}, said(bar)));
  return rect;
}

// What came is a line across the bar of what was said.
function level(bar, place) {
  const y = Math.min(place.y(bar.rain), HIGH - 1);
  const x = place.x(bar.time);
  const line = drawn("line", { x1: x - 0.5, x2: x + place.width + 0.5, y1: y, y2: y, class: "came" });
  line.append(drawn("title", {}, said(bar)));
  return line;
}

function axis(chart, place, bars) {
  const ticks = [0, 0.5, 2, 10, 30, 100].filter((tick) => tick <= place.most);
  for (const rain of ticks) {
    const y = place.y(rain);
    chart.append(drawn("line", { x1: LEFT, x2: WIDE, y1: y, y2: y, class: "axis" }));
    chart.append(drawn("text", { x: LEFT - 4, y: y + 3, "text-anchor": "end" }, `${rain}`));
  }
  chart.append(drawn("text", { x: LEFT + 3, y: 7 }, "mm/h"));
  const every = Math.max(1, Math.ceil(bars.length / 5));
  bars.forEach((bar, n) => n % every || chart.append(drawn("text", { x: place.x(bar.time), y: HIGH + 12 }, hour(bar.time))));
}

function brink(seen, place, height) {
  const x = place.x(Date.parse(seen.times[seen.times.length - 1])) + place.width + 0.5;
  return drawn("line", { x1: x, x2: x, y1: 0, y2: height, class: "break" });
}

function chances(chart, strip, times, place, y) {
  chart.append(drawn("text", { x: LEFT - 4, y: y + 9, "text-anchor": "end" }, `${strip.threshold}`));
  strip.chances.forEach((chance, n) => {
    if (chance === null) return;
    const at = { x: place.x(Date.parse(times[n])), y, width: place.width, height: STRIP - 2 };
    const cell = drawn("rect", { ...at, class: "chance", "fill-opacity": 0.06 + 0.94 * chance });
    cell.append(drawn("title", {}, `${hour(times[n])}: ${Math.round(100 * chance)} % for ${strip.threshold} mm/h`));
    chart.append(cell);
  });
}
