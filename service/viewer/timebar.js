// The line of time: what was seen, a clear break at now, what is expected; hours below it.

import { $, day, hour, made, put } from "./page.js";

const HALF = 8; // of a slider's thumb: it never reaches further than that from the ends
const APART = 70; // pixels between the hours' labels, at least
const STEPS = [5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * 60000);

export function lay(list, last) {
  const count = list.length - 1;
  $("time").max = Math.max(0, count);
  const share = count > 0 ? (last + 0.5) / count : 1;
  const track = document.querySelector(".track");
  track.style.setProperty("--now", Math.min(1, share));
  $("now").hidden = last >= count;
  hours(list, count);
}

function hours(list, count) {
  const wide = $("time").offsetWidth;
  const span = count > 0 ? Date.parse(list[count].time) - Date.parse(list[0].time) : 0;
  const step = STEPS.find((one) => (wide * one) / span >= APART) ?? STEPS.at(-1);
  const marks = list.flatMap((one, n) => {
    const date = new Date(one.time);
    const local = date - date.getTimezoneOffset() * 60000;
    return span && local % step === 0 ? [placed(made("span", hour(one.time)), n / count)] : [];
  });
  put($("hours"), ...marks);
}

function placed(element, share) {
  element.style.left = `calc(${HALF}px + (100% - ${2 * HALF}px) * ${share})`;
  return element;
}

// What is shown, in words; minutes count from the newest frame that was seen.
export function tell(one, newest, then) {
  const minutes = Math.round((Date.parse(one.time) - Date.parse(newest.time)) / 60000);
  const ahead = one.kind === "nowcast";
  const said = ahead ? `nowcast +${minutes} min` : minutes ? `observed ${-minutes} min before` : then ? "last frame it knew" : "newest observation";
  $("time").setAttribute("aria-valuetext", `${hour(one.time)}, ${said}`);
  $("clock").textContent = `${hour(one.time)} · ${said}`;
  $("day").textContent = day(one.time);
  for (const element of [$("clock"), $("badge"), document.body]) element.classList.toggle("ahead", ahead);
  return ahead ? `+${minutes} min` : "";
}
