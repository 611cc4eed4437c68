"""One scenario simulated and measured, to be held against others on the same customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cvosim.experiment.comparison import Comparison, Difference, check_comparable
from cvosim.experiment.influences import ROOM, Influences
from cvosim.experiment.sameness import identical_share
from cvosim.experiment.twins import (
    linear_weights,
    paired_sums,
    value_split,
    with_referrals,
    with_word_of_mouth,
)
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.measure import measure_with_moments
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.metrics.moments import Moments
from cvosim.stats.decomposition import WORD_OF_MOUTH, ValueSplit
from cvosim.stats.paired import PairedInterval, PairedSums, paired_interval
from cvosim.tables.columns import CustomerTable
from cvosim.tables.manifest import Manifest

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

Progress = Callable[[int], None]

VERDICT = frozenset({VALUE, WITH_REFERRALS, "buyers", "reach.core_offer", "conversion.core_offer"})
"""Metrics whose differences the verdict of a comparison is made of."""


@dataclass(frozen=True, eq=False)
class Side:
    """A scenario simulated and measured: one side of comparisons.

    Attributes
    ----------
    scenario : Scenario
        As it was given; how many customers lived through it, and with which luck, says the
        manifest.
    table : CustomerTable
        Its customers.
    moments : Moments
        Of the table, for the ratios and totals of its `catalogue`.
    metrics : Metrics
        All of them.
    manifest : Manifest
        How the table came to be.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> side = live(load_scenario("carpet_cleaning"), customers=2000)
    >>> side.name, len(side.table), side.metrics["prospects"].value
    ('Carpet cleaning', 2000, 2000.0)
    """

    scenario: Scenario
    table: CustomerTable
    moments: Moments
    metrics: Metrics
    manifest: Manifest
    _kept: dict[bool, Influences] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.scenario.name

    def influences(self, *, referral: bool, keep: bool) -> Influences:
        """What each prospect adds to every metric, and to word of mouth where there is any.

        Parameters
        ----------
        referral : bool
            Whether this side or the other has referral.
        keep : bool
            Hold what is asked for ready for the next comparison; it may take `ROOM` bytes.
        """
        found = self._kept.get(referral)
        if found is None:
            weights = linear_weights(self.table, self.moments)
            if referral:
                weights = with_word_of_mouth(weights)
            found = Influences(self.table, weights, ROOM if keep else 0)
            if keep:
                self._kept[referral] = found
        return found


def live(
    scenario: Scenario,
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Side:
    """Simulate a scenario and measure it, for `versus`.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.
    customers, seed : int, optional
        Market prospects and their luck; the scenario's own by default.
    threads : int, optional
        Of the kernel; never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.

    Returns
    -------
    Side

    Raises
    ------
    CvosimError
        For an impossible number of customers, seed or threads.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> live(load_scenario("carpet_cleaning"), customers=500, seed=3).manifest.seed
    3
    """
    from cvosim.experiment.simulate import simulate

    done = simulate(scenario, customers=customers, seed=seed, threads=threads, progress=progress)
    metrics, moments = measure_with_moments(done.customers, currency=scenario.currency)
    return Side(scenario, done.customers, moments, metrics, done.manifest)


def versus(
    baseline: Side, variants: Sequence[Side], *, only: Collection[str] | None = None
) -> Comparison:
    """Compare sides that the same customers lived through.

    Parameters
    ----------
    baseline : Side
        From `live`.
    variants : sequence of Side
        One or more, of other names, with as many customers and the same seed.
    only : collection of str, optional
        Metrics to give differences of; those that the verdict needs are always among them.
        All by default. No number depends on what else is asked for.

    Returns
    -------
    Comparison
        As `cvosim.compare` gives it.

    Raises
    ------
    ScenarioError
        When the scenarios cannot be compared; all reasons at once.
    ValueError
        When the sides are not of the same customers.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> base = load_scenario("carpet_cleaning")
    >>> dear = load_scenario("carpet_cleaning", ["name=Dear", "journey.tripwire.price=49"])
    >>> one, other = (live(scenario, customers=2000) for scenario in (base, dear))
    >>> found = versus(one, [other], only={"cac"}).differences["Dear"]
    >>> "cac" in found, "clv_per_prospect" in found, "aov" in found
    (True, True, False)
    """
    check_comparable([side.scenario for side in (baseline, *variants)])
    for side in variants:
        if side.manifest.seed != baseline.manifest.seed:
            raise ValueError("the sides must have the same seed")
    return joined(baseline, [pair_of(baseline, side, only, keep=True) for side in variants])


class Pair(NamedTuple):
    """What is kept of a variant once its table is gone."""

    scenario: Scenario
    metrics: Metrics
    manifest: Manifest
    differences: dict[str, Difference]
    split: ValueSplit
    identical: float


def pair_of(
    baseline: Side, variant: Side, only: Collection[str] | None = None, *, keep: bool = False
) -> Pair:
    """Compare a variant with the baseline, which may keep for the next one what is its own."""
    ours: Mapping[str, Estimate] = baseline.metrics
    theirs: Mapping[str, Estimate] = variant.metrics
    referral = WITH_REFERRALS in ours or WITH_REFERRALS in theirs
    if referral:
        ours, theirs = with_referrals(ours), with_referrals(theirs)
    wanted = None if only is None else {*only, *VERDICT, WORD_OF_MOUTH}
    sums = paired_sums(
        baseline.influences(referral=referral, keep=keep),
        variant.influences(referral=referral, keep=False),
        wanted,
    )
    identical = identical_share(baseline.table, variant.table)
    found = _differences(ours, theirs, sums, wanted, identical=identical == 1.0)
    split = value_split(baseline.table, variant.table)
    if referral:
        before, after = (one[WITH_REFERRALS].value - one[VALUE].value for one in (ours, theirs))
        word = paired_interval(before, after, sums[WORD_OF_MOUTH])
        whole = paired_interval(before, after, sums[WITH_REFERRALS])
        errors = word.standard_error, whole.standard_error
        split = split.with_word_of_mouth(word.difference, *errors)
    return Pair(variant.scenario, variant.metrics, variant.manifest, found, split, identical)


def joined(baseline: Side, pairs: Sequence[Pair]) -> Comparison:
    """Put what is known of every variant together."""
    base = baseline.scenario
    by_name = {pair.scenario.name: pair for pair in pairs}
    metrics = {base.name: baseline.metrics} | {n: one.metrics for n, one in by_name.items()}
    differences = {name: one.differences for name, one in by_name.items()}
    if any(WITH_REFERRALS in one for one in metrics.values()):
        # for two scenarios without referral, too: all variants are compared by one measure
        metrics = {name: Metrics(with_referrals(one)) for name, one in metrics.items()}
        differences = {name: with_referrals(one) for name, one in differences.items()}
    manifests = {base.name: baseline.manifest} | {n: one.manifest for n, one in by_name.items()}
    return Comparison(
        baseline=base.name,
        variants=tuple(by_name),
        currency=base.currency,
        customers=baseline.manifest.n_customers,
        seed=baseline.manifest.seed,
        metrics=MappingProxyType(metrics),
        differences=MappingProxyType(
            {name: MappingProxyType(one) for name, one in differences.items()}
        ),
        decomposition=MappingProxyType({name: one.split for name, one in by_name.items()}),
        identical=MappingProxyType({name: one.identical for name, one in by_name.items()}),
        manifests=MappingProxyType(manifests),
        asking_time=frozenset(
            one.name for one in (base, *(pair.scenario for pair in pairs)) if _asks_time(one)
        ),
    )


def _asks_time(scenario: Scenario) -> bool:
    core = scenario.journey.core_offer
    return core is not None and core.commitment == "time"


def _differences(
    baseline: Mapping[str, Estimate],
    variant: Mapping[str, Estimate],
    sums: Mapping[str, PairedSums],
    wanted: Collection[str] | None,
    *,
    identical: bool,
) -> dict[str, Difference]:
    """Every wanted metric of either scenario, the baseline's order first."""
    found = {}
    for name in dict.fromkeys((*baseline, *variant)):
        if wanted is not None and name not in wanted:
            continue
        one, other = baseline.get(name), variant.get(name)
        if one is None or other is None:
            found[name] = _one_sided(one, other)
        else:
            found[name] = _two_sided(one, other, sums[name], identical=identical)
    return found


def _two_sided(
    baseline: Estimate, variant: Estimate, sums: PairedSums, *, identical: bool
) -> Difference:
    interval = paired_interval(baseline.value, variant.value, sums)
    hidden = math.hypot(*_hidden(baseline, variant, sums))
    if identical and not math.isnan(baseline.value):  # certain, however few they are
        interval = PairedInterval(0.0, 0.0, 0.0, 0.0, interval.variance_reduction)
    elif hidden:
        interval = interval.wider(hidden if sums.baseline or sums.variant else math.nan)
    return Difference(baseline.value, variant.value, *interval, baseline.unit)


def _hidden(baseline: Estimate, variant: Estimate, sums: PairedSums) -> list[float]:
    """Errors that influences do not show: of a share of exactly 0 or 1, they are all 0."""
    sides = ((baseline, sums.baseline), (variant, sums.variant))
    return [one.standard_error for one, squares in sides if squares == 0.0]


def _one_sided(baseline: Estimate | None, variant: Estimate | None) -> Difference:
    if baseline is not None:
        return Difference(baseline.value, None, *_UNKNOWN, baseline.unit)
    assert variant is not None
    return Difference(None, variant.value, *_UNKNOWN, variant.unit)


_UNKNOWN = (None,) * 5
