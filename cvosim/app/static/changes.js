// What is changed in B, listed where everybody sees it, each with a way back.

import { byId, el } from "./dom.js";
import { worded } from "./lever.js";

let shown = "";

/** List the changes; `levers` knows their words. */
export function list(changes, levers, { reset }) {
  const paths = Object.keys(changes);
  const lines = paths.map((path) => [path, ...words(path, changes[path], levers.lever(path))]);
  const now = JSON.stringify(lines);
  if (now === shown) return;
  shown = now;
  const place = byId("changes");
  const had = undos(place).indexOf(document.activeElement);
  place.replaceChildren(
    el("h3", { class: "part" },
      paths.length === 0 ? "Nothing is changed yet" : `Changed in B: ${paths.length}`),
    paths.length === 0
      ? el("p", { class: "hint" }, "Move a lever below. Every change shows here, with a way back.")
      : el("ul", { class: "changes" }, ...lines.map((line) => item(line, levers, reset))),
  );
  if (had < 0) return;
  const buttons = undos(place);
  (buttons[Math.min(had, buttons.length - 1)] ?? byId("levers-heading")).focus();
}

const undos = (place) => [...place.querySelectorAll("button.quiet")];

function item([path, label, before, after], levers, reset) {
  const name = levers.has(path)
    ? el("button", { type: "button", class: "link", onclick: () => levers.goTo(path) }, label)
    : el("span", {}, label);
  return el(
    "li", {}, el("span", {}, name, el("span", { class: "from-to" }, ` ${before} → `, el("b", {}, after))),
    el("button", { type: "button", class: "quiet", "aria-label": `Undo ${label}`,
      onclick: () => reset(path) }, "Undo"),
  );
}

function words(path, value, lever) {
  if (lever === null) return [path, "", value === null ? "left out" : String(value)];
  return [`${lever.group}: ${lever.label.toLowerCase()}`, worded(lever, lever.value), worded(lever, value)];
}
