"""How long customers who owe nobody notice keep buying: survival, and the hazard by age."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.purchase_days import Floats, PurchaseDays
from cvosim.clv.words import counting
from cvosim.errors import DataError

_FEW = 2
"""Customers at risk that a share takes."""


class Hazard(NamedTuple):
    """How many leave in one stretch of age.

    Attributes
    ----------
    start, end : int
        Days since the first purchase. ``0, 0`` is the first purchase itself: those who leave
        then never come back in time.
    at_risk : int
        Customers still buying at the start.
    gone : int
        Of them, those who bought for the last time in the stretch.
    unseen : int
        Of them, those whose stretch is not seen to its end; the others go on to the next.
    share, low, high : float or None
        Share of those at risk that leaves in the stretch: `gone` of `at_risk` where all are seen
        to its end, else the fall of Kaplan & Meier's (1958) curve over it. The interval is
        Wilson's (1927) of as many customers as make the binomial variance that of Greenwood
        (1926): Dorey & Korn's (1987, *Statistics in Medicine* 6, 679-687) effective sample size.
        None where fewer than two are at risk: one customer settles no share.
    hazard : float or None
        Leavers per day of exposure; None at the first purchase and without exposure.
    """

    start: int
    end: int
    at_risk: int
    gone: int
    unseen: int
    share: float | None
    low: float | None
    high: float | None
    hazard: float | None


class Survival(NamedTuple):
    """Share of customers who are still buying, by days since the first purchase.

    Attributes
    ----------
    gap : int
        Days without a purchase after which a customer counts as gone.
    customers : int
        Observed for at least the gap: the others say nothing yet.
    too_new : int
        The others.
    gone : int
        Customers who were silent for the gap.
    returned : int
        Of them, those who bought again later: what the definition gets wrong.
    day : ndarray of float64
        Days since the first purchase, ascending, from 0.
    share : ndarray of float64
        Estimated share whose buying lasts longer than that.
    low, high : ndarray of float64
        Its interval.
    hazards : tuple of Hazard
        By age.
    level : float
        Of the intervals.
    """

    gap: int
    customers: int
    too_new: int
    gone: int
    returned: int
    day: Floats
    share: Floats
    low: Floats
    high: Floats
    hazards: tuple[Hazard, ...]
    level: float

    def at(self, day: float) -> tuple[float, float, float] | None:
        """Give share, low and high at a day; None beyond the last day seen."""
        if day > self.day[-1]:
            return None
        place = int(np.searchsorted(self.day, day, "right")) - 1
        return float(self.share[place]), float(self.low[place]), float(self.high[place])

    @property
    def median(self) -> float | None:
        """Days after which half of the customers are gone; None if more than half still buy."""
        below = np.flatnonzero(self.share <= 0.5)
        return float(self.day[below[0]]) if len(below) else None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        plain = {k: v for k, v in self._asdict().items() if not isinstance(v, np.ndarray)}
        curve = {name: getattr(self, name).tolist() for name in ("day", "share", "low", "high")}
        hazards = [one._asdict() for one in self.hazards]
        return {**plain, "median_days": self.median, "curve": curve, "hazards": hazards}


def usual_gap(days: PurchaseDays, share: float = 0.9) -> int:
    """Days within which this share of the gaps between purchases lie, in whole weeks.

    A rule of thumb: gaps that are still open are not among them, so it is rather short.

    Raises
    ------
    DataError
        If nobody bought on a second day.
    """
    gaps = np.diff(days.day)[np.diff(days.customer) == 0]
    if not len(gaps):
        raise DataError(
            "retention: nobody bought on a second day, so the orders don't say how long a gap is "
            "usual; give it (--gap)"
        )
    return 7 * math.ceil(float(np.quantile(gaps, share)) / 7)


def survival(
    days: PurchaseDays, gap: int | None = None, *, step: int = 30, level: float = 0.95
) -> Survival:
    """Estimate how long customers keep buying, where nobody gives notice.

    A customer is gone once it has been silent for `gap` days for the first time; its buying
    lasted from the first purchase to the last before that silence. Whether it is gone by then
    is known only `gap` days later, so a customer observed for T days is censored at T - gap,
    which has nothing to do with what it did: Kaplan & Meier's (1958) condition. Had it been
    censored at its last purchase, the curve would be wrong. The intervals use Greenwood's
    (1926) variance on the scale of log(-log S), which stays within 0 and 1 (Kalbfleisch &
    Prentice 1980).

    Parameters
    ----------
    days : PurchaseDays
        The customers and what they bought.
    gap : int, optional
        Days, 1 or more; `usual_gap` if left out.
    step : int
        Days a stretch of age in the hazards.
    level : float
        Of the intervals.

    Returns
    -------
    Survival

    Raises
    ------
    DataError
        If nobody was observed for the gap.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.orders.purchase_days import purchase_days
    >>> bought = [("ann", 0), ("bob", 3), ("ann", 20), ("cis", 4), ("cis", 60)]
    >>> rows = [(name, day, 9.0) for name, day in bought]
    >>> found = survival(purchase_days(OrderLog.of(rows)), gap=30)
    >>> found.day.tolist(), found.share.round(2).tolist(), found.returned
    ([0.0, 20.0], [0.33, 0.0], 1)
    """
    gap = usual_gap(days) if gap is None else gap
    if gap < 1 or step < 1 or not 0 < level < 1:
        raise DataError("retention: gap and step are 1 day or more, the level between 0 and 1")
    lasted, gone, returned = _spells(days, gap)
    known = days.end - days.first >= gap
    if not known.any():
        seen = int((days.end - days.first).max())
        raise DataError(
            f"retention: no customer was observed for {counting(gap, 'day')}, the longest for "
            f"{seen:,}, so none "
            f"can count as gone; give a shorter gap (--gap)"
        )
    times, left = lasted[known], gone[known]
    curve = _kaplan_meier(times, left, level)
    return Survival(
        gap=gap,
        customers=len(times),
        too_new=int(np.count_nonzero(~known)),
        gone=int(np.count_nonzero(left)),
        returned=int(np.count_nonzero(returned[known])),
        day=curve[0],
        share=curve[1],
        low=curve[2],
        high=curve[3],
        hazards=_hazards(times, left, step, level),
        level=level,
    )


def _spells(days: PurchaseDays, gap: int) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Days that the buying lasted or was seen to, whether it ended, and whether it began anew."""
    following = np.append(days.day[1:], 0)
    final = days.begin + days.purchases - 1
    following[final] = days.end
    # silent for the whole gap: the next purchase comes later than that, or the log ends
    silence = following - days.day > gap
    silence[final] = days.end - days.day[final] >= gap
    places = np.flatnonzero(silence)
    whose, at = np.unique(days.customer[places], return_index=True)
    gone = np.zeros(len(days.begin), np.bool_)
    gone[whose] = True
    stop = places[at]
    lasted = (days.end - days.first - gap).astype(np.float64)
    lasted[whose] = days.day[stop] - days.first[whose]
    returned = np.zeros(len(days.begin), np.bool_)
    returned[whose] = stop < final[whose]
    return lasted, gone, returned


def _kaplan_meier(
    times: Floats, gone: NDArray[np.bool_], level: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Days from 0 on, the share still buying after each, and its interval."""
    import warnings

    from scipy.stats import CensoredData, ecdf

    curve: Any = ecdf(CensoredData(uncensored=times[gone], right=times[~gone])).sf
    with warnings.catch_warnings():  # scipy says that there is no interval at 0 and 1
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(level, method="log-log")
    day, share = curve.quantiles, curve.probabilities
    low, high = band.low.probabilities, band.high.probabilities
    if day[0] > 0:
        day, share = np.append(0.0, day), np.append(1.0, share)
        low, high = np.append(math.nan, low), np.append(math.nan, high)
    # where all are left, or none, only how many they are bounds the share (Clopper & Pearson)
    at_risk = len(times) - np.searchsorted(np.sort(times), day, "left")
    none_left_yet = (0.5 - level / 2.0) ** (1.0 / np.maximum(at_risk, 1))
    low = np.where(share == 1.0, none_left_yet, np.where(share == 0.0, 0.0, low))
    high = np.where(share == 1.0, 1.0, np.where(share == 0.0, 1.0 - none_left_yet, high))
    return day, share, low, high


def _hazards(times: Floats, gone: NDArray[np.bool_], step: int, level: float) -> tuple[Hazard, ...]:
    """The first purchase, then stretch by stretch, as far as anybody is seen."""
    last = math.ceil(float(times.max()))
    ends = [(0, 0), *((start, min(start + step, last)) for start in range(0, last, step))]
    return tuple(_hazard(times, gone, one, level) for one in ends)


def _hazard(times: Floats, gone: NDArray[np.bool_], ends: tuple[int, int], level: float) -> Hazard:
    start, end = ends
    still = times > start if end else np.ones(len(times), np.bool_)
    lasted, left = times[still], gone[still] & (times[still] <= end)
    at_risk, leavers = len(lasted), int(np.count_nonzero(left))
    exposure = float((np.minimum(lasted, end) - start).sum())
    few = at_risk < _FEW
    share, low, high = (None, None, None) if few else _share(lasted, left, end, level)
    return Hazard(
        start=start,
        end=end,
        at_risk=at_risk,
        gone=leavers,
        unseen=at_risk - leavers - int(np.count_nonzero(lasted > end)),
        share=share,
        low=low,
        high=high,
        hazard=leavers / exposure if exposure > 0 else None,
    )


def _share(
    lasted: Floats, left: NDArray[np.bool_], end: int, level: float
) -> tuple[float, float, float]:
    """Share that leaves until the end and its interval."""
    from statsmodels.stats.proportion import proportion_confint

    day, leavers = np.unique(lasted[left], return_counts=True)
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), day, "left")
    share = 1.0 - float(np.prod(1.0 - leavers / at_risk))
    # who is seen to the end, or to leave: all there is to go by where nobody or everybody left
    size = float(np.count_nonzero(left | (lasted >= end)))
    if 0.0 < share < 1.0:
        greenwood = float((leavers / (at_risk * (at_risk - leavers))).sum())
        size = share / ((1.0 - share) * greenwood)
    low, high = proportion_confint(share * size, size, alpha=1.0 - level, method="wilson")
    return share, float(low), float(high)
