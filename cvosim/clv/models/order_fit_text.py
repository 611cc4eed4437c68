"""Models fitted to an order log, in plain English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.clv.models.by_name import TITLES
from cvosim.clv.orders.days import format_day

if TYPE_CHECKING:
    from cvosim.clv.models.fitted import Fitted, Law
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.order_fit import HeldOut, OrderFit

Z95 = 1.959963984540054
_APART = 10.0
"""Points from which shares of people still customers are told apart."""
_CLOSE = 2.0
"""Differences of Akaike's criterion up to this say little (Burnham & Anderson, 2002, sec. 2.6)."""


def summary_lines(result: OrderFit) -> Iterator[str]:
    """Say what was fitted, what it means, and how well it forecast; doubts come first.

    Yields
    ------
    str
        A line without its line break.
    """
    yield from (f"Warning: {warning}" for warning in result.warnings)
    data = result.summary_
    period = f"{format_day(data.start)} to {format_day(data.end)}"
    yield f"Orders: {result.n_orders:,} in {result.source}, fitted from {period}."
    yield (
        f"Customers: {data.n_customers:,}, of whom {data.n_repeat:,} came back, for "
        f"{int(data.repeats.sum()):,} repeat purchases (those of one day count as one)."
    )
    for fit in result.fits:
        yield from _model_lines(result, fit)
    if len(result.fits) > 1:
        yield _choice(result)
    if result.spend is not None:
        mean = result.spend.law.mean
        yield f"What they spend (Gamma-Gamma): {_parameters(result.spend)}."
        yield f"  The mean customer spends {mean:,.2f} a purchase."
    if data.holdout is None:
        yield "Nothing was held out: name a day (--until) to see how well the fits forecast."
    yield from (f"Note: {note}" for note in result.notes)


def _model_lines(result: OrderFit, fit: FittedPurchases) -> Iterator[str]:
    """Give a model's parameters, what it says of leaving, and its forecast."""
    yield f"{TITLES[fit.law.name]}: {_parameters(fit)}, AIC {fit.aic_:,.2f}."
    alive = 100 * float(fit.probability_alive().mean())
    end = format_day(result.summary_.end)
    doubt = "" if fit.converged_ else f" ({fit.message_})"
    yield f"  By this model {alive:.0f} % are still customers on {end}{doubt}."
    yield from _effects(fit)
    held = result.held_out(fit)
    if held is not None:
        yield f"  {_forecast(held)}"


def _effects(fit: FittedPurchases) -> Iterator[str]:
    """Say what each covariate multiplies, with 95 % intervals."""
    errors = fit.standard_errors_ or {}
    what = {"purchase": "the rate of buying", "dropout": fit.model.family.leaving}
    for name, effect in fit.params_.items():
        kind, _, covariate = name.partition(".")
        if kind not in what:
            continue
        half = Z95 * errors[name] if name in errors else math.nan
        known = "n/a" if math.isnan(half) else _range(effect - half, effect + half)
        sure = "" if math.isnan(half) or abs(effect) > half else "; no more than chance explains"
        one = covariate if "=" in covariate else f"one more of {covariate}"
        yield f"  {one} multiplies {what[kind]} by {_factor(effect)} ({known}){sure}."


def _factor(effect: float) -> str:
    """Write a factor by its logarithm."""
    return f"{math.exp(min(max(effect, -700.0), 700.0)):.3g}"


def _range(low: float, high: float) -> str:
    return f"95 % interval {_factor(low)} to {_factor(high)}"


def _parameters(fit: Fitted[Law]) -> str:
    """List the parameters with their standard errors, and the log-likelihood."""
    errors = {name: f"{error:.2g}" for name, error in (fit.standard_errors_ or {}).items()}
    values = (f"{k} = {v:.4g} (± {errors.get(k, 'n/a')})" for k, v in fit.params_.items())
    return f"{', '.join(values)}; log-likelihood {fit.log_likelihood_:,.3f}"


def _choice(result: OrderFit) -> str:
    """Say which model the orders speak for, and how loudly."""
    first, second = result.fits[:2]
    gap = second.aic_ - first.aic_
    names = TITLES[first.law.name], TITLES[second.law.name]
    if gap < 0:
        words = f"{names[1]} has the lower AIC, by {-gap:.2f}, but no clear maximum: "
        words += f"{names[0]} is used."
    else:
        loud = "hardly better than" if gap < _CLOSE else "better than"
        words = f"{names[0]} explains these orders {loud} {names[1]} (AIC lower by {gap:.2f})."
    return " ".join(filter(None, (words, disagreement(result))))


def disagreement(result: OrderFit) -> str:
    """Say how far the models are apart on who is still a customer; nothing if they agree."""
    alive = {
        TITLES[fit.law.name]: 100 * float(fit.probability_alive().mean()) for fit in result.fits
    }
    low, high = min(alive, key=lambda name: alive[name]), max(alive, key=lambda name: alive[name])
    if alive[high] - alive[low] < _APART:
        return ""
    return (
        f"On who is still a customer the models differ: {alive[low]:.0f} % by {low}, "
        f"{alive[high]:.0f} % by {high}, which orders alone cannot settle (see cvosim lab clv)."
    )


def _forecast(held: HeldOut) -> str:
    """Hold the forecast against what happened."""
    known = math.isfinite(held.low)
    interval = f"{held.low:,.0f} to {held.high:,.0f}" if known else "n/a"
    missed = known and not held.low <= held.actual <= held.high
    verdict = "; more of a miss than chance explains" if missed else ""
    return (
        f"Hold-out of {held.days:,} days: {held.forecast:,.1f} repeat purchases forecast "
        f"(95 % interval {interval}), {held.actual:,} happened{verdict}."
    )
