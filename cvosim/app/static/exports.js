// Files to take away, and a link to send.

import { byId, el, say } from "./dom.js";
import * as net from "./net.js";

const words = (text) => say(byId("export-status"), text);

/** Make the buttons work; `state()` gives the state of that moment. */
export function ready(state) {
  for (const button of document.querySelectorAll("[data-export]")) {
    button.addEventListener("click", () => void save(button, state()));
  }
}

async function save(button, state) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  words("Preparing the file …");
  try {
    const { name, bytes } = await net.exported(button.dataset.export, state);
    const address = URL.createObjectURL(bytes);
    const link = el("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    words(`Saved ${name}.`);
  } catch (error) {
    words(error.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Put the page's address on the clipboard, or show it where there is none. */
export async function copyLink(button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(window.location.href);
    say(button, "Link copied");
    setTimeout(() => say(button, before), 2000);
  } catch {
    const field = el("input", { type: "text", readonly: true, "aria-label": "Link to this comparison" });
    field.value = window.location.href;
    byId("banner").replaceChildren(el("p", { class: "banner calm" }, "Copy this link: ", field));
    field.focus();
    field.select();
  }
}
