// The names of big towns, as many as fit without touching each other.

import { made } from "./page.js";

const L = window.L;
const FROM_ZOOM = 4;
const APART = { x: 90, y: 26 }; // pixels between two names, at least

export async function towns(map) {
  const rows = await (await fetch("viewer/places.json")).json();
  const group = L.layerGroup().addTo(map);
  const draw = () => {
    group.clearLayers();
    if (map.getZoom() >= FROM_ZOOM) for (const town of fitting(map, rows)) group.addLayer(marker(town));
  };
  map.on("moveend", draw);
  draw();
}

// The biggest come first; those near one that is there already are left out.
function fitting(map, rows) {
  const bounds = map.getBounds();
  const middle = map.getCenter().lng;
  const kept = [];
  for (const [name, lon, lat] of rows) {
    const place = [lat, lon + 360 * Math.round((middle - lon) / 360)];
    if (!bounds.contains(place)) continue;
    const at = map.latLngToContainerPoint(place);
    if (kept.every((one) => Math.abs(one.at.x - at.x) > APART.x || Math.abs(one.at.y - at.y) > APART.y)) kept.push({ name, place, at });
  }
  return kept;
}

function marker({ name, place }) {
  const icon = L.divIcon({ className: "town", html: made("span", name), iconSize: null });
  return L.marker(place, { icon, pane: "lines", interactive: false, keyboard: false });
}
