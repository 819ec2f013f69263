// The time machine: which earlier moment is looked at, step by step or as a replay.

import { $, handOver, local, utc } from "./page.js";

const REST_MS = 1500; // between two moments of a replay, at the usual speed
const TYPING_MS = 1000; // a moment that is typed is whole when nothing has followed for so long

export class Machine {
  // look(): shows the moment that is asked for, or now.
  constructor(look) {
    Object.assign(this, { look, at: null, asked: null, cadence: 300000, timer: null, typing: null, speed: 1 });
    $("machine").onclick = () => this.toggle();
    $("today").onclick = () => this.leave();
    $("earlier").onclick = () => this.step(-1);
    $("later").onclick = () => this.step(1);
    $("replay").onclick = () => this.replay();
    $("at").onchange = () => this.typed();
    const high = () => document.body.style.setProperty("--then-high", `${$("then").offsetHeight}px`);
    new ResizeObserver(high).observe($("then"));
  }

  get on() {
    return this.at !== null;
  }

  // From when on there is something, and the newest frame, an hour before which the machine starts.
  reach({ kept_since: since, frames }) {
    const newest = (frames.findLast((one) => one.kind === "observed") ?? frames[0])?.time ?? since;
    Object.assign(this, { newest: Date.parse(newest), since: since ? Date.parse(since) : null, cadence: cadence(frames) });
    $("machine").disabled = !since;
    $("at").max = local(newest);
    if (since) $("at").min = local(since);
  }

  toggle() {
    this.on ? this.leave() : this.go(this.newest - 3600000);
  }

  // Each digit that is typed makes another moment.
  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = null;
      if (this.on && $("at").value) this.go(new Date($("at").value));
    }, TYPING_MS);
  }

  go(time) {
    this.halt();
    return this.move(time);
  }

  // A moment outside of what is kept is the nearest one inside.
  move(time) {
    this.asked = Math.max(this.since, Math.min(time, this.newest));
    this.at = new Date(this.asked);
    return this.show();
  }

  // The way on begins where one asked, or it would never lead across a gap; the way back at what was found there.
  step(by) {
    if (!this.on || (by < 0 && +this.at <= this.since)) return;
    return this.go((by < 0 ? +this.at : this.asked) + by * this.cadence);
  }

  leave() {
    this.reset();
    return this.look();
  }

  reset() {
    this.halt();
    this.at = null;
    this.dress();
  }

  // The moment the page is opened at.
  begin(time) {
    this.at = new Date(time);
    this.asked = time;
    this.dress();
  }

  show() {
    this.dress();
    return this.look();
  }

  dress() {
    if (!this.on) handOver($("then"), $("machine"));
    document.body.classList.toggle("then", this.on);
    $("then").hidden = !this.on;
    $("machine").setAttribute("aria-expanded", this.on);
    if (this.on && this.typing === null) $("at").value = local(this.at);
    $("earlier").setAttribute("aria-disabled", +this.at <= this.since);
    $("later").setAttribute("aria-disabled", this.asked >= this.newest);
  }

  // The moment that was found is shown, which is the last before the one that was asked for.
  found(time) {
    this.at = new Date(time);
    this.dress();
  }

  // True where what was asked for is missing from the archive.
  get gap() {
    return this.on && this.asked - this.at >= this.cadence;
  }

  replay() {
    if (!this.on) return;
    this.timer === null ? this.run() : this.halt();
  }

  async run() {
    $("replay").textContent = "⏸ Replay";
    $("replay").setAttribute("aria-pressed", true);
    const tick = async () => {
      const mine = this.timer;
      if (this.asked + this.cadence > this.newest) return this.halt();
      await this.move(this.asked + this.cadence);
      if (this.timer === mine) this.timer = setTimeout(tick, REST_MS / this.speed);
    };
    this.timer = setTimeout(tick, 0);
  }

  // Neither a replay nor what was being typed goes on.
  halt() {
    for (const name of ["timer", "typing"]) {
      clearTimeout(this[name]);
      this[name] = null;
    }
    $("replay").textContent = "▶ Replay";
    $("replay").setAttribute("aria-pressed", false);
  }

  // What an address needs to be about this moment.
  get query() {
    return this.on ? { at: utc(this.asked) } : {};
  }
}

function cadence(frames) {
  const gaps = frames.slice(1).map((one, n) => Date.parse(one.time) - Date.parse(frames[n].time));
  return Math.min(...gaps.filter((gap) => gap > 0), 3600000);
}
