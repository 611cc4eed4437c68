"""A calibration in plain English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvosim.clv.fit import Fit
    from cvosim.clv.gamma_gamma import GammaGamma
    from cvosim.experiment.calibrate import Calibration, Holdout


def summary_lines(result: Calibration) -> Iterator[str]:
    """Say what was fitted, what it means, and how well it forecast; doubts come first.

    Parameters
    ----------
    result : Calibration

    Yields
    ------
    str
        A line without its line break.
    """
    yield from (f"Warning: {warning}" for warning in result.warnings)
    start, end = result.period
    yield f"Orders: {result.n_orders:,} in {result.orders}, fitted from {start} to {end}."
    yield (
        f"Customers: {result.n_customers:,}, of whom {result.n_repeat:,} came back, for "
        f"{result.n_repeat_purchases:,} repeat purchases (those of one day count as one)."
    )
    yield f"How often they buy (BG/NBD): {_parameters(result.fit_frequency)} with time in weeks."
    yield f"  {_frequency_in_words(result)}"
    if result.fit_spend is not None:
        yield f"What they spend (Gamma-Gamma): {_parameters(result.fit_spend)}."
        yield f"  {_spend_in_words(result.fit_spend, result.scenario.currency)}"
    yield from _forecast_in_words(result.holdout)
    yield from (f"Note: {note}" for note in result.notes)


def _parameters(fit: Fit[Any]) -> str:
    """List the parameters with their standard errors, and the log-likelihood."""
    values = {k: v for k, v in fit.model.to_dict().items() if k != "model"}
    errors = {k: f"{error:.2g}" for k, error in (fit.standard_errors or {}).items()}
    words = ", ".join(f"{k} = {v:.4g} (± {errors.get(k, 'n/a')})" for k, v in values.items())
    return f"{words}; log-likelihood {fit.log_likelihood:,.3f}"


def _frequency_in_words(result: Calibration) -> str:
    """Say what the BG/NBD parameters mean for a customer."""
    model = result.fit_frequency.model
    leaving, alive = 100 * model.a / (model.a + model.b), 100 * result.share_alive
    return (
        f"At the mean rate a customer buys every {model.alpha_days / model.r:,.0f} days, and "
        f"{leaving:.0f} % leave after a purchase. By the model {alive:.0f} % are still "
        f"customers on {result.period[1]}, which orders alone cannot confirm."
    )


def _spend_in_words(fit: Fit[GammaGamma], currency: str) -> str:
    """Say what the Gamma-Gamma parameters mean in money."""
    seen = f"by {fit.n_customers:,} customers who paid for a repeat purchase"
    if math.isinf(fit.model.mean):
        return f"The mean customer's spend has no bound, {seen}."
    return f"The mean customer spends {fit.model.mean:,.2f} {currency} a purchase, {seen}."


def _forecast_in_words(holdout: Holdout | None) -> Iterator[str]:
    """Hold the forecast against what happened."""
    if holdout is None:
        yield "Nothing was held out: name a day (--until) to see how well the fit forecasts."
        return
    known = math.isfinite(holdout.low)
    interval = f"{holdout.low:,.0f} to {holdout.high:,.0f}" if known else "n/a"
    yield (
        f"Hold-out, {holdout.start} to {holdout.end}: {holdout.forecast:,.1f} repeat purchases "
        f"forecast (95 % interval {interval}), {holdout.actual:,} happened."
    )
    miss = holdout.forecast - holdout.actual
    if known and not holdout.low <= holdout.actual <= holdout.high:
        side = "above" if miss > 0 else "below"
        percent = f"{abs(miss) / holdout.actual * 100:.0f} % " if holdout.actual else ""
        yield f"  The forecast is {percent}{side} what happened, more than chance explains."
