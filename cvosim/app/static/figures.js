// The pictures, in the order of the report. Each has a place of its own whose content is
// replaced, so that the page does not jump, an open table stays open and the focus stays.

import { byId, el } from "./dom.js";

const places = new Map();
const scrolled = new WeakMap(); // how far pictures and tables are scrolled sideways, by place

// noted when it happens: to ask later would make the browser lay out the page for every figure
byId("figures").addEventListener("scroll", ({ target }) => {
  const place = target.closest(".place");
  if (place === null) return;
  const lefts = scrolled.get(place) ?? [];
  lefts[rolling(place).indexOf(target)] = target.scrollLeft;
  scrolled.set(place, lefts);
}, { capture: true, passive: true });

/** All keys to come: places in their order; figures that are no more go away. */
export function expect(keys) {
  const wanted = new Set(keys);
  for (const [key, place] of places) {
    if (wanted.has(key)) continue;
    place.remove();
    places.delete(key);
  }
  const whole = byId("figures");
  keys.forEach((key, index) => {
    if (!places.has(key)) places.set(key, el("div", { class: "place", "data-figure": key }));
    const place = places.get(key);
    // moving an element loses its focus, so only what stands elsewhere is moved
    if (whole.children[index] !== place) whole.insertBefore(place, whole.children[index] ?? null);
  });
}

/** A figure has come. */
export function put(key, html, turn) {
  const place = places.get(key);
  if (place === undefined) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (fresh === null) return;
  const before = [...place.querySelectorAll("details")];
  [...fresh.querySelectorAll("details")].forEach((details, index) => {
    // the report opens all its tables; here each is opened by who wants to read it
    details.open = before[index]?.open ?? false;
  });
  const focused = reachable(place).indexOf(document.activeElement);
  place.replaceChildren(document.adoptNode(fresh));
  place.dataset.turn = String(turn);
  rolling(place).forEach((element, index) => {
    const left = scrolled.get(place)?.[index];
    if (left) element.scrollLeft = left;
  });
  if (focused >= 0) reachable(place)[focused]?.focus({ preventScroll: true });
}

export function stale(yes) {
  byId("figures").classList.toggle("stale", yes);
}

function rolling(place) {
  return [...place.querySelectorAll(".picture, .scroll")];
}

function reachable(place) {
  return [...place.querySelectorAll("summary, a[href], [tabindex='0']")];
}
