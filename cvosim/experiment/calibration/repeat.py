"""Repeat purchases fitted to an order log: the model, the spend, the hold-out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.reading import OrderLog, read_orders
from cvosim.clv.orders.summary import Summary, summarise
from cvosim.errors import DataError
from cvosim.metrics.estimate import number_or_none
from cvosim.scenario.stages.repeat_purchases import RepeatPurchases

if TYPE_CHECKING:
    from pathlib import Path

    from cvosim.clv.models.fitted import Fitted
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.gamma_gamma import Gg

_NORMAL_95 = 1.959963984540054
AUTO = "auto"
"""As a model: the one of lowest AIC."""
_CLOSE = 2.0
"""A difference of AIC that speaks for neither (Burnham & Anderson 2002, section 2.6)."""


@dataclass(frozen=True)
class Holdout:
    """A forecast of repeat purchases against what happened.

    Attributes
    ----------
    start, end : str
        First and last day held out (ISO).
    days : int
        How many days these are.
    forecast : float
        Repeat purchases forecast from the period before.
    low, high : float
        95 % interval of the forecast if the model is right; NaN where the parameters are not
        identified, so that nobody can say how far off it may be.
    actual : int
        What happened.
    """

    start: str
    end: str
    days: int
    forecast: float
    low: float
    high: float
    actual: int

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        return {**vars(self), "low": number_or_none(self.low), "high": number_or_none(self.high)}


@dataclass(frozen=True)
class RepeatFit:
    """Repeat purchases fitted to an order log.

    Attributes
    ----------
    orders : str
        The order file.
    n_orders, n_customers, n_repeat, n_repeat_purchases : int
        Orders in the file; customers fitted to, those of them who bought on a second day, and
        their repeat purchases, those of one day being one.
    period : tuple of str
        First and last day fitted to (ISO).
    fit_frequency : FittedPurchases
        When customers buy and leave: the model that was named, or the one of lowest AIC.
    aic : dict of str to float
        Akaike's criterion of every model that was fitted, the best first.
    fit_spend : Fitted of Gg or None
        What they spend; None if the spend was not fitted, and `notes` say why.
    frequency, spend : dict, dict or None
        The sections of the scenario; no ``spend`` leaves the author's.
    share_alive : float
        Mean probability that a customer has not left by the period's end.
    holdout : Holdout or None
        None without ``until``.
    notes : tuple of str
        What to know before trusting the result.
    """

    orders: str
    n_orders: int
    n_customers: int
    n_repeat: int
    n_repeat_purchases: int
    period: tuple[str, str]
    fit_frequency: FittedPurchases
    aic: dict[str, float]
    fit_spend: Fitted[Gg] | None
    frequency: dict[str, object]
    spend: dict[str, object] | None
    share_alive: float
    holdout: Holdout | None
    notes: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was fitted without a clear result, in plain words."""
        fits = (("repeat purchases", self.fit_frequency), ("spend", self.fit_spend))
        return tuple(
            f"The fit of {what} is not clear-cut: {fit.message_}. Its parameters are not "
            "identified: others explain these orders as well. More customers or a longer "
            "period may settle them."
            for what, fit in fits
            if fit is not None and not fit.converged_
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {
            "orders": {
                "file": self.orders,
                "orders": self.n_orders,
                "customers": self.n_customers,
                "repeat_customers": self.n_repeat,
                "repeat_purchases": self.n_repeat_purchases,
                "start": self.period[0],
                "end": self.period[1],
            },
            "frequency": self.fit_frequency.to_dict(),
            "aic": {name: number_or_none(value) for name, value in self.aic.items()},
            "spend": None if self.fit_spend is None else self.fit_spend.to_dict(),
            "share_alive": self.share_alive,
            "holdout": None if self.holdout is None else self.holdout.to_dict(),
        }


@dataclass(frozen=True)
class OrderSource:
    """An order log to fit to: the file, its columns, the last day, the model."""

    path: str | Path
    customer: str | None = None
    date: str | None = None
    amount: str | None = None
    until: int | None = None
    model: str = AUTO


def fit_repeat(source: OrderSource, before: RepeatPurchases) -> RepeatFit:
    """Fit the repeat purchases of a scenario to an order log by maximum likelihood.

    Parameters
    ----------
    source : OrderSource
        Where the orders are.
    before : RepeatPurchases
        The author's section.

    Raises
    ------
    DataError
        If the orders are no good, or too few or too uniform to fit anything to.
    """
    from cvosim.clv.models.by_name import MODELS, by_aic, estimator, fit_all

    names = MODELS if source.model == AUTO else (source.model,)
    for name in names:
        estimator(name)
    log = read_orders(source.path, customer=source.customer, date=source.date, amount=source.amount)
    try:
        summary = summarise(log, source.until)
        best, *others = by_aic(fit_all(names, summary))
    except DataError as error:
        raise DataError(_about(log, str(error))) from None
    fit_spend, spend, notes = _spend(summary)
    frequency = _rounded(best.law.to_dict())
    rivals = _chosen(best, others)
    return RepeatFit(
        orders=log.source,
        n_orders=log.n_orders,
        n_customers=summary.n_customers,
        n_repeat=summary.n_repeat,
        n_repeat_purchases=int(summary.repeats.sum()),
        period=(format_day(summary.start), format_day(summary.end)),
        fit_frequency=best,
        aic={fit.law.name: fit.aic_ for fit in (best, *others)},
        fit_spend=fit_spend,
        frequency=frequency,
        spend=spend,
        share_alive=float(best.probability_alive().mean()),
        holdout=_holdout(best, summary),
        notes=(*log.warnings, *rivals, *_replaced(before, frequency, spend), *notes),
    )


def _chosen(best: FittedPurchases, others: list[FittedPurchases]) -> tuple[str, ...]:
    """Say which model was taken, and by how much it is the best."""
    from cvosim.clv.models.by_name import TITLES

    if not others:
        return ()
    gaps = ", ".join(
        f"{TITLES[fit.law.name]} {abs(fit.aic_ - best.aic_):.1f} "
        + ("more" if fit.aic_ >= best.aic_ else "less")
        + ("" if fit.converged_ else " without a clear maximum")
        for fit in others
    )
    clear = any(fit.aic_ < best.aic_ for fit in others)
    which = "of those with a clear maximum " if clear else ""
    words = f"{TITLES[best.law.name]} has {which}the lowest AIC, {best.aic_:,.1f} ({gaps})."
    near = [TITLES[fit.law.name] for fit in others if abs(fit.aic_ - best.aic_) < _CLOSE]
    if near:
        named = " or ".join(near)
        words += f" The difference from {named} is none to rely on; name a model with --model."
    return (words,)


def _about(log: OrderLog, words: str) -> str:
    """Begin a complaint with the file that it is about."""
    return words if words.startswith(log.source) else f"{log.source}: {words}"


def _replaced(
    before: RepeatPurchases, frequency: dict[str, object], spend: dict[str, object] | None
) -> tuple[str, ...]:
    """Say which models of the author's gave way to others."""
    pairs = (
        ("frequency", before.frequency.model, frequency["model"]),
        ("spend", before.spend.model, before.spend.model if spend is None else spend["model"]),
    )
    return tuple(f"{key} was {old} and is {new} now." for key, old, new in pairs if old != new)


def _rounded(values: dict[str, float | str]) -> dict[str, object]:
    """Keep six digits, far beyond what any order log settles."""
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in values.items()}


def _spend(
    summary: Summary,
) -> tuple[Fitted[Gg] | None, dict[str, object] | None, tuple[str, ...]]:
    """Fit the spend; give the section to write, if any, and what to know about it."""
    from cvosim.clv.models.gamma_gamma import GammaGamma, same_amount, spend_depends_on_frequency

    amount = same_amount(summary)
    if amount and summary.n_repeat > 1:
        section: dict[str, object] = {"model": "fixed", "amount": float(f"{amount:.6g}")}
        return None, section, (f"Every repeat purchase is worth {amount:g}: spend is fixed.",)
    try:
        fit = GammaGamma().fit(summary)
    except DataError as error:
        return None, None, (f"Spend stays as it was: {error}.",)
    if fit.law.q <= 1:
        words = f"its Gamma-Gamma has no finite mean (q = {fit.law.q:.3g}); try lognormal"
        return fit, None, (f"Spend stays as it was, a few orders are so large that {words}.",)
    related = spend_depends_on_frequency(summary)
    return fit, _rounded(fit.law.to_dict()), () if related is None else (related,)


def _holdout(fit: FittedPurchases, summary: Summary) -> Holdout | None:
    """Forecast what was held out."""
    if summary.holdout is None:
        return None
    total, deviation = fit.forecast(summary.holdout_days)
    if not fit.converged_:
        deviation = math.nan
    return Holdout(
        start=format_day(summary.end + 1),
        end=format_day(summary.end + summary.holdout_days),
        days=summary.holdout_days,
        forecast=total,
        low=max(total - _NORMAL_95 * deviation, 0.0),
        high=total + _NORMAL_95 * deviation,
        actual=int(summary.holdout.sum()),
    )
