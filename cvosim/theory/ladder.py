"""The awareness ladder: who stands on which rung after some exposures to content."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.people import RUNGS

Floats = NDArray[np.float64]


def ladder_occupation(start: ArrayLike, climbs: ArrayLike, exposures: int) -> Floats:
    """Compute the shares of people on each rung after some exposures.

    Parameters
    ----------
    start : array_like of length n
        Shares on each rung before the first exposure.
    climbs : array_like of length n
        Probability that one exposure lifts somebody from this rung to the next: engages,
        times ``lift``. The last one has no effect, for nobody climbs off the ladder.
    exposures : int
        How many, at least 0.

    Returns
    -------
    array of length n
        ``start @ P ** exposures`` with ``P[i, i] = 1 - climbs[i]`` and ``P[i, i + 1] =
        climbs[i]``: a pure birth chain (Kemeny & Snell 1960, *Finite Markov Chains*, section
        2.1 for powers of a transition matrix).

    Raises
    ------
    ValueError
        If there are fewer than 0 exposures or the lengths differ.

    Examples
    --------
    >>> ladder_occupation([1, 0, 0, 0], [0.1, 0.2, 0.3, 0.0], 2).round(3).tolist()
    [0.81, 0.17, 0.02, 0.0]
    """
    shares, up = np.asarray(start, np.float64), np.array(climbs, np.float64)
    if exposures < 0 or shares.shape != up.shape:
        raise ValueError("needs exposures >= 0 and one probability for every rung")
    up[-1:] = 0.0
    step = np.diag(1.0 - up) + np.diag(up[:-1], 1)
    return np.asarray(shares @ np.linalg.matrix_power(step, exposures))


class Showing(NamedTuple):
    """One thing that an exposure may do, and how likely it is.

    ``trust`` is gained if it engages. The costs are first and second moment, given this.
    """

    chance: float
    engages: bool
    climbs: bool
    trust: float
    shown: float
    """Chance that the piece reached the person: 1 if it engages."""
    cost: float
    square_cost: float


def piece_shares(plan: Plan, rung: int) -> Floats:
    """Compute how likely each piece of content is to be picked for somebody on a rung.

    With the chance ``targeting`` one of those that suit the rung, if any does; else any.

    Examples
    --------
    >>> from cvosim.plan.plan import CONTENT, ENGAGE, rows
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> two = rows(CONTENT, [{"rung": 0}, {"rung": 1}])
    >>> plan = plan._replace(content=two, engage=rows(ENGAGE, [{"targeting": 0.8}]))
    >>> piece_shares(plan, 1).round(3).tolist(), piece_shares(plan, 3).tolist()
    ([0.1, 0.9], [0.5, 0.5])
    """
    suited = plan.content["rung"] == rung
    n = len(suited)
    if not suited.any():
        return np.full(n, 1.0 / n)
    targeting = min(max(float(plan.engage[0]["targeting"]), 0.0), 1.0)
    return np.asarray(targeting * suited / suited.sum() + (1.0 - targeting) / n)


def showings(plan: Plan, rung: int, chance: Callable[[int], float]) -> list[Showing]:
    """List what one exposure of somebody on a rung may do.

    Parameters
    ----------
    plan : Plan
        With one row ``engage``, and ``content``.
    rung : int
        0 to 3.
    chance : callable
        Probability that a row of ``decisions`` is a yes, for this person.

    Returns
    -------
    list of Showing
        Their chances add up to 1. The first is that it does not engage.
    """
    lift = float(plan.engage[0]["lift"]) if rung < RUNGS - 1 else 0.0
    cold = np.zeros(4)  # mass, of it reached, cost, square of cost
    warm: dict[float, Floats] = {}
    for piece, share in zip(plan.content, piece_shares(plan, rung), strict=True):
        shown = float(share) * min(max(float(piece["reach"]), 0.0), 1.0)
        cost = float(piece["unit_cost"])
        yes = chance(int(piece["first_decision"]) + rung) if shown > 0.0 else 0.0
        terms = np.array([1.0, 1.0, cost, cost * cost])
        cold += shown * (1.0 - yes) * terms
        cold[0] += share - shown
        trust = float(piece["trust"])
        warm[trust] = warm.get(trust, np.zeros(4)) + shown * yes * terms
    found = [_showing(cold, False, False, 0.0)]
    for trust, mass in warm.items():
        found.append(_showing(mass * (1.0 - lift), True, False, trust))
        found.append(_showing(mass * lift, True, True, trust))
    return [found[0], *(showing for showing in found[1:] if showing.chance > 0.0)]


def _showing(mass: Floats, engages: bool, climbs: bool, trust: float) -> Showing:
    chance = float(mass[0])
    shown, cost, square = (float(m) / chance if chance > 0.0 else 0.0 for m in mass[1:])
    return Showing(chance, engages, climbs, trust, shown, cost, square)
