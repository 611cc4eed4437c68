"""One metric, one treatment: from sufficient statistics to an effect."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.contrast import Contrast, log_lift, welch
from cvosim.stats.effect import Effect
from cvosim.stats.methods.proportions import compare_proportions
from cvosim.stats.metric import Arms


class Names(NamedTuple):
    """What an effect is called."""

    metric: str
    control: str
    treatment: str


class Between(NamedTuple):
    """Two arms as numbers, and how they became so."""

    contrast: Contrast
    lift: Contrast
    method: str
    notes: tuple[str, ...]
    excluded: int


def effect_of(names: Names, between: Between, sizes: tuple[int, int], settings: Settings) -> Effect:
    """Put a contrast into words' reach: an effect with its interval and test."""
    contrast = between.contrast
    low, high = contrast.interval(settings.level, settings.alternative)
    lift_low, lift_high = between.lift.interval(settings.level, settings.alternative)
    return Effect(
        metric=names.metric,
        control=names.control,
        treatment=names.treatment,
        control_value=float(contrast.control),
        treatment_value=float(contrast.treatment),
        difference=float(contrast.difference),
        standard_error=float(contrast.standard_error),
        low=float(low),
        high=float(high),
        lift=_grown(between.lift.difference),
        lift_low=_grown(lift_low),
        lift_high=_grown(lift_high),
        statistic=float(contrast.statistic()),
        df=float(contrast.df),
        p_value=float(contrast.p_value(settings.alternative)),
        method=between.method,
        adjustments=between.notes,
        level=settings.level,
        alternative=settings.alternative,
        n_control=sizes[0],
        n_treatment=sizes[1],
        excluded=between.excluded,
    )


def by_means(arms: Arms, notes: tuple[str, ...], excluded: int, method: str) -> Between:
    """Compare two arms by Welch's t; the lift on the log scale."""
    contrast = welch(arms.control, arms.treatment)
    lift = log_lift(arms.control, arms.treatment)
    return Between(contrast, lift, method, (*arms.adjustments, *notes), excluded)


def proportion_effect(names: Names, between: Between, arms: Arms, settings: Settings) -> Effect:
    """Compare two shares by Newcombe's interval, and by an exact test where few are 1."""
    done = [(round(float(arm.value * arm.n)), round(float(arm.n))) for arm in arms[:2]]
    control, treatment = done
    found = compare_proportions(
        control, treatment, level=settings.level, alternative=settings.alternative
    )
    plain = effect_of(names, between, (control[1], treatment[1]), settings)
    return replace(
        plain,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        statistic=math.nan,
        df=math.nan,
        method=found.method,
    )


def _grown(log: Any) -> float:
    """Turn a difference of logarithms into growth."""
    return float(np.expm1(log))


def check_arms(names: Names, arms: Arms, source: str, *, is_share: bool) -> None:
    """Refuse what cannot be compared: an arm of nobody, no spread, a denominator of 0."""
    for name, arm in ((names.control, arms.control), (names.treatment, arms.treatment)):
        where = f'{source}: {names.metric}: arm "{name}"'
        if float(arm.n) < 2:
            raise DataError(f"{where} has {int(arm.n)} units; at least 2 are needed")
        if math.isnan(float(arm.value)):
            raise DataError(f"{where}: the denominator adds up to 0, so there is no ratio")
        if not math.isfinite(float(arm.variance)):
            raise DataError(f"{where}: the values are too large to be squared; divide them all")
    spread = float(arms.control.variance) + float(arms.treatment.variance)
    one, other = float(arms.control.value), float(arms.treatment.value)
    if spread > 0.0 or (is_share and one != other):
        return
    if one == other:
        told = f"is {one:g} for everybody; a constant tells nothing about an effect"
    else:
        told = (
            f'is {one:g} for everybody in "{names.control}" and {other:g} for everybody in '
            f'"{names.treatment}"; without any spread there is no test'
        )
    raise DataError(f"{source}: {names.metric}: {told}")
