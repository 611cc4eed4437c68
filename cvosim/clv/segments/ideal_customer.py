"""The ideal customer: which attributes mark the most valuable tenth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.purchase_days import Floats
from cvosim.clv.segments.acquisition import Labels
from cvosim.errors import DataError


class Interval(NamedTuple):
    """An estimate with its interval; None where it would be infinite."""

    value: float | None
    low: float
    high: float


class Trait(NamedTuple):
    """A label among the most valuable customers and among the others.

    Attributes
    ----------
    attribute, label : str
        What was looked at.
    customers : int
        Who have the label.
    in_top : int
        Of them, those among the most valuable.
    share_top, share_rest : float
        Share of the label among the most valuable customers, and among the others.
    lift : Interval
        `share_top` over `share_rest`.
    odds_ratio : Interval
        Odds of being among the most valuable with the label, over those without it.
    p : float
        Of Fisher's exact test.
    p_adjusted : float
        By Benjamini & Hochberg (1995), over all traits.
    marks : bool
        Whether `p_adjusted` is at most the part of false discoveries allowed.
    """

    attribute: str
    label: str
    customers: int
    in_top: int
    share_top: float
    share_rest: float
    lift: Interval
    odds_ratio: Interval
    p: float
    p_adjusted: float
    marks: bool

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        plain = self._asdict()
        return {k: v._asdict() if isinstance(v, Interval) else v for k, v in plain.items()}


class Profile(NamedTuple):
    """What marks the most valuable customers.

    Attributes
    ----------
    customers : int
        In all.
    in_top : int
        The most valuable; more than the share asked for where values tie.
    threshold : float
        What a customer must be worth to be among them.
    traits : tuple of Trait
        By p, then by size.
    level : float
        Of the intervals, each by itself.
    false_discoveries : float
        Part of the marks that may be so by chance.
    """

    customers: int
    in_top: int
    threshold: float
    traits: tuple[Trait, ...]
    level: float
    false_discoveries: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return {**self._asdict(), "traits": [one.to_dict() for one in self.traits]}


def ideal_customer(
    values: Floats,
    attributes: Mapping[str, Labels],
    *,
    top: float = 0.1,
    least: int = 10,
    level: float = 0.95,
    false_discoveries: float = 0.05,
) -> Profile:
    """Find what marks the most valuable customers.

    Intervals are on the logarithmic scale with a half added to each count, so that they exist
    for empty cells too: of the lift Walter's (1975, *Biometrika* 62, 371-374), of the odds
    ratio Gart's (1966, *Biometrika* 53, 601-606). They take the border of the top as given.
    A mark is no cause: what else the customers of a label have in common may be behind it.

    Parameters
    ----------
    values : ndarray of float64
        What each customer is worth, so far or as projected.
    attributes : mapping of str to Labels
        What is known of them; see `cvosim.clv.segments.acquisition.numbers_in_groups` for numbers.
    top : float
        Which part of the customers is looked for, above 0 and at most 0.5.
    least : int
        Labels that fewer customers have are left out: they could mark nobody.
    level : float
        Of the intervals.
    false_discoveries : float
        Part of the marks that may be so by chance, in the mean over many logs.

    Returns
    -------
    Profile

    Raises
    ------
    DataError
        If so many customers are worth the same that there is no such top.

    Examples
    --------
    >>> place = Labels(np.arange(200) % 2, ("north", "south"))
    >>> profile = ideal_customer(np.arange(200.0) + 200 * (place.codes == 1), {"place": place})
    >>> [(one.label, one.share_top, one.marks) for one in profile.traits]
    [('north', 0.0, True), ('south', 1.0, True)]
    """
    if not 0 < top <= 0.5:
        raise DataError(f"ideal customer: top {top:g} must be above 0 and at most 0.5")
    values = np.asarray(values, np.float64)
    best, threshold = _best(values, top)
    traits = [
        _trait((name, labels.labels[code]), labels.codes == code, best, level)
        for name, labels in attributes.items()
        for code in np.flatnonzero(np.bincount(labels.codes) >= least).tolist()
    ]
    return Profile(
        customers=len(values),
        in_top=int(np.count_nonzero(best)),
        threshold=threshold,
        traits=_adjusted(traits, false_discoveries),
        level=level,
        false_discoveries=false_discoveries,
    )


def _best(values: Floats, top: float) -> tuple[NDArray[np.bool_], float]:
    """Who is among the most valuable: all who are worth as much as the last who must be in."""
    if not (len(values) and np.isfinite(values).all()):
        raise DataError("ideal customer: values must be finite numbers, and not none at all")
    wanted = max(math.ceil(top * len(values) * (1.0 - 1e-12)), 1)
    threshold = float(np.sort(values)[-wanted])
    best = values >= threshold
    found = int(np.count_nonzero(best))
    if found > max(2 * wanted, wanted + 1):
        alike = int(np.count_nonzero(values == threshold))
        raise DataError(
            f"ideal customer: {alike:,} of {len(values):,} customers are worth the same, "
            f"{threshold:,.10g}, so there is no most valuable {100 * top:g} %"
        )
    return best, threshold


def _trait(
    which: tuple[str, str], has: NDArray[np.bool_], best: NDArray[np.bool_], level: float
) -> Trait:
    from scipy.stats import fisher_exact

    n_top, n_rest = int(np.count_nonzero(best)), int(np.count_nonzero(~best))
    in_top = int(np.count_nonzero(has & best))
    in_rest = int(np.count_nonzero(has & ~best))
    counts = (in_top, n_top, in_rest, n_rest)
    table = np.array([[in_top, n_top - in_top], [in_rest, n_rest - in_rest]])
    return Trait(
        *which,
        customers=in_top + in_rest,
        in_top=in_top,
        share_top=in_top / n_top,
        share_rest=in_rest / n_rest,
        lift=_interval("ratio", _ratio(in_top * n_rest, in_rest * n_top), counts, level),
        odds_ratio=_interval(
            "odds-ratio",
            _ratio(in_top * (n_rest - in_rest), in_rest * (n_top - in_top)),
            counts,
            level,
        ),
        p=float(fisher_exact(table).pvalue),
        p_adjusted=1.0,
        marks=False,
    )


def _ratio(above: int, below: int) -> float | None:
    """A ratio of counts; 1 where everybody or nobody has the label, None where infinite."""
    if below == 0:
        return 1.0 if above == 0 else None
    return above / below


def _interval(
    kind: str, value: float | None, counts: tuple[int, int, int, int], level: float
) -> Interval:
    from statsmodels.stats.proportion import confint_proportions_2indep

    method = {"ratio": "log-adjusted", "odds-ratio": "logit-adjusted"}[kind]
    low, high = confint_proportions_2indep(
        *counts, method=method, compare=kind, alpha=1.0 - level, correction=False
    )
    # the half that is added moves the interval off an estimate of 0
    held = float(low if value is None else min(low, value))
    return Interval(value, held, float(high if value is None else max(high, value)))


def _adjusted(traits: list[Trait], allowed: float) -> tuple[Trait, ...]:
    from scipy.stats import false_discovery_control

    if not traits:
        return ()
    adjusted = false_discovery_control([one.p for one in traits], method="bh").tolist()
    judged = [
        one._replace(p_adjusted=p, marks=p <= allowed)
        for one, p in zip(traits, adjusted, strict=True)
    ]
    return tuple(sorted(judged, key=lambda one: (one.p, -one.customers)))
