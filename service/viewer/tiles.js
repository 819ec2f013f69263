// Leaflet's layer of tiles, which are fetched where a key must be shown.

import { shownKey } from "./access.js";
import { picture } from "./fetched.js";
import { made } from "./page.js";

const { TileLayer } = window.L;

export const Tiles = TileLayer.extend({
  createTile(coords, done) {
    return shownKey() ? fetched(this.getTileUrl(coords), done) : TileLayer.prototype.createTile.call(this, coords, done);
  },
});

function fetched(address, done) {
  const tile = made("img", "", { alt: "" });
  const { signal } = (tile.stop = new AbortController());
  const failed = (error) => signal.aborted || done(error, tile);
  tile.onload = () => done(null, tile);
  tile.onerror = failed;
  picture(address, { signal }).then((found) => signal.aborted || (tile.src = found), failed);
  return tile;
}

// A tile that nobody waits for any more is not fetched to its end.
export const stop = ({ tile }) => tile.stop?.abort();
