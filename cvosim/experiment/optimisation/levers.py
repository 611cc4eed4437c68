"""What the strategist may set, and every way of setting it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from cvosim.errors import DataError

Plan = tuple[object, ...]
"""A value for each lever, in their order."""

DIGITS = 1000
"""A continuous lever is set to about so many different values: nobody sets a price of 27.38461."""


@dataclass(frozen=True)
class Lever:
    """One path of a scenario, and the values it may take: a list, or a range.

    Attributes
    ----------
    path : str
        Such as ``journey.tripwire.price``.
    values : tuple
        The values of a list; empty for a range.
    low, high : float
        Ends of a range, both allowed.
    step : float or None
        Distance of a range's values; None: any value.
    whole : bool
        Whether a range holds whole numbers alone.

    Examples
    --------
    >>> Lever("journey.tripwire.price", low=9, high=39, step=10).all_values()
    (9.0, 19.0, 29.0, 39.0)
    >>> Lever("journey.tripwire.price", low=9, high=39).rounded(27.38461)
    27.38
    """

    path: str
    values: Plan = ()
    low: float = math.nan
    high: float = math.nan
    step: float | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.values and not self.low <= self.high:
            raise DataError(f"{self.path}: needs values, or low and high with low <= high")

    @property
    def continuous(self) -> bool:
        """Whether there are more values than can be counted."""
        return not self.values and self.step is None and self.low < self.high

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, so that one is more than another."""
        return not self.values or all(is_number(value) for value in self.values)

    def all_values(self) -> Plan:
        """Every value of a lever that is not continuous; numbers ascend."""
        if self.values:
            return tuple(sorted(self.values, key=_number)) if self.numeric else self.values
        if self.step is None:
            return (self.rounded(self.low),)
        count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        return tuple(self.rounded(self.low + i * self.step) for i in range(count))

    def rounded(self, value: float) -> float | int:
        """Give a value of a range as a person would write it."""
        if self.whole:
            return round(value)
        if self.step is not None:
            places = 6 - math.floor(math.log10(self.step))
        elif self.low < self.high:
            places = -math.floor(math.log10((self.high - self.low) / DIGITS))
        else:
            places = 12
        return float(min(max(round(value, places), self.low), self.high))


def is_number(value: object) -> bool:
    """Whether a value is a number, truth values left out."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def combinations_of(levers: Sequence[Lever], most: int) -> tuple[Plan, ...] | None:
    """Every plan there is, the last lever moving fastest; None for more than ``most`` of them.

    Examples
    --------
    >>> combinations_of([Lever("a", (1, 2)), Lever("b", ("x", "y"))], 64)
    ((1, 'x'), (1, 'y'), (2, 'x'), (2, 'y'))
    """
    if any(lever.continuous for lever in levers):
        return None
    lists = [lever.all_values() for lever in levers]
    return tuple(product(*lists)) if math.prod(map(len, lists)) <= most else None


def distance(levers: Sequence[Lever], one: Plan, other: Plan) -> float:
    """How far apart two plans are: the greatest share of a lever's range between them.

    Examples
    --------
    >>> distance([Lever("a", low=0, high=10)], (2.0,), (4.5,))
    0.25
    """
    return max(
        (_apart(lever, a, b) for lever, a, b in zip(levers, one, other, strict=True)), default=0.0
    )


def _apart(lever: Lever, a: object, b: object) -> float:
    if a == b:
        return 0.0
    if lever.values or not (is_number(a) and is_number(b)):
        return 1.0
    return abs(_number(a) - _number(b)) / (lever.high - lever.low or 1.0)


def spread_out(levers: Sequence[Lever], plans: Iterable[Plan], count: int) -> tuple[Plan, ...]:
    """Take the first plans that are not nearly the same as one taken before.

    Parameters
    ----------
    levers : sequence of Lever
    plans : iterable of Plan
        The best first.
    count : int
        How many at most.

    Examples
    --------
    >>> spread_out([Lever("a", low=0, high=10)], [(5.0,), (5.01,), (7.0,)], 2)
    ((5.0,), (7.0,))
    """
    taken: list[Plan] = []
    for plan in plans:
        if len(taken) == count:
            break
        if all(distance(levers, plan, other) >= 0.005 for other in taken):
            taken.append(plan)
    return tuple(taken)


def as_changes(levers: Sequence[Lever], plan: Plan) -> Mapping[str, object]:
    """Give a plan as the changes that it makes to a scenario."""
    return {lever.path: value for lever, value in zip(levers, plan, strict=True)}
