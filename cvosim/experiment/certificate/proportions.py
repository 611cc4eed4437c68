"""Shares as `cvosim abtest` compares them: exact tests where few convert, the z test elsewhere."""

from __future__ import annotations

import numpy as np

from cvosim.experiment.certificate.design import Design
from cvosim.experiment.certificate.trial import Found, Trial
from cvosim.experiment.certificate.worlds import without_covariate
from cvosim.stats.methods.proportions import (
    SEARCHABLE,
    SMALL,
    Counts,
    ExactTest,
    exact_p_value,
    newcombe,
    z_tails,
)
from cvosim.stats.methods.tested import Tested
from cvosim.tables.columns import Floats

PLACES = 199
"""Common proportions at which Boschloo's test is bounded before it is searched."""


def counts_of(trial: Trial) -> tuple[Counts, Counts]:
    """Conversions and customers of either arm at the end."""
    arms = without_covariate(trial.metric).arms(*trial.last())
    # counts come back from means, which rounding moves off whole numbers
    control, treatment = (
        Counts(np.rint(arm.value * arm.n), np.asarray(arm.n))
        for arm in (arms.control, arms.treatment)
    )
    return control, treatment


def automatic(trial: Trial) -> Found:
    """Decide as `cvosim.stats.methods.proportions.compare_proportions` does by itself.

    Newcombe's interval; the pooled z test where all expected counts are at least 5, otherwise
    Boschloo's exact test, or Fisher's in arms that are large.
    """
    control, treatment = counts_of(trial)
    design = trial.design
    between = newcombe(control, treatment, design.level, design.alternative)
    above, below = z_tails(control, treatment)
    total, done = control.n + treatment.n, control.successes + treatment.successes
    fewest = np.minimum(done, total - done) * np.minimum(control.n, treatment.n) / total
    searched = (fewest < SMALL) & (control.n * treatment.n <= SEARCHABLE)
    listed = (fewest < SMALL) & ~searched
    for where, test in ((searched, _boschloo), (listed, _fisher)):
        if where.any():
            c, t = (Counts(arm.successes[where], arm.n[where]) for arm in (control, treatment))
            above[where], below[where] = test(c, t, design)
    nothing = np.full_like(between.low, np.nan)
    tested = Tested(between.estimate, nothing, above, below, between.low, between.high)
    return Found.of(tested, design)


def _fisher(control: Counts, treatment: Counts, design: Design) -> tuple[Floats, Floats]:
    return _exact(control, treatment, design, "fisher")


def _boschloo(control: Counts, treatment: Counts, design: Design) -> tuple[Floats, Floats]:
    """Search only tables that bounds leave open: it takes half a second for each.

    At any common proportion, tables as far out in both arms are in Boschloo's tail (Barnard's
    condition of convexity, 1947), so their probability is at most the p-value; and Fisher's
    p-value is at least as large.
    """
    from scipy.stats import binom

    rows = np.stack([*control, *treatment], axis=-1)
    tables, which = np.unique(rows, axis=0, return_inverse=True)
    c, t = Counts(tables[:, 0], tables[:, 1]), Counts(tables[:, 2], tables[:, 3])
    place = ((np.arange(PLACES) + 1.0) / (PLACES + 1.0))[:, None] ** 2  # close where few convert
    least = []
    for low, high in ((c, t), (t, c)):
        tail = binom.sf(high.successes - 1, high.n, place) * binom.cdf(low.successes, low.n, place)
        mirrored = binom.sf(high.successes - 1, high.n, 1.0 - place)
        mirrored = mirrored * binom.cdf(low.successes, low.n, 1.0 - place)
        least.append(np.maximum(tail, mirrored).max(axis=0))
    asked = {"two-sided": np.minimum(*least), "greater": least[0], "less": least[1]}
    hopeful = (asked[design.alternative] < max(design.nominal))[which.ravel()]
    most = _fisher_tails(control, treatment, design)
    above, below = (np.where(hopeful, tail, 1.0) for tail in most)
    clear = np.minimum(above, below) < max(design.nominal)
    left = hopeful & ~clear
    if left.any():
        some = [Counts(arm.successes[left], arm.n[left]) for arm in (control, treatment)]
        above[left], below[left] = _exact(some[0], some[1], design, "boschloo")
    return above, below


def _fisher_tails(control: Counts, treatment: Counts, design: Design) -> tuple[Floats, Floats]:
    """One-sided p-values of Fisher's test, of those sides that are asked for."""
    from scipy.stats import hypergeom

    total, done = control.n + treatment.n, control.successes + treatment.successes
    above = np.asarray(hypergeom.sf(treatment.successes - 1, total, done, treatment.n))
    below = np.asarray(hypergeom.cdf(treatment.successes, total, done, treatment.n))
    return (
        above if design.alternative != "less" else np.ones_like(above),
        below if design.alternative != "greater" else np.ones_like(below),
    )


def _exact(
    control: Counts, treatment: Counts, design: Design, test: ExactTest
) -> tuple[Floats, Floats]:
    """Tails for which half a two-sided p-value stands, on the side of the estimate."""
    p_value = exact_p_value(control, treatment, test, design.alternative)
    if design.alternative == "greater":
        return p_value, np.ones_like(p_value)
    if design.alternative == "less":
        return np.ones_like(p_value), p_value
    up = treatment.share > control.share
    return np.where(up, p_value / 2.0, 1.0), np.where(up, 1.0, p_value / 2.0)
