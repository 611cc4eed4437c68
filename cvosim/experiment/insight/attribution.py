"""Which stage a lift comes from: Shapley values over stages, on the same customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.insight.attribution_result import Attribution, Room, Share
from cvosim.experiment.insight.levers import levers_of
from cvosim.experiment.insight.parts import Subset, Swap
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.metrics.metric import Metric
    from cvosim.scenario import Scenario
    from cvosim.tables.columns import CustomerTable

__all__ = ["Attribution", "Room", "Share", "attribute", "scenarios_needed", "shapley_value"]

Progress = Callable[[int], None]
_ROUNDING = 1e-12
"""An error that is this small beside the metric's own is one of rounding."""


def attribute(
    swap: Swap,
    *,
    metric: str | None = None,
    improvement: float = 0.1,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Split what a variant gains among the stages in which it differs from a baseline.

    Every combination of changed and unchanged stages is a scenario, and the same customers meet
    each of them with the same luck. A stage's share is the mean, over all orders in which the
    stages could be changed one after the other, of what its change then adds: with ``v(S)`` the
    metric when the stages ``S`` of ``N`` are changed and ``m = |N|``,

    ``share(i) = sum over S without i of |S|! (m - |S| - 1)! / m! * (v(S with i) - v(S))``

    (Shapley 1953, "A value for n-person games", eq. 12). The shares sum to ``v(N) - v(none)``,
    and a change that adds nothing anywhere gets exactly 0. A share is a sum of metrics with
    weights, so a customer's influence on it is the same sum of its influences, and the error is
    that of paired samples.

    Parameters
    ----------
    swap : Swap
        Of a baseline and a variant, and their parts.
    metric : str, optional
        Any metric that all these scenarios have; ``clv_per_prospect`` by default, or
        ``clv_with_referrals`` where one of the two has referral.
    improvement : float
        How much better, relative, each stage of the better scenario is made to see where the
        next test could gain most; 0 leaves that out.
    customers, seed : int, optional
        The baseline's by default.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called with the number of scenarios done since the last call.

    Raises
    ------
    DataError
        When a scenario between the two lacks the metric, or for an impossible improvement.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> changes = ["journey.tripwire.price=19", "journey.core_offer.price=269"]
    >>> base, other = (load_scenario("carpet_cleaning", some) for some in ((), changes))
    >>> found = attribute(Swap.of(base, other), customers=2000, improvement=0)
    >>> [share.name for share in found.shares]
    ['tripwire', 'core_offer']
    >>> abs(sum(share.value for share in found.shares) - found.difference) < 1e-12
    True
    """
    _check(improvement)
    baseline, variant = swap.baseline, swap.variant
    count = baseline.customers if customers is None else customers
    name = metric or _usual(baseline, variant)
    run = _Runner(name, count, baseline.seed if seed is None else seed, threads, progress)
    game = _play(swap, run)
    places = range(len(swap.parts))
    whole = frozenset(places)
    error = _error(game.ends[whole] - game.ends[frozenset()])
    better = variant if game.values[whole] > game.values[frozenset()] else baseline
    room: tuple[Room, ...] = ()
    if improvement:
        best = whole if better is variant else frozenset[int]()
        room = _room(better, (game.values[best], game.ends[best]), improvement, run)
    return Attribution(
        baseline=baseline.name, variant=variant.name, metric=name, unit=run.unit(baseline),
        customers=run.customers, seed=run.seed, before=game.values[frozenset()],
        after=game.values[whole], shares=tuple(_share(swap.names[i], i, game) for i in places),
        standard_error=error, together=swap.together, scenarios=len(game.values), room=room,
        improvement=improvement, better=better.name,
    )  # fmt: skip


def shapley_weights(count: int) -> list[float]:
    """Weight of what a player adds to a coalition, by the size of the coalition.

    Parameters
    ----------
    count : int
        Players.

    Examples
    --------
    >>> shapley_weights(3)
    [0.3333333333333333, 0.16666666666666666, 0.3333333333333333]
    """
    return [1.0 / (count * math.comb(count - 1, size)) for size in range(count)]


def shapley_value(player: int, players: int, values: Mapping[Subset, float]) -> float:
    """Mean of what a player adds, over all orders in which players could come.

    Equal values cancel exactly: who adds nothing anywhere gets 0.

    Parameters
    ----------
    player, players : int
        Number of one, and how many there are.
    values : mapping of frozenset of int to float
        Worth of every subset of players.

    Examples
    --------
    >>> worth = {frozenset(): 0.0, frozenset({0}): 1.0, frozenset({1}): 2.0,
    ...          frozenset({0, 1}): 4.0}
    >>> [shapley_value(player, 2, worth) for player in (0, 1)]
    [1.5, 2.5]
    """
    weights = shapley_weights(players)
    return math.fsum(
        weights[len(subset)] * (values[subset | {player}] - without)
        for subset, without in values.items()
        if player not in subset
    )


class _Game(NamedTuple):
    """The metric of every scenario between two, and what it takes of customers' influences.

    ``spreads[i]`` is everybody's influence on the share of part ``i``; ``ends`` are the
    influences of the scenarios with none, one, all but one and all of the parts changed.
    """

    players: int
    values: Mapping[Subset, float]
    spreads: list[Floats]
    ends: Mapping[Subset, Floats]


@dataclass(frozen=True)
class _Runner:
    """Measures one metric of scenarios on the same customers."""

    metric: str
    customers: int
    seed: int
    threads: int | None
    progress: Progress | None

    def __call__(self, scenario: Scenario) -> tuple[float, Floats]:
        from cvosim.experiment.simulate import simulate
        from cvosim.metrics.measure import influence, measure
        from cvosim.metrics.moments import collect, estimate

        done = simulate(
            scenario, customers=self.customers, seed=self.seed, threads=self.threads
        ).customers
        metric = self._definition(done)
        if metric.statistic is None:  # by far quicker than all metrics
            value = estimate(metric, collect(done, [metric]))[0]
        else:
            value = measure(done)[metric.name].value
        if math.isnan(value):
            raise DataError(f"{self.metric}: is not defined where nobody comes that far")
        if self.progress is not None:
            self.progress(1)
        return value, influence(metric, done)

    def _definition(self, table: CustomerTable) -> Metric:
        from cvosim.metrics.registry import catalogue
        from cvosim.scenario.raw import nearest

        known = {metric.name: metric for metric in catalogue(table.names)}
        if self.metric == WITH_REFERRALS and WITH_REFERRALS not in known:
            return known[VALUE]  # nobody comes through these prospects
        if self.metric not in known:
            hint = nearest(self.metric, list(known)) or ""
            raise DataError(f'no metric "{self.metric}" in every scenario between the two{hint}')
        return known[self.metric]

    def unit(self, scenario: Scenario) -> str:
        """Give the metric's unit."""
        from cvosim.engine.names import names_of
        from cvosim.metrics.registry import MONEY, catalogue
        from cvosim.plan import compile_plan

        units = {m.name: m.unit for m in catalogue(names_of(compile_plan(scenario)))}
        unit = units.get(self.metric, MONEY)
        return scenario.currency if unit == MONEY else unit


def _usual(baseline: Scenario, variant: Scenario) -> str:
    referral = any(one.journey.referral is not None for one in (baseline, variant))
    return WITH_REFERRALS if referral else VALUE


def _play(swap: Swap, run: _Runner) -> _Game:
    """Simulate every scenario between the two; of most, only sums are kept."""
    count = len(swap.parts)
    weights = shapley_weights(count)
    spreads = [np.zeros(run.customers) for _ in range(count)]
    values, ends = {}, {}
    for size in range(count + 1):
        for subset in map(frozenset, combinations(range(count), size)):
            values[subset], influences = run(swap.between(subset))
            if size in (0, 1, count - 1, count):
                ends[subset] = influences
            for player in range(count):
                weight = weights[size - 1] if player in subset else -weights[size]
                spreads[player] += weight * influences
    return _Game(count, values, spreads, ends)


def _share(name: str, player: int, game: _Game) -> Share:
    """Add up what a part adds to every set of the others; equal sides cancel exactly."""
    value = shapley_value(player, game.players, game.values)
    nobody, everybody = frozenset[int](), frozenset(range(game.players))
    pairs = [(nobody, nobody | {player}), (everybody - {player}, everybody)]
    alone, last = (
        (game.values[b] - game.values[a], _error(game.ends[b] - game.ends[a])) for a, b in pairs
    )
    error = _error(game.spreads[player])
    # what should cancel leaves the rounding of a sum
    error = 0.0 if error < _ROUNDING * _error(game.ends[nobody]) else error
    return Share(name, value, error, *alone, *last)


def _error(change: Floats) -> float:
    """Standard error of a mean, from influences of mean 0."""
    n = len(change)
    return math.sqrt(float(np.dot(change, change)) / (n * (n - 1.0))) if n > 1 else math.nan


def _room(
    scenario: Scenario, now: tuple[float, Floats], improvement: float, run: _Runner
) -> tuple[Room, ...]:
    """What each stage of a scenario would add if it were a little better."""
    found = []
    for lever in levers_of(scenario, [improvement]):
        value, influences = run(lever.scenarios[0])
        gain, error = value - now[0], _error(influences - now[1])
        found.append(Room(lever.name, lever.mechanism, gain, error))
    return tuple(sorted(found, key=lambda room: -room.value))


def scenarios_needed(swap: Swap, improvement: float) -> int:
    """Count the scenarios that `attribute` will simulate, at most."""
    _check(improvement)
    sides = (swap.baseline, swap.variant) if improvement else ()
    tried = (len(levers_of(scenario, [improvement])) for scenario in sides)
    return int(2 ** len(swap.parts) + max(tried, default=0))


def _check(improvement: float) -> None:
    if not 0.0 <= improvement < 1.0:
        raise DataError(f"improvement: must be at least 0 and below 1 (got {improvement:g})")
