"""What follows paid orders: delivery, tickets and returns, as far as the horizon lets them.

Each is a thinning of orders that have been moved by independent delays, given the time of the
order (Kingman 1993, *Poisson Processes*, sections 5.1-5.2, whose argument for means needs no
Poisson process).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.delays import law_of
from cvosim.theory.lattice import Lattice, by_cell, convolved, moved
from cvosim.theory.ledger import Amount
from cvosim.theory.measure import Measure

Floats = NDArray[np.float64]
_TILT = 2.0 * math.sqrt(3.0)


class Comb(NamedTuple):
    """Things that follow at fixed times: ``weights[k]`` of them after the first k + 1 ``steps``."""

    steps: Floats
    weights: Floats


Law = float | Floats | Comb
"""A delay: fixed days, or a kernel on the lattice. A kernel, and a comb, which only stands first,
may also be the expected number of things that follow, and need not add up to 1."""


class Follows(NamedTuple):
    """By time of start: how many things follow before the horizon, and their worth.

    ``worth`` discounts each to the start.
    """

    number: Floats
    worth: Floats

    def plus(self, other: Follows, share: float) -> Follows:
        """Add a share of other things."""
        return Follows(self.number + share * other.number, self.worth + share * other.worth)

    def times(self, share: float) -> Follows:
        """Keep a share of things."""
        return Follows(self.number * share, self.worth * share)


class Following:
    """What follows starts after chains of delays; remembers the chains that it has seen.

    Parameters
    ----------
    lattice : Lattice
        Of the starts.
    discount : float
        Continuous rate a day.
    """

    def __init__(self, lattice: Lattice, discount: float) -> None:
        self._lattice = lattice
        self._discount = discount
        self._known: dict[tuple[object, ...], tuple[tuple[Law, ...], Follows]] = {}

    def __call__(self, measure: Measure, laws: tuple[Law, ...]) -> Follows:
        """Compute what of a chain of delays falls before the horizon, by time of start.

        Parameters
        ----------
        measure : Measure
            Whose times are the starts.
        laws : tuple
            Delays, one after the other.

        Returns
        -------
        Follows
            Two arrays like ``measure.times``; on the lattice averaged over each point's own
            linear density, so that sums against a measure are those of the moved measure.
        """
        start = measure.times[: measure.n_atoms, None]
        times, weights, rest = start, np.ones(1), laws
        while rest and not isinstance(rest[0], np.ndarray):
            law, rest = rest[0], rest[1:]
            if isinstance(law, Comb):  # added up one by one, as the engines do
                steps = np.broadcast_to(law.steps, (len(start), len(law.steps)))
                times = np.cumsum(np.concatenate([start, steps], axis=1), axis=1)[:, 1:]
                weights = law.weights
            else:
                times = times + law
        inside = times < self._lattice.horizon
        number: Floats = inside.astype(np.float64)
        worth: Floats = number * np.exp(-self._discount * (times - start))
        if rest:
            after = self._read(np.where(inside, times, 0.0), self._on_points(rest))
            number, worth = number * after.number, worth * after.worth
        points = self._on_points(laws)
        return Follows(
            np.concatenate([number @ weights, points.number]),
            np.concatenate([worth @ weights, points.worth]),
        )

    def _read(self, times: Floats, points: Follows) -> Follows:
        """Look up what follows exact times: each stands for masses on the points of its cell."""
        lattice = self._lattice
        position = times / lattice.step
        cell = np.minimum(position.astype(np.intp), lattice.cells - 1)
        lean = _TILT * (position - cell - 0.5)
        number, worth = np.zeros_like(times), np.zeros_like(times)
        for side, share in ((0, (1.0 - lean) / 2.0), (1, (1.0 + lean) / 2.0)):
            index = 2 * cell + side
            number += share * points.number[index]
            late = np.exp(-self._discount * (lattice.points[index] - times))
            worth += share * late * points.worth[index]
        return Follows(number, worth)

    def _on_points(self, laws: tuple[Law, ...]) -> Follows:
        key = tuple(_mark(law) for law in laws)
        if key not in self._known:  # with the laws, so that no other array gets their ids
            self._known[key] = laws, self._moved_from_points(laws)
        return self._known[key][1]

    def _moved_from_points(self, laws: tuple[Law, ...]) -> Follows:
        """Move a unit from either point of the first cell; all others are the same, shifted."""
        lattice = self._lattice
        moving = np.zeros((2, 2 * lattice.cells))
        moving[0, 0] = moving[1, 1] = 1.0
        for law in laws:
            if isinstance(law, Comb):
                due = zip(np.cumsum(law.steps).tolist(), law.weights.tolist(), strict=True)
                moving = sum((w * moved(lattice, moving, t) for t, w in due), np.zeros_like(moving))
            elif isinstance(law, float):
                moving = moved(lattice, moving, law)
            else:
                moving = convolved(moving, law)
        late = np.exp(-self._discount * (lattice.points - lattice.points[:2, None]))
        return Follows(*(_until_horizon(by_cell(part)[0]) for part in (moving, moving * late)))


def _mark(law: Law) -> object:
    """Something that equal laws have in common, and others have not."""
    if isinstance(law, Comb):
        return law.steps.tobytes(), law.weights.tobytes()
    return law if isinstance(law, float) else id(law)


def _until_horizon(by_start: Floats) -> Floats:
    """From cell ``j`` there are ``cells - j`` cells to the horizon."""
    return np.asarray(np.cumsum(by_start, axis=1)[:, ::-1].T.reshape(-1))


class Orders(NamedTuple):
    """How orders follow a start: chains of laws for their number and for what they cost."""

    number: tuple[Law, ...]
    money: tuple[Law, ...]
    price: float
    """What every unit of ``money`` stands for."""
    at_most_one: bool


class Aftermath:
    """Experience after orders, from the row of a plan's ``experience`` table.

    Parameters
    ----------
    plan : Plan
        If it has no such row, nothing follows.
    lattice : Lattice
        Of the measures.
    """

    def __init__(self, plan: Plan, lattice: Lattice) -> None:
        self.exists = bool(len(plan.experience))
        self._following = Following(lattice, float(plan.world[0]["discount"]))
        self.refunds = False
        if not self.exists:
            return
        row = plan.experience[0]
        self._delivery = law_of(row, "delivery", lattice)
        self._answer = law_of(row, "answer", lattice)
        self._ticket, self._resolved = float(row["ticket"]), float(row["resolved"])
        self._returned, self._refund = float(row["returned"]), float(row["refund"])
        self.refunds = self._returned * self._refund > 0.0

    def after(self, measure: Measure, orders: Orders) -> After:
        """Compute what follows orders, by the time at which the process that makes them starts."""
        found = self._surveyed(measure, orders.number)
        counts = {
            "deliveries": found[0].number,
            "tickets": self._ticket * found[0].number,
            "resolved": self._ticket * self._resolved * found[1].number,
            "returns": self._returned * found[2].number,
        }
        square = 1.0 if orders.at_most_one else math.nan
        amounts = {name: Amount(count, count * square) for name, count in counts.items()}
        if not self.refunds:
            return After(amounts, None, np.zeros(1))
        price = self._refund * orders.price
        back = self._surveyed(measure, orders.money)[2].times(self._returned * price)
        amounts["refunds"] = Amount(back.number, back.number * price * square)
        return After(amounts, amounts["refunds"], back.worth)

    def _surveyed(self, measure: Measure, laws: tuple[Law, ...]) -> tuple[Follows, ...]:
        """Compute what is delivered, what is delivered and answered, and what is surveyed."""
        delivered = self._following(measure, (*laws, self._delivery))
        if self._ticket == 0.0:
            return delivered, delivered, delivered
        answered = self._following(measure, (*laws, self._delivery, self._answer))
        surveyed = delivered.times(1.0 - self._ticket).plus(answered, self._ticket)
        return delivered, answered, surveyed


class After(NamedTuple):
    """What follows orders: amounts by time of start, and refunds discounted to it."""

    amounts: dict[str, Amount]
    refunds: Amount | None
    refunds_worth: Floats

    def settle(
        self, amounts: Mapping[str, Amount], worth: Mapping[str, float | Floats]
    ) -> tuple[dict[str, Amount], dict[str, float | Floats]]:
        """Take refunds off what orders bring, and add what else follows them."""
        together, present = {**amounts, **self.amounts}, dict(worth)
        if self.refunds is None:
            return together, present
        back, money = self.refunds, amounts["contribution"]
        # one order of a certain worth m, or none: (m - R)**2, R being the refund or nothing
        first, square = np.asarray(money.first), np.asarray(money.second)
        each = np.divide(square, first, out=np.zeros_like(first), where=first != 0.0)
        second = money.second - 2.0 * each * back.first + back.second
        for name in ("contribution", "tripwire_contribution"):
            if name in amounts:
                together[name] = Amount(money.first - back.first, second)
        for name in ("revenue", "contribution"):
            present[name] = present[name] - self.refunds_worth
        return together, present
