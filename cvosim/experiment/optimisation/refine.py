"""The last steps to the top: from the best plan found so far, along one lever at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cvosim.experiment.optimisation.levers import Lever, Plan, is_number

FIRST_STEP = 0.1
SMALLEST_STEP = 0.001


def neighbours(levers: Sequence[Lever], plan: Plan, step: float) -> Iterator[Plan]:
    """Give the plans a step away along each lever, both ways, and no further than it reaches.

    Parameters
    ----------
    levers : sequence of Lever
    plan : tuple
    step : float
        As a share of a continuous lever's range; of another, its next value counts as a step.

    Examples
    --------
    >>> list(neighbours([Lever("a", low=0, high=10), Lever("b", (1, 2, 5))], (9.5, 2), 0.1))
    [(8.5, 2), (10.0, 2), (9.5, 1), (9.5, 5)]
    """
    for place, lever in enumerate(levers):
        for value in _beside(lever, plan[place], step):
            if value != plan[place]:
                yield (*plan[:place], value, *plan[place + 1 :])


def _beside(lever: Lever, value: object, step: float) -> Iterator[object]:
    if lever.continuous and is_number(value):
        here = float(value)  # type: ignore[arg-type]
        for move in (-step, step):
            moved = here + move * (lever.high - lever.low)
            yield lever.rounded(min(max(moved, lever.low), lever.high))
        return
    if lever.numeric:
        values = lever.all_values()
        here_at = values.index(value)
        yield from values[max(here_at - 1, 0) : here_at + 2]


def refine(
    levers: Sequence[Lever],
    best: Callable[[], Plan],
    evaluate: Callable[[Sequence[Plan]], object],
    trials: int,
) -> None:
    """Climb by the pattern search of Hooke & Jeeves (1961, "Direct search", JACM 8, 212-229).

    Every plan meets the same customers, so that the objective has no noise within the search. All
    neighbours of a round are tried together; the best of them is where the next round starts;
    where none is better, steps are halved. It reaches the very ends of the levers, which a
    search that draws values seldom does.

    Parameters
    ----------
    levers : sequence of Lever
    best : callable
        Gives the best plan tried so far.
    evaluate : callable
        Tries plans, knows those that it has tried, and may be called with them again.
    trials : int
        Plans to try at most.
    """
    step = FIRST_STEP
    tried: set[str] = set()
    while trials > 0 and step >= SMALLEST_STEP:
        start = best()
        new = [p for p in neighbours(levers, start, step) if repr(p) not in tried][:trials]
        if new:
            evaluate(new)
            tried.update(map(repr, new))
            trials -= len(new)
        if best() == start:
            step /= 2.0
