"""What repeat buying and a subscription bring until the horizon, by the time they start.

Given that time they are independent of everything before, so they enter the journey as
rewards whose first two moments depend on the time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.aftermath import Comb, Orders
from cvosim.theory.lattice import Lattice, on_points
from cvosim.theory.ledger import Amount
from cvosim.theory.measure import Measure
from cvosim.theory.repeat import present_value, repeat_buying
from cvosim.theory.season import season_of, seasonal_facts
from cvosim.theory.spend import spend_of
from cvosim.theory.subscription import Billing

Floats = NDArray[np.float64]

_TILT = 2.0 * sqrt(3.0)


class Proceeds(NamedTuple):
    """What a process brings, by name: moments, and expectations discounted to its start."""

    amounts: dict[str, Amount]
    present_values: dict[str, float | Floats]
    ever_orders: Floats | None
    """Chance of at least one paid order, by time of start; None if it has no closed form."""


class RepeatRewards:
    """Repeat buying of a plan, from the row of its ``repeat`` table.

    Parameters
    ----------
    plan : Plan
        The model of its repeat buying must not be NONE.
    lattice : Lattice
        Of the measures to come; what depends on it is computed once.

    Notes
    -----
    With ``N`` orders and gamma-gamma amounts, ``E[S**2] = E[N] E[z**2] + E[N (N-1)]
    E[zeta**2]``: orders of one customer share its level ``zeta``.
    """

    def __init__(self, plan: Plan, lattice: Lattice) -> None:
        repeat = plan.repeat[0]
        process = repeat_buying(repeat)
        if process is None:
            raise ValueError("the plan has no repeat purchases")
        self._process = process
        self._season = season_of(plan)
        self._spend = spend_of(repeat)
        self._cost_share = float(repeat["cost_share"])
        self._lattice = lattice
        self._discount = float(plan.world[0]["discount"])

    def from_start(self, measure: Measure) -> Proceeds:
        """Compute the proceeds of those who start at the times of ``measure``."""
        atoms = self._facts(measure.times[: measure.n_atoms])
        facts = np.concatenate([atoms, self._on_lattice], axis=1)
        orders, pairs, alive, ever, present = facts
        spend, goods = self._spend, self._cost_share
        square: float | Floats = spend.square
        if np.isfinite(spend.square):
            square = orders * spend.square + pairs * spend.level_square
        money = Amount(orders * spend.mean, square)
        amounts = {
            "revenue": money,
            "cost": money.times(goods),
            "cost_of_goods": money.times(goods),
            "contribution": money.times(1.0 - goods),
            "orders": Amount(orders, orders + pairs),
            "alive": Amount(alive, alive),
        }
        value = present * spend.mean
        return Proceeds(
            amounts,
            {"revenue": value, "cost": value * goods, "contribution": value * (1.0 - goods)},
            None if np.isnan(ever).any() else ever,
        )

    @property
    def orders(self) -> Orders | None:
        """How orders follow the start; None if that depends on the season."""
        if self._season is not None:
            return None
        law = (self._kernel,)
        return Orders(law, law, self._spend.mean, at_most_one=False)

    @cached_property
    def _kernel(self) -> Floats:
        """The expected orders in each cell after the start, and where in it they are."""
        lattice = self._lattice
        mass = np.diff(self._process.mean(lattice.borders))
        nodes, weights = np.polynomial.legendre.leggauss(8)
        lean = weights * nodes * lattice.step / 4.0
        times = lattice.borders[:-1, None] + lattice.step * (nodes + 1.0) / 2.0
        return on_points(mass, self._process.intensity(times) @ lean)

    @cached_property
    def _on_lattice(self) -> Floats:
        return self._facts(self._lattice.points)

    def _facts(self, times: Floats) -> Floats:
        horizon = self._lattice.horizon
        if self._season is not None:
            return seasonal_facts(self._process, self._season, times, horizon, self._discount)
        window = horizon - times
        process = self._process
        return np.stack(
            [
                process.mean(window),
                process.pairs(window),
                process.alive(window),
                1.0 - process.none(window),
                present_value(process, window, self._discount),
            ]
        )


def subscription_proceeds(
    measure: Measure,
    billing: Billing,
    money: Mapping[str, tuple[float, float]],
    discount: float,
) -> Proceeds:
    """Compute the proceeds of those who accept a subscription at the times of ``measure``.

    Parameters
    ----------
    measure : Measure
        Who accepts when.
    billing : Billing
        When bills fall due and who stays.
    money : mapping of str to (float, float)
        What the first bill and what every later one brings, by name.
    discount : float
        Continuous rate a day.

    Returns
    -------
    Proceeds
        Of the names in ``money``, and of ``cancelled``.

    Notes
    -----
    With ``S(k)`` the chance that bill ``k`` is paid, the number ``R`` of renewals has ``E[R] =
    sum S(k)`` and ``E[R**2] = sum (2 k - 1) S(k)``, over the bills ``k >= 1`` that fall due
    before the horizon.
    """
    bills = np.arange(billing.due(measure.lattice.horizon))
    stays = billing.paying(bills)
    worth = np.exp(-discount * (billing.trial + bills * billing.period))
    rows = [np.where(bills == 0, billing.converts, 0.0)]
    for first, later in money.values():
        one = np.where(bills == 0, first, later) * stays
        more = (2.0 * first + (2 * bills - 1) * later) * later
        rows += [one, np.where(bills == 0, first**2, more) * stays, one * worth]
    sums = _sums_due(measure, billing, np.array(rows))
    leaves = np.where(bills == 0, 1.0 - billing.converts, billing.leaving(np.maximum(bills, 1)))
    gone = _sums_due(measure, billing, leaves[None, :], billing.notice)[0]
    amounts = {"cancelled": Amount(gone, gone)}
    present: dict[str, float | Floats] = {}
    for i, name in enumerate(money):
        amounts[name] = Amount(sums[1 + 3 * i], sums[2 + 3 * i])
        present[name] = sums[3 + 3 * i]
    return Proceeds(amounts, present, sums[0])


def bills_of(billing: Billing, money: tuple[float, float], horizon: float) -> Orders:
    """Describe the bills of a subscriber as orders that follow its acceptance.

    ``money`` is what the first and what every later bill costs.
    """
    bills = np.arange(billing.due(horizon))
    steps = np.full(len(bills), billing.period)
    steps[0] = billing.trial
    stays = billing.paying(bills)
    number = Comb(steps, stays)
    if len(bills) == 1:
        return Orders((number,), (number,), money[0], at_most_one=True)
    paid = Comb(steps, np.where(bills == 0, *money) * stays)
    return Orders((number,), (paid,), 1.0, at_most_one=False)


def _sums_due(measure: Measure, billing: Billing, parts: Floats, notice: float = 0.0) -> Floats:
    """Sum ``parts[:, k]`` over the bills ``k`` due before the horizon, by starting time.

    With ``notice``, count a bill after the first from that many days before it falls due.
    """
    lattice, n = measure.lattice, measure.n_atoms
    until = np.concatenate([np.zeros((len(parts), 1)), np.cumsum(parts, axis=1)], axis=1)
    counts = []
    for start in measure.times[:n]:
        due = billing.due_times(start, lattice.horizon - start)
        due[1:] -= notice
        counts.append(np.count_nonzero(due < lattice.horizon))
    atoms = until[:, np.minimum(np.array(counts, np.intp), parts.shape[1])]
    return np.concatenate([atoms, _cell_averages(lattice, billing, parts, notice)], axis=1)


def _cell_averages(lattice: Lattice, billing: Billing, parts: Floats, notice: float) -> Floats:
    """Do the same on the lattice: steps in time, integrated against each point's linear shape.

    Point ``-+`` of a cell stands for the density ``1 -+ 2 sqrt 3 (u - 1/2)`` on it.
    """
    due = billing.trial + billing.period * np.arange(parts.shape[1])
    due[1:] -= notice
    windows = lattice.horizon - lattice.borders
    count = np.searchsorted(due, windows, side="left")
    sums = [
        np.concatenate([np.zeros((len(parts), 1)), np.cumsum(parts * due**i, axis=1)], axis=1)[
            :, count
        ]
        for i in range(3)
    ]
    area = -np.diff(sums[0] * windows - sums[1]) / lattice.step
    moment = -np.diff(sums[0] * windows**2 - sums[2]) / (2.0 * lattice.step**2)
    place = area * windows[:-1] / lattice.step - moment
    lean = _TILT * (place - area / 2.0)
    return np.stack([area - lean, area + lean], axis=-1).reshape(len(parts), -1)
