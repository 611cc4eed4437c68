"""Where a difference in customer lifetime value comes from: time, frequency, value, cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from cvosim.tables.columns import Floats

PARTS = ("time", "frequency", "monetary_value", "cost")
WORD_OF_MOUTH = "word_of_mouth"


class ValueFactors(NamedTuple):
    """CLV per prospect as ``time * frequency * monetary_value - cost``.

    Attributes
    ----------
    time : float
        Days as a customer a prospect: first to last paid order, both included.
    frequency : float
        Paid orders a day as a customer; NaN without customers.
    monetary_value : float
        Discounted revenue a paid order; NaN without orders.
    cost : float
        Discounted cost a prospect, acquisition included.
    """

    time: float
    frequency: float
    monetary_value: float
    cost: float

    @property
    def value(self) -> float:
        """CLV per prospect: with no time as a customer, nothing but the cost."""
        earned = self.time * self.frequency * self.monetary_value if self.time else 0.0
        return earned - self.cost


def value_factors(means: Sequence[float]) -> ValueFactors:
    """Factors from means a prospect: customer days, paid orders, discounted revenue and cost.

    Examples
    --------
    >>> value_factors([5.0, 0.25, 30.0, 12.0])
    ValueFactors(time=5.0, frequency=0.05, monetary_value=120.0, cost=12.0)
    """
    days, orders, revenue, cost = (float(mean) for mean in means)
    return ValueFactors(
        days,
        orders / days if days else math.nan,
        revenue / orders if orders else math.nan,
        cost,
    )


@dataclass(frozen=True)
class ValueSplit:
    """A difference in CLV per prospect, split without a remainder.

    Attributes
    ----------
    time, frequency, monetary_value, cost : float
        Shapley values: what each factor's change is worth. A rise in cost is negative.
    total : float
        The sum of all parts: the variant's CLV per prospect less the baseline's; with people
        brought by referral where ``word_of_mouth`` is known.
    standard_errors : mapping of str to float
        Of each part and of the total.
    baseline, variant : ValueFactors
        What is compared, of prospects alone.
    word_of_mouth : float or None
        What the change in people brought by referral is worth; None where there is no referral.
    """

    time: float
    frequency: float
    monetary_value: float
    cost: float
    total: float
    standard_errors: Mapping[str, float]
    baseline: ValueFactors
    variant: ValueFactors
    word_of_mouth: float | None = None

    @property
    def parts(self) -> dict[str, float]:
        """What adds up to the total, by name; word of mouth last, where there is referral."""
        found = {name: float(getattr(self, name)) for name in PARTS}
        if self.word_of_mouth is not None:
            found[WORD_OF_MOUTH] = self.word_of_mouth
        return found

    def with_word_of_mouth(self, value: float, error: float, total_error: float) -> ValueSplit:
        """Add what people brought by referral are worth, as a part of its own.

        Parameters
        ----------
        value, error : float
            Change of their value per prospect, and its standard error.
        total_error : float
            Standard error of the total with them.

        Examples
        --------
        >>> split = split_value([4, 1, 100, 60], [6, 2, 220, 90], np.zeros((8, 8)))
        >>> round(split.with_word_of_mouth(5.0, 0.5, 0.7).total, 2)
        95.0
        """
        errors = {**self.standard_errors, WORD_OF_MOUTH: error, "total": total_error}
        return replace(
            self,
            word_of_mouth=value,
            total=self.total + value,
            standard_errors=MappingProxyType(errors),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""

        def plain(numbers: Mapping[str, float]) -> dict[str, float | None]:
            return {key: x if math.isfinite(x) else None for key, x in numbers.items()}

        return {
            **plain({**self.parts, "total": self.total}),
            "standard_errors": plain(self.standard_errors),
            "baseline": plain(self.baseline._asdict()),
            "variant": plain(self.variant._asdict()),
        }


def split_value(
    baseline: Sequence[float], variant: Sequence[float], covariance: Floats
) -> ValueSplit:
    """Split a difference in CLV per prospect into time, frequency, monetary value and cost.

    CLV is the product of three factors less cost. A factor's part is the mean, over the six
    orders in which the factors could change one after the other, of what its own change then
    adds (Shapley 1953, "A value for n-person games", section 6). For a product ``x y z`` and a
    change of ``x`` that is ``(xB - xA) ((yA zA + yB zB) / 3 + (yA zB + yB zA) / 6)``; cost is
    additive, so its part is its own change. The parts add up to the difference exactly, and
    swapping the scenarios swaps the signs.

    Where one side has no orders, its frequency and monetary value are unknown and taken to be
    those of the other side: the whole difference in revenue is then due to time. Where
    neither has any, only cost is left.

    Standard errors come from the delta method on the eight means.

    Parameters
    ----------
    baseline, variant : sequence of 4 floats
        Means a prospect: customer days, paid orders, discounted revenue, discounted cost.
    covariance : float64[8, 8]
        Of the means of ``baseline`` and of ``variant - baseline``, in this order: differences
        of twins are small, and so keep their digits.

    Examples
    --------
    >>> split = split_value([4, 1, 100, 60], [6, 2, 220, 90], np.zeros((8, 8)))
    >>> [round(part, 2) for part in (split.time, split.frequency, split.cost, split.total)]
    [61.39, 43.89, -30.0, 90.0]
    """
    before, after = value_factors(baseline), value_factors(variant)
    at, other = _filled(before, after), _filled(after, before)
    parts = dict(zip(PARTS, _shapley(at, other), strict=True))
    parts["total"] = sum(parts.values())
    jacobian = _gradients(at, other) @ _chain(baseline, variant, before, after)
    gradients = np.vstack([jacobian, jacobian.sum(axis=0)])
    # in terms of the baseline and the difference: f(b, v) = f(b, b + d)
    gradients[:, :4] += gradients[:, 4:]
    variances = np.einsum("ij,jk,ik->i", gradients, covariance, gradients)
    errors = dict(zip(parts, np.sqrt(np.maximum(variances, 0.0)).tolist(), strict=True))
    return ValueSplit(
        **parts, standard_errors=MappingProxyType(errors), baseline=before, variant=after
    )


def _filled(own: ValueFactors, other: ValueFactors) -> ValueFactors:
    """Take unknown factors from the other side, or 0 if it does not know them either."""
    known = [
        next((x for x in pair if not math.isnan(x)), 0.0) for pair in zip(own, other, strict=True)
    ]
    return ValueFactors(*known)


def _shapley(a: ValueFactors, b: ValueFactors) -> list[float]:
    parts = [
        (b[i] - a[i]) * _weight(a[j], b[j], a[k], b[k])
        for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    ]
    return [*parts, a.cost - b.cost]


def _weight(ya: float, yb: float, za: float, zb: float) -> float:
    return (ya * za + yb * zb) / 3.0 + (ya * zb + yb * za) / 6.0


def _gradients(a: ValueFactors, b: ValueFactors) -> Floats:
    """Derive the four parts in the factors of ``a`` (0 to 3) and ``b`` (4 to 7)."""
    found = np.zeros((4, 8))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        change = b[i] - a[i]
        weight = _weight(a[j], b[j], a[k], b[k])
        found[i, i], found[i, 4 + i] = -weight, weight
        for y, z in ((j, k), (k, j)):
            found[i, y] = change * (a[z] / 3.0 + b[z] / 6.0)
            found[i, 4 + y] = change * (b[z] / 3.0 + a[z] / 6.0)
    found[3, 3], found[3, 7] = 1.0, -1.0
    return found


def _chain(
    baseline: Sequence[float], variant: Sequence[float], a: ValueFactors, b: ValueFactors
) -> Floats:
    """Derive the eight factors, as filled in, in the eight means."""
    found = np.zeros((8, 8))
    found[:4, :4], found[4:, 4:] = _factor_derivatives(baseline), _factor_derivatives(variant)
    for i in (1, 2):
        if math.isnan(a[i]):
            found[i] = found[4 + i]
        elif math.isnan(b[i]):
            found[4 + i] = found[i]
    return found


def _factor_derivatives(means: Sequence[float]) -> Floats:
    days, orders, revenue, _ = (float(mean) for mean in means)
    found = np.zeros((4, 4))
    found[0, 0] = found[3, 3] = 1.0
    if days:
        found[1, :2] = -orders / days**2, 1.0 / days
    if orders:
        found[2, 1:3] = -revenue / orders**2, 1.0 / orders
    return found
