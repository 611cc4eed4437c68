"""First and second moments of everything that a customer earns, costs and does.

``E[(R + r)**2] = E[R**2] + 2 E[R] r + r**2`` for a reward ``r`` that is collected by those
who are at one point of the journey, having collected ``R`` before: so a second moment grows
by what the measure knows at each booking, and nobody has to be followed to the end (law of
total variance; Howard 1971, *Dynamic Probabilistic Systems* 1, section 1.2, for Markov
reward chains).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.theory.measure import ARRIVAL, ARRIVAL_SQUARE, FACTOR, REWARDS, Measure

Floats = NDArray[np.float64]

NOBODY = 1e-15
"""A chance this small is rounding of the convolutions."""


class Amount(NamedTuple):
    """First and second moment of what is collected, either by time or the same for all."""

    first: float | Floats
    second: float | Floats

    def times(self, factor: float) -> Amount:
        """Convert to other units."""
        return Amount(self.first * factor, self.second * factor**2)


def certain(amount: float) -> Amount:
    """Make an amount that is the same for everybody."""
    return Amount(amount, amount * amount)


class Ledger:
    """Running totals of first and second moments by name.

    Parameters
    ----------
    repeated : tuple of str
        Rewards that a customer may collect more than once: measures carry a row for each.
    once : tuple of str
        Rewards collected at most once.
    discount : float
        Continuous rate a day.
    """

    def __init__(self, repeated: tuple[str, ...], once: tuple[str, ...], discount: float) -> None:
        self._row = {name: REWARDS + i for i, name in enumerate(repeated)}
        self._discount = discount
        self.first = dict.fromkeys((*repeated, *once), 0.0)
        self.second = dict.fromkeys((*repeated, *once), 0.0)
        self.discounted: dict[str, float] = {}
        self.out_of_reach: dict[str, str] = {}

    @property
    def n_rewards(self) -> int:
        """How many rewards measures carry."""
        return len(self._row)

    def book(
        self,
        measure: Measure,
        amounts: Mapping[str, Amount],
        present_values: Mapping[str, float | Floats] | None = None,
    ) -> Measure:
        """Let everybody here collect ``amounts``, independently of all before, given the time.

        ``present_values`` are their expectations discounted to the time of being here, to be
        given when they are collected later than that.
        """
        if abs(measure.total) < NOBODY:
            return measure
        values = measure.values.copy()
        for name, amount in amounts.items():
            self.first[name] += _sum(amount.first, measure.mass)
            self.second[name] += _sum(amount.second, measure.mass)
            row = self._row.get(name)
            if row is not None:
                self.second[name] += 2.0 * _sum(amount.first, measure.values[row])
                values[row] += amount.first * measure.mass
        now = {name: amount.first for name, amount in amounts.items()}
        self._discount_to_arrival(measure, now if present_values is None else present_values)
        return measure._replace(values=values)

    def note_age(self, measure: Measure, name: str) -> None:
        """Add the days since arrival of everybody here, and their squares, to ``name``."""
        t, (mass, arrival, square) = measure.times, measure.values[[0, ARRIVAL, ARRIVAL_SQUARE]]
        self.first[name] += float(t @ mass - arrival.sum())
        self.second[name] += float(t**2 @ mass - 2.0 * t @ arrival + square.sum())

    def book_with_time(
        self, weighted: tuple[Measure, Measure, Measure], rates: Mapping[str, float]
    ) -> Measure:
        """Let everybody here collect ``rate * tau``, ``tau`` being the time it took to come.

        ``weighted`` is the measure of those who are here, weighted by 1, ``tau`` and
        ``tau ** 2``; rewards and discounting as for `book`.
        """
        here, by_time, by_square = weighted
        values = here.values.copy()
        for name, rate in rates.items():
            row = self._row[name]
            self.first[name] += rate * by_time.total
            self.second[name] += 2.0 * rate * float(by_time.values[row].sum())
            self.second[name] += rate**2 * by_square.total
            values[row] += rate * by_time.mass
        self._discount_to_arrival(by_time, rates)
        return here._replace(values=values)

    def _discount_to_arrival(self, measure: Measure, amounts: Mapping[str, float | Floats]) -> None:
        factor = measure.values[FACTOR] * np.exp(-self._discount * measure.times)
        for name, amount in amounts.items():
            self.discounted[name] = self.discounted.get(name, 0.0) + _sum(amount, factor)

    def leave_out(self, names: tuple[str, ...], reason: str) -> None:
        """Remember that these names have no closed form, and why."""
        for name in names:
            self.out_of_reach.setdefault(name, reason)


def _sum(amount: float | Floats, mass: Floats) -> float:
    if isinstance(amount, np.ndarray):
        return float(amount @ mass)
    return amount * float(mass.sum())
