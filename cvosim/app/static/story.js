// What was chosen, and all that was chosen before: undo and redo. States are never changed in
// place; every step makes a new one.

const TOGETHER = 700; // milliseconds in which moves of one lever count as one step
const LONGEST = 500;

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

/** The state with one lever at another value; its own value takes the change away. */
export function withChange(state, lever, value) {
  const changes = { ...state.changes };
  if (value === lever.value) delete changes[lever.path];
  else changes[lever.path] = value;
  return { ...state, changes };
}

export const withoutChange = (state, path) => {
  const { [path]: gone, ...changes } = state.changes;
  return { ...state, changes };
};

/** What the levers depend on. */
export const sourcesOf = (state) => JSON.stringify([state.a, state.b]);

/** What the changes are changes of. */
export const patched = (state) => JSON.stringify(state.b ?? state.a);
