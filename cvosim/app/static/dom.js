// Small helpers around the document. Text is always set as text, never as markup.

/** An element: el("p", {class: "hint", hidden: true}, "words", child). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Set text only where it differs, so that screen readers hear news and nothing else. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The last call within a pause wins. */
export function later(milliseconds, action) {
  let timer = 0;
  const wait = (...what) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...what), milliseconds);
  };
  wait.cancel = () => clearTimeout(timer);
  return wait;
}

/** A number as people write it: no exponent, no digits that floating point made up. */
export function plain(value) {
  if (typeof value !== "number") return String(value);
  const tidy = Number(value.toPrecision(12));
  return Math.abs(tidy) >= 1e-6 || tidy === 0 ? String(tidy) : tidy.toFixed(12).replace(/0+$/, "");
}

/** Without the digits that floating point made up. */
export const tidy = (value) => Number(value.toPrecision(12));

/** Capital first letter. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
