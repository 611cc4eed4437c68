// Which scenarios stand as A and B, how many customers live through them, and with which luck.

import { byId, el, say } from "./dom.js";
import * as net from "./net.js";

const UPLOADED = "uploaded";
const SAME = "";

export class Sources {
  #start;
  #views = {};

  /** `change(part)` puts part of a state into it. */
  constructor(start, change) {
    this.#start = start;
    this.change = change;
    byId("sources").replaceChildren(this.#side("a"), this.#side("b"), this.#settings());
  }

  #side(side) {
    const name = side.toUpperCase();
    const options = this.#start.scenarios.map((one) => el("option", { value: one.name }, one.name));
    if (side === "b") options.unshift(el("option", { value: SAME }, "Start from A"));
    const own = el("option", { value: UPLOADED, hidden: true, disabled: true });
    const select = el("select", { id: `source-${side}`, "aria-describedby": `about-${side}` }, ...options, own);
    select.addEventListener("change", () => this.#picked(side, select.value));
    const file = el("input", {
      type: "file", id: `file-${side}`, accept: ".yaml,.yml", class: "unseen", tabindex: "-1",
      "aria-label": `Scenario file for ${name}`,
    });
    file.addEventListener("change", () => void this.#uploaded(side, file));
    const button = el("button", { type: "button", onclick: () => file.click() }, "Upload …");
    button.setAttribute("aria-label", `Upload a scenario for ${name}`);
    const about = el("p", { class: "hint", id: `about-${side}` });
    const problem = el("p", { class: "problem", role: "alert" });
    this.#views[side] = { select, own, about, problem };
    return el(
      "fieldset", { class: `source ${side}` },
      el("legend", {}, el("b", { class: side }, name), side === "a" ? " As it is" : " What if"),
      el("label", { for: `source-${side}`, class: "unseen" }, `Scenario ${name}`),
      el("div", { class: "pick" }, select, button, file), problem, about,
    );
  }

  #settings() {
    const sizes = this.#start.customers.map((n) => el("option", { value: n }, n.toLocaleString("en")));
    this.customers = el("select", { id: "customers" }, ...sizes);
    this.customers.addEventListener("change", () => {
      this.change({ customers: Number(this.customers.value) });
    });
    this.seed = el("input", {
      id: "seed", type: "text", inputmode: "numeric", autocomplete: "off",
      "aria-describedby": "seed-problem seed-hint",
    });
    this.seed.addEventListener("change", () => {
      // as text: JavaScript has no whole numbers above 2 to the 53rd
      const text = this.seed.value.trim().slice(0, 300);
      this.change({ seed: text === "" ? null : text });
    });
    this.seedProblem = el("p", { class: "problem", id: "seed-problem", hidden: true });
    this.sizeProblem = el("p", { class: "problem", id: "customers-problem", hidden: true });
    return el(
      "fieldset", { class: "source" }, el("legend", { class: "unseen" }, "Simulation"),
      el("div", { class: "pair" },
        el("div", {}, el("label", { for: "customers" }, "Customers"), this.customers),
        el("div", {}, el("label", { for: "seed" }, "Seed"), this.seed)),
      this.sizeProblem, this.seedProblem,
      el("p", { class: "hint", id: "seed-hint" },
        "A and B meet the same customers with the same luck. Another seed is another luck."),
    );
  }

  #picked(side, value) {
    if (value === UPLOADED) return;
    this.change({ [side]: value === SAME ? null : { library: value } });
  }

  async #uploaded(side, file) {
    const [chosen] = file.files;
    if (!chosen) return;
    const { problem } = this.#views[side];
    say(problem, "");
    try {
      const source = { text: await this.#read(chosen), name: chosen.name.slice(-300) };
      await net.levers(source, null); // what is no scenario never becomes a part of the state
      this.change({ [side]: source });
    } catch (error) {
      say(problem, error.message);
    }
    file.value = ""; // the same file can be chosen again after it was edited
  }

  async #read(file) {
    const most = this.#start.limits.text;
    const large = `${file.name} is too large: a scenario has at most ${most / 1024} KiB.`;
    if (file.size > most) throw new Error(large);
    const text = await file.text();
    // bytes that are no text grow when they are read
    if (new TextEncoder().encode(text).length > most) throw new Error(large);
    return text;
  }

  /** Show what a state has chosen. */
  show(state) {
    this.#showSide("a", state.a);
    this.#showSide("b", state.b);
    this.#size(state.customers);
    if (document.activeElement !== this.seed || state.seed !== null) {
      this.seed.value = state.seed ?? "";
    }
  }

  #size(customers) {
    const value = String(customers);
    if (![...this.customers.options].some((one) => one.value === value)) {
      this.customers.append(el("option", { value }, customers.toLocaleString("en")));
    }
    this.customers.value = value;
  }

  #showSide(side, source) {
    const { select, own, about } = this.#views[side];
    const uploaded = source !== null && source.library === undefined;
    own.hidden = own.disabled = !uploaded;
    if (uploaded) say(own, `${source.name} (yours)`);
    select.value = source === null ? SAME : uploaded ? UPLOADED : source.library;
    say(about, source === null ? "B is A with your changes." : uploaded
      ? "Your own file. It stays in this page and in the link that you copy."
      : this.#start.scenarios.find((one) => one.name === source.library)?.description ?? "");
  }

  /** The seed that stands in the scenario, to be seen where none is chosen. */
  ownSeed(seed) {
    this.seed.placeholder = Number.isSafeInteger(seed) ? `${seed} (scenario's)` : "";
  }

  /** Words for a scenario that cannot be used, beside it; null takes them away. */
  refuse(message, side = "a") {
    for (const one of ["a", "b"]) say(this.#views[one].problem, one === side ? message ?? "" : "");
  }

  /** Problems with customers and seed; returns the others. */
  fault(problems) {
    const about = (path) => problems.find((one) => one.path === path)?.message ?? null;
    mark(this.seed, this.seedProblem, about("seed"));
    mark(this.customers, this.sizeProblem, about("customers"));
    return problems.filter((one) => one.path !== "seed" && one.path !== "customers");
  }
}

function mark(control, place, message) {
  place.hidden = message === null;
  say(place, message ?? "");
  if (message === null) control.removeAttribute("aria-invalid");
  else control.setAttribute("aria-invalid", "true");
}
