// The frames of a region on the map: a tile layer each, made when it is first wanted.

import { hole } from "./banner.js";
import { Tiles, stop } from "./tiles.js";

const PATIENCE_MS = 4000;

export class Frames {
  constructor(map, pane) {
    Object.assign(this, { map, pane, list: [], layers: new Map(), shown: null, wanted: null, opacity: 0.85 });
    // After a move only what is shown is fetched again; the others when their turn comes.
    map.on("movestart", () => this.keepOnly(this.shown));
  }

  // Addresses of tiles, null where there is nothing to show; a layer whose address is among them stays, with its tiles,
  // and what is shown stays until there is something else to show.
  set(list, attribution) {
    this.list = list;
    this.attribution = attribution;
    this.tidy(this.shown);
  }

  tidy(kept) {
    const known = new Set(this.list);
    for (const [address, layer] of this.layers) if (!known.has(address) && layer !== kept) this.drop(address, layer);
  }

  // One whose tiles could not be had is made again.
  layer(index) {
    const address = this.list[index];
    if (!address) return null;
    if (this.layers.get(address)?.broken) this.drop(address, this.layers.get(address));
    if (!this.layers.has(address)) this.layers.set(address, this.make(address));
    return this.layers.get(address);
  }

  make(address) {
    const layer = new Tiles(`${address}&size=512`, {
      tileSize: 512,
      zoomOffset: -1,
      opacity: 0,
      className: "tiles",
      pane: this.pane,
      maxNativeZoom: 13,
      keepBuffer: 0,
      attribution: this.attribution,
    });
    layer.complete = false;
    layer.on("loading", () => (layer.complete = false));
    layer.on("load", () => (layer.complete = true));
    layer.on("tileerror", ({ error }) => {
      layer.broken = true;
      if (layer === this.wanted) hole(error);
    });
    layer.on("tileunload", stop);
    return layer.addTo(this.map);
  }

  // The frame before stays until this one is whole, so that nothing flickers.
  async show(index) {
    const layer = this.layer(index);
    this.wanted = layer;
    if (layer) await whole(layer);
    if (this.wanted !== layer) return;
    for (const other of this.layers.values()) other.setOpacity(other === layer ? this.opacity : 0);
    this.shown = layer;
    this.tidy(layer);
    for (const next of [index + 1, index + 2]) if (next < this.list.length) this.layer(next);
  }

  ready(index) {
    return this.layer(index)?.complete ?? true;
  }

  fade(opacity) {
    this.opacity = opacity;
    this.shown?.setOpacity(opacity);
  }

  clear() {
    this.wanted = this.shown = null;
    this.set([]);
  }

  keepOnly(kept) {
    for (const [address, layer] of this.layers) if (layer !== kept && layer !== this.wanted) this.drop(address, layer);
  }

  drop(address, layer) {
    layer.remove();
    this.layers.delete(address);
  }
}

// A tile that does not come must not hold up the rest.
function whole(layer) {
  if (layer.complete) return Promise.resolve();
  return new Promise((resolve) => {
    layer.once("load", resolve);
    setTimeout(resolve, PATIENCE_MS);
  });
}
