// One question at a time. Every state has a turn; the newest state wins. While a slider is
// dragged the numbers on their way still arrive, for else none would until it rests; pictures of
// an older turn are given up at once.

import * as net from "./net.js";

const PATIENCE = 300; // milliseconds that a newer state waits for an older one's numbers

export class Turns {
  turn = 0;
  #tab = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");
  #wanted = null;
  #flight = null;

  constructor(hear) {
    this.hear = hear;
  }

  /** Ask for a state; what comes back goes to `hear` with its turn. */
  ask(state) {
    this.turn += 1;
    this.#wanted = { state, turn: this.turn };
    this.hear({ kind: "asked", turn: this.turn });
    if (this.#flight === null) void this.#fly();
    else this.#hurry(this.#flight);
  }

  #hurry(flight) {
    if (flight.numbered) flight.control.abort();
    else flight.timer ??= setTimeout(() => flight.control.abort(), PATIENCE);
  }

  async #fly() {
    const { state, turn } = this.#wanted;
    this.#wanted = null;
    const flight = { turn, numbered: false, timer: null, control: new AbortController() };
    this.#flight = flight;
    const hear = (line) => this.#heard(flight, line);
    try {
      await net.compare(state, this.#tab, turn, { hear, signal: flight.control.signal });
    } catch (error) {
      if (error.name !== "AbortError" && this.#wanted === null) {
        this.hear(error.line ? error.line(turn) : { kind: "failed", turn, message: String(error) });
      }
    }
    clearTimeout(flight.timer);
    this.#flight = null;
    if (this.#wanted !== null) void this.#fly();
  }

  #heard(flight, line) {
    if (line.turn !== flight.turn || flight.control.signal.aborted) return;
    const newest = this.#wanted === null;
    if (line.kind === "numbers") flight.numbered = true;
    if (newest || line.kind === "numbers") this.hear(line);
    if (!newest && flight.numbered) flight.control.abort();
  }
}
