"""Everything fitted to an order log: when its customers buy and leave, and what they spend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cvosim.clv.models.by_name import MODELS, by_aic, fit_all
from cvosim.clv.models.gamma_gamma import GammaGamma, same_amount, spend_depends_on_frequency
from cvosim.clv.models.order_fit_text import Z95, summary_lines
from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.summary import summarise
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.fitted import Fitted
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.gamma_gamma import Gg
    from cvosim.clv.orders.log import OrderLog
    from cvosim.clv.orders.summary import Summary


@dataclass(frozen=True)
class ModelSettings:
    """What the purchase models are to be fitted with.

    Attributes
    ----------
    models : tuple of str
        Names of models; the first one by Akaike's criterion is used.
    covariates : tuple of str
        Attributes of the log that may change buying and leaving.
    season : tuple of float
        Twelve multipliers of the purchase rate by month, or none.
    """

    models: tuple[str, ...] = MODELS
    covariates: tuple[str, ...] = ()
    season: tuple[float, ...] = ()


@dataclass(frozen=True)
class HeldOut:
    """A forecast of all repeat purchases against what happened.

    Attributes
    ----------
    days : int
        Held out.
    forecast : float
    low, high : float
        95 % interval if the model is right; NaN where the parameters are not identified.
    actual : int
    """

    days: int
    forecast: float
    low: float
    high: float
    actual: int


@dataclass(frozen=True)
class OrderFit:
    """Models fitted to an order log.

    Attributes
    ----------
    source : str
        The order file.
    summary_ : Summary
        Its customers.
    n_orders : int
        Rows of the file.
    fits : tuple of FittedPurchases
        The best by Akaike's criterion first.
    spend : Fitted of Gg, or None
        None where amounts do not vary or are too few; `notes` say why.
    amount : float
        What a repeat purchase is worth where `spend` is None; NaN where nothing was paid.
    notes : tuple of str
        What to know before trusting the result.
    """

    source: str
    summary_: Summary
    n_orders: int
    fits: tuple[FittedPurchases, ...]
    spend: Fitted[Gg] | None
    amount: float
    notes: tuple[str, ...]

    @property
    def best(self) -> FittedPurchases:
        """The first by Akaike's criterion."""
        return self.fits[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was fitted without a clear result, in plain words."""
        parts = (("buying and leaving", self.best), ("spend", self.spend))
        return tuple(
            f"The fit of {what} is not clear-cut: {fit.message_}. Its parameters are not "
            "identified: others explain these orders as well. More customers or a longer "
            "period may settle them."
            for what, fit in parts
            if fit is not None and not fit.converged_
        )

    def held_out(self, fit: FittedPurchases) -> HeldOut | None:
        """Hold a fit's forecast against what was held out; None if nothing was."""
        data = self.summary_
        if data.holdout is None:
            return None
        total, deviation = fit.forecast(data.holdout_days)
        half = Z95 * deviation if fit.converged_ else math.nan
        low = math.nan if math.isnan(half) else max(total - half, 0.0)
        actual = int(data.holdout.sum())
        return HeldOut(data.holdout_days, total, low, total + half, actual)

    def summary(self) -> str:
        """Say in plain English what was fitted; doubts come first."""
        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        data = self.summary_
        return {
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "orders": {
                "file": self.source,
                "orders": self.n_orders,
                "customers": data.n_customers,
                "repeat_customers": data.n_repeat,
                "repeat_purchases": int(data.repeats.sum()),
                "start": format_day(data.start),
                "end": format_day(data.end),
            },
            "models": [self._fit_dict(fit) for fit in self.fits],
            "spend": None if self.spend is None else self.spend.to_dict(),
            "amount": None if math.isnan(self.amount) else self.amount,
        }

    def _fit_dict(self, fit: FittedPurchases) -> dict[str, Any]:
        held = self.held_out(fit)
        values = None if held is None else {k: _known(v) for k, v in vars(held).items()}
        alive = float(fit.probability_alive().mean())
        return {**fit.to_dict(), "share_alive": alive, "holdout": values}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def fit_orders(
    log: OrderLog, until: str | date | int | None = None, settings: ModelSettings | None = None
) -> OrderFit:
    """Fit purchase models and spend to an order log.

    Parameters
    ----------
    log : OrderLog
        Beginning with every customer's first purchase.
    until : str, datetime.date or int, optional
        Last day to fit to, also as days since 1970-01-01; later orders are held out.
    settings : ModelSettings, optional

    Returns
    -------
    OrderFit

    Raises
    ------
    DataError
        If the orders are too few or too uniform to fit anything to.

    Examples
    --------
    >>> from cvosim.clv import OrderLog, fit_orders
    >>> rows = [(f"c{i}", day, 10.0 + i) for i in range(9) for day in range(i, 90, 7 + i * i)]
    >>> fit_orders(OrderLog.of(rows)).best.n_customers_
    9
    """
    settings = settings or ModelSettings()
    try:
        summary = summarise(log, until, covariates=settings.covariates)
        names = tuple(summary.covariates)
        fits = fit_all(
            settings.models,
            summary,
            purchase_covariates=names,
            dropout_covariates=names,
            season=settings.season,
        )
    except DataError as error:
        words = str(error)
        raise DataError(
            words if words.startswith(log.source) else f"{log.source}: {words}"
        ) from None
    spend, amount, notes = _spend(summary)
    ranked = by_aic(fits)
    return OrderFit(log.source, summary, log.n_orders, ranked, spend, amount, notes)


def _spend(summary: Summary) -> tuple[Fitted[Gg] | None, float, tuple[str, ...]]:
    """Fit the spend, or find one amount for all, and say what to know about it."""
    amount = same_amount(summary)
    if amount:
        return None, amount, (f"Every repeat purchase is worth {amount:g}: spend is fixed.",)
    mean = _mean_amount(summary)
    worth = "everybody's purchases count as the mean of those paid for"
    try:
        fitted = GammaGamma().fit(summary)
    except DataError as error:
        return None, mean, (f"Spend is not fitted: {error}; {worth}.",)
    if fitted.law.q <= 1:
        words = f"its Gamma-Gamma has no finite mean (q = {fitted.law.q:.3g})"
        return None, mean, (f"A few orders are so large that spend is not used: {words}; {worth}.",)
    doubt = spend_depends_on_frequency(summary)
    return fitted, mean, () if doubt is None else (doubt,)


def _mean_amount(summary: Summary) -> float:
    """Mean amount of the repeat purchases that were paid for; NaN if none was."""
    paid = float(summary.paid.sum())
    return float(summary.spend @ summary.paid) / paid if paid else math.nan
