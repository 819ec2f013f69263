// The map: coastlines and a graticule of our own, because nothing may come from another site.

import { $ } from "./page.js";

const L = window.L;
export const MOST_ZOOM = 13; // tiles of 512 pixels are one zoom ahead of the map

export function makeMap() {
  const map = L.map("map", { minZoom: 1, maxZoom: MOST_ZOOM, zoomControl: false, worldCopyJump: true, keyboard: false });
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a> · Natural Earth');
  map.createPane("ground").style.zIndex = 150;
  map.createPane("lines").style.zIndex = 450;
  map.getPane("lines").style.pointerEvents = "none";
  map.setView([30, 10], 2);
  graticule().addTo(map);
  coastlines().then((lines) => lines.addTo(map));
  return map;
}

function graticule() {
  const lines = [];
  for (let lon = -540; lon <= 540; lon += 10) lines.push([[-85, lon], [85, lon]]);
  for (let lat = -80; lat <= 80; lat += 10) lines.push([[lat, -540], [lat, 540]]);
  return L.polyline(lines, { className: "graticule", pane: "ground", interactive: false });
}

async function coastlines() {
  const lines = decoded(await (await fetch("viewer/coast.bin")).arrayBuffer());
  // Three worlds side by side: a region may lie across the antimeridian.
  const worlds = [-360, 0, 360].flatMap((turn) => lines.map((line) => line.map(([lat, lon]) => [lat, lon + turn])));
  return L.polyline(worlds, { className: "coast", pane: "lines", interactive: false, smoothFactor: 1 });
}

// docs/coastlines.py writes what this reads.
function decoded(buffer) {
  const view = new DataView(buffer);
  const lines = [];
  for (let at = 0; at < view.byteLength; ) {
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
  return lines;
}

// The map as wide as what neither panel nor bars cover.
export function show(map, bounds, animate = false) {
  const [west, south, east, north] = bounds;
  const phone = window.innerWidth <= 700;
  const covered = phone || $("panel").classList.contains("folded") ? 0 : $("panel").offsetWidth;
  const below = phone && !$("panel").classList.contains("folded") ? $("panel").offsetHeight + 92 : 100;
  map.fitBounds([[south, west], [north, east]], {
    paddingTopLeft: [10, 60],
    paddingBottomRight: [covered + 10, below],
    maxZoom: 10,
    animate,
  });
}
