"""Certificates: thousands of tests without an effect, thousands with one, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.certificate.certificate import Certificate, Scores, Truth
from cvosim.experiment.certificate.design import Design
from cvosim.experiment.certificate.procedures import (
    CAP,
    Procedure,
    Scale,
    capped_name,
    kind_of,
    procedure_named,
)
from cvosim.experiment.certificate.scores import (
    SILENCE,
    TOLERANCE,
    Check,
    Figure,
    Rate,
    Verdict,
    coverage_check,
    sum_check,
    tail_check,
    together,
)
from cvosim.experiment.certificate.trial import Found, Trial, Units
from cvosim.experiment.certificate.worlds import measured, truth, without_covariate
from cvosim.experiment.pool import Pool
from cvosim.stats.loops import Draw, Sums, replicated_moments
from cvosim.stats.moments import Moments

Progress = Callable[[int], None]
ROUNDING = 1e-12
"""Difference of two means, as a part of the values, that rounding alone may make."""


class Running(TypedDict, total=False):
    """How it runs; nothing of it changes a number."""

    threads: int | None
    progress: Progress | None


class Luck(NamedTuple):
    """How many replications, and how they are judged."""

    replications: int
    tolerance: float | None
    seed: int


class Draws(NamedTuple):
    """Both arms in all replications, without an effect and with one; None where there is none."""

    pool: Pool
    draw: Draw
    same: Moments
    changed: Moments | None


def certify(
    procedure: str | Procedure,
    metric: Any,
    source: Any,
    design: Design,
    *,
    replications: int = 10_000,
    tolerance: float | None = None,
    seed: int = 1,
    **running: Unpack[Running],
) -> Certificate:
    """Find out whether a procedure keeps its promises on a metric, in a design.

    Customers of the pool are drawn with replacement and assigned at random, again and again:
    once with everybody as in control, where every effect found is a false alarm, and once with
    the treated as in the treatment, where the pool's own difference is the truth.

    Parameters
    ----------
    procedure : str or Procedure
        A name of `cvosim.experiment.certificate.procedures.PROCEDURES`, or one's own.
    metric : Mean, Ratio, Proportion, CLV, Retention, Quantile or Survival
        Of outcomes of the pool.
    source : Pool, Scenario, sequence of Scenario, data frame, mapping of columns or file
        Who is tested: see `cvosim.experiment.certificate.worlds.world_of`.
    design : Design
    replications : int
        Of either kind.
    tolerance : float, optional
        By how much the false alarms of a tail may differ from what is promised; two fifths of
        that if left out. Both tails together may have 1.4 times as much too many, not twice:
        with 5 % promised, 3.5 % in a tail may pass and 6.4 % in all.
    seed : int
    **running
        ``threads`` and ``progress``, called with the number of replications done.

    Returns
    -------
    Certificate

    Raises
    ------
    CvosimError
        If the procedure is unknown or not for this metric, or the metric not for the pool.

    Examples
    --------
    >>> import numpy as np
    >>> from cvosim.experiment.certificate.worlds import pool_of_columns
    >>> from cvosim.stats.metric import Mean
    >>> pool = pool_of_columns({"spend": np.arange(1000) % 10})
    >>> found = certify("welch", Mean("spend"), pool, Design(400), replications=4000)
    >>> found.verdict.value, 0.04 < found.alarms.value < 0.06
    ('passes', True)
    """
    one = procedure_named(procedure)
    luck = Luck(replications, tolerance, seed)
    pool, metric = measured(source, metric, design)
    (found,) = certify_all([one], metric, pool, design, luck, **running)
    return found


def certify_all(
    procedures: Sequence[Procedure],
    metric: Any,
    pool: Pool,
    design: Design,
    luck: Luck,
    **running: Unpack[Running],
) -> list[Certificate]:
    """Certify several procedures on the same replications.

    Parameters
    ----------
    procedures : sequence of Procedure
    metric : Mean or Ratio
    pool : Pool
        Of two arms, from `world_of`.
    design : Design
    luck : Luck

    Raises
    ------
    CvosimError
        If a procedure is not for this metric.
    """
    _check(procedures, metric, pool, design, luck)
    if any(one.capped for one in procedures):
        pool = _with_capped(pool, metric)
    draws = _draw(pool, design, luck, running, sums=any(not one.most for one in procedures))
    tick = running.get("progress")
    return [_judged(one, metric, design, luck, draws, tick) for one in procedures]


def is_share(pool: Pool, metric: Any) -> bool:
    """Whether the outcome is 1 or 0 for every customer."""
    values = pool.of(metric.columns[0])
    return kind_of(metric) == "mean" and bool(((values == 0.0) | (values == 1.0)).all())


def _check(
    procedures: Sequence[Procedure], metric: Any, pool: Pool, design: Design, luck: Luck
) -> None:
    if luck.replications < 50:
        raise CvosimError(f"replications: must be at least 50 (got {luck.replications})")
    if luck.tolerance is not None and not 0.0 < luck.tolerance < 1.0:
        raise CvosimError(
            f"tolerance: must be between 0 and 1 (got {luck.tolerance:g}); a point is 0.01"
        )
    shares = is_share(pool, metric)
    for one in procedures:
        if reason := one.unfit(metric, looks=design.looks, shares=shares):
            raise CvosimError(f"{one.name}: {reason}")


def _draw(pool: Pool, design: Design, luck: Luck, running: Running, *, sums: bool) -> Draws:
    """Run the replications, all procedures' at once."""
    draw = Draw(
        design.shares, design.look_units, luck.replications, luck.seed, "experiment/certificate"
    )
    threads, progress = running.get("threads"), running.get("progress")

    def moments(values: Any) -> Moments:
        return replicated_moments(pool.columns, values, draw, threads=threads, progress=progress)

    different = not np.array_equal(pool.values[0], pool.values[1])
    if not sums:
        nobody = Sums.room((0, 1, 2), len(pool.columns)).moments(
            pool.columns, np.zeros(len(pool.columns))
        )
        return Draws(pool, draw, nobody, nobody if different else None)
    same = moments(pool.without_effect().values)
    return Draws(pool, draw, same, moments(pool.values) if different else None)


def _judged(
    one: Procedure, metric: Any, design: Design, luck: Luck, draws: Draws, tick: Progress | None
) -> Certificate:
    """Let a procedure decide every replication, and count."""
    pool = draws.pool
    spread = _unit_spread(metric, pool) if kind_of(metric) in ("mean", "ratio") else 0.0

    def run(of: Pool, moments: Moments, *, last: bool) -> Found:
        units = Units(pool.columns, of.values, draws.draw, tick)
        arms = moments[:, :, 0], moments[:, :, 1]
        trial = Trial(metric, *arms, design, units, spread, intervals=last)
        # a replication may have nobody who buys in an arm: it says nothing, and is no news
        with np.errstate(divide="ignore", invalid="ignore"):
            return _answered(one, one.run(trial))

    same = run(pool.without_effect(), draws.same, last=draws.changed is None)
    changed = None if draws.changed is None else run(pool, draws.changed, last=True)
    told = _told(truth(metric, pool), one.scale, spread)
    above, below = Rate.of(same.said == 1), Rate.of(same.said == -1)
    alarms, silent = Rate.of(same.said != 0), _silent(same, changed)
    checks = _checks((above, below, alarms), design, luck.tolerance)
    scores = _scores(same, changed, told.effect)
    held = None
    if scores.coverage.n:
        slack = TOLERANCE * design.alpha if luck.tolerance is None else 2.0 * luck.tolerance
        held = coverage_check(scores.coverage, design.level, slack)
    return Certificate(
        procedure=one, metric=metric, design=design, replications=len(same.said),
        seed=luck.seed, world=draws.pool.arms[0], arm=draws.pool.arms[1],
        currency=draws.pool.currency, truth=told, above=above, below=below,
        alarms=alarms, silent=silent, scores=scores, checks=checks, interval=held,
        verdict=_verdict(checks, silent), is_share=is_share(pool, metric),
    )  # fmt: skip


def _answered(one: Procedure, found: Any) -> Found:
    """Refuse what a procedure of one's own gives in place of its answers."""
    if isinstance(found, Found):
        return found
    raise CvosimError(
        f"{one.name}: gives {'nothing' if found is None else f'a {type(found).__name__}'}; a "
        "procedure must return a Found: what it says of each replication"
    )


def _checks(
    rates: tuple[Rate, Rate, Rate], design: Design, tolerance: float | None
) -> tuple[Check, ...]:
    """Judge the tails for which something is promised, and two of them together."""
    above, below, alarms = rates
    nominal = max(design.nominal)
    slack = TOLERANCE * nominal if tolerance is None else tolerance
    tails = [
        tail_check(name, rate, part, slack)
        for name, rate, part in zip(("above", "below"), (above, below), design.nominal, strict=True)
        if part > 0.0
    ]
    if len(tails) < 2:
        return tuple(tails)
    return (*tails, sum_check(alarms, design.alpha, slack))


def _verdict(checks: tuple[Check, ...], silent: Rate) -> Verdict:
    """Give the worst of the checks; who says nothing keeps no promise, and breaks none."""
    worst = together(checks)
    return Verdict.SILENT if silent.value > SILENCE and worst is not Verdict.FAILS else worst


def _silent(same: Found, changed: Found | None) -> Rate:
    """Share of all tests without an answer."""
    runs = [same] if changed is None else [same, changed]
    nowhere = [np.zeros(len(run.said), bool) for run in runs]
    parts = [
        none if run.silent is None else run.silent for run, none in zip(runs, nowhere, strict=True)
    ]
    return Rate.of(np.concatenate(parts))


def _told(arms: tuple[float, float], scale: Scale, spread: float) -> Truth:
    """Give the true effect; one that is within the rounding of the values is none."""
    control, treatment = arms
    if abs(treatment - control) <= ROUNDING * (abs(control) + abs(treatment) + spread):
        treatment = control
    return Truth(control, treatment, on_scale(control, treatment, scale))


def _scores(same: Found, changed: Found | None, effect: float) -> Scores:
    """Power, bias, coverage and exaggeration in the runs with an effect."""
    runs, aim = (same, 0.0) if changed is None else (changed, effect)
    given = math.isfinite(aim) and bool(np.isfinite(runs.low).any() or np.isfinite(runs.high).any())
    held = (runs.low <= aim) & (aim <= runs.high) if given else np.zeros(0, bool)
    bias = Figure.of(runs.estimate - aim)
    none = np.zeros(0)
    if changed is None or effect == 0.0 or not math.isfinite(effect):
        empty = Rate.of(none.astype(bool))  # nothing is there to be found
        return Scores(empty, bias, Rate.of(held), empty, Figure.of(none), Figure.of(runs.units))
    found = changed.said != 0
    wrong = changed.said[found] != np.sign(effect)
    with np.errstate(divide="ignore", invalid="ignore"):
        larger = np.abs(changed.estimate[found] / effect)
    right = Rate.of(changed.said == np.sign(effect))
    return Scores(
        right, bias, Rate.of(held), Rate.of(wrong), Figure.of(larger), Figure.of(changed.units)
    )


def on_scale(control: float, treatment: float, scale: Scale) -> float:
    """Give an effect on the scale of a procedure; NaN for a lift of what is not above 0.

    Examples
    --------
    >>> round(on_scale(10.0, 12.0, "difference"), 9), round(on_scale(10.0, 12.0, "lift"), 9)
    (2.0, 0.2)
    """
    if scale == "difference":
        return treatment - control
    if min(control, treatment) <= 0.0:
        return math.nan
    return treatment / control - 1.0 if scale == "lift" else math.log(treatment / control)


def _unit_spread(metric: Any, pool: Pool) -> float:
    """Standard deviation of one customer's value in control, as history would tell."""
    plain = without_covariate(metric)
    one, other = (
        Moments.of({name: pool.of(name)[arm] for name in plain.columns}) for arm in (0, 1)
    )
    return math.sqrt(float(plain.arms(one, other).control.variance))


def _with_capped(pool: Pool, metric: Any) -> Pool:
    """Add the capped values: at control's quantile, as history would tell."""
    name = without_covariate(metric).columns[0]
    values = pool.of(name)
    capped = np.minimum(values, np.quantile(values[0], CAP))
    return replace(
        pool,
        columns=(*pool.columns, capped_name(name)),
        values=np.concatenate([pool.values, capped[:, :, None]], axis=2),
    )
