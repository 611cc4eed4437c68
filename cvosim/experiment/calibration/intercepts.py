"""Conversions that reproduce what was observed: solving for the number to write."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cvosim.experiment.calibration.shares import Share, Z, expit, logit
from cvosim.experiment.calibration.simulated import Luck, Matched, Run
from cvosim.plan.plan import Plan

_ROUNDS = 8
_PROBIT = 0.346
"""(16 sqrt(3) / (15 pi))**2, by which spread of log-odds flattens a share (Zeger, Liang & Albert
1988, *Biometrics* 44, eq. 3.6)."""


class Target(NamedTuple):
    """An observed share that the scenario shall reproduce.

    ``kind`` is ``first`` or ``all`` (answers at stage ``row``), ``clicks`` or ``touches`` (of
    which program ``row`` wins back).
    """

    kind: str
    row: int
    observed: Share


class Solved(NamedTuple):
    """Conversions to write, one a target, and the targets that nothing could be solved for."""

    shares: list[Share]
    unsolved: dict[int, str]


def solve(plan: Plan, targets: list[Target], luck: Luck) -> Solved:
    """Find the conversions with which a plan reproduces observed shares.

    A stage's ``conversion`` is what people of no effects would do; the share observed is an
    average over those who get there, whose fit, propensity and trust differ. Each log-odds
    is moved by what the simulated share is short of on that scale, all at once and with the
    same luck each time, until nothing moves. (Matching a simulated to an observed moment:
    McFadden 1989, *Econometrica* 57; the interval includes the simulation's own error,
    Gourieroux & Monfort 1996, *Simulation-Based Econometric Methods*, section 2.3.)

    Parameters
    ----------
    plan : Plan
        Of the scenario with everything else in place.
    targets : list of Target
        Shares of 0 and 1 are written as they are.
    luck : Luck
        Seed and people of the simulations.

    Returns
    -------
    Solved
        Where a target has no solution, the others are solved with what the author wrote there.
    """
    found = _solve(plan, targets, luck)
    kept = [index for index in range(len(targets)) if index not in found.unsolved]
    if len(kept) == len(targets) or not kept:
        return found
    again = solve(plan, [targets[index] for index in kept], luck)
    shares = list(found.shares)
    for index, share in zip(kept, again.shares, strict=True):
        shares[index] = share
    more = {kept[index]: why for index, why in again.unsolved.items()}
    return Solved(shares, found.unsolved | more)


def _solve(plan: Plan, targets: list[Target], luck: Luck) -> Solved:
    """Move all targets' conversions until they fit, or for a number of rounds."""
    plan = plan._replace(decisions=plan.decisions.copy())
    for target in targets:
        _put(plan, target, target.observed.value)
    open_ = [t for t in targets if 0.0 < t.observed.value < 1.0]
    last: dict[Target, Matched] = {}
    for _ in range(_ROUNDS):
        if not open_:
            break
        run = Run(plan, luck)
        last = {target: _match(run, target) for target in open_}
        if all(_close(target, last[target]) for target in open_):
            break
        for target in open_:
            if last[target].trials:
                step = logit(target.observed.value) - logit(last[target].share)
                _put(plan, target, expit(logit(_at(plan, target)) + step))
    shares = [_written(plan, target, last.get(target)) for target in targets]
    unsolved = {
        i: _why(plan, target, last[target], luck.people)
        for i, target in enumerate(targets)
        if target in last and not _close(target, last[target], 0.5)
    }
    return Solved(shares, unsolved)


def _why(plan: Plan, target: Target, found: Matched, people: int) -> str:
    """Say why no conversion reproduces a share."""
    stage = target.kind in ("first", "all")
    name = str((plan.stage_names if stage else plan.program_names)[target.row])
    if target.kind == "all" and found.trials and found.share > target.observed.value:
        return (
            f"the return path as written wins back more than the {target.observed.value:.3g} who "
            f"accept {name} in the data, so no conversion fits: correct its programs first"
        )
    return f"in {people:,} simulated prospects too few come to {name}"


def _match(run: Run, target: Target) -> Matched:
    match target.kind:
        case "first":
            return run.first_answers(target.row)
        case "all":
            return run.all_answers(target.row)
        case _:
            return run.won(target.row, target.kind == "touches")


def _close(target: Target, found: Matched, tolerance: float = 0.1) -> bool:
    """Whether a simulated share is near enough: within a part of the errors that there are."""
    if not found.trials:
        return False
    gap = abs(logit(target.observed.value) - logit(found.share))
    if found.noise == 0.0:
        return gap <= 1e-9
    person = 1.5 / (found.trials * found.share * (1.0 - found.share))  # shares move in steps
    return gap <= max(1e-3, person, tolerance * math.hypot(_error(target.observed), found.noise))


def _error(share: Share) -> float:
    return share.logit_error if math.isfinite(share.logit_error) else 0.0


def _decisions(plan: Plan, target: Target) -> list[int]:
    if target.kind in ("first", "all"):
        return [target.row]
    services = plan.services
    return [int(d) for d in services["decision"][services["program"] == target.row]]


def _at(plan: Plan, target: Target) -> float:
    return float(plan.decisions["conversion"][_decisions(plan, target)[0]])


def _put(plan: Plan, target: Target, chance: float) -> None:
    for row in _decisions(plan, target):
        plan.decisions["conversion"][row] = chance
        plan.decisions["logit"][row] = logit(chance) if 0.0 < chance < 1.0 else 0.0


def _written(plan: Plan, target: Target, found: Matched | None) -> Share:
    """Carry the observed interval over to the written conversion."""
    seen, at = target.observed, _at(plan, target)
    if found is None or not found.trials or found.noise == 0.0:
        gap = logit(at) - logit(seen.value) if 0.0 < at < 1.0 else 0.0
        if abs(gap) < 1e-9:
            return seen
    noise = 0.0 if found is None else found.noise
    slope = math.sqrt(1.0 + _PROBIT * _spread(plan, _decisions(plan, target)[0]))
    middle = logit(seen.value)
    up, down = logit(seen.high) - middle, middle - logit(seen.low)
    low = expit(logit(at) - slope * math.hypot(down, Z * noise))
    high = expit(logit(at) + slope * math.hypot(up, Z * noise))
    return replace(seen, value=at, low=low, high=high)


def _spread(plan: Plan, decision: int) -> float:
    """Variance of log-odds between people: fit, effects and propensity."""
    segments = np.diff(plan.segment_cumulative, prepend=0.0)
    channels = np.diff(plan.channels["cumulative_share"], prepend=0.0)
    rungs = np.diff(plan.awareness_cumulative, axis=2, prepend=0.0)
    weight = segments[:, None, None] * channels[None, :, None] * rungs
    shift = plan.shifts[decision]
    mean = float((weight * shift).sum())
    return float((weight * (shift - mean) ** 2).sum()) + float(plan.world["propensity_sd"][0]) ** 2
