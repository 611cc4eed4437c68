"""What each customer of an order log will do and is worth, by the model that fits best."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.clv.orders.days import format_day
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.order_fit import OrderFit
    from cvosim.clv.orders.history import Floats
    from cvosim.clv.value.lifetime_value import LifetimeValue, Settings


@dataclass(frozen=True, eq=False)
class Projection:
    """Customers of an order log with what is expected of them, one element each.

    Attributes
    ----------
    fit : OrderFit
        The models fitted; the best one is used.
    alive : ndarray of float64
        Probability of still being a customer.
    purchases : ndarray of float64 or None
        Purchases expected within the horizon, undiscounted; None without a horizon, where
        their number may have no bound.
    value : LifetimeValue
        What the purchases to come are worth.
    """

    fit: OrderFit
    alive: Floats
    purchases: Floats | None
    value: LifetimeValue

    @property
    def order(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Rows by value, the highest first; ties in the log's order."""
        return np.argsort(-self.value.value, kind="stable")

    def columns(self) -> dict[str, Any]:
        """Give one column for each thing known, in the log's order."""
        data, worth = self.fit.summary_, self.value.columns()
        table: dict[str, Any] = {
            "customer": worth.pop("customer"),
            "repeats": data.repeats,
            "last_days": data.last,
            "age_days": data.age,
            "mean_spend": data.spend,
            "probability_alive": self.alive,
        }
        if self.purchases is not None:
            table["expected_purchases"] = self.purchases
        return table | {name: np.asarray(values) for name, values in worth.items()}

    def to_dict(self) -> dict[str, Any]:
        """Give the totals as plain values, for JSON."""
        purchases = None if self.purchases is None else float(self.purchases.sum())
        return {
            "warnings": [*self.fit.warnings, *self.value.doubts],
            "notes": [*self.fit.notes, self._caveat()],
            "model": self.fit.best.to_dict(),
            "spend": None if self.fit.spend is None else self.fit.spend.to_dict(),
            "from": format_day(self.fit.summary_.end),
            "share_alive": float(self.alive.mean()),
            "expected_purchases": purchases,
            "lifetime_value": self.value.to_dict(),
        }

    def summary(self) -> str:
        """Say in plain English what the customers will do; doubts come first."""
        from cvosim.clv.models.by_name import TITLES

        data, n = self.fit.summary_, self.fit.summary_.n_customers
        lines = [f"Warning: {warning}" for warning in self.fit.warnings]
        title, end = TITLES[self.fit.best.law.name], format_day(data.end)
        alive = float(self.alive.sum())
        who = f"{alive:,.0f} of {n:,} customers ({100 * alive / n:.0f} %)"
        lines.append(f"By {title}, {who} are still customers on {end}. {self._caveat()}")
        if self.purchases is not None:
            days = f"{self.value.settings.days:g} days"
            total = float(self.purchases.sum())
            lines.append(f"They are expected to buy {total:,.0f} times in the next {days}.")
        lines.append(self.value.summary())
        lines.append(_concentration(self.value.value))
        lines += [f"Note: {note}" for note in self.fit.notes]
        return "\n".join(lines)

    def _caveat(self) -> str:
        """Say that nobody sees customers leave, and what other models make of it."""
        from cvosim.clv.models.order_fit_text import disagreement

        unseen = "Nobody sees a customer leave: that is the model's inference."
        return disagreement(self.fit) or unseen


def _concentration(value: Floats) -> str:
    """Say how much of the value the most valuable tenth holds."""
    n = max(round(len(value) / 10), 1)
    share = float(np.sort(value)[::-1][:n].sum()) / max(float(value.sum()), 1e-300)
    return f"The most valuable tenth ({n:,}) holds {100 * share:.0f} % of that value."


def project(
    fit: OrderFit, settings: Settings, progress: Callable[[int], None] | None = None
) -> Projection:
    """Project every customer of an order log.

    Parameters
    ----------
    fit : OrderFit
        The models fitted.
    settings : Settings
        Margin, discount, horizon and intervals.
    progress : callable, optional
        Told how many more customers have their intervals.

    Returns
    -------
    Projection

    Raises
    ------
    DataError
        If nothing was ever paid for a repeat purchase, or the value is infinite.

    Examples
    --------
    >>> from cvosim.clv import OrderLog, fit_orders
    >>> from cvosim.clv.value.lifetime_value import Settings
    >>> rows = [(f"c{i}", day, 10.0 + i) for i in range(9) for day in range(i, 90, 7 + i * i)]
    >>> done = project(fit_orders(OrderLog.of(rows)), Settings(days=30))
    >>> done.columns()["customer"][0], bool(0 <= done.alive[0] <= 1)
    ('c0', True)
    """
    from cvosim.clv.value.lifetime_value import lifetime_value

    best = fit.best
    spend = fit.amount if fit.spend is None else fit.spend
    if isinstance(spend, float) and math.isnan(spend):
        raise DataError(
            f"{fit.source}: nothing was paid for any repeat purchase, so that the customers' "
            "value cannot be told; give the column of the amount with --amount"
        )
    value = lifetime_value(best, spend, settings, progress=progress)
    endless = math.isinf(settings.days)
    purchases = None if endless else best.expected_purchases(settings.days)
    return Projection(fit, best.probability_alive(), purchases, value)
