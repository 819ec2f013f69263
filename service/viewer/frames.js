// The frames of a region on the map: a tile layer each, made when it is first wanted.

const L = window.L;
const PATIENCE_MS = 4000;

export class Frames {
  constructor(map) {
    this.map = map;
    this.list = [];
    this.layers = new Map();
    this.shown = null;
    this.opacity = 0.85;
    // After a move only what is shown is fetched again; the others when their turn comes.
    map.on("movestart", () => this.keepOnly(this.shown));
  }

  // Other frames than before; a layer whose address is the same stays, and with it its tiles.
  set(list, attribution) {
    const known = new Set(list.map((frame) => frame.tiles));
    for (const [address, layer] of this.layers) if (!known.has(address)) this.drop(address, layer);
    this.list = list;
    this.attribution = attribution;
  }

  layer(index) {
    const address = this.list[index].tiles;
    if (!this.layers.has(address)) this.layers.set(address, this.make(address));
    return this.layers.get(address);
  }

  make(address) {
    const layer = L.tileLayer(`${address}&size=512`, {
      tileSize: 512,
      zoomOffset: -1,
      opacity: 0,
      className: "tiles",
      maxNativeZoom: 13,
      keepBuffer: 0,
      attribution: this.attribution,
    });
    layer.complete = false;
    layer.on("loading", () => (layer.complete = false));
    layer.on("load", () => (layer.complete = true));
    return layer.addTo(this.map);
  }

  // The frame before stays until this one is whole, so that nothing flickers.
  async show(index) {
    const layer = this.layer(index);
    this.wanted = layer;
    await whole(layer);
    if (this.wanted !== layer) return;
    for (const other of this.layers.values()) other.setOpacity(other === layer ? this.opacity : 0);
    this.shown = layer;
    for (const next of [index + 1, index + 2]) if (next < this.list.length) this.layer(next);
  }

  ready(index) {
    return this.layer(index).complete;
  }

  fade(opacity) {
    this.opacity = opacity;
    this.shown?.setOpacity(opacity);
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
