// Which frame is shown: play, step, scrub. It knows nothing of maps.

const STEP_MS = 500;
const REST = 3; // frames long the animation rests at now and at its end

export class Player {
  constructor({ show, ready, changed }) {
    Object.assign(this, { show, ready, changed, count: 0, last: 0, index: 0, speed: 1, timer: null });
  }

  // So many frames, the one at `last` being the newest that was observed.
  set(count, last, index = last) {
    this.count = count;
    this.last = last;
    this.go(index);
  }

  get playing() {
    return this.timer !== null;
  }

  go(index) {
    if (!this.count) return;
    this.index = Math.max(0, Math.min(index, this.count - 1));
    this.show(this.index);
    this.changed(this);
  }

  step(by) {
    this.pause();
    this.go(this.index + by);
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  play() {
    if (this.count < 2) return;
    this.schedule();
    this.changed(this);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.changed(this);
  }

  schedule() {
    const rest = this.index === this.last || this.index === this.count - 1 ? REST : 1;
    this.timer = setTimeout(() => this.tick(), (STEP_MS * rest) / this.speed);
  }

  // A frame whose tiles are not there yet is waited for.
  tick() {
    const next = (this.index + 1) % this.count;
    if (this.ready(next) || this.waited) {
      this.waited = false;
      this.go(next);
    } else {
      this.waited = true;
    }
    this.schedule();
  }
}
