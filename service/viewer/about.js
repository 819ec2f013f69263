// What is known of the nowcast on the map: who made it, from what, how old it is, and its files.

import { $, age, day, hour, links, made, options, put } from "./page.js";

const FILES = { NetCDF: "netcdf", GeoTIFF: "geotiff", PNG: "animation", GIF: "gif", zip: "zip" };

export const moment = (time) => `${day(time)} ${hour(time)}`;

// The latest nowcast, as it is served.
export function latest(region, nowcast, tiles) {
  const facts = nowcast
    ? {
        method: `${nowcast.method} ${nowcast.version}`,
        "last frame": moment(nowcast.reference_time),
        "data age": age(nowcast.data_age_seconds),
        "frames used": `${nowcast.input_times.length}${nowcast.interpolated.length ? `, ${nowcast.interpolated.length} of them interpolated` : ""}`,
        ahead: `${nowcast.leads.at(-1).lead_minutes} min`,
        chances: nowcast.chances_made_by,
        source: nowcast.attribution,
      }
    : { nowcast: "none yet", source: tiles?.attribution };
  list(facts);
  const there = Object.entries(FILES).filter(([, name]) => nowcast?.links?.[name]);
  links($("downloads"), { ...Object.fromEntries(there.map(([title, name]) => [title, nowcast.links[name]])), ...(tiles && { TileJSON: `regions/${region}/tiles.json` }) });
}

// One out of the archive, by another method or of another time.
export function archived(region, tiles) {
  const { run } = tiles;
  list({
    method: `${run.method} ${run.version}`,
    "last frame": moment(run.reference_time),
    "asked for": run.asked_for === run.method ? null : run.asked_for,
    "fell back": run.fallback_reason,
    ahead: `${Math.round((Date.parse(tiles.frames.at(-1).time) - Date.parse(run.reference_time)) / 60000)} min`,
    source: tiles.attribution,
  });
  const which = new URLSearchParams({ method: $("method").value || run.asked_for, time: run.reference_time });
  links($("downloads"), { NetCDF: `regions/${region}/at?${which}` });
}

function list(facts) {
  $("about").hidden = false;
  const rows = Object.entries(facts).filter(([, value]) => value);
  put($("facts"), ...rows.flatMap(([term, value]) => [made("dt", term), made("dd", `${value}`)]));
}

// Whose nowcasts there are: what is served first, then what else is kept of the same frame.
export function methods(run, served) {
  const own = served ?? run?.asked_for;
  const others = (run?.methods ?? []).filter((method) => method !== own);
  const title = (method) => method.replace(/\.shadow$/, " (shadow)");
  $("by").hidden = !own;
  const before = $("method").value;
  const known = [["", `${own} (served)`], ...others.map((method) => [method, title(method)])];
  if (before && !others.includes(before)) known.push([before, title(before)]);
  options($("method"), known, before);
}

export function fresh(nowcast) {
  $("fresh").hidden = !nowcast;
  if (!nowcast) return;
  $("fresh").textContent = `data ${age(nowcast.data_age_seconds)} old`;
  $("fresh").title = `The newest frame is of ${moment(nowcast.reference_time)}`;
  $("fresh").classList.toggle("late", nowcast.stale);
}

// What must not be overlooked: another method than wanted, or old radar.
export function warn(nowcast) {
  const said = [];
  if (nowcast?.fallback_reason) said.push(`Made by ${nowcast.method} instead of ${nowcast.asked_for}: ${nowcast.fallback_reason}`);
  if (nowcast?.stale) said.push(`The radar is late: the newest frame is ${age(nowcast.data_age_seconds)} old.`);
  $("banner").textContent = said.join(" ");
  $("banner").hidden = !said.length;
}
