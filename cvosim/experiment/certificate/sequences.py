"""Procedures that look at the data more than once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.certificate.trial import Found, Trial, signs_of
from cvosim.experiment.certificate.worlds import without_covariate
from cvosim.stats.contrast import Contrast
from cvosim.tables.columns import Floats

Signs = NDArray[np.int8]


def peek(trial: Trial) -> Found:
    """Test at the full level at every look and stop at the first that says something: the trap."""
    contrast, design = _contrast(trial), trial.design
    above, below = contrast.tails()
    upper, lower = design.nominal
    signs = (above < upper).astype(np.int8) - (below < lower).astype(np.int8)
    low, high = contrast.interval(design.level, design.alternative)
    return Found.stopped(signs, (contrast.difference, low, high), design, above)


def group_sequential(trial: Trial) -> Found:
    """Stop at the bounds of a group-sequential design; repeated confidence intervals.

    P-values of Welch's t are read as normal scores, so that small arms early on are not taken
    for large ones. Intervals are those of Jennison & Turnbull (1989): right however it stops.
    """
    from scipy.special import ndtr, ndtri

    contrast = _contrast(trial)
    above, below = contrast.tails()
    z = np.where(above < below, -ndtri(above), ndtri(below))
    bound = _bounds(trial)
    signs = (z >= bound).astype(np.int8) - (z <= -bound).astype(np.int8)
    # the bound in t that is as unlikely as the one in z
    reach = _t_of(ndtr(-bound), contrast.df) * contrast.standard_error
    return _decided(trial, contrast, signs, reach, z)


def permutation_sequence(trial: Trial) -> Found:
    """Stop at the bounds of a group-sequential design, by permutation p-values; no interval.

    Those know of skewness, which at an early look, with few customers, is at its worst.
    """
    from scipy.special import ndtri

    from cvosim.stats.methods.permutation import shuffled_spread

    column = without_covariate(trial.metric).columns[0]
    spread = shuffled_spread(trial.control, trial.treatment, column)
    above, below = spread.tails()
    z = np.where(above < below, -ndtri(above), ndtri(below))
    bound = _bounds(trial)
    nothing = np.full_like(z, np.nan)
    contrast = Contrast(nothing, nothing, spread.difference, spread.deviation, nothing)
    signs = (z >= bound).astype(np.int8) - (z <= -bound).astype(np.int8)
    return _decided(trial, contrast, signs, nothing, z)


def confidence_sequence(trial: Trial) -> Found:
    """Stop when an asymptotic confidence sequence leaves 0 out."""
    from cvosim.stats.sequential.confidence_sequence import ConfidenceSequence

    contrast, design = _contrast(trial), trial.design
    sides = 2 if design.alternative == "two-sided" else 1
    sequence = ConfidenceSequence.tuned(design.units, alpha=design.alpha, sides=sides)
    reach = sequence.multiplier(np.array(design.look_units)) * contrast.standard_error
    return _decided(trial, contrast, _outside(contrast, reach), reach, reach)


def mixture_test(trial: Trial) -> Found:
    """Stop when the mixture SPRT does; expects effects of about the standard error at the end."""
    from cvosim.stats.sequential.mixture_test import MixtureTest

    contrast, design = _contrast(trial), trial.design
    per_arm = [1.0 / (share * design.units) for share in design.shares]
    test = MixtureTest(trial.unit_spread * float(np.sqrt(sum(per_arm))))
    # on one side all of alpha is spent there: an effect of the other sign never counts
    alpha = design.alpha if design.alternative == "two-sided" else min(2.0 * design.alpha, 0.99)
    low, _ = test.interval(contrast.difference, contrast.standard_error, alpha=alpha)
    reach = contrast.difference - low
    return _decided(trial, contrast, _outside(contrast, reach), reach, reach)


def _bounds(trial: Trial) -> Floats:
    """In z, at each look."""
    from cvosim.stats.sequential.planning import group_sequential as planned

    design = trial.design
    looks = tuple(units / design.units for units in design.look_units)
    sides = 2 if design.alternative == "two-sided" else 1
    plan = planned(looks, alpha=design.alpha, sides=sides, spending=design.spending)
    return np.asarray(plan.bounds.upper, np.float64)


def _contrast(trial: Trial) -> Contrast:
    return trial.at_looks(without_covariate(trial.metric))


def _outside(contrast: Contrast, reach: Floats) -> Signs:
    return signs_of(contrast.difference - reach, contrast.difference + reach, "two-sided")


def _decided(trial: Trial, contrast: Contrast, signs: Signs, reach: Floats, score: Floats) -> Found:
    """Stop at the first sign of the kind that is asked for."""
    alternative = trial.design.alternative
    low, high = contrast.difference - reach, contrast.difference + reach
    if alternative == "greater":
        signs, high = np.maximum(signs, 0), np.full_like(high, np.inf)
    elif alternative == "less":
        signs, low = np.minimum(signs, 0), np.full_like(low, -np.inf)
    ends = contrast.difference, low, high
    return Found.stopped(signs.astype(np.int8), ends, trial.design, score)


def _t_of(tail: Floats, df: Floats) -> Floats:
    from cvosim.stats.contrast import t_quantile

    found: Floats = -t_quantile(tail, df)  # type: ignore[arg-type]
    return found
