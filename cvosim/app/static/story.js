// What was chosen, and all that was chosen before: undo and redo. States are never changed in
// place; every step makes a new one.

const TOGETHER = 700; // milliseconds in which moves of one lever count as one step
const LONGEST = 500;
const PROGRAMS = "journey.return_path.";

export class Story {
  #past = [];
  #future = [];
  #mark = { what: null, when: 0 };

  constructor(first, hear) {
    this.now = first;
    this.hear = hear;
  }

  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }

  /** Go on to `next`. Quick moves with the same `what` (a lever's path) are one step. */
  go(next, what = null) {
    if (JSON.stringify(next) === JSON.stringify(this.now)) return;
    const when = performance.now();
    const same = what !== null && what === this.#mark.what && when - this.#mark.when < TOGETHER;
    if (!same || !this.canUndo) this.#past.push(this.now);
    if (this.#past.length > LONGEST) this.#past.shift();
    this.#mark = { what, when };
    this.#future = [];
    this.#move(next);
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.now);
    this.#back(this.#past.pop());
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.now);
    this.#back(this.#future.pop());
  }

  #back(state) {
    this.#mark = { what: null, when: 0 };
    this.#move(state);
  }

  #move(state) {
    const before = this.now;
    this.now = state;
    this.hear(state, before);
  }
}

/** The state with levers at other values, given as pairs; its own value takes a change away. */
export function withChanges(state, pairs) {
  const changes = { ...state.changes };
  for (const [lever, value] of pairs) {
    // what is within a part that goes, goes with it
    if (value === null) without(changes, (path) => path.startsWith(`${lever.path}.`));
    if (value === lever.value) delete changes[lever.path];
    else changes[lever.path] = value;
  }
  return { ...state, changes: removalsLast(changes) };
}

export function withoutChanges(state, paths) {
  const changes = { ...state.changes };
  without(changes, (path) => paths.includes(path));
  return { ...state, changes };
}

function without(changes, gone) {
  for (const path of Object.keys(changes)) if (gone(path)) delete changes[path];
}

/** Changes are made one after the other: nothing may be changed in what is gone already. Programs
    go first of all, for with a stage goes the program that serves it alone. */
function removalsLast(changes) {
  const when = ([path, value]) => (value !== null ? 0 : path.startsWith(PROGRAMS) ? 1 : 2);
  return Object.fromEntries(Object.entries(changes).sort((one, other) => when(one) - when(other)));
}

/** What the levers depend on. */
export const sourcesOf = (state) => JSON.stringify([state.a, state.b]);

/** What the changes are changes of. */
export const patched = (state) => JSON.stringify(state.b ?? state.a);
