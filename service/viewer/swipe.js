// Two maps in one: what was said on the left of a line, what came on its right.

import { $ } from "./page.js";

export class Swipe {
  constructor(map) {
    this.map = map;
    map.on("move zoomend resize", () => this.cut());
    $("swipe").oninput = () => this.cut();
  }

  // When it comes, the line goes through the middle of the region, wherever the map is.
  turn(on, bounds) {
    if (on && !this.on) this.through(bounds);
    $("divide").hidden = !on;
    this.cut();
  }

  through([west, south, east, north]) {
    const { x } = this.map.latLngToContainerPoint([(south + north) / 2, (west + east) / 2]);
    const share = x / this.map.getSize().x;
    $("swipe").value = 1000 * (share > 0.1 && share < 0.9 ? share : 0.5);
  }

  get on() {
    return !$("divide").hidden;
  }

  // Panes move with the map, so the line is where it is on the page, in their own measure.
  cut() {
    const { x: wide, y: high } = this.map.getSize();
    const share = Number($("swipe").value) / 1000;
    $("divide").style.setProperty("--at", share);
    const topLeft = this.map.containerPointToLayerPoint([0, 0]);
    const middle = Math.round(topLeft.x + wide * share);
    const [top, left, bottom, right] = [topLeft.y, topLeft.x, topLeft.y + high, topLeft.x + wide];
    const rect = (from, to) => (this.on ? `rect(${top}px, ${to}px, ${bottom}px, ${from}px)` : "");
    this.map.getPane("said").style.clip = rect(left, middle);
    this.map.getPane("came").style.clip = rect(middle, right);
  }
}
