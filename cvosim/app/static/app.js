// The what-if page: one state, shown everywhere; every change of it asks the server once.

import * as answer from "./answer.js";
import * as changes from "./changes.js";
import { byId, el, later, say } from "./dom.js";
import * as exports from "./exports.js";
import * as figures from "./figures.js";
import { Levers } from "./levers.js";
import { fragmentOf, stateOf } from "./link.js";
import * as net from "./net.js";
import { Sources } from "./sources.js";
import { balanced } from "./shares.js";
import { Story, patched, sourcesOf, withChanges, withoutChanges } from "./story.js";
import { Turns } from "./turns.js";

const main = byId("main");
let first; // what stands where a link says nothing
let limits; // what the server takes
let story;
let sources;
let levers;
let leversOf = null; // the scenarios whose levers are shown
let leversAsked = 0;
let faulty = []; // the problems of the newest answer
let noticed = 0; // the turn of the last notice

const turns = new Turns((line) => HEARD[line.kind]?.(line));

const HEARD = {
  asked: (line) => {
    main.dataset.turn = String(line.turn);
    main.dataset.state = "working";
    byId("answer").setAttribute("aria-busy", "true");
    patience();
  },
  numbers: (line) => {
    settled();
    faults([]);
    sources.refuse(null);
    answer.show(line);
    const newest = line.turn === turns.turn;
    fresh(newest ? "ready" : "working");
    say(byId("status"), newest ? "Up to date" : "Updating …");
    say(byId("figures-status"), "Updating …");
    if (line.turn === 1) requestAnimationFrame(() => performance.mark("cvosim-numbers"));
  },
  figures: (line) => figures.expect(line.keys),
  figure: (line) => figures.put(line.key, line.html, line.turn),
  done: (line) => {
    main.dataset.done = String(line.turn);
    say(byId("figures-status"), "");
    if (line.turn === 1) requestAnimationFrame(() => performance.mark("cvosim-figures"));
  },
  problems: (line) => {
    settled();
    faults(line.problems);
    old("problems", "Not updated: see what is wrong");
  },
  wrong: (line) => {
    settled();
    faults([]);
    sources.refuse(line.message, line.side ?? blamed(story.now));
    old("problems", "Not updated: see what is wrong");
  },
  refused: (line) => { // to ask the same again would be refused again
    settled();
    faults([]);
    old("problems", "Not updated: see what is wrong");
    banner(line.message);
  },
  stopped: (line) => failed(line.message),
  failed: (line) => failed(line.message),
};

/** Whose fault it is likely to be, if nobody says so: somebody's own file is. */
const blamed = (state) => (state.b !== null && state.b.library === undefined ? "b" : "a");

/** A quick answer needs no word before it. */
const patience = later(400, () => say(byId("status"), "Calculating …"));

function settled() {
  patience.cancel();
  byId("answer").setAttribute("aria-busy", "false");
}

function fresh(state) {
  main.dataset.state = state;
  answer.stale(false);
  figures.stale(false);
}

function old(state, words) {
  main.dataset.state = state;
  answer.stale(true);
  figures.stale(true);
  say(byId("status"), words);
  say(byId("figures-status"), "Not updated");
}

function failed(message) {
  settled();
  old("failed", "Not updated");
  banner(message, ask);
}

/** Words that stay until something else is chosen. */
function notice(message) {
  banner(message);
  noticed = turns.turn + 1;
}

function banner(message, again = null) {
  const place = byId("banner");
  if (message === null) return place.replaceChildren();
  const button = again && el("button", { type: "button", onclick: () => {
    place.replaceChildren();
    again();
  } }, "Try again");
  return place.replaceChildren(el("p", { class: "banner" }, `${message} `, button));
}

/** Each problem beside its field; those without a field at the top. */
function faults(problems) {
  faulty = problems;
  const rest = sources.fault(levers.fault(problems));
  if (rest.length === 0) return turns.turn > noticed ? banner(null) : undefined;
  const lines = rest.map(({ path, message }) => el("li", {}, path ? `${path}: ${message}` : message));
  return byId("banner").replaceChildren(el("ul", { class: "banner" }, ...lines));
}

/** The state is another: show it, remember it in the address, ask for its numbers. */
function moved(state, before) {
  byId("undo").disabled = !story.canUndo;
  byId("redo").disabled = !story.canRedo;
  byId("reset-all").disabled = Object.keys(state.changes).length === 0;
  sources.show(state);
  levers.show(state.changes);
  changes.list(state.changes, levers, { reset });
  ask();
  const step = before !== null && sourcesOf(before) !== sourcesOf(state);
  if (step) void remember(true);
  else rememberSoon();
}

function ask() {
  turns.ask(story.now);
  if (leversOf !== sourcesOf(story.now)) void fetchLevers(story.now);
}

async function fetchLevers(state) {
  const asked = (leversAsked += 1);
  const of = sourcesOf(state);
  try {
    const found = await net.levers(state.a, state.b);
    if (asked !== leversAsked) return;
    leversOf = of;
    levers.build(found.groups);
    levers.show(story.now.changes);
    changes.list(story.now.changes, levers, { reset });
    if (faulty.length > 0) faults(faulty); // they came before the levers that they are about
    sources.ownSeed(found.seed);
    answer.names(found.name_a, found.name_b);
  } catch {
    // the comparison that was asked for at the same time says why, and has a way to try again
    if (asked === leversAsked) leversOf = null;
  }
}

async function remember(step) {
  const state = story.now;
  const fragment = `#${await fragmentOf(state)}`;
  if (state !== story.now || fragment === window.location.hash) return;
  // other scenarios are a step of the browser's own "back"; moves of a lever are not
  if (step) window.history.pushState(null, "", fragment);
  else window.history.replaceState(null, "", fragment);
}

const rememberSoon = later(150, () => void remember(false));

/** Take the state from the address, at the start and on "back"; `otherwise` where it has none. */
async function recall(otherwise) {
  try {
    const fragment = window.location.hash.slice(1);
    return (await stateOf(fragment, first.customers, limits)) ?? otherwise;
  } catch (error) {
    notice(error.message);
    return otherwise;
  }
}

/** A share goes back together with those that add to 1 with it. */
function reset(path) {
  const siblings = levers.lever(path)?.siblings ?? [];
  story.go(withoutChanges(story.now, [path, ...siblings]));
}

function move(lever, value) {
  const { changes: now } = story.now;
  const siblings = lever.siblings.map((path) => levers.lever(path)).filter(Boolean);
  const pairs = siblings.length === 0 ? [[lever, value]]
    : balanced(lever, value, siblings, (one) => now[one.path] ?? one.value);
  story.go(withChanges(story.now, pairs), lever.path);
}

function choose(part) {
  const next = { ...story.now, ...part };
  // changes are of one scenario: another has other levers
  const same = patched(next) === patched(story.now);
  story.go(same ? next : { ...next, changes: {} });
}

function keys(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.type === "search") return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) story.redo();
  else story.undo();
}

function listen() {
  byId("undo").addEventListener("click", () => story.undo());
  byId("redo").addEventListener("click", () => story.redo());
  byId("reset-all").addEventListener("click", () => story.go({ ...story.now, changes: {} }));
  byId("copy-link").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    await remember(false);
    await exports.copyLink(button);
  });
  exports.ready(() => story.now);
  document.addEventListener("keydown", keys);
  const top = document.querySelector(".top");
  new ResizeObserver(() => { // what sticks below the heading must know how high that is
    document.documentElement.style.setProperty("--top", `${top.offsetHeight}px`);
  }).observe(top);
  window.addEventListener("popstate", async () => story.go(await recall(story.now)));
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // what stands after "#" is the state
    byId("levers-heading").focus();
  });
}

async function begin() {
  let start;
  try {
    start = await net.start();
  } catch (error) {
    say(byId("verdict"), "");
    return banner(error.message, () => void begin());
  }
  limits = start.limits;
  first = { a: start.a, b: start.b, changes: {}, customers: start.default_customers, seed: null };
  sources = new Sources(start, choose);
  levers = new Levers({ move, reset });
  story = new Story(await recall(first), moved);
  say(byId("foot"), `cvosim ${start.version}. Everything is computed on the machine that serves this page.`);
  listen();
  return moved(story.now, null);
}

void begin();
