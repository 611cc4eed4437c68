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
    held = result.held_out(fit)
    if held is not None:
        yield f"  {_forecast(held)}"


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
    alive = [100 * float(fit.probability_alive().mean()) for fit in result.fits]
    apart = max(alive) - min(alive)
    loud = "hardly better than" if gap < _CLOSE else "better than"
    words = f"{names[0]} explains these orders {loud} {names[1]} (AIC lower by {gap:.2f})."
    if apart < 10:
        return words
    return (
        f"{words} On who is still a customer the models differ by {apart:.0f} points, "
        "which orders alone cannot settle: see cvosim lab clv."
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
