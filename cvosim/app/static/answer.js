// The verdict and the numbers of A and B side by side.

import { byId, el, say } from "./dom.js";

const HEAD = "clv_per_prospect"; // the number that a verdict is about
const FIRST = [HEAD, "contribution", "revenue", "buyers", "cac", "ltv_to_cac"];
const rows = new Map();
let shownKeys = "";

/** Show the numbers of a turn. */
export function show(line) {
  say(byId("verdict"), line.verdict);
  const keys = line.rows.map((row) => row.metric).join(" ");
  if (keys !== shownKeys) build(line.rows);
  shownKeys = keys;
  for (const row of line.rows) fill(rows.get(row.metric), row);
  summarise(line.rows.find((row) => row.metric === HEAD) ?? line.rows[0]);
  byId("numbers").dataset.turn = String(line.turn);
}

/** Which scenarios A and B are. */
export function names(a, b) {
  const one = (side, name) => el("span", {}, el("b", { class: side }, side.toUpperCase()), ` ${name}`);
  byId("names").replaceChildren(one("a", a), one("b", b));
}

/** What stays in sight while the page scrolls. */
function summarise(row) {
  if (!row) return;
  const place = byId("summary");
  if (!place.firstChild) {
    place.append(el("span", { class: "what" }), part("a"), part("b"), el("span", { class: "gap" }));
  }
  const [what, a, b, gap] = place.children;
  say(what, `${row.label}${row.unit ? `, ${row.unit}` : ""}`);
  say(a.lastChild, row.a);
  say(b.lastChild, row.b);
  say(gap, row.difference);
}

function part(side) {
  const badge = el("b", { class: side }, side.toUpperCase());
  return el("span", { class: `side ${side}` }, badge, el("span"));
}

function build(all) {
  rows.clear();
  const place = byId("numbers");
  const open = place.querySelector("details")?.open ?? false;
  const first = FIRST.map((key) => all.find((row) => row.metric === key)).filter(Boolean);
  const main = table(first, "Main numbers of A and B");
  const more = all.filter((row) => !first.includes(row));
  place.replaceChildren(main);
  if (more.length > 0) {
    place.append(el("details", { class: "more", open }, el("summary", {}, `${more.length} more numbers`),
      table(more, "More numbers of A and B")));
  }
}

// Roles are said in so many words: on a narrow screen rows become blocks, which would lose them.
function table(some, caption) {
  const heads = ["Number", "A", "B", "B less A", "95 % interval", ""];
  const head = (text, index) => el(
    "th", { scope: "col", role: "columnheader", class: index > 0 ? "n" : null },
    index === 1 || index === 2
      ? el("b", { class: text.toLowerCase() }, text)
      : text || el("span", { class: "unseen" }, "How sure"),
  );
  return el(
    "table", { class: "numbers", role: "table" },
    el("caption", { class: "unseen" }, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads.map(head))),
    el("tbody", { role: "rowgroup" }, ...some.map(empty)),
  );
}

function empty(row) {
  const cell = (name, label) => el("td", { role: "cell", class: `n ${name}`, "data-label": label });
  const made = el(
    "tr", { role: "row", "data-metric": row.metric },
    el("th", { scope: "row", role: "rowheader" }, el("span"), el("span", { class: "unit" })),
    cell("va", "A"), cell("vb", "B"), cell("gap", "B less A"), cell("range", "95 % interval"),
    el("td", { role: "cell", class: "sure" }),
  );
  rows.set(row.metric, made);
  return made;
}

function fill(element, row) {
  const [name, a, b, gap, range, sure] = element.children;
  say(name.firstChild, row.label);
  say(name.lastChild, row.unit ?? "");
  const exact = row.exact ?? {};
  put(a, row.a, exact.baseline);
  put(b, row.b, exact.variant);
  put(gap, row.difference, exact.difference);
  put(range, row.interval);
  const same = exact.difference === 0;
  const unsure = same ? "no change" : "may be luck";
  const known = row.interval && row.interval !== "-";
  say(sure, known ? (row.significant ? "clear" : unsure) : "");
  element.classList.toggle("clear", Boolean(row.significant));
}

function put(cell, text, exact) {
  say(cell, text === null || text === undefined || text === "-" ? "–" : text);
  if (exact === null || exact === undefined) delete cell.dataset.exact;
  else cell.dataset.exact = String(exact); // all digits, for those who compare
}

/** Grey the numbers: they belong to values that are no more. */
export function stale(yes) {
  byId("answer").classList.toggle("stale", yes);
  byId("summary").classList.toggle("stale", yes);
}
