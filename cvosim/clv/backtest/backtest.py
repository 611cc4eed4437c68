"""Would the models have known? Fit to the first part of an order log, compare with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.clv.backtest.baselines import usual_hiatus
from cvosim.clv.backtest.cohort import Cohort, cohort_of, usual_until
from cvosim.clv.backtest.forecasts import (
    Forecast,
    ModelForecast,
    Truth,
    baselines,
    model_forecast,
)
from cvosim.clv.backtest.scores import Interval, mean_difference
from cvosim.clv.backtest.tracking import Tracking, track
from cvosim.clv.models.by_name import MODELS, fit_all
from cvosim.clv.orders.days import format_day
from cvosim.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.orders.log import OrderLog


@dataclass(frozen=True, eq=False)
class Backtest:
    """Models and rules of thumb against what came.

    Attributes
    ----------
    source : str
        The order file.
    start, until, end : str
        First day, last day fitted to and last day held out (ISO).
    chosen : bool
        Whether somebody chose `until`; else it is two thirds of the way.
    customers, newcomers : int
        Customers of the calibration period, who are followed, and those who came later, of
        whom nothing is forecast.
    repeat_purchases : int
        Of the calibration period.
    hiatus_days : float
        After which the rule `hiatus` gives a customer up.
    cohort : Cohort
        The customers.
    truth : Truth
        What came.
    models : tuple of ModelForecast
    rules : tuple of Forecast
        The rules of thumb.
    tracking : Tracking
        Week by week.

    Examples
    --------
    >>> backtest(log, until).models[0].errors.total  # doctest: +SKIP
    1653.4
    """

    source: str
    start: str
    until: str
    end: str
    chosen: bool
    customers: int
    newcomers: int
    repeat_purchases: int
    hiatus_days: float
    cohort: Cohort
    truth: Truth
    models: tuple[ModelForecast, ...]
    rules: tuple[Forecast, ...]
    tracking: Tracking

    @property
    def actual(self) -> int:
        """Purchases held out."""
        return round(float(self.truth.purchases.sum()))

    @property
    def best_model(self) -> ModelForecast:
        """The model with the smallest squared error."""
        return min(self.models, key=lambda model: model.errors.root_mean_square)

    @property
    def best_rule(self) -> Forecast:
        """The rule of thumb with the smallest squared error."""
        return min(self.rules, key=lambda rule: rule.errors.root_mean_square)

    @property
    def advantage(self) -> Interval:
        """Mean squared error of the best model less that of the best rule, 95 %."""
        actual = self.truth.purchases
        losses = (one.squared_errors(actual) for one in (self.best_model, self.best_rule))
        return mean_difference(*losses)

    @property
    def customers_by_repeats(self) -> tuple[int, ...]:
        """Customers with 0, 1 … repeat purchases before; the last class is open."""
        return self.truth.customers_by_repeats

    @property
    def actual_by_repeats(self) -> tuple[float, ...]:
        """Mean purchases held out of these customers."""
        return self.truth.by_repeats(self.truth.purchases)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to doubt, in plain words; empty if all is well."""
        from cvosim.clv.backtest.text import doubts

        return tuple(doubts(self))

    def summary(self) -> str:
        """Say in plain English how good the forecasts were; doubts come first."""
        from cvosim.clv.backtest.text import summary_lines

        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give the results as plain values, for JSON."""
        return {
            "source": self.source,
            "warnings": list(self.warnings),
            "start": self.start,
            "until": self.until,
            "end": self.end,
            "customers": self.customers,
            "newcomers_not_forecast": self.newcomers,
            "repeat_purchases": self.repeat_purchases,
            "actual": self.actual,
            "hiatus_days": self.hiatus_days,
            "models": [model.to_dict() for model in self.models],
            "rules_of_thumb": [rule.to_dict() for rule in self.rules],
            "customers_by_repeats": list(self.customers_by_repeats),
            "actual_by_repeats": [
                None if np.isnan(mean) else mean for mean in self.actual_by_repeats
            ],
            "tracking": self.tracking.to_dict(),
        }


def backtest(
    log: OrderLog,
    until: int | None = None,
    *,
    models: Sequence[str] = MODELS,
    hiatus_days: float | None = None,
) -> Backtest:
    """Fit models to the first part of an order log and forecast the rest.

    Parameters
    ----------
    log : OrderLog
        Should begin with every customer's first purchase.
    until : int, optional
        Last day fitted to, days since 1970-01-01; two thirds of the way if left out.
    models : sequence of str
        Of `MODELS`.
    hiatus_days : float, optional
        After so many days without a purchase the rule `hiatus` gives a customer up; without
        it, the time that nine of ten gaps between purchases are shorter than.

    Returns
    -------
    Backtest

    Raises
    ------
    DataError
        If a model is unknown, `hiatus_days` is below 0, `until` leaves no orders on one of its
        two sides, or the customers are too much alike to be fitted to.

    Examples
    --------
    >>> backtest(log, until=10134).best_model.title  # doctest: +SKIP
    'BG/NBD'
    """
    if hiatus_days is not None and not hiatus_days >= 0:
        raise DataError(f"the hiatus must be at least 0 days (got {hiatus_days:g})")
    day = usual_until(log) if until is None else until
    cohort = cohort_of(log, day)
    truth = Truth.of(cohort)
    fits = _fits(models, cohort, log.source)
    tested = tuple(model_forecast(fit, cohort, truth) for fit in fits)
    curves = {model.name: model.fitted.law.expected_purchases_new_customer for model in tested}
    return Backtest(
        source=log.source,
        start=format_day(log.first_day),
        until=format_day(day),
        end=format_day(log.last_day),
        chosen=until is not None,
        customers=cohort.summary.n_customers,
        newcomers=log.n_customers - cohort.summary.n_customers,
        repeat_purchases=int(cohort.summary.repeats.sum()),
        hiatus_days=usual_hiatus(cohort.past) if hiatus_days is None else float(hiatus_days),
        cohort=cohort,
        truth=truth,
        models=tested,
        rules=baselines(cohort, truth, hiatus_days),
        tracking=track(cohort.repeats, curves),
    )


def _fits(models: Sequence[str], cohort: Cohort, source: str) -> tuple[FittedPurchases, ...]:
    """Fit the models; an error about the orders says which file they are of."""
    try:
        return fit_all(models, cohort.summary)
    except DataError as error:
        distinct = set(models)
        if not distinct or not distinct <= set(MODELS) or len(distinct) < len(models):
            raise  # about the models' names, which are none of the file's business
        raise DataError(f"{source}: {error}") from None
