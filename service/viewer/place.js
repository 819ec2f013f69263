// The rain at the place somebody clicked: in words, and as a meteogram.

import { askIfThere } from "./api.js";
import { meteogram, point as pointAt } from "./meteogram.js";
import { $, handOver, put } from "./page.js";

const L = window.L;
const NOTHING = { times: [], rain: [] };
let spot = null;
let asked = 0;
let chart = null;
let here = null;

export const spotted = () => here;

// The newest answer wins, as people click faster than radars answer.
// then: what an address needs to be about another method or moment; region: what is looked at.
export async function place(map, lonlat, region, then) {
  const mine = ++asked;
  here = lonlat;
  spot?.remove();
  spot = L.circleMarker(lonlat, { radius: 7, className: "spot", pane: "lines", interactive: false }).addTo(map);
  $("place").hidden = false;
  $("place").setAttribute("aria-busy", true);
  const lon = ((((lonlat.lng + 180) % 360) + 360) % 360) - 180;
  const where = { lon: lon.toFixed(4), lat: lonlat.lat.toFixed(4) };
  const [seen, expected] = await answers(region, where, then).catch((error) => unknown(error, mine));
  if (mine !== asked) return false;
  $("place").setAttribute("aria-busy", false);
  $("where").textContent = `${Math.abs(lonlat.lat).toFixed(3)}° ${lonlat.lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(3)}° ${lon < 0 ? "W" : "E"}`;
  tell(seen ?? NOTHING, expected);
  return true;
}

// The rain of the place before is not that of this one.
function unknown(error, mine) {
  if (mine === asked) {
    $("place").setAttribute("aria-busy", false);
    $("sentence").textContent = $("where").textContent = "";
    put($("meteogram"));
    chart = null;
  }
  throw error;
}

function answers(region, where, then) {
  const past = new URLSearchParams({ ...where, ...(then.at && { at: then.at, ahead: 2 }) });
  return Promise.all([
    askIfThere(`regions/${region}/observed?${past}`),
    askIfThere(`regions/${region}/point?${new URLSearchParams({ ...where, ...then })}`),
  ]);
}

function tell(all, expected) {
  const found = expected?.points?.[0];
  const covered = all.rain.some((rain) => rain !== null) || found?.rain.some((rain) => rain !== null);
  $("sentence").textContent = found?.sentence ?? (covered ? "" : "The radar does not see this place.");
  const [seen, came] = parted(all, expected);
  const coming = covered && found ? { times: expected.times, thresholds: expected.thresholds, rain: found.rain, chances: found.chances } : { ...NOTHING, thresholds: [], chances: [] };
  chart = covered ? meteogram(seen, coming, came) : null;
  put($("meteogram"), ...(chart ? [chart] : []));
}

// What was seen until a nowcast began, and what came at the times it speaks of.
function parted({ times, rain }, expected) {
  const begun = expected ? Date.parse(expected.reference_time) : Infinity;
  const ahead = new Set(expected?.times.map(Date.parse));
  const those = (wanted) => {
    const kept = times.flatMap((time, n) => (wanted(Date.parse(time)) ? [n] : []));
    return { times: kept.map((n) => times[n]), rain: kept.map((n) => rain[n]) };
  };
  return [those((time) => time <= begun), those((time) => ahead.has(time))];
}

export const follow = (time) => pointAt(chart, time);

export function forget() {
  asked++;
  here = null;
  spot?.remove();
  handOver($("place"), $("map"));
  $("place").hidden = true;
}
