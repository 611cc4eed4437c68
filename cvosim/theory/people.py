"""Who there is: segment, channel and rung, told apart only as far as the way ahead does.

Customers whose remaining decisions all have the same probabilities, and who are aimed at
alike, have the same future law: they may be walked as one (strong lumpability; Kemeny &
Snell 1960, *Finite Markov Chains*, section 6.3). A plan without effects has one kind of
customer, whatever its segments, channels and rungs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import NONE, OfferKind, Plan

RUNGS = 4
"""Unaware, problem aware, solution aware, product aware."""

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


def decisions_at(plan: Plan, stage: int) -> list[int]:
    """List the rows of ``decisions`` that stage ``stage`` may bring.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> decisions_at(compile_plan(load_scenario("carpet_cleaning")), 0)[0]
    0
    """
    offer = plan.offers[stage]
    first = int(offer["first_service"])
    services = plan.services[first : first + int(offer["n_services"])]
    found = [int(row) for row in services["decision"]]
    if offer["kind"] == OfferKind.ENGAGE:
        for piece in plan.content["first_decision"]:
            found += range(int(piece), int(piece) + RUNGS)
        return found
    if offer["kind"] == OfferKind.SUBSCRIPTION:
        trial = int(plan.subscriptions[int(offer["subscription"])]["trial_decision"])
        found += [trial] if trial != NONE else []
    return [stage, *found]


def is_open(plan: Plan, decision: int) -> bool:
    """Whether effects can move a decision: conversions of 0 and 1 stay what they are."""
    return bool(0.0 < plan.decisions[decision]["conversion"] < 1.0)


class People:
    """The kinds of people that each stage of a plan tells apart.

    ``who`` is the number of one cell (segment, channel, rung) that stands for all cells with
    the same future.

    Parameters
    ----------
    plan : Plan
        Whose stages only point forward.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._shape = plan.awareness_cumulative.shape
        stages = range(len(plan.offers))
        ahead = [
            {d for later in stages[stage:] for d in decisions_at(plan, later) if is_open(plan, d)}
            for stage in stages
        ]
        self._seen = [self._alike(stage, sorted(ahead[stage])) for stage in stages]
        self._trust_counts = [
            any(plan.decisions[d]["trust_weight"] != 0.0 for d in ahead[stage]) for stage in stages
        ]

    def newcomers(self, channel: int) -> Iterator[tuple[int, float]]:
        """Yield the kinds that come through a channel, and their shares of its people."""
        segments = np.diff(self._plan.segment_cumulative, prepend=0.0)
        rungs = np.diff(self._plan.awareness_cumulative[:, channel], axis=-1, prepend=0.0)
        shares: dict[int, float] = {}
        for (segment, rung), share in np.ndenumerate(segments[:, None] * rungs):
            cell = int(np.ravel_multi_index((segment, channel, rung), self._shape))
            who = self.as_seen_from(0, cell)
            shares[who] = shares.get(who, 0.0) + float(share)
        yield from ((who, share) for who, share in shares.items() if share > 0.0)

    def as_seen_from(self, stage: int, who: int) -> int:
        """Give the cell that stands for ``who`` from this stage on."""
        return int(self._seen[stage][who])

    def cell(self, who: int) -> tuple[int, int, int]:
        """Give segment, channel and rung of a kind."""
        segment, channel, rung = np.unravel_index(who, self._shape)
        return int(segment), int(channel), int(rung)

    def lifted(self, who: int) -> int:
        """Give the kind one rung further up."""
        return who + 1

    def trust_counts(self, stage: int) -> bool:
        """Whether trust moves any decision from this stage on."""
        return bool(self._trust_counts[stage])

    def _alike(self, stage: int, decisions: list[int]) -> Whole:
        """For every cell, the first cell with the same future from ``stage`` on."""
        plan, (segments, channels, _) = self._plan, self._shape
        marks = [plan.shifts[decision] for decision in decisions]
        for aim in self._aims_from(stage):
            for tier in range(plan.aimed.shape[-1]):
                own = plan.aimed[aim, :, :, tier].astype(np.float64)
                marks.append(np.broadcast_to(own[..., None], self._shape))
        if any(plan.offers["kind"][stage:] == OfferKind.ENGAGE):
            # the rung may still rise: what all rungs would decide counts, and the rung itself
            marks = [
                np.broadcast_to(mark[..., rung, None], self._shape)
                for mark in marks
                for rung in range(RUNGS)
            ]
            marks.append(np.broadcast_to(np.arange(float(RUNGS)), self._shape))
        table = np.array([mark.ravel() for mark in marks])
        table = table.reshape(len(marks), segments * channels * RUNGS)
        if not marks:
            return np.zeros(table.shape[1], np.intp)
        _, first, group = np.unique(table, axis=1, return_index=True, return_inverse=True)
        return np.asarray(first[group.ravel()], np.intp)

    def _aims_from(self, stage: int) -> list[int]:
        offers = self._plan.offers[stage:]
        aims = {int(aim) for aim in offers["aim"]}
        for offer in offers:
            first = int(offer["first_service"])
            services = self._plan.services[first : first + int(offer["n_services"])]
            aims |= {int(self._plan.programs[int(p)]["aim"]) for p in services["program"]}
        return sorted(aims - {NONE})
