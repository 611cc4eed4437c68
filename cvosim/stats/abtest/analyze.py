"""Analyse an experiment: all metrics, all treatments, all doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from cvosim.errors import CvosimError, DataError
from cvosim.stats.abtest.compare import (
    Between,
    Names,
    by_means,
    check_arms,
    effect_of,
    proportion_effect,
)
from cvosim.stats.abtest.doubts import doubts
from cvosim.stats.abtest.methods import (
    Measured,
    by_bootstrap,
    by_permutation,
    refuse_unless_plain,
)
from cvosim.stats.abtest.prepare import Metric, Prepared, prepare
from cvosim.stats.abtest.result import ABTest, Guarded
from cvosim.stats.abtest.samples import quantile_effect, survival_effect
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.abtest.sums import as_moment_metric, check_units, sums_of
from cvosim.stats.cohort import Cohort
from cvosim.stats.contrast import log_lift
from cvosim.stats.effect import Effect
from cvosim.stats.further_metrics import Proportion, Quantile, Survival
from cvosim.stats.loops import Progress
from cvosim.stats.methods.bayes import Belief, beta_belief, normal_belief, normal_posterior
from cvosim.stats.methods.multiplicity import adjust
from cvosim.stats.methods.noninferiority import judge
from cvosim.stats.methods.sample_ratio import sample_ratio
from cvosim.stats.methods.strata import post_stratified
from cvosim.stats.metric import Arms, MomentMetric
from cvosim.stats.moments import Moments


def analyze(
    cohort: Cohort,
    metrics: Mapping[str, Metric],
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> ABTest:
    """Compare every treatment with control in every metric.

    Sufficient statistics of all means and ratios come from one compiled pass over the data.
    Welch's t for means and ratios (these linearised), Newcombe's interval and an exact test
    where needed for proportions, order statistics for quantiles, restricted means and the
    log-rank test for survival; lifts on the log scale. P-values are corrected over all metrics
    and treatments but guardrails. Every effect says what was adjusted.

    Parameters
    ----------
    cohort : Cohort
        From `read_cohort`, or made of arrays.
    metrics : mapping of str to metric
        By name; the first one decides.
    settings : Settings, optional
    progress : callable, optional
        Called with the number of samples drawn since the last call, where a method draws any.

    Returns
    -------
    ABTest

    Raises
    ------
    DataError
        For data that cannot be analysed, in words.
    CvosimError
        For guardrails and shares that do not fit the metrics and arms.

    Examples
    --------
    >>> from cvosim.stats.metric import Mean
    >>> import numpy as np
    >>> spend = np.tile([0.0, 1.0, 5.0, 2.0], 100)
    >>> arm = np.tile([0, 0, 1, 1], 100).astype(np.int32)
    >>> found = analyze(Cohort(("A", "B"), arm, {"spend": spend}), {"spend": Mean("spend")})
    >>> found.effect("spend").difference
    3.0
    """
    how = settings or Settings()
    _check(cohort, metrics, how)
    ready = [prepare(cohort, name, metric, how) for name, metric in metrics.items()]
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused in words
        sums = sums_of(cohort, ready)
        effects = [
            _effect(_Run(cohort, how, progress), one, sums.get(one.name), arm)
            for one in ready
            for arm in range(1, len(cohort.arms))
        ]
    units = cohort.units_by_arm()
    designed = how.shares or (1.0,) * len(cohort.arms)
    plain = cohort.unit is None and cohort.stratum is None
    shares = {one.name for one in ready if plain and isinstance(one.metric, Proportion)}
    done = corrected(effects, how)
    return ABTest(
        source=cohort.source,
        arms=cohort.arms,
        units=units,
        metrics=tuple(metrics),
        effects=done,
        sample_ratio=sample_ratio(units, designed, cohort.arms),
        guardrails=tuple(_guardrails(done, how)),
        beliefs=MappingProxyType(
            {(e.metric, e.treatment): _belief(e, how, by_counts=e.metric in shares) for e in done}
        ),
        caps=MappingProxyType({one.name: one.capped for one in ready if one.capped}),
        warnings=() if how.method == "permutation" else tuple(doubts(ready, cohort)),
        settings=how,
    )


def _check(cohort: Cohort, metrics: Mapping[str, Metric], settings: Settings) -> None:
    if not metrics:
        raise CvosimError("metrics: name at least one")
    for arm, size in zip(cohort.arms, cohort.sizes, strict=True):
        if size == 0:
            raise DataError(f'{cohort.source}: arm "{arm}" is empty')
    if cohort.unit is not None:
        check_units(cohort)
    if settings.shares is not None and len(settings.shares) != len(cohort.arms):
        raise CvosimError(
            f"shares: {len(settings.shares)} for {len(cohort.arms)} arms ({', '.join(cohort.arms)})"
        )
    if settings.method != "welch":
        refuse_unless_plain(cohort, settings)
    for kind, names in (("guardrail", settings.guardrails), ("lower", settings.lower_is_better)):
        for name in names:
            if name not in metrics:
                known = ", ".join(metrics)
                raise CvosimError(f'{kind}: "{name}" is not among the metrics: {known}')


class _Run(NamedTuple):
    """What all comparisons of an analysis share."""

    cohort: Cohort
    settings: Settings
    progress: Progress | None


def _effect(run: _Run, ready: Prepared, sums: Moments | None, arm: int) -> Effect:
    """Compare one treatment with control in one metric."""
    cohort, settings = run.cohort, run.settings
    names = Names(ready.name, cohort.arms[0], cohort.arms[arm])
    if ready.name in settings.guardrails:  # judged by both ends of its interval
        settings = replace(settings, alternative="two-sided")
    if isinstance(ready.metric, Quantile):
        return quantile_effect(cohort, ready, names, arm, settings)
    if isinstance(ready.metric, Survival):
        return survival_effect(cohort, ready, names, arm, settings)
    assert sums is not None
    metric = as_moment_metric(ready, units=cohort.unit is not None)
    together = sums.merged() if cohort.stratum is not None else sums
    arms = metric.arms(together[0], together[arm])
    is_share = isinstance(metric, Proportion)
    check_arms(names, arms, cohort.source, is_share=is_share)
    between = _between(run, ready, metric, (arms, sums, arm))
    if is_share and cohort.stratum is None and settings.method == "welch":
        return proportion_effect(names, between, arms, settings)
    plain = effect_of(names, between, (int(arms.control.n), int(arms.treatment.n)), settings)
    if settings.method == "welch":
        return plain
    what = Measured(ready, metric, run.progress)
    if settings.method == "permutation":
        return by_permutation(plain, cohort, what, sums)
    return by_bootstrap(plain, cohort, what)


def _between(
    run: _Run, ready: Prepared, metric: MomentMetric, told: tuple[Arms, Moments, int]
) -> Between:
    """Compare by Welch's t, within strata if there are any."""
    arms, sums, arm = told
    notes = ready.notes
    if run.cohort.unit is not None:
        notes = (*notes, "error by unit, each with all its rows")
    if run.cohort.stratum is None:
        return by_means(arms, notes, ready.excluded, "Welch's t")
    found = post_stratified(sums, metric, run.cohort.strata, arm)
    lift = log_lift(found.arms.control, found.arms.treatment)
    told_all = (*found.arms.adjustments, *notes)
    return Between(found.contrast, lift, "Welch's t", told_all, ready.excluded)


def corrected(effects: list[Effect], settings: Settings) -> tuple[Effect, ...]:
    """Correct p-values over all comparisons; guardrails are judged by themselves."""
    family = [one for one in effects if one.metric not in settings.guardrails]
    if settings.correction == "none" or len(family) < 2:
        return tuple(effects)
    p_values = np.array([one.p_value for one in family])
    found = iter(adjust(p_values, settings.correction, settings.alpha).adjusted.tolist())
    return tuple(
        one if one.metric in settings.guardrails else replace(one, p_adjusted=next(found))
        for one in effects
    )


def _guardrails(effects: tuple[Effect, ...], settings: Settings) -> Iterator[Guarded]:
    for one in effects:
        if one.metric in settings.guardrails:
            margin = settings.guardrails[one.metric]
            better = one.metric not in settings.lower_is_better
            margin = margin._replace(higher_is_better=better)
            low, high = (one.lift_low, one.lift_high) if margin.relative else (one.low, one.high)
            verdict = judge(np.asarray(low), np.asarray(high), margin)
            yield Guarded(one.metric, one.treatment, margin, str(verdict))


def _belief(one: Effect, settings: Settings, *, by_counts: bool) -> Belief:
    """Believe by the normal law; of shares by their counts, which hold where few are 1."""
    if by_counts:
        control, treatment = (
            (round(value * n), n)
            for value, n in (
                (one.control_value, one.n_control),
                (one.treatment_value, one.n_treatment),
            )
        )
        found = beta_belief(control, treatment)
    else:
        found = normal_belief(normal_posterior(one.difference, one.standard_error))
    if one.metric not in settings.lower_is_better:
        return found
    return Belief(-found.difference, 1.0 - found.chance, found.loss_treatment, found.loss_control)
