// The map: land, borders and a graticule of our own, because nothing may come from another site.

import { $, still } from "./page.js";
import { towns } from "./towns.js";

const L = window.L;
const MOST_ZOOM = 13; // tiles of 512 pixels are one zoom ahead of the map
const PANES = { ground: 150, graticule: 160, said: 210, came: 220, lines: 450 };
const ENDS = [[-85, -Infinity], [85, Infinity]]; // of the map; around the Earth there is none
const WORLDS = [-360, 0, 360]; // three side by side: a region may lie across the antimeridian

export function makeMap() {
  const calm = still();
  const map = L.map("map", { minZoom: 2, maxZoom: MOST_ZOOM, maxBounds: ENDS, maxBoundsViscosity: 1, zoomControl: false, worldCopyJump: true, keyboard: false, zoomAnimation: !calm, fadeAnimation: !calm, inertia: !calm });
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a> · Natural Earth');
  for (const [name, depth] of Object.entries(PANES)) map.createPane(name).style.zIndex = depth;
  for (const name of ["ground", "graticule", "lines"]) {
    map.getPane(name).style.pointerEvents = "none";
    map.getPane(name).setAttribute("aria-hidden", true);
  }
  map.setView([30, 10], 2);
  graticule().addTo(map);
  ground(map);
  towns(map);
  return map;
}

function graticule() {
  const lines = [];
  for (let lon = -540; lon <= 540; lon += 10) lines.push([[-85, lon], [85, lon]]);
  for (let lat = -80; lat <= 80; lat += 10) lines.push([[lat, -540], [lat, 540]]);
  return L.polyline(lines, { className: "graticule", pane: "graticule", interactive: false });
}

async function ground(map) {
  const { land, borders } = decoded(await (await fetch("viewer/coast.bin")).arrayBuffer());
  const look = { interactive: false, smoothFactor: 1 };
  L.polygon(thrice(land), { ...look, className: "land", pane: "ground", stroke: false, fillRule: "evenodd" }).addTo(map);
  L.polyline(thrice(land.flatMap(shores)), { ...look, className: "coast", pane: "lines" }).addTo(map);
  L.polyline(thrice(borders), { ...look, className: "border", pane: "lines" }).addTo(map);
}

const thrice = (lines) => WORLDS.flatMap((turn) => lines.map((line) => line.map(([lat, lon]) => [lat, lon + turn])));

// An outline without the edge of the world, at which some land was cut.
function shores(outline) {
  const parts = [[]];
  outline.forEach((point, n) => {
    const edge = n && [point, outline[n - 1]].every(([lat, lon]) => Math.abs(lon) === 180 || lat < -89);
    if (edge) parts.push([]);
    parts.at(-1).push(point);
  });
  return parts.filter((part) => part.length > 1);
}

// docs/coastlines.py writes what this reads.
function decoded(buffer) {
  const view = new DataView(buffer);
  const count = view.getUint16(0, true);
  const lines = [];
  for (let at = 2; at < view.byteLength; ) {
    const steps = view.getUint16(at, true);
    let lon = view.getInt16(at + 2, true);
    let lat = view.getInt16(at + 4, true);
    at += 6;
    const line = [[lat / 100, lon / 100]];
    for (const end = at + 2 * steps; at < end; at += 2) {
      lon += view.getInt8(at);
      lat += view.getInt8(at + 1);
      line.push([lat / 100, lon / 100]);
    }
    lines.push(line);
  }
  return { land: lines.slice(0, count), borders: lines.slice(count) };
}

// West, south, east, north on a map that goes on beyond 180 degrees.
export const unrolled = ([west, south, east, north]) => [west, south, east < west ? east + 360 : east, north];

// A box as a line around it, in every world.
export function outlined([west, south, east, north]) {
  const corners = [[south, west], [north, west], [north, east], [south, east]];
  return L.polygon(thrice([corners]), { className: "extent", pane: "lines", interactive: false });
}

// For who has no pointer: a quarter of the map in a direction.
export function glide(map, [right, down]) {
  const { x, y } = map.getSize();
  map.panBy([(right * x) / 4, (down * y) / 4], { animate: !still() });
}

// The map as wide as what neither panel nor bars cover.
export function show(map, bounds, animate = false) {
  const [west, south, east, north] = bounds;
  map.fitBounds([[south, west], [north, east]], { ...free(), maxZoom: 10, animate });
}

// The place in the middle of that.
export function middle(map) {
  const { x, y } = map.getSize();
  const { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] } = free();
  return map.containerPointToLatLng([(left + x - right) / 2, (top + y - bottom) / 2]);
}

function free() {
  const phone = innerWidth <= 700;
  const folded = $("panel").classList.contains("folded");
  const covered = phone || folded ? 0 : $("panel").offsetWidth + 12;
  const below = phone && !folded ? $("panel").offsetHeight + 92 : $("legend").offsetHeight + 96;
  return { paddingTopLeft: [12, (phone ? 104 : 96) + $("then").offsetHeight], paddingBottomRight: [covered + 12, below] };
}
