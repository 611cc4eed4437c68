"""Scores of fitted models against a simulated truth, in one simulated log."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.backtest.forecasts import Truth, model_forecast
from cvosim.clv.backtest.scores import (
    Group,
    brier_score,
    calibration_error,
    calibration_groups,
    groups_for,
    rank_correlation,
)
from cvosim.clv.value.lifetime_value import Settings, lifetime_value
from cvosim.experiment.lab_truth import margin_of

if TYPE_CHECKING:
    from cvosim.clv.backtest.forecasts import ModelForecast
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.value.lifetime_value import LifetimeValue
    from cvosim.experiment.lab_truth import World

Floats = NDArray[np.float64]

LEVEL = 0.90
"""Of the intervals whose coverage is counted."""

CONTESTS = {
    "fit": "explaining the log (log-likelihood)",
    "purchases": "purchases of each customer in the hold-out (squared error)",
    "value": "value of each customer in the hold-out (squared error)",
    "alive": "who is still a customer (Brier score)",
}
"""What models compete in: losses of each customer, the smaller the better."""


class Estimated(NamedTuple):
    """A parameter as fitted, with its 90 % interval; NaN where the data do not give it."""

    value: float
    low: float
    high: float

    def covers(self, truth: float) -> bool:
        """Whether the interval holds the true value."""
        return self.low <= truth <= self.high


@dataclass(frozen=True)
class ModelScore:
    """One model, fitted to one simulated log, against the truth.

    Attributes
    ----------
    name : str
    converged : bool
    log_likelihood : float
        Of times in weeks.
    parameters : mapping of str to Estimated
    expected, low, high : float
        Total of hold-out purchases with its 90 % prediction interval.
    alive : float
        Mean probability of being alive at the split.
    alive_brier, alive_error : float
        Brier score of that probability, and its mean distance from the true share over
        groups of about equally many customers.
    alive_groups : tuple of Group
        These groups.
    alive_by_repeats : tuple of float
        Mean by class of repeat purchases; NaN for an empty class.
    rank : float
        Spearman correlation of expected and actual purchases.
    top_share : float
        Share of the hold-out's purchases that the top tenth by the model made.
    value, value_low, value_high : float
        Total value expected in the hold-out, not discounted, with its 90 % prediction interval.
    value_covered : float
        Share of customers whose value in the hold-out lay in their own 90 % prediction interval.
    value_rank : float
        Spearman correlation of expected value with the true expectation, or with what came
        where that has no closed form.
    forever : float or None
        Total discounted value expected without end; None without discounting.
    """

    name: str
    converged: bool
    log_likelihood: float
    parameters: Mapping[str, Estimated]
    expected: float
    low: float
    high: float
    alive: float
    alive_brier: float
    alive_error: float
    alive_groups: tuple[Group, ...]
    alive_by_repeats: tuple[float, ...]
    rank: float
    top_share: float
    value: float
    value_low: float
    value_high: float
    value_covered: float
    value_rank: float
    forever: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        values = {k: _plain(v) for k, v in vars(self).items()}
        values["parameters"] = {
            name: {k: _plain(v) for k, v in one._asdict().items()}
            for name, one in self.parameters.items()
        }
        values["alive_groups"] = [group._asdict() for group in self.alive_groups]
        return values


@dataclass(frozen=True)
class RoundTruth:
    """The truth of one simulated log.

    Attributes
    ----------
    seed : int
    prospects : int
        Simulated: those of whom some became customers.
    customers, repeat_purchases : int
        By the split.
    alive : float
        Share who had not dropped out by then.
    customers_by_repeats : tuple of int
        Customers with 0, 1 … repeat purchases; the last class is open.
    alive_by_repeats : tuple of float
        Share alive in each class; NaN where it is empty.
    came, value_came : float
        Purchases of the hold-out and their value, not discounted.
    expected, value_expected, forever : float or None
        What these were to be expected to be, knowing everybody's rate, drop-out and spend, and
        the discounted value without end; None where there is no closed form.
    """

    seed: int
    prospects: int
    customers: int
    repeat_purchases: int
    alive: float
    customers_by_repeats: tuple[int, ...]
    alive_by_repeats: tuple[float, ...]
    came: float
    value_came: float
    expected: float | None
    value_expected: float | None
    forever: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        return {k: _plain(v) for k, v in vars(self).items()}


class Losses(NamedTuple):
    """Losses of several models for the same customers, added up.

    Attributes
    ----------
    customers : int
    sums : ndarray, shape (m,)
    products : ndarray, shape (m, m)
        Sums of products of two models' losses: enough for the paired comparison of any two,
        and additive over logs.
    """

    customers: int
    sums: Floats
    products: Floats

    @classmethod
    def of(cls, each: Sequence[Floats]) -> Losses:
        """Add up the losses of each model."""
        table = np.stack(each)
        return cls(table.shape[1], table.sum(axis=1), table @ table.T)

    def added(self, other: Losses) -> Losses:
        """Put the customers of two logs together."""
        return Losses(
            self.customers + other.customers,
            self.sums + other.sums,
            self.products + other.products,
        )

    def difference(self, first: int, second: int) -> tuple[float, float]:
        """Mean difference of two models' losses and its standard error."""
        n, p = self.customers, self.products
        mean = float(self.sums[first] - self.sums[second]) / n
        square = float(p[first, first] - 2.0 * p[first, second] + p[second, second]) / n
        return mean, math.sqrt(max(square - mean**2, 0.0) / max(n - 1, 1))


@dataclass(frozen=True, eq=False)
class Round:
    """One simulated log: its truth, the models' scores, and their losses by contest."""

    truth: RoundTruth
    scores: tuple[ModelScore, ...]
    losses: Mapping[str, Losses]

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**self.truth.to_dict(), "models": [score.to_dict() for score in self.scores]}


def score_round(world: World, fits: Sequence[FittedPurchases], refits: int) -> Round:
    """Score models that were fitted to a world's log against what that log does not show.

    Parameters
    ----------
    world : World
    fits : sequence of FittedPurchases
        To the world's own summary.
    refits : int
        Bootstrap refits behind the intervals of value; 0 for none of these.

    Returns
    -------
    Round
    """
    truth = Truth.of(world.cohort)
    judged = [_judge(world, fit, truth, refits) for fit in fits]
    alive = world.person.alive.astype(np.float64)
    losses = {
        "fit": [-_log_likelihoods(fit) for fit in fits],
        "purchases": [one.forecast.squared_errors(truth.purchases) for one in judged],
        "value": [(one.worth.value - _aim(world)) ** 2 for one in judged],
        "alive": [(one.chance - alive) ** 2 for one in judged],
    }
    return Round(
        _truth(world, truth),
        tuple(_score(world, one, truth) for one in judged),
        {name: Losses.of(each) for name, each in losses.items()},
    )


class _Judged(NamedTuple):
    """What one model says of every customer."""

    forecast: ModelForecast
    chance: Floats
    worth: LifetimeValue


def _judge(world: World, fitted: FittedPurchases, truth: Truth, refits: int) -> _Judged:
    """Ask a model for purchases, P(alive) and value."""
    settings = Settings(
        margin=margin_of(world.scenario),
        discount_rate=0.0,
        days=world.cohort.days,
        level=LEVEL if refits else None,
        refits=refits,
        seed=world.scenario.seed % 2**62,
    )
    return _Judged(
        model_forecast(fitted, world.cohort, truth),
        fitted.probability_alive(),
        lifetime_value(fitted, truth.spend_model, settings),
    )


def _aim(world: World) -> Floats:
    """What a forecast of value aims at: the true expectation, or what came without one."""
    return world.realised_value if world.value is None else world.value


def _truth(world: World, truth: Truth) -> RoundTruth:
    alive = world.person.alive.astype(np.float64)
    return RoundTruth(
        seed=world.scenario.seed,
        prospects=world.scenario.customers,
        customers=world.cohort.summary.n_customers,
        repeat_purchases=int(world.cohort.summary.repeats.sum()),
        alive=float(alive.mean()),
        customers_by_repeats=truth.customers_by_repeats,
        alive_by_repeats=truth.by_repeats(alive),
        came=float(truth.purchases.sum()),
        value_came=float(world.realised_value.sum()),
        expected=_total(world.purchases),
        value_expected=_total(world.value),
        forever=_total(world.forever),
    )


def _score(world: World, judged: _Judged, truth: Truth) -> ModelScore:
    """Score one model."""
    forecast, chance, worth = judged
    fitted, alive = forecast.fitted, world.person.alive
    groups = calibration_groups(chance, alive, groups=groups_for(len(chance)))
    low, high = forecast.interval(LEVEL)
    value_low, value_high, covered = _covered(worth, world.realised_value)
    return ModelScore(
        name=forecast.name,
        converged=fitted.converged_,
        log_likelihood=fitted.log_likelihood_,
        parameters=_estimated(fitted),
        expected=forecast.errors.total,
        low=low,
        high=high,
        alive=float(chance.mean()),
        alive_brier=brier_score(chance, alive),
        alive_error=calibration_error(groups),
        alive_groups=groups,
        alive_by_repeats=truth.by_repeats(chance),
        rank=forecast.rank.value,
        top_share=forecast.top.value,
        value=worth.total,
        value_low=value_low,
        value_high=value_high,
        value_covered=covered,
        value_rank=rank_correlation(worth.value, _aim(world)).value,
        forever=_forever(world, fitted, truth),
    )


def _covered(worth: LifetimeValue, came: Floats) -> tuple[float, float, float]:
    """Interval of the total value, and the share of customers whose own interval held."""
    each, total = worth.bands, worth.total_bands
    if each is None or total is None or each.prediction is None or total.prediction is None:
        return math.nan, math.nan, math.nan
    # An interval that ends at nothing holds nothing, whatever sums of floats say.
    slack = 1e-9 * max(float(came.max()), 1.0)
    held = (each.prediction.low - slack <= came) & (came <= each.prediction.high + slack)
    return float(total.prediction.low), float(total.prediction.high), float(held.mean())


def _forever(world: World, fitted: FittedPurchases, truth: Truth) -> float | None:
    """Total discounted value expected without end; None without discounting."""
    rate = world.scenario.economics.discount_rate
    if rate == 0:
        return None
    return margin_of(world.scenario) * float(fitted.discounted_purchases(rate) @ truth.spend)


def _log_likelihoods(fitted: FittedPurchases) -> Floats:
    """Log-likelihood of each customer's history."""
    unique = fitted.data.patterns
    return np.asarray(fitted.law.log_likelihood(unique)[unique.inverse])


def _estimated(fitted: FittedPurchases) -> dict[str, Estimated]:
    """Parameters with intervals that are symmetric on the scale of logarithms."""
    from scipy.stats import norm

    deviations = [math.nan] * len(fitted.params_)
    if fitted.log_covariance_ is not None:
        deviations = np.sqrt(np.diag(np.array(fitted.log_covariance_))).tolist()
    z = float(norm.isf((1.0 - LEVEL) / 2.0))
    return {
        name: Estimated(value, value * math.exp(-z * one), value * math.exp(z * one))
        for (name, value), one in zip(fitted.params_.items(), deviations, strict=True)
    }


def _total(amounts: Floats | None) -> float | None:
    return None if amounts is None else float(amounts.sum())


def _plain(value: Any) -> Any:
    """Turn tuples into lists and what is not known into None."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
