"""A million users in three metrics, and experiments drawn again by the thousand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.agreement import insist_same
from benchmarks.clock import interleaved, once
from benchmarks.machine import installed
from benchmarks.rows import Row, at_least, at_most, skipped
from benchmarks.subjects import Size
from cvosim.experiment.certificate.certify import certify
from cvosim.experiment.certificate.design import Design
from cvosim.experiment.pool import Pool
from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.result import ABTest
from cvosim.stats.cohort import Cohort
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.metric import Mean, Ratio

UNITS = 10_000
"""Users of an experiment that is drawn again and again."""
_GOLDEN = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532, 0.8191725133961645)
"""Steps of sequences that fill the unit interval evenly (Roberts 2018): luck without chance."""
METRICS = {
    "revenue": Mean("revenue"),
    "orders_per_session": Ratio("orders", "sessions"),
    "adjusted_revenue": Mean("revenue", "revenue_before"),
}


def rows(size: Size) -> Iterator[Row]:
    """Analysis beside tea-tasting's, re-randomisation, and a whole certificate."""
    yield from _analysis(size)
    pool = Pool(
        ("control", "treatment"),
        ("contribution",),
        np.stack([_spend(100_000)[:, None]] * 2),
        np.zeros(100_000),
        np.arange(100_000),
        np.zeros(100_000, np.uint8),
    )
    count = max(200, size.customers // 200)
    draw = Draw((0.9, 0.1), (UNITS,), count)
    drawn = interleaved(
        size.rounds, {"draw": lambda: replicated_moments(pool.columns, pool.values, draw)}
    )["draw"]
    note = f"wall, all cores; {count:,} A/A tests of {UNITS:,} users from a pool of 100,000"
    yield Row("experiments", "re-randomisations", count / drawn.wall, "/s", at_least(3000), note)
    replications = max(400, size.customers // 100)
    design = Design(shares=(0.9, 0.1), units=UNITS)
    once(lambda: certify("welch", Mean("contribution"), pool, design, replications=64))
    whole = once(
        lambda: certify("welch", Mean("contribution"), pool, design, replications=replications)
    )
    note = f"wall; Welch, {replications:,} A/A and {replications:,} A/B replications each"
    yield Row("experiments", "certificate", whole.wall, "s", at_most(5), note)


def _analysis(size: Size) -> Iterator[Row]:
    """Three metrics of the same users, from arrays, and by tea-tasting from pandas."""
    columns, arm = users(size.customers)
    cohort = Cohort(("control", "treatment"), arm, columns)
    contenders = {"ours": lambda: analyze(cohort, METRICS)}
    theirs = _tea_tasting(columns, arm)
    if theirs is not None:
        same_effects(theirs(), analyze(cohort, METRICS))
        contenders["theirs"] = theirs
    times = interleaved(size.rounds, contenders)
    note = f"wall, warm; {len(arm):,} users: mean, ratio, mean with covariate, sample ratio"
    yield Row("experiments", "analysis from arrays", times["ours"].wall, "s", at_most(0.03), note)
    what = "analysis against tea-tasting on pandas"
    if theirs is None:
        yield skipped("experiments", what, "x", at_least(5), "tea-tasting")
        return
    ratio = times["theirs"].wall / times["ours"].wall
    note = f"wall; {installed('tea-tasting')} takes {times['theirs'].wall:.3f} s"
    yield Row("experiments", what, ratio, "x", at_least(5), note)


def _tea_tasting(columns: dict[str, Any], arm: Any) -> Any:
    """Prepare the same analysis by tea-tasting; None where it is not installed."""
    if installed("tea-tasting") is None:
        return None
    import pandas as pd
    import tea_tasting as tt

    frame = pd.DataFrame({"variant": arm, **columns})
    experiment = tt.Experiment(
        revenue=tt.Mean("revenue"),
        orders_per_session=tt.RatioOfMeans("orders", "sessions"),
        adjusted_revenue=tt.Mean("revenue", "revenue_before"),
        sample_ratio=tt.SampleRatio(),
    )
    return lambda: experiment.analyze(frame)


def same_effects(theirs: Any, ours: ABTest) -> None:
    """Both must find the same effects and intervals, but for rounding of a standard error.

    Raises
    ------
    CvosimError
        Where they do not: times would mean nothing.
    """
    for one in ours.effects:
        other = theirs[one.metric]
        found = (other.effect_size, other.effect_size_ci_lower, other.effect_size_ci_upper)
        own = (one.difference, one.low, one.high)
        insist_same("tea-tasting", one.metric, found, own, 1e-9 * one.standard_error)


def users(n: int) -> tuple[dict[str, Any], Any]:
    """Sessions, orders, revenue, and revenue from before the experiment, of n users."""
    a, b, c, d = (np.arange(1, n + 1) * step % 1.0 for step in _GOLDEN)
    sessions = 1 + np.floor(-2.0 * np.log(a)).astype(np.int64)
    orders = np.where(b < 0.3, np.minimum(sessions, 1 + np.floor(3 * b).astype(np.int64)), 0)
    revenue = orders * (5.0 - 10.0 * np.log(c))
    before = 0.5 * revenue - 5.0 * np.log(d)
    arm = (np.arange(n) * 0.3247179572447460 % 1.0 < 0.5).astype(np.int32)
    columns = {
        "revenue": revenue, "orders": orders, "sessions": sessions, "revenue_before": before,
    }  # fmt: skip
    return columns, arm


def _spend(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One in fifty pays, some of them much."""
    a, b, c, _ = (np.arange(1, n + 1) * step % 1.0 for step in _GOLDEN)
    normal = np.sqrt(-2.0 * np.log(b)) * np.cos(2.0 * np.pi * c)
    return np.where(a < 0.02, np.exp(1.5 * normal), 0.0)
