"""Procedures that need the customers themselves, not only sums: slower, so with fewer runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.experiment.certificate.trial import Found, Trial
from cvosim.stats.loops import drawn_units
from cvosim.stats.methods.tested import Tested

if TYPE_CHECKING:
    from cvosim.experiment.certificate.design import Design
    from cvosim.tables.columns import Floats

Rows = dict[str, "Floats"]
Test = Callable[[Any, Rows, Rows, "Design", int], Tested]

TICK = 50
"""Replications between two reports of progress."""
RESAMPLED = 999
"""Permutations or bootstrap samples to a test."""


def sampled(test: Test, most: int) -> Callable[[Trial], Found]:
    """Make a procedure of a test of one experiment.

    Parameters
    ----------
    test : callable
        From a metric, both arms' columns, the design and a seed to a `Tested`.
    most : int
        Replications at most.
    """

    def run(trial: Trial) -> Found:
        tests = [
            test(trial.metric, control, treatment, trial.design, seed)
            for seed, (control, treatment) in enumerate(_samples(trial, most))
        ]
        parts = (np.array(part) for part in zip(*tests, strict=True))
        return Found.of(Tested(*parts), trial.design)

    return run


def _samples(trial: Trial, most: int) -> Iterator[tuple[Rows, Rows]]:
    """Both arms' customers in each replication."""
    units = trial.units
    count = min(most, units.draw.replications)
    names = trial.metric.columns
    for replication in range(count):
        who, arm = drawn_units(units.values.shape[1], units.draw, replication)
        tables = [units.values[a, who[arm == a]] for a in (0, 1)]
        control, treatment = (
            {name: table[:, j] for j, name in enumerate(units.columns) if name in names}
            for table in tables
        )
        yield control, treatment
        if units.tick is not None and ((replication + 1) % TICK == 0 or replication + 1 == count):
            units.tick(replication % TICK + 1)


def resampled_permutation(
    metric: Any, control: Rows, treatment: Rows, design: Design, seed: int
) -> Tested:
    """Studentised, by shuffling (`cvosim.stats.methods.resampling.permutation_test`)."""
    from cvosim.stats.methods.resampling import Resampling, permutation_test

    how = Resampling(RESAMPLED, seed, design.level, design.alternative)
    return permutation_test(metric, control, treatment, how)


def bca(metric: Any, control: Rows, treatment: Rows, design: Design, seed: int) -> Tested:
    """BCa bootstrap (`cvosim.stats.methods.resampling.bootstrap`)."""
    from cvosim.stats.methods.resampling import Resampling, bootstrap

    how = Resampling(RESAMPLED, seed, design.level, design.alternative)
    return bootstrap(metric, control, treatment, how)


def quantile(metric: Any, control: Rows, treatment: Rows, design: Design, _: int) -> Tested:
    """Quantiles in closed form (`cvosim.stats.methods.quantiles`)."""
    from cvosim.stats.methods.quantiles import Tally, quantile_contrast, quantile_stat

    one, other = (
        quantile_stat(Tally.of(rows[metric.value]), metric.q, level=design.level)
        for rows in (control, treatment)
    )
    return Tested.of(quantile_contrast(one, other), design.level, design.alternative)


def log_rank(metric: Any, control: Rows, treatment: Rows, _: Design, __: int) -> Tested:
    """Log-rank test: above 0 means that the treatment's customers stay longer."""
    from scipy.special import ndtr

    from cvosim.stats.methods.survival import log_rank as tested

    z = -tested(_tables(metric, control, treatment)).z
    nothing = np.full_like(z, np.nan)
    return Tested(nothing, nothing, ndtr(-z), ndtr(z), nothing, nothing)


def restricted_mean(metric: Any, control: Rows, treatment: Rows, design: Design, _: int) -> Tested:
    """Difference of restricted mean survival times."""
    from cvosim.stats.contrast import Contrast
    from cvosim.stats.methods.survival import common_horizon
    from cvosim.stats.methods.survival import restricted_mean as area

    tables = _tables(metric, control, treatment)
    until = common_horizon(tables) if metric.until is None else metric.until
    one, other = (area(table, until) for table in tables)
    error = np.sqrt(one.variance + other.variance)
    found = Contrast(one.value, other.value, other.value - one.value, error, np.float64(np.inf))  # type: ignore[arg-type]
    return Tested.of(found, design.level, design.alternative)


def _tables(metric: Any, *arms: Rows) -> list[Any]:
    from cvosim.stats.methods.life_table import LifeTable

    return [LifeTable.of(rows[metric.days], rows[metric.ended] > 0.0) for rows in arms]
