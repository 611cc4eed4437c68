"""Forecasts of a hold-out, by fitted models and by rules of thumb, and the scores of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.backtest.baselines import baseline_forecasts, usual_hiatus
from cvosim.clv.backtest.chances import chance_of_purchase
from cvosim.clv.backtest.scores import (
    Errors,
    Group,
    Interval,
    brier_score,
    calibration_groups,
    errors,
    groups_for,
    rank_correlation,
    share_of_the_top,
)
from cvosim.clv.models.by_name import TITLES
from cvosim.clv.value.lifetime_value import Spend
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.backtest.cohort import Cohort
    from cvosim.clv.models.fitted import Fitted
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.gamma_gamma import Gg
    from cvosim.clv.orders.summary import Summary

Floats = NDArray[np.float64]

MOST_REPEATS = 7
"""Customers with this many repeat purchases or more are one class."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """What one method expected of the hold-out, and how good that was.

    Attributes
    ----------
    name : str
        Of `cvosim.clv.models.by_name.MODELS` or `cvosim.clv.backtest.baselines.BASELINES`.
    purchases : ndarray of float64
        Expected of each customer.
    errors : Errors
        Of these.
    rank : Interval
        Spearman correlation of expected and actual purchases, 95 %.
    top, top_value : Interval
        Share of the purchases, and of what was paid, that the tenth of customers with the
        highest forecast brought, 95 %.
    by_repeats : tuple of float
        Mean expected of customers with 0, 1 … repeat purchases in the calibration period, the
        last class being open; NaN for an empty class.
    """

    name: str
    purchases: Floats
    errors: Errors
    rank: Interval
    top: Interval
    top_value: Interval
    by_repeats: tuple[float, ...]

    @property
    def title(self) -> str:
        """The name as people write it."""
        return TITLES.get(self.name, self.name.replace("_", " "))

    @property
    def lift(self) -> float:
        """How many times the share that a tenth of customers picked by lot would bring."""
        return self.top.value * 10.0

    def squared_errors(self, actual: Floats) -> Floats:
        """Losses of each customer, for paired comparisons."""
        return np.asarray((self.purchases - actual) ** 2)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        return {
            "name": self.name,
            "expected": self.errors.total,
            "total_error": _known(self.errors.total_error),
            "mean_absolute_error": self.errors.mean_absolute,
            "root_mean_square_error": self.errors.root_mean_square,
            "rank_correlation": self.rank.to_dict(),
            "top_tenth_share": self.top.to_dict(),
            "top_tenth_lift": _known(self.lift),
            "top_tenth_value_share": self.top_value.to_dict(),
            "by_repeats": [_known(mean) for mean in self.by_repeats],
        }


@dataclass(frozen=True, eq=False)
class ModelForecast(Forecast):
    """What a fitted model adds to that.

    Attributes
    ----------
    fitted : FittedPurchases
        To the calibration period.
    deviation : float
        Standard deviation of the total if the model is right: the customers' chance, and the
        parameters' errors; NaN where the fit found no clear maximum, so that nobody can say
        how far off it may be.
    share_alive : float
        Mean probability of being alive at the split.
    chance : ndarray of float64
        Of each customer, to buy at all in the hold-out.
    brier : float
        Score of that chance.
    groups : tuple of Group
        Its calibration.
    """

    fitted: FittedPurchases
    deviation: float
    share_alive: float
    chance: Floats
    brier: float
    groups: tuple[Group, ...]

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Prediction interval of the total; NaN where the deviation is not known."""
        from scipy.stats import norm

        half = float(norm.isf((1.0 - level) / 2.0)) * self.deviation
        low = self.errors.total - half
        return (low if math.isnan(low) else max(low, 0.0)), self.errors.total + half

    def holds(self, level: float = 0.95) -> bool:
        """Whether that interval holds what came."""
        low, high = self.interval(level)
        return low <= self.errors.actual <= high

    @property
    def groups_held(self) -> int:
        """Calibration groups whose interval holds the predicted chance."""
        return sum(group.holds for group in self.groups)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        low, high = self.interval()
        return {
            **super().to_dict(),
            "low": _known(low),
            "high": _known(high),
            "share_alive": self.share_alive,
            "brier_score_of_buying": self.brier,
            "calibration": [group._asdict() for group in self.groups],
            "fit": self.fitted.to_dict(),
        }


class Truth(NamedTuple):
    """What came in the hold-out, and how customers are classed.

    Attributes
    ----------
    purchases, value : ndarray of float64
        Of each customer.
    repeats : ndarray of int64
        Class of each customer by its repeat purchases before.
    spend : ndarray of float64
        What a purchase of each customer is expected to bring.
    spend_model : Fitted of Gg, or float
        Where that comes from.
    """

    purchases: Floats
    value: Floats
    repeats: NDArray[np.int64]
    spend: Floats
    spend_model: Fitted[Gg] | float

    @classmethod
    def of(cls, cohort: Cohort) -> Truth:
        """Look at a cohort's hold-out."""
        repeats = np.minimum(cohort.summary.repeats, MOST_REPEATS)
        model = spend_model(cohort.summary)
        spend = Spend.of(model).expected(cohort.summary)
        return cls(cohort.held_out, cohort.held_out_value, repeats, spend, model)

    @property
    def customers_by_repeats(self) -> tuple[int, ...]:
        """Customers with 0, 1 … repeat purchases before; the last class is open."""
        return tuple(np.bincount(self.repeats, minlength=MOST_REPEATS + 1).tolist())

    def by_repeats(self, amounts: Floats) -> tuple[float, ...]:
        """Mean of an amount for each class of customers; NaN where there are none."""
        count = np.bincount(self.repeats, minlength=MOST_REPEATS + 1)
        total = np.bincount(self.repeats, amounts, minlength=MOST_REPEATS + 1)
        mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        return tuple(mean.tolist())

    def score(self, name: str, purchases: Floats) -> dict[str, Any]:
        """Score a forecast: the fields of `Forecast`."""
        return {
            "name": name,
            "purchases": purchases,
            "errors": errors(purchases, self.purchases),
            "rank": rank_correlation(purchases, self.purchases),
            "top": share_of_the_top(purchases, self.purchases),
            "top_value": share_of_the_top(purchases * self.spend, self.value),
            "by_repeats": self.by_repeats(purchases),
        }


def model_forecast(fitted: FittedPurchases, cohort: Cohort, truth: Truth) -> ModelForecast:
    """Forecast a hold-out by a model fitted to the calibration period, and score that.

    Parameters
    ----------
    fitted : FittedPurchases
        Without covariates or season.
    cohort : Cohort
    truth : Truth
        Of the same cohort.
    """
    summary, days = cohort.summary, cohort.days
    _, deviation = fitted.forecast(days, summary)
    unique = summary.patterns
    law: Any = fitted.law
    chance = chance_of_purchase(law, unique, days)[unique.inverse]
    bought = truth.purchases > 0
    return ModelForecast(
        **truth.score(law.name, fitted.expected_purchases(days, summary)),
        fitted=fitted,
        deviation=deviation if fitted.converged_ else math.nan,
        share_alive=float(fitted.probability_alive(summary).mean()),
        chance=chance,
        brier=brier_score(chance, bought),
        groups=calibration_groups(chance, bought, groups=groups_for(len(chance))),
    )


def baselines(cohort: Cohort, truth: Truth, hiatus_days: float | None) -> tuple[Forecast, ...]:
    """Forecast a hold-out by rules of thumb, and score that."""
    past = cohort.past
    hiatus = usual_hiatus(past) if hiatus_days is None else hiatus_days
    found = baseline_forecasts(past, cohort.days, hiatus)
    return tuple(Forecast(**truth.score(name, purchases)) for name, purchases in found.items())


def spend_model(summary: Summary) -> Fitted[Gg] | float:
    """Fit what customers spend; where that cannot be, give the mean amount of repeat purchases.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    Fitted of Gg, or float
        An amount where all are the same, too few were paid, or the mean over customers does
        not exist; 1 where nothing was paid, so that value ranks as purchases do.
    """
    from cvosim.clv.models.gamma_gamma import GammaGamma

    try:
        fitted = GammaGamma().fit(summary)
        if fitted.law.q > 1.0:
            return fitted
    except DataError:
        pass  # too few paid purchases, or all of one amount: the mean says it all
    paid = float(summary.paid.sum())
    return float(summary.paid @ summary.spend) / paid if paid else 1.0


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
