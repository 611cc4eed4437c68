// One lever: a slider and a field for a number, a list for a choice, a box for a yes or no or for
// a part that can be left out.

import { capital, el, later, plain, say, tidy } from "./dom.js";

let count = 0;

/** What a lever's value reads like, with its unit. */
export function worded(lever, value) {
  if (lever.kind === "part") return value ? "in" : "left out";
  if (value === null || value === undefined) return "not set";
  if (lever.kind === "flag") return value ? "yes" : "no";
  const unit = unitOf(lever);
  return unit ? `${written(lever, value)} ${unit}` : written(lever, value);
}

/** A share is said in percent, and stays a share in the state. */
const percent = (lever) => lever.unit === "share";
const unitOf = (lever) => (percent(lever) ? "%" : lever.unit ?? "");

function written(lever, value) {
  return percent(lever) && typeof value === "number" ? plain(100 * value) : plain(value);
}

/** The number that a text means; what is no number goes to the loader as it is: it has words. */
function read(lever, text) {
  const bare = percent(lever) ? text.replace(/\s*%$/, "") : text;
  const number = bare === "" ? NaN : Number(bare);
  if (Number.isFinite(number)) return percent(lever) ? tidy(number / 100) : number;
  return text === "" && lever.value === null ? null : text;
}

export class LeverView {
  /** `move(value)` is called with every new value, `reset()` for the scenario's own. */
  constructor(lever, { move, reset }) {
    this.lever = lever;
    this.id = `lever-${(count += 1)}`;
    this.move = move;
    this.value = lever.value;
    this.typed = later(250, () => this.#fromField());
    this.mark = el("span", { class: "mark", hidden: true }, "changed");
    this.undo = el("button", {
      type: "button", class: "quiet", hidden: true, onclick: reset,
      "aria-label": `Reset ${lever.group}: ${lever.label}`,
    }, "Reset");
    this.problem = el("p", { class: "problem", id: `${this.id}-problem`, hidden: true });
    this.controls = this.#made();
    this.element = this.#built();
    this.show(lever.value);
  }

  get changed() { return this.value !== this.lever.value; }

  #built() {
    const { lever, id } = this;
    const label = el("label", { for: id, id: `${id}-label` }, capital(lever.label));
    return el(
      "div", { class: "lever", "data-path": lever.path, role: "group", "aria-labelledby": `${id}-label` },
      el("div", { class: "lever-head" }, label, this.mark, this.undo),
      el("div", { class: "lever-row" }, ...this.controls),
      this.problem,
      el("div", { class: "hint", id: `${id}-hint` }, this.#beside(),
        el("p", { class: "help" }, lever.help ?? "",
          lever.siblings.length > 0 ? " The others that add to 100 % with it move along." : null)),
    );
  }

  focus() { (this.slider ?? this.field).focus(); }

  #beside() {
    const { base, kind } = this.lever;
    const has = base ? "has it" : "does not have it";
    const words = kind === "part" ? has : worded(this.lever, base);
    return el("p", { class: "beside" }, el("b", { class: "a" }, "A"), ` ${words}`);
  }

  #made() {
    const { lever, id } = this;
    const about = { id, "aria-describedby": `${id}-hint` };
    if (lever.kind === "flag" || lever.kind === "part") {
      const off = lever.kind === "part" ? null : false;
      this.field = el("input", { ...about, type: "checkbox" });
      this.field.addEventListener("change", () => this.#moved(this.field.checked ? true : off));
      return [this.field];
    }
    if (lever.kind === "choice") {
      const options = (lever.choices ?? []).map((one) => el("option", { value: one }, String(one)));
      if (lever.value === null) options.unshift(el("option", { value: "" }, "not set"));
      this.field = el("select", about, ...options);
      this.field.addEventListener("change", () => this.#moved(this.field.value || null));
      return [this.field];
    }
    return lever.value === null ? this.#unset(about) : this.#numeric(about);
  }

  /** A number that the scenario could state and does not. */
  #unset(about) {
    const field = this.#typed({ ...about, placeholder: "not set" });
    const set = el("button", {
      type: "button", "aria-label": `Set ${this.lever.group}: ${this.lever.label}`,
      onclick: () => {
        this.#fromField();
        field.focus();
      },
    }, "Set");
    return [field, el("span", { class: "unit" }, unitOf(this.lever)), set];
  }

  #typed(about) {
    this.field = el("input", {
      ...about, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
    });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("change", () => {
      this.#fromField();
      this.show(this.value); // as it is always written, now that nobody types any more
    });
    return this.field;
  }

  #numeric(about) {
    const { lever, id } = this;
    this.#typed(about);
    this.field.addEventListener("keydown", (event) => this.#key(event, ["ArrowUp", "ArrowDown"]));
    const unit = el("span", { class: "unit" }, unitOf(lever));
    // any step: the slider shows a value just as it is; steps are made in #grid
    this.slider = el("input", {
      type: "range", min: lever.low, max: lever.high, step: "any", id: `${id}-slider`,
      "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-hint`,
    });
    this.slider.addEventListener("input", () => this.#moved(this.#grid(Number(this.slider.value))));
    this.slider.addEventListener("keydown", (event) => this.#key(event, Object.keys(STEPS)));
    return [el("span", { class: "track" }, this.slider, this.#tick()), this.field, unit];
  }

  /** Where A stands on the slider. */
  #tick() {
    const { base, low, high } = this.lever;
    if (typeof base !== "number" || base < low || base > high || high <= low) return null;
    const tick = el("span", { class: "tick", "aria-hidden": "true" });
    tick.style.setProperty("--at", String((base - low) / (high - low)));
    return tick;
  }

  #key(event, keys) {
    if (!keys.includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const { lever } = this;
    const now = typeof this.value === "number" ? this.value : (lever.value ?? lever.low ?? 0);
    if (event.key === "Home") this.#moved(lever.low);
    else if (event.key === "End") this.#moved(lever.high);
    else this.#moved(this.#held(now + STEPS[event.key] * (lever.step || 1)));
  }

  /** Within the slider's range, unless it stands outside it already; never beyond hard bounds. */
  #held(value) {
    const { least, most, low, high } = this.lever;
    const now = typeof this.value === "number" ? this.value : value;
    const floor = Math.max(least ?? -Infinity, Math.min(low ?? -Infinity, now));
    const roof = Math.min(most ?? Infinity, Math.max(high ?? Infinity, now));
    return tidy(Math.min(roof, Math.max(floor, value)));
  }

  #grid(value) {
    const { low, high, step } = this.lever;
    if (!step) return tidy(value);
    return tidy(Math.min(high, Math.max(low, Math.round(value / step) * step)));
  }

  #fromField() {
    this.typed.cancel();
    this.#moved(read(this.lever, this.field.value.trim()));
  }

  #moved(value) {
    if (value === this.value) return;
    this.value = value;
    this.show(value, document.activeElement === this.field ? this.field : null);
    this.move(value);
  }

  /** Show a value; `typing`: the field in which somebody types, to be left alone. */
  show(value, typing = null) {
    const { lever } = this;
    this.value = value;
    this.mark.hidden = !this.changed;
    this.undo.hidden = !this.changed;
    this.element?.classList.toggle("changed", this.changed);
    if (this.field.type === "checkbox") this.field.checked = Boolean(value);
    else if (typing === null || typeof value !== "string" && read(lever, this.field.value.trim()) !== value) {
      this.typed.cancel();
      this.field.value = value === null ? "" : written(lever, value);
    }
    if (this.slider && typeof value === "number") {
      this.slider.value = String(value);
      this.slider.setAttribute("aria-valuetext", worded(lever, value));
    }
  }

  /** Say what is wrong with the value, or that nothing is. */
  fault(message) {
    const wrong = message !== null;
    this.problem.hidden = !wrong;
    say(this.problem, message ?? "");
    const about = wrong ? `${this.id}-problem ${this.id}-hint` : `${this.id}-hint`;
    for (const control of [this.field, this.slider]) {
      if (!control) continue;
      control.setAttribute("aria-describedby", about);
      if (wrong) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  matches(words) {
    const text = `${this.lever.label} ${this.lever.path} ${this.lever.help ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }
}

const STEPS = {
  ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: 0, End: 0,
};
