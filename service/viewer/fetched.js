// What pictures and links lead to, for who looks with a key: neither of them can show one.

import { shownKey } from "./access.js";
import { got } from "./api.js";
import { made } from "./page.js";

const HANDED_OVER_MS = 60000;

// An address for a picture: with a key it is the picture itself.
export async function picture(path, options) {
  if (!shownKey()) return path;
  const blob = await (await got(path, options)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

export function saveLinks(failed) {
  addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (!link || !shownKey()) return;
    event.preventDefault();
    save(link.href).catch(failed);
  });
}

async function save(href) {
  const address = URL.createObjectURL(await (await got(href)).blob());
  const name = new URL(href).pathname.split("/").at(-1);
  made("a", "", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), HANDED_OVER_MS);
}
