"""How many accept, and after how long, from waits of which some have not ended yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.calibration.delay_laws import LAWS, DelayLaw
from cvosim.experiment.calibration.shares import Share, share_from_logit, share_of

Floats = NDArray[np.float64]
_CLOSE = 2.0
"""A difference of AIC that speaks for neither kind (Burnham & Anderson 2002, section 2.6)."""
_WORST_LOGIT_ERROR = 1.0
"""Standard error of a conversion's log-odds from which the log does not tell it."""


class Waits(NamedTuple):
    """What a log tells about the decisions at one stage; all times in days.

    ``yes`` and ``no`` are from reaching the stage to accepting or declining it, ``undecided``
    from reaching it to the log's end. ``undated`` declined at a time that nobody noted.
    ``logs_no`` says whether declines are noted at all: where they are not, the undecided hold
    those who have said no. ``unit`` is how finely times are noted: 1 for dates, 0 for exact.
    """

    yes: Floats
    no: Floats
    undecided: Floats
    undated: int = 0
    logs_no: bool = True
    unit: float = 0.0


@dataclass(frozen=True)
class DelayFit:
    """A delay fitted to waits.

    Attributes
    ----------
    section : dict or None
        As a scenario has it; None for "at once".
    standard_errors : dict or None
        Of its parameters; None where the waits do not settle them.
    aic : dict
        Akaike's criterion by kind, of those that were tried.
    n : int
        Waits that ended.
    n_censored : int
        Waits that had not ended by the end of the log.
    """

    section: dict[str, object] | None
    standard_errors: dict[str, float] | None
    aic: dict[str, float]
    n: int
    n_censored: int

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**vars(self)}


class Decisions(NamedTuple):
    """The fitted share who accept and the fitted delay; None for what the log does not tell."""

    share: Share | None
    delay: DelayFit | None
    why: str = ""


def fit_decisions(waits: Waits, kinds: Sequence[str] = tuple(LAWS), keep: str = "") -> Decisions:
    """Fit conversion and delay of one stage by maximum likelihood, jointly where need be.

    Where declines are noted, everybody decides after a delay that does not depend on the
    answer: the share is that of the decided, and who is undecided yet is censored to the
    right. Where only acceptances are noted, the share who will ever accept, ``p``, and the
    delay's distribution ``F`` are fitted together: who has not accepted after ``c`` days has
    the likelihood ``1 - p F(c)`` (the mixture cure model of Boag 1949 and Berkson & Gage 1952;
    Maller & Zhou 1996, *Survival Analysis with Long-Term Survivors*, eq. 5.1). Times known to
    the day only are censored in intervals, each end even over its day.

    Parameters
    ----------
    waits : Waits
        Of one stage.
    kinds : sequence of str
        Kinds of delay to try; the one of lowest AIC wins, or the simplest within 2 of it.
    keep : str
        The author's kind, which stays where AIC does not speak against it by more than 2.

    Returns
    -------
    Decisions
        ``why`` says in words what is missing and why.

    Examples
    --------
    >>> yes, no = np.array([1.0, 2.0, 4.0, 2.5]), np.array([3.0])
    >>> waits = Waits(yes, no, undecided=np.zeros(0))
    >>> found = fit_decisions(waits, kinds=("exponential",))
    >>> found.share.value, found.delay.section
    (0.8, {'kind': 'exponential', 'mean_days': 2.5})
    """
    ended = np.concatenate([waits.yes, waits.no])
    if waits.logs_no:
        share = share_of(len(waits.yes), len(ended) + waits.undated) if len(ended) else None
        delay, why = _delay(ended, waits, kinds, keep)
        return Decisions(share, delay, why)
    if len(waits.yes) == 0:
        return Decisions(None, None, "nobody accepted it in the log")
    return _cured(waits, kinds, keep)


def at_once(days: Floats) -> bool:
    """Whether all waits are nothing, but for rounding of sums of times."""
    return bool(np.all(np.abs(days) < 1e-7))


def constant(days: Floats) -> bool:
    """Whether all waits are the same, but for rounding of sums of times."""
    return bool(np.ptp(days) <= 1e-7 * max(1.0, float(days.max())))


def _delay(
    ended: Floats, waits: Waits, kinds: Sequence[str], keep: str
) -> tuple[DelayFit | None, str]:
    """Fit a delay to waits that end whatever the answer."""
    easy = _without_density(ended, waits)
    if easy is not None:
        return easy
    fits = [_fit(LAWS[kind], ended, waits) for kind in kinds]
    return _chosen(fits, keep, len(ended), len(waits.undecided)), ""


def _without_density(ended: Floats, waits: Waits) -> tuple[DelayFit | None, str] | None:
    """Deal with delays that have no density, and with too few of them."""
    if len(ended) == 0:
        return None, "no decision in the log says how long it takes"
    if at_once(ended):
        if waits.unit:
            return None, "all decide on the day on which they reach it, and the log has no hours"
        return DelayFit(None, None, {}, len(ended), len(waits.undecided)), ""
    if constant(ended) and len(ended) > 1:
        section = {"kind": "fixed", "days": float(f"{np.median(ended):.6g}")}
        return DelayFit(section, None, {}, len(ended), len(waits.undecided)), ""
    if len(ended) < 5:
        return None, f"{len(ended)} decisions are too few to tell how long it takes"
    return None


class _Fit(NamedTuple):
    law: DelayLaw
    parameters: tuple[float, ...]
    errors: tuple[float, ...] | None
    aic: float
    logit: float = math.nan
    logit_error: float = math.nan


def _fit(law: DelayLaw, ended: Floats, waits: Waits, cured: bool = False) -> _Fit:
    """Maximise the likelihood over the logarithms of the parameters, and the log-odds of p."""
    cost = _cost(law, ended, waits, cured)
    start = [math.log(v) for v in law.start(np.maximum(ended, 0.25 * waits.unit))]
    if cured:
        share = len(ended) / (len(ended) + len(waits.undecided) + waits.undated + 1.0)
        start = [math.log(share / (1.0 - share)), *start]
    place, least = _minimum(cost, np.array(start), len(ended))
    errors = _errors(cost, place)
    values = tuple(math.exp(v) for v in (place[1:] if cured else place))
    own: tuple[float, ...] | None = None
    if errors is not None:
        own = tuple(v * e for v, e in zip(values, errors[-len(values) :], strict=True))
    aic = 2.0 * least + 2.0 * len(place)
    if not cured:
        return _Fit(law, values, own, aic)
    error = math.inf if errors is None else errors[0]
    return _Fit(law, values, own, aic, float(place[0]), error)


def _cost(law: DelayLaw, ended: Floats, waits: Waits, cured: bool) -> Callable[[Floats], float]:
    """Make the negative log-likelihood of those who decided and of those who may still."""
    days, counts = np.unique(ended, return_counts=True)
    ages, how_many = np.unique(waits.undecided, return_counts=True)

    def cost(at: Floats) -> float:
        parameters = [math.exp(min(max(v, -50.0), 50.0)) for v in (at[1:] if cured else at)]
        with np.errstate(all="ignore"):
            seen = float(counts @ _log_chance(law, days, parameters, waits.unit))
            by_now = _share_by(law, ages, parameters, waits.unit)
            p = 1.0 / (1.0 + math.exp(-min(max(at[0], -500.0), 500.0))) if cured else 1.0
            left = float(how_many @ np.log(np.maximum(1.0 - p * by_now, 1e-300)))
        if cured:
            seen += len(ended) * math.log(max(p, 1e-300))
            left += waits.undated * math.log(max(1.0 - p, 1e-300))
        total = -(seen + left)
        return total if math.isfinite(total) else 1e300

    return cost


def _minimum(cost: Callable[[Floats], float], start: Floats, n: int) -> tuple[Floats, float]:
    """Minimise by BFGS; by Nelder and Mead's simplex where that loses its way."""
    from scipy.optimize import minimize

    best = minimize(cost, start, method="BFGS", options={"gtol": 1e-4 * n})
    if not best.success:
        best = minimize(
            cost, best.x, method="Nelder-Mead", options={"xatol": 1e-7, "maxiter": 4000}
        )
    return np.asarray(best.x, np.float64), float(best.fun)


def _log_chance(law: DelayLaw, days: Floats, parameters: list[float], unit: float) -> Floats:
    """Log-likelihood of waits; of times noted to the ``unit`` the chance of their difference.

    With both ends even over their unit ``h`` the difference ``d`` has the chance
    ``(G(d + h) - 2 G(d) + G(d - h)) / h`` where ``G`` is the integral of the distribution function.
    """
    if unit == 0.0:
        return law.log_density(days, parameters)
    up, at, down = (law.days_by(days + step, parameters) for step in (unit, 0.0, -unit))
    near = np.log(np.maximum(up - 2.0 * at + np.where(days > 0.5 * unit, down, 0.0), 1e-300) / unit)
    far = law.log_density(days, parameters) + math.log(unit)
    return np.where(days > 100.0 * unit, far, near)


def _share_by(law: DelayLaw, ages: Floats, parameters: list[float], unit: float) -> Floats:
    """Share who have decided by an age, which is known to the ``unit``."""
    if unit == 0.0:
        return law.share_by(ages, parameters)
    later, now = law.days_by(ages + unit, parameters), law.days_by(ages, parameters)
    return (later - now) / unit


def _errors(cost: Any, at: Floats) -> tuple[float, ...] | None:
    """Standard errors from the observed information, by central differences; None if singular."""
    n, step = len(at), 1e-3
    grid, middle = np.eye(n) * step, cost(at)
    information = np.empty((n, n))
    for i in range(n):
        up, down = cost(at + grid[i]), cost(at - grid[i])
        information[i, i] = (up - 2.0 * middle + down) / step**2
        for j in range(i):
            both = cost(at + grid[i] + grid[j]) + cost(at - grid[i] - grid[j])
            cross = cost(at + grid[i] - grid[j]) + cost(at - grid[i] + grid[j])
            information[i, j] = information[j, i] = (both - cross) / (4.0 * step**2)
    if not np.all(np.isfinite(information)) or np.linalg.eigvalsh(information)[0] < 1e-6:
        return None
    return tuple(float(v) for v in np.sqrt(np.diag(np.linalg.inv(information))))


def _chosen(fits: list[_Fit], keep: str, n: int, censored: int) -> DelayFit:
    best = _best(fits, keep)
    names = best.law.names
    errors = None if best.errors is None else dict(zip(names, best.errors, strict=True))
    aic = {fit.law.kind: fit.aic for fit in fits}
    return DelayFit(best.law.section(best.parameters), errors, aic, n, censored)


def _best(fits: list[_Fit], keep: str) -> _Fit:
    """Take the author's kind if it is about as good as any, else the simplest that is."""
    least = min(fit.aic for fit in fits)
    good = [fit for fit in fits if fit.aic <= least + _CLOSE]
    return min(good, key=lambda fit: (fit.law.kind != keep, len(fit.law.names), fit.aic))


def _cured(waits: Waits, kinds: Sequence[str], keep: str) -> Decisions:
    """Fit a share who accept and their delay together, nobody's decline being noted."""
    n, watched = len(waits.yes), len(waits.yes) + len(waits.undecided) + waits.undated
    easy = _without_density(waits.yes, waits)
    if easy is not None:
        delay, why = easy
        settled = delay is not None or (len(waits.yes) > 0 and at_once(waits.yes))
        share = share_of(n, watched) if settled else None
        return Decisions(share, delay, why)
    fits = [_fit(LAWS[kind], waits.yes, waits, cured=True) for kind in kinds]
    best = _best(fits, keep)
    if not best.logit_error < _WORST_LOGIT_ERROR:
        why = (
            f"{n} of {watched} accepted so far, and the log ends too soon to tell a slow yes "
            "from a no"
        )
        return Decisions(None, None, why)
    share = share_from_logit(best.logit, best.logit_error, n, watched)
    return Decisions(share, _chosen(fits, keep, n, len(waits.undecided)))
