"""Scenarios with all that their figures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from cvosim.engine.driver import run_kernel
from cvosim.experiment.blocks import warm_up
from cvosim.experiment.comparison import Comparison, check_comparable
from cvosim.experiment.executors.spec import cores
from cvosim.experiment.sides import Progress, Side, joined, live, pair_of
from cvosim.metrics.columns import BLOCK
from cvosim.metrics.estimate import Metrics
from cvosim.metrics.portrait import (
    Portrait,
    kept_parts,
    mean_and_error,
    portrait_of,
    table_portrait,
    terms_of,
)
from cvosim.metrics.portrait_sums import EventSums
from cvosim.plan import Plan, compile_plan
from cvosim.tables.columns import CustomerTable, Floats
from cvosim.tables.manifest import Manifest

if TYPE_CHECKING:
    from cvosim.scenario import Scenario


@dataclass(frozen=True, eq=False)
class StageSplit:
    """Difference in CLV by where in the journey the money moved.

    Attributes
    ----------
    names : tuple of str
        Parts, as in `StageWorth`: the baseline's, and those that only the variant has.
    baseline, variant : float64[n]
        Worth of each part a market prospect; 0 where the scenario lacks it.
    difference, standard_error : float64[n]
        Variant less baseline on the same prospects. The differences add up to the comparison's
        difference of ``clv_with_referrals``, or of ``clv_per_prospect`` where neither scenario
        has referral.
    """

    names: tuple[str, ...]
    baseline: Floats
    variant: Floats
    difference: Floats
    standard_error: Floats


@dataclass(frozen=True, eq=False)
class CloseUp:
    """What the events of a side tell, once they are gone.

    Attributes
    ----------
    portrait : Portrait
        Of the side.
    worth : float64[n, prospects]
        Of every prospect, by ``portrait.stages.names``.
    """

    portrait: Portrait
    worth: Floats


@dataclass(frozen=True, eq=False)
class Illustrated:
    """Scenarios with all that their figures are drawn from.

    Attributes
    ----------
    scenarios : tuple of Scenario
        As simulated, the baseline first; names are unique.
    metrics : mapping of str to Metrics
        By scenario.
    manifests : mapping of str to Manifest
        By scenario.
    portraits : mapping of str to Portrait
        By scenario.
    comparison : Comparison or None
        None for a single scenario.
    stages : mapping of str to StageSplit
        By variant.
    """

    scenarios: tuple[Scenario, ...]
    metrics: Mapping[str, Metrics]
    manifests: Mapping[str, Manifest]
    portraits: Mapping[str, Portrait]
    comparison: Comparison | None
    stages: Mapping[str, StageSplit]

    @property
    def currency(self) -> str:
        """Of all money."""
        return self.scenarios[0].currency

    @property
    def customers(self) -> int:
        """Market prospects, of every scenario."""
        return self.scenarios[0].customers

    @property
    def seed(self) -> int:
        """Their luck."""
        return self.scenarios[0].seed

    @property
    def horizon_days(self) -> float:
        """Days that every scenario lasts."""
        return self.scenarios[0].horizon_days


def illustrate(
    scenarios: Sequence[Scenario],
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Illustrated:
    """Simulate one scenario, or several on the same customers, with all that figures need.

    Parameters
    ----------
    scenarios : sequence of Scenario
        One, or a baseline and its variants as `cvosim.compare` takes them.
    customers, seed : int, optional
        For every scenario; the first one's own by default.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.

    Returns
    -------
    Illustrated

    Raises
    ------
    ScenarioError
        When the scenarios cannot be compared; all reasons at once.
    CvosimError
        For an impossible number of customers, seed or threads.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> found = illustrate([load_scenario("carpet_cleaning")], customers=2000)
    >>> found.portraits["Carpet cleaning"].stages.names[:3]
    ('acquisition', 'lead_magnet', 'tripwire')
    """
    if len(scenarios) > 1:
        check_comparable(scenarios)
    everybody = scenarios[0].customers if customers is None else customers
    luck = scenarios[0].seed if seed is None else seed
    sides = [
        live(each, customers=everybody, seed=luck, threads=threads, progress=progress)
        for each in scenarios
    ]
    pairs = [pair_of(sides[0], side) for side in sides[1:]]
    comparison = joined(sides[0], pairs) if pairs else None
    return illustrated(sides, [close_up(side, threads=threads) for side in sides], comparison)


def close_up(
    side: Side, *, threads: int | None = None, progress: Progress | None = None
) -> CloseUp:
    """Simulate a side again, with its events, and keep what figures need of them.

    Parameters
    ----------
    side : Side
        From `live`.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called in a thread with the number of customers of every block once it is done; no
        further block is begun when it raises.

    Returns
    -------
    CloseUp

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> side = live(load_scenario("carpet_cleaning"), customers=2000)
    >>> found = close_up(side)
    >>> value = side.metrics["clv_per_prospect"].value
    >>> bool(abs(found.portrait.stages.value.sum() - value) < 1e-9)
    True
    """
    # as it was simulated: how far budgets reach depends on how many prospects there are
    table, scenario = side.table, _as_simulated(side)
    terms = terms_of(float(scenario.horizon_days), scenario.economics.discount_rate)
    plan = _without_cap(compile_plan(scenario))
    warm_up(plan)

    def live_through(start: int) -> EventSums:
        count = min(BLOCK, side.manifest.n_customers - start)
        ran = run_kernel(plan, side.manifest.seed, start, count, events="by customer", threads=1)
        assert ran.events is not None
        if progress is not None:
            progress(count)
        people = CustomerTable(ran.customers, table.names, start, ran.referred)
        return EventSums.of(people, ran.events, terms)

    with ThreadPoolExecutor(threads or cores()) as pool:
        # a block's events are gone before the next block of the thread is lived through
        done = pool.map(live_through, range(0, side.manifest.n_customers, BLOCK))
        of_table = pool.submit(table_portrait, table, terms.horizon)
        sums = EventSums.together(list(done))
        found = portrait_of(of_table.result(), sums, table.names)
    return CloseUp(found, sums.worth[kept_parts(sums.worth, table.names)])


def _without_cap(plan: Plan) -> Plan:
    """Let a block grow by referral as it likes: the whole population has been found to be fine."""
    referral = plan.referral.copy()
    referral["cap"] = 2.0**40
    return plan._replace(referral=referral)


def illustrated(
    sides: Sequence[Side], close_ups: Sequence[CloseUp], comparison: Comparison | None
) -> Illustrated:
    """Put sides, their close-ups and their comparison together.

    Parameters
    ----------
    sides : sequence of Side
        The baseline first.
    close_ups : sequence of CloseUp
        Of the same sides.
    comparison : Comparison or None
        From `versus`; None for a single side.

    Returns
    -------
    Illustrated

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.sides import versus
    >>> base = load_scenario("carpet_cleaning")
    >>> dear = load_scenario("carpet_cleaning", ["name=Dear", "journey.tripwire.price=49"])
    >>> sides = [live(scenario, customers=2000) for scenario in (base, dear)]
    >>> found = illustrated(sides, [close_up(side) for side in sides], versus(sides[0], sides[1:]))
    >>> split, value = found.stages["Dear"], found.comparison.differences["Dear"]
    >>> bool(abs(split.difference.sum() - value["clv_per_prospect"].difference) < 1e-9)
    True
    """
    metrics = {side.name: side.metrics for side in sides}
    first, *others = close_ups
    return Illustrated(
        scenarios=tuple(_as_simulated(side) for side in sides),
        metrics=MappingProxyType(metrics),
        manifests=MappingProxyType({side.name: side.manifest for side in sides}),
        portraits=MappingProxyType(
            {side.name: one.portrait for side, one in zip(sides, close_ups, strict=True)}
        ),
        comparison=comparison,
        stages=MappingProxyType(
            {
                side.name: stage_split(first, other)
                for side, other in zip(sides[1:], others, strict=True)
            }
        ),
    )


def _as_simulated(side: Side) -> Scenario:
    found = side.manifest
    return side.scenario.model_copy(update={"customers": found.n_customers, "seed": found.seed})


def stage_split(baseline: CloseUp, variant: CloseUp) -> StageSplit:
    """Split the difference of two close-ups of the same customers."""
    sides = [
        dict(zip(one.portrait.stages.names, one.worth, strict=True)) for one in (baseline, variant)
    ]
    names = _merged(*(tuple(side) for side in sides))
    nothing = np.zeros(baseline.worth.shape[1])
    before, after, error = (np.zeros(len(names)) for _ in range(3))
    for row, name in enumerate(names):
        one, other = (side.get(name, nothing) for side in sides)
        before[row], after[row] = one.mean(), other.mean()
        error[row] = mean_and_error((other - one)[None])[1][0]
    return StageSplit(names, before, after, after - before, error)


def _merged(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Every name once, those of theirs that are new behind the one that they follow there."""
    found = list(ours)
    last = -1
    for name in theirs:
        if name in found:
            last = found.index(name)
        else:
            last += 1
            found.insert(last, name)
    return tuple(found)
