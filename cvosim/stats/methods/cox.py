"""Hazard ratios, and whether one hazard ratio is enough to tell the story."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Alternative, Contrast
from cvosim.stats.methods.life_table import LifeTable, aligned
from cvosim.stats.methods.survival import kaplan_meier
from cvosim.tables.columns import Floats

_STEPS = 50
_ENOUGH = 1e-12


class HazardCheck(NamedTuple):
    """Whether the hazard ratio is the same at all times.

    Attributes
    ----------
    statistic, p_value : ndarray of float64, shape (...)
        Chi-squared with 1 degree of freedom of a hazard ratio that drifts.
    drift : ndarray of float64, shape (...)
        How much the log hazard ratio changes while the survival of both groups together falls
        from 1 to 0.
    crossing : ndarray of float64, shape (...)
        When the hazards cross within the time observed; NaN where they don't.
    """

    statistic: Floats
    p_value: Floats
    drift: Floats
    crossing: Floats

    def advice(self, level: float = 0.95) -> str:
        """What to report of a single experiment: ``hazard ratio`` or ``restricted mean``."""
        return "restricted mean" if bool(self.p_value < 1.0 - level) else "hazard ratio"


class CoxFit(NamedTuple):
    """A treatment's hazard ratio from Cox regression, with its interval and Wald test."""

    log_ratio: float
    standard_error: float
    hazard_ratio: float
    low: float
    high: float
    p_value: float


def hazard_ratio(control: LifeTable, treatment: LifeTable) -> Contrast:
    """Log hazard ratio of treatment against control by Cox's partial likelihood (Cox 1972).

    Ties as Efron (1977). Two arms need no more than their life tables, so it takes one pass over
    any number of customers, and thousands of replications at once. Below 0: treatment's customers
    leave later.

    Parameters
    ----------
    control, treatment : LifeTable
        With the same leading axes.

    Returns
    -------
    Contrast
        ``difference`` is the log hazard ratio, with the error of the observed information and the
        normal law; ``control`` is 0. Not finite where an arm has no event before the other's end.

    Examples
    --------
    >>> short, long = (LifeTable.of(np.arange(1.0, 101) * by, [True] * 100) for by in (1, 2))
    >>> found = hazard_ratio(short, long)
    >>> round(float(np.exp(found.difference)), 3), bool(found.p_value() < 1e-6)
    (0.244, True)
    """
    one, other = aligned(control, treatment)
    events = (one.events + other.events) > 0.0
    kept = events.reshape(-1, events.shape[-1]).any(axis=0)
    tables = [t[..., kept] for t in (one.events, other.events, one.at_risk, other.at_risk)]
    log_ratio = np.zeros(events.shape[:-1])
    information = np.ones_like(log_ratio)
    for _ in range(_STEPS):
        score, information, _ = _partial(tables, log_ratio[..., None])
        with np.errstate(divide="ignore", invalid="ignore"):
            # longer steps overshoot; where there is no maximum, exp still works after all
            step = np.clip(np.where(information > 0.0, score / information, np.nan), -1.0, 1.0)
        log_ratio = log_ratio + step
        if not np.any(np.abs(step) > _ENOUGH):
            break
    lost = ~(np.abs(log_ratio) < 0.5 * _STEPS)
    log_ratio = np.where(lost, np.nan, log_ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(lost, np.nan, 1.0 / np.sqrt(information))
    zero = np.zeros_like(log_ratio)
    return Contrast(zero, log_ratio, log_ratio, error, np.full_like(log_ratio, np.inf))


def hazard_check(control: LifeTable, treatment: LifeTable) -> HazardCheck:
    """Test that hazards are proportional; report restricted means where they are not.

    The score test of a log hazard ratio ``b + c g(t)`` against ``b`` (Grambsch & Therneau 1994;
    as in version 3 of R's ``survival``) with ``g(t) = 1 - S(t-)``, S being the Kaplan-Meier
    estimate of both arms together. It regresses Schoenfeld's residuals (1982) on g; their fitted
    line is b plus one Newton step, and hazards cross where it passes 0.

    Parameters
    ----------
    control, treatment : LifeTable
        With the same leading axes.

    Returns
    -------
    HazardCheck

    Examples
    --------
    >>> early, late = [1, 1, 2, 2, 3, 30, 40, 50], [4, 5, 6, 7, 8, 9, 10, 11]
    >>> found = hazard_check(*(LifeTable.of(days, [True] * 8) for days in (early, late)))
    >>> found.advice(), round(float(found.p_value), 4)
    ('restricted mean', 0.0004)
    """
    from scipy.special import chdtrc

    one, other = aligned(control, treatment)
    together = one + other
    curve = kaplan_meier(together).survival
    g = 1.0 - np.concatenate([np.ones_like(curve[..., :1]), curve[..., :-1]], axis=-1)
    fitted = np.asarray(hazard_ratio(control, treatment).difference)
    parts = [one.events, other.events, one.at_risk, other.at_risk]
    _, _, (residual, variance) = _partial(parts, fitted[..., None])
    score = (g * residual).sum(axis=-1)
    i11, i12, i22 = ((variance * w).sum(axis=-1) for w in (1.0, g, g * g))
    with np.errstate(divide="ignore", invalid="ignore"):
        free = np.where(i22 - i12**2 / i11 > 1e-12 * i22, i22 - i12**2 / i11, np.nan)
        drift = score / free
        crosses_at = -(fitted - drift * i12 / i11) / drift
        statistic = score**2 / free
    ended = together.events > 0.0
    first = np.where(ended, g, np.inf).min(axis=-1)
    last = np.where(ended, g, -np.inf).max(axis=-1)
    place = np.argmax(g >= crosses_at[..., None], axis=-1)
    within = (crosses_at > first) & (crosses_at <= last)
    crossing = np.where(within, together.times[place], np.nan)
    return HazardCheck(statistic, chdtrc(1.0, statistic), drift, crossing)


def cox(
    duration: Any,
    event: Any,
    treated: Any,
    *,
    covariates: Any = None,
    strata: Any = None,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
) -> CoxFit:
    """Hazard ratio of a treatment adjusted for covariates, by statsmodels' Cox regression.

    Parameters
    ----------
    duration : array_like, shape (n,)
    event : array_like of bool, shape (n,)
    treated : array_like of bool, shape (n,)
    covariates : array_like, shape (n,) or (n, k), optional
        Known before assignment.
    strata : array_like, shape (n,), optional
        Each stratum has a hazard of its own.
    level : float
    alternative : {"two-sided", "greater", "less"}
        Of the hazard ratio against 1.

    Returns
    -------
    CoxFit

    Raises
    ------
    DataError
        If a number is missing, or an arm has no events.

    Examples
    --------
    >>> days, over = np.arange(1.0, 41), np.ones(40, bool)
    >>> found = cox(days, over, days % 3 == 0, covariates=days % 2)
    >>> 0.5 < found.hazard_ratio < 2.0
    True
    """
    from statsmodels.duration.hazard_regression import PHReg

    arm, ended = np.asarray(treated, bool), np.asarray(event, bool)
    for name, mask in (("control", ~arm), ("treatment", arm)):
        if not np.any(ended & mask):
            raise DataError(f"{name} has no events: its hazard cannot be compared")
    columns = [arm.astype(float)] if covariates is None else [arm.astype(float), covariates]
    design = np.column_stack(columns)
    time = np.asarray(duration, np.float64)
    missing = int(np.sum(np.isnan(design).any(axis=1) | np.isnan(time)))
    if missing:
        raise DataError(f"{missing} of {len(arm)} rows have a missing number; leave them out first")
    # huge and tiny covariates do the same work in any unit
    design = design / np.where(design.any(axis=0), np.abs(design).max(axis=0), 1.0)
    codes = None if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1]
    fit = PHReg(time, design, status=ended.astype(int), strata=codes, ties="efron").fit(disp=0)
    value, error = np.float64(fit.params[0]), np.float64(fit.bse[0])
    found = Contrast(*map(np.asarray, (0.0, value, value, error, np.inf)))
    low, high = (float(np.exp(end)) for end in found.interval(level, alternative))
    p_value = float(found.p_value(alternative))
    return CoxFit(float(value), float(error), float(np.exp(value)), low, high, p_value)


def _partial(
    tables: list[Floats], log_ratio: Floats
) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Score and information of the partial likelihood, and their parts at each time.

    Of ``d`` tied events the l-th, from 0, sees a share ``l / d`` of those events gone from the
    risk set (Efron 1977).
    """
    d0, d1, n0, n1 = tables
    d, ratio = d0 + d1, np.exp(log_ratio)
    expected, variance = np.zeros(np.broadcast_shapes(d.shape, ratio.shape)), np.zeros_like(d)
    for tie in range(int(np.max(d, initial=0.0))):
        counted = d > tie
        gone = tie / np.maximum(d, 1.0)
        part = (n1 - gone * d1) * ratio
        whole = part + n0 - gone * d0
        share = np.where(counted, part / np.where(counted, whole, 1.0), 0.0)
        expected += share
        variance = variance + share * (1.0 - share)
    residual = d1 - expected
    return residual.sum(axis=-1), variance.sum(axis=-1), (residual, variance)
