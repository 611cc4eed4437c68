// All levers of B in their groups, generated from what the server says of the scenario.

import { byId, capital, el, say } from "./dom.js";
import { LeverView } from "./lever.js";

export class Levers {
  #views = new Map();
  #groups = [];

  /** `move(lever, value)` and `reset(path)` change the state. */
  constructor({ move, reset }) {
    this.move = move;
    this.reset = reset;
    byId("find").addEventListener("input", () => this.#filter());
  }

  has(path) { return this.#views.has(path); }
  lever(path) { return this.#views.get(path)?.lever ?? null; }

  /** Other scenarios, other levers. Groups with a title that was open are open again. */
  build(groups) {
    const open = new Set(this.#groups.filter((one) => one.details.open).map((one) => one.title));
    if (this.#groups.length === 0) open.add(priced(groups));
    this.#views.clear();
    this.#groups = groups.map(({ title, levers }) => {
      const views = levers.map((lever) => this.#view({ ...lever, group: capital(title) }));
      const badge = el("span", { class: "count" });
      const details = el(
        "details", { class: "group", open: open.has(title) },
        el("summary", {}, el("span", { class: "group-title" }, capital(title)), badge),
        ...views.map((view) => view.element),
      );
      return { title, details, views, badge };
    });
    byId("levers").replaceChildren(...this.#groups.map((one) => one.details));
    this.#filter();
  }

  #view(lever) {
    const view = new LeverView(lever, {
      move: (value) => this.move(lever, value),
      reset: () => {
        this.reset(lever.path);
        view.focus(); // the button is gone now
      },
    });
    this.#views.set(lever.path, view);
    return view;
  }

  /** Show the values of a state. */
  show(changes) {
    for (const [path, view] of this.#views) {
      const value = path in changes ? changes[path] : view.lever.value;
      // a field in which somebody types is ahead of the state
      if (view.value !== value) view.show(value);
    }
    for (const { views, badge } of this.#groups) {
      const out = views.find((view) => view.lever.kind === "part" && view.value === null);
      // of what is left out there is nothing to turn
      for (const view of views) view.element.classList.toggle("out", Boolean(out) && view !== out);
      const changed = views.filter((view) => view.lever.path in changes).length;
      say(badge, changed === 0 ? String(views.length) : `${changed} changed`);
      badge.classList.toggle("on", changed > 0);
    }
  }

  /** Put words beside the levers they are about; returns those that have no lever here. */
  fault(problems) {
    const rest = [];
    const wrong = new Map();
    for (const problem of problems) {
      const about = this.#about(problem.path);
      if (about.length === 0) rest.push(problem);
      for (const path of about) wrong.set(path, problem.message);
    }
    for (const [path, view] of this.#views) view.fault(wrong.get(path) ?? null);
    for (const { details, views } of this.#groups) {
      if (views.some((view) => wrong.has(view.lever.path))) details.open = true;
    }
    return rest;
  }

  /** The levers that a problem is about: its own, or those changed within its section. */
  #about(path) {
    if (this.has(path)) return [path];
    const within = [...this.#views.values()].filter((view) => view.changed);
    return within.map((view) => view.lever.path).filter((one) => path && one.startsWith(`${path}.`));
  }

  /** Open the group of a lever and go there. */
  goTo(path) {
    const group = this.#groups.find(({ views }) => views.some((one) => one.lever.path === path));
    if (!group) return;
    byId("find").value = "";
    this.#filter();
    group.details.open = true;
    const view = this.#views.get(path);
    view.focus();
    view.element.scrollIntoView({ block: "center" });
  }

  #filter() {
    const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { details, views, title } of this.#groups) {
      const whole = words.length > 0 && words.every((word) => title.toLowerCase().includes(word));
      const found = views.filter((view) => {
        const yes = whole || view.matches(words);
        view.element.hidden = !yes;
        return yes;
      }).length;
      details.hidden = found === 0;
      if (words.length > 0 && found > 0) details.open = true;
      shown += found;
    }
    say(byId("found-none"), words.length > 0 && shown === 0 ? "No lever has these words." : "");
  }
}

/** The group to begin with: the first that has a price. */
function priced(groups) {
  const found = groups.find(({ levers }) => levers.some((one) => one.path.endsWith(".price")));
  return (found ?? groups[0])?.title;
}
