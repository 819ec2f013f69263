// Rain at one place in time: bars for what was seen and what is expected, a strip of chances for each threshold.

import { drawn, hour } from "./page.js";

const WIDE = 300;
const HIGH = 110;
const LEFT = 26;
const STRIP = 13;
const FAINTEST = 2; // mm/h the axis reaches at least, so that drizzle looks like drizzle

export function meteogram(seen, expected) {
  const bars = [
    ...seen.times.map((time, n) => ({ time: Date.parse(time), rain: seen.rain[n], kind: "seen" })),
    ...expected.times.map((time, n) => ({ time: Date.parse(time), rain: expected.rain[n], kind: "ahead" })),
  ];
  const strips = expected.thresholds.map((threshold, n) => ({ threshold, chances: expected.chances[n] ?? [] }));
  const height = HIGH + 18 + strips.length * STRIP + (strips.length ? 14 : 0);
  const chart = drawn("svg", { viewBox: `0 0 ${WIDE} ${height}`, class: "chart", role: "img" });
  chart.append(drawn("title", {}, "Rain rate in time"));
  if (!bars.length) return chart;
  const place = placing(bars);
  axis(chart, place, bars);
  for (const bar of bars) if (bar.rain !== null) chart.append(column(bar, place));
  if (seen.times.length && expected.times.length) chart.append(brink(seen, place, height));
  strips.forEach((strip, n) => chances(chart, strip, expected.times, place, HIGH + 30 + n * STRIP));
  if (strips.length) chart.append(drawn("text", { x: LEFT, y: HIGH + 26 }, "chance of at least so many mm/h"));
  return chart;
}

// The root of the rain rate, so that light rain is seen beside a cloudburst.
function placing(bars) {
  const first = bars[0].time;
  const last = bars[bars.length - 1].time;
  const step = bars.length > 1 ? (last - first) / (bars.length - 1) : 300000;
  const most = Math.max(FAINTEST, ...bars.map((bar) => bar.rain ?? 0));
  const scale = (WIDE - LEFT) / (last - first + step);
  return {
    most,
    width: Math.max(1, step * scale - 1),
    x: (time) => LEFT + (time - first) * scale,
    y: (rain) => HIGH - (HIGH - 8) * Math.sqrt(rain / most),
  };
}

function column(bar, place) {
  const y = place.y(bar.rain);
  const rect = drawn("rect", { x: place.x(bar.time), y, width: place.width, height: HIGH - y, class: bar.kind });
  rect.append(drawn("title", {}, `${hour(bar.time)}: ${bar.rain.toFixed(1)} mm/h ${bar.kind === "seen" ? "observed" : "expected"}`));
  return rect;
}

function axis(chart, place, bars) {
  for (const rain of [0, 0.5, 2, 10, 30, 100].filter((tick) => tick <= place.most)) {
    const y = place.y(rain);
    chart.append(drawn("line", { x1: LEFT, x2: WIDE, y1: y, y2: y, class: "axis" }));
    chart.append(drawn("text", { x: LEFT - 4, y: y + 3, "text-anchor": "end" }, `${rain}`));
  }
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
    const cell = drawn("rect", { ...at, class: "dark", "fill-opacity": 0.06 + 0.9 * chance });
    cell.append(drawn("title", {}, `${hour(times[n])}: ${Math.round(100 * chance)} % for ${strip.threshold} mm/h`));
    chart.append(cell);
  });
}
