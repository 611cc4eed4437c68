"""Customer lifetime value: what customers' purchases to come are worth today.

The value of a customer is margin × mean spend × discounted purchases to come: purchases are
discounted one by one as they happen, so that only the increments of the expected number count,
never the number so far (Fader, Hardie & Lee, 2005, "RFM and CLV: Using iso-value curves for
customer base analysis", equation 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.orders.history import Floats
from cvosim.clv.orders.summary import Summary
from cvosim.clv.value.bootstrap import checked_level, checked_refits
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.gamma_gamma import Gg

Progress = Callable[[int], None]
"""Is told how many more customers are done."""


@dataclass(frozen=True)
class Settings:
    """What a lifetime value is to be.

    Attributes
    ----------
    margin : float
        Share of the spend that counts as value; 1 for revenue.
    discount_rate : float
        A year, 0.10 for 10 %.
    days : float
        How far ahead; without end by default.
    level : float or None
        Of the intervals, 0.9 for 90 %; None for none of them, which takes no simulation.
    refits : int
        Bootstrap refits, and futures drawn of each customer.
    seed : int
        Of the luck.

    Raises
    ------
    DataError
        If a setting means nothing.

    Examples
    --------
    >>> Settings(margin=0.3, days=365, level=0.9).discount_rate
    0.1
    """

    margin: float = 1.0
    discount_rate: float = 0.10
    days: float = math.inf
    level: float | None = None
    refits: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 < self.margin <= 1.0:
            raise DataError(
                f"margin: {self.margin:g} is not above 0 and up to 1; write 0.3 for 30 %"
            )
        if not 0.0 <= self.discount_rate < math.inf:
            raise DataError(
                f"discount_rate: {self.discount_rate:g} is not 0 or above; "
                "write 0.10 for 10 % a year"
            )
        if not self.days > 0:
            raise DataError(f"days: {self.days:g} is not above 0; write 365 for a year")
        if self.level is not None:
            checked_level(self.level)
            checked_refits(self.refits)
        if not 0 <= self.seed < 1 << 63:
            raise DataError(f"seed: {self.seed} is not a whole number from 0 to 2**63 - 1")


class Band(NamedTuple):
    """Both ends of an interval, or of one for each customer."""

    low: Any
    high: Any


@dataclass(frozen=True, eq=False)
class Bands:
    """Three intervals, of each customer or of a total.

    Attributes
    ----------
    chance : Band
        What will happen, if the parameters are what was estimated.
    prediction : Band or None
        What will happen, parameters being as uncertain as they are; None where nothing is
        known of their error.
    parameters : Band or None
        The expected value, whose only uncertainty is that of the parameters.
    share : ndarray of float64, float or None
        Share of the parameters in the variance of what will happen; the rest is chance.
    """

    chance: Band
    prediction: Band | None
    parameters: Band | None
    share: Any

    def to_dict(self) -> dict[str, Any]:
        """Give a total's intervals as plain values, for JSON."""
        return {
            "chance": _pair(self.chance),
            "prediction": _pair(self.prediction),
            "parameters": _pair(self.parameters),
            "parameters_share_of_variance": self.share,
        }


@dataclass(frozen=True, eq=False)
class LifetimeValue:
    """What customers' purchases to come are worth, one element each.

    Attributes
    ----------
    settings : Settings
    names : sequence of str
        The customers.
    purchases : ndarray of float64
        Expected purchases, each discounted to now.
    spend : ndarray of float64
        Expected amount of a purchase.
    value : ndarray of float64
        Expected value.
    total : float
        Of all customers.
    bands, total_bands : Bands or None
        Intervals of each customer's value and of the total; None without a level.
    doubts : tuple of str
        What to keep in mind, in plain words; empty at best.

    Examples
    --------
    >>> from cvosim.clv import BetaGeometricNBD, Summary
    >>> x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
    >>> fitted = BetaGeometricNBD().fit(Summary.of(x, t_x, age))
    >>> worth = lifetime_value(fitted, 20.0, Settings(days=30))
    >>> worth.value.round(2).tolist()  # doctest: +SKIP
    [0.86, 1.9, 8.28, 0.92, 4.75, 34.5]
    """

    settings: Settings
    names: Sequence[str]
    purchases: Floats
    spend: Floats
    value: Floats
    total: float
    bands: Bands | None
    total_bands: Bands | None
    doubts: tuple[str, ...]

    def __post_init__(self) -> None:
        for value in (self.purchases, self.spend, self.value):
            value.setflags(write=False)

    def columns(self) -> dict[str, Sequence[str] | NDArray[Any]]:
        """Give a column for each thing known of the customers, in their order, for a table."""
        table: dict[str, Sequence[str] | NDArray[Any]] = {
            "customer": self.names,
            "discounted_purchases": self.purchases,
            "spend": self.spend,
            "value": self.value,
        }
        if self.bands is not None:
            found = self.bands
            parts = (
                ("", found.prediction),
                ("chance_", found.chance),
                ("expected_", found.parameters),
            )
            for name, band in parts:
                if band is not None:
                    table |= {f"{name}low": band.low, f"{name}high": band.high}
            if found.share is not None:
                table["parameters_share"] = found.share
        return table

    def to_dict(self) -> dict[str, Any]:
        """Give settings and totals as plain values, for JSON; no horizon is null."""
        chosen = self.settings
        return {
            "customers": len(self.value),
            "margin": chosen.margin,
            "discount_rate": chosen.discount_rate,
            "days": chosen.days if math.isfinite(chosen.days) else None,
            "level": chosen.level,
            "refits": chosen.refits if chosen.level is not None else None,
            "seed": chosen.seed if chosen.level is not None else None,
            "discounted_purchases": float(self.purchases.sum()),
            "value": self.total,
            "value_per_customer": self.total / len(self.value),
            "intervals": None if self.total_bands is None else self.total_bands.to_dict(),
            "doubts": list(self.doubts),
        }

    def summary(self) -> str:
        """Say in plain text what the customers are worth; doubts come first."""
        chosen, n = self.settings, len(self.value)
        ever = math.isinf(chosen.days)
        period = "all purchases to come" if ever else f"purchases in the next {chosen.days:g} days"
        lines = [f"Warning: {doubt}." for doubt in self.doubts]
        lines.append(
            f"Expected {_what(chosen.margin)} of {n:,} customer{'s' * (n != 1)}: "
            f"{self.total:,.2f}, {self.total / n:,.2f} each ({period}, "
            f"discounted at {100 * chosen.discount_rate:.4g} % a year)."
        )
        if self.total_bands is not None and chosen.level is not None:
            lines += _in_words(self.total_bands, chosen.level)
        return "\n".join(lines)


def lifetime_value(
    fitted: FittedPurchases,
    spend: Fitted[Gg] | Gg | float,
    settings: Settings | None = None,
    data: Summary | None = None,
    progress: Progress | None = None,
) -> LifetimeValue:
    """Value customers' purchases to come.

    Parameters
    ----------
    fitted : FittedPurchases
        When customers buy, and leave.
    spend : Fitted of Gg, Gg or float
        What a purchase is worth: by customer, or the same amount for all. Only a fitted model
        has errors of its own to add to the intervals.
    settings : Settings, optional
    data : Summary, optional
        Other customers than those of the fit.
    progress : callable, optional
        Told how many more customers have their intervals.

    Returns
    -------
    LifetimeValue
        With a level, each customer has three intervals: of what will happen, of what would
        happen by chance alone if the parameters were known, and of the expected value. The
        first draws a future for each of the parameters that `bootstrap` gives, or, of more
        than `MOST_REFITTED` customers (in `lifetime_intervals`), that the estimates' normal law
        gives; it takes about a microsecond a customer and refit.

    Raises
    ------
    DataError
        If the value has no finite mean: for ever without discounting, or a spend whose mean
        over customers does not exist (q ≤ 1).

    Examples
    --------
    >>> lifetime_value(fitted, spend, Settings(days=365, level=0.9))  # doctest: +SKIP
    """
    settings = settings or Settings()
    chosen = fitted.data if data is None else data
    purse = Spend.of(spend)
    if not chosen.n_customers:
        raise DataError("there are no customers to value")
    purchases = fitted.discounted_purchases(settings.discount_rate, settings.days, data)
    if not np.isfinite(purchases).all():
        raise DataError(
            "without an end and without discounting, the expected number of purchases is "
            "infinite; give days, or a discount_rate above 0"
        )
    amounts = purse.expected(chosen)
    value = settings.margin * amounts * purchases
    doubts = _doubts(fitted, purse)
    bands = total_bands = None
    if settings.level is not None:
        from cvosim.clv.value.lifetime_intervals import intervals

        bands, total_bands, more = intervals(fitted, purse, settings, chosen, progress)
        doubts = (*doubts, *more)
    return LifetimeValue(
        settings=settings,
        names=chosen.names,
        purchases=purchases,
        spend=amounts,
        value=value,
        total=float(value.sum()),
        bands=bands,
        total_bands=total_bands,
        doubts=doubts,
    )


class Spend(NamedTuple):
    """What a purchase is worth.

    Attributes
    ----------
    law : Gg or None
    fitted : Fitted of Gg or None
        Where the law comes from.
    amount : float
        Of every purchase, where there is no law.
    """

    law: Gg | None
    fitted: Fitted[Gg] | None
    amount: float

    @classmethod
    def of(cls, spend: Fitted[Gg] | Gg | float) -> Spend:
        """Tell what was given.

        Raises
        ------
        DataError
            If it is an amount that is not above 0.
        """
        from cvosim.clv.models.gamma_gamma import Gg

        if isinstance(spend, Fitted):
            return cls(spend.law, spend, 0.0)
        if isinstance(spend, Gg):
            return cls(spend, None, 0.0)
        amount = float(spend)
        if not (math.isfinite(amount) and amount > 0):
            raise DataError(f"spend: {amount:g} is no amount above 0")
        return cls(None, None, amount)

    def expected(self, data: Summary) -> Floats:
        """Mean amount of each customer's purchases to come.

        Raises
        ------
        DataError
            If it is infinite.
        """
        if self.law is None:
            return np.full(data.n_customers, self.amount)
        amounts: Floats = self.law.expected_spend(data.paid, data.spend)
        if not np.isfinite(amounts).all():
            raise DataError(
                f"spend: customers differ so much (q = {self.law.q:.4g}, not above 1) that the "
                "mean amount over customers is infinite; give one amount for all instead"
            )
        return amounts


def _doubts(fitted: FittedPurchases, spend: Spend) -> tuple[str, ...]:
    """Say what a fit leaves open."""
    found = []
    if not fitted.converged_:
        found.append(f"the purchase model is not settled: {fitted.message_}")
    if spend.fitted is not None and not spend.fitted.converged_:
        found.append(f"the model of spend is not settled: {spend.fitted.message_}")
    return tuple(found)


def _what(margin: float) -> str:
    """Call revenue revenue."""
    return "revenue" if margin == 1.0 else f"margin ({100 * margin:.4g} % of revenue)"


def _pair(band: Band | None) -> list[float] | None:
    """Both ends as JSON has them."""
    return None if band is None else [float(band.low), float(band.high)]


def _in_words(bands: Bands, level: float) -> list[str]:
    """Say what the intervals of a total mean."""
    sure = f"with {100 * level:.4g} % probability, if the model is right"
    lines = []
    if bands.prediction is not None:
        low, high = bands.prediction
        lines.append(f"What will happen lies between {low:,.2f} and {high:,.2f} {sure}.")
    low, high = bands.chance
    lines.append(f"By the customers' own chance alone: {low:,.2f} to {high:,.2f}.")
    if bands.parameters is not None:
        low, high = bands.parameters
        part = "" if bands.share is None else f", {100 * bands.share:.0f} % of the variance"
        lines.append(f"By not knowing the parameters exactly: {low:,.2f} to {high:,.2f}{part}.")
    return lines
