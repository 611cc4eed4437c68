// Shares that add to 1: where one moves, the others make room for it in proportion.

import { tidy } from "./dom.js";

const SAME = 1e-9; // closer than this a share is the scenario's own again

/** Pairs of a lever and its value, for a share and its siblings; `now(lever)` is what one is. */
export function balanced(lever, value, siblings, now) {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) return [[lever, value]];
  const weights = weightsOf(siblings, now);
  let rest = 1 - value;
  const pairs = siblings.map((one, index) => {
    const share = index === siblings.length - 1 ? tidy(rest) : tidy((1 - value) * weights[index]);
    rest -= share;
    return [one, Math.max(0, share)];
  });
  const all = [[lever, value], ...pairs];
  // back where all began: no change is left of it
  const back = all.every(([one, share]) => Math.abs(share - one.value) < SAME);
  return back ? all.map(([one]) => [one, one.value]) : all;
}

/** What each has of what they have together; as in the scenario where they have nothing now. */
function weightsOf(siblings, now) {
  for (const of of [now, (one) => one.value, () => 1]) {
    const shares = siblings.map((one) => Math.max(0, Number(of(one)) || 0));
    const total = shares.reduce((sum, share) => sum + share, 0);
    if (total > 0) return shares.map((share) => share / total);
  }
  return [];
}
