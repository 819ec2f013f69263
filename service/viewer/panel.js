// The panel beside the map, or below it on a phone: open, or folded away.

import { $, handOver } from "./page.js";

let unfolded = false; // for a place on the map: when that is closed, the panel goes again

export const folded = () => $("panel").classList.contains("folded");

export function fold(away) {
  unfolded = false;
  if (away) handOver($("panel"), $("fold"));
  $("panel").classList.toggle("folded", away);
  $("fold").setAttribute("aria-expanded", !away);
}

export function unfold() {
  const again = unfolded || folded();
  fold(false);
  unfolded = again;
}

export function foldAgain() {
  if (unfolded) fold(true);
}
