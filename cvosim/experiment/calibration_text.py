"""A calibration in plain English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvosim.clv.models.fitted import Fitted
    from cvosim.clv.models.gamma_gamma import Gg
    from cvosim.experiment.calibrate import Calibration
    from cvosim.experiment.calibration.delays import DelayFit
    from cvosim.experiment.calibration.fits import Kept, StageFit
    from cvosim.experiment.calibration.funnel import FunnelFit
    from cvosim.experiment.calibration.repeat import Holdout, RepeatFit
    from cvosim.experiment.calibration.responses import Response
    from cvosim.experiment.calibration.shares import Share

_SHOWN = 4
"""Paths named for each reason why values stay; the others are counted."""


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
    if result.funnel is not None:
        yield from _funnel(result.funnel)
    if result.repeat is not None:
        yield from _repeat(result.repeat, result.scenario.currency)
    yield from (f"Note: {note}" for note in result.notes)
    yield from _kept(result.kept)


def _repeat(repeat: RepeatFit, currency: str) -> Iterator[str]:
    from cvosim.clv.models.by_name import TITLES

    start, end = repeat.period
    yield f"Orders: {repeat.n_orders:,} in {repeat.orders}, fitted from {start} to {end}."
    yield (
        f"Customers: {repeat.n_customers:,}, of whom {repeat.n_repeat:,} came back, for "
        f"{repeat.n_repeat_purchases:,} repeat purchases (those of one day count as one)."
    )
    fit = repeat.fit_frequency
    yield f"How often they buy ({TITLES[fit.law.name]}): {_parameters(fit)} with time in weeks."
    yield f"  {_frequency_in_words(repeat)}"
    if repeat.fit_spend is not None:
        yield f"What they spend (Gamma-Gamma): {_parameters(repeat.fit_spend)}."
        yield f"  {_spend_in_words(repeat.fit_spend, currency)}"
    yield from _forecast_in_words(repeat.holdout)


def _parameters(fit: Fitted[Any]) -> str:
    """List the parameters with their standard errors, and the log-likelihood."""
    errors = {k: f"{error:.2g}" for k, error in (fit.standard_errors_ or {}).items()}
    words = ", ".join(f"{k} = {v:.4g} (± {errors.get(k, 'n/a')})" for k, v in fit.params_.items())
    return f"{words}; log-likelihood {fit.log_likelihood_:,.3f}"


def _frequency_in_words(repeat: RepeatFit) -> str:
    """Say what the parameters mean for a customer."""
    values = repeat.fit_frequency.params_
    if repeat.fit_frequency.law.name == "pareto_nbd":
        leaving = (
            f"leave at a mean rate of {36_500 * values['s'] / values['beta_days']:.0f} % a year"
        )
    else:
        share = 100 * values["a"] / (values["a"] + values["b"])
        leaving = f"{share:.0f} % leave after a purchase"
    return (
        f"At the mean rate a customer buys every {values['alpha_days'] / values['r']:,.0f} days, "
        f"and {leaving}. By the model {100 * repeat.share_alive:.0f} % are still "
        f"customers on {repeat.period[1]}, which orders alone cannot confirm."
    )


def _spend_in_words(fit: Fitted[Gg], currency: str) -> str:
    """Say what the Gamma-Gamma parameters mean in money."""
    seen = f"by {fit.n_customers_:,} customers who paid for a repeat purchase"
    if math.isinf(fit.law.mean):
        return f"The mean customer's spend has no bound, {seen}."
    return f"The mean customer spends {fit.law.mean:,.2f} {currency} a purchase, {seen}."


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


def _funnel(funnel: FunnelFit) -> Iterator[str]:
    period = "" if funnel.period is None else f" from {funnel.period[0]} to {funnel.period[1]}"
    files = " and ".join(funnel.sources)
    yield f"Funnel: {funnel.n_customers:,} people in {files}{period}; intervals cover 90 %."
    for stage in funnel.stages:
        yield from _stage(stage)
    for channel in funnel.channels:
        span = "" if channel.over_days is None else f", arriving over {channel.over_days:,.4g} days"
        share = f"{_percent(channel.share)} ({_percent(channel.low)} to {_percent(channel.high)})"
        yield f"Channel {channel.channel}: {share} of {sum(c.n for c in funnel.channels):,}{span}."
    for response in funnel.responses:
        yield from _response(response)
    for one in funnel.refined:
        if one.value is not None and one.low is not None and one.high is not None:
            moments = f"{len(one.moments)} moment{'s' * (len(one.moments) != 1)}"
            yield (
                f"Refined {one.path}: {one.value:.3g} ({one.low:.3g} to {one.high:.3g}), was "
                f"{one.before:.3g}; by {moments} of {funnel.people:,} simulated prospects."
            )


def _stage(stage: StageFit) -> Iterator[str]:
    if stage.observed is not None:
        who = "at once" if stage.first else "in the end"
        yield (
            f"Stage {stage.stage}: {_share(stage.observed)} of {stage.observed.trials:,} "
            f"accept {who}{_written(stage.observed, stage.conversion)}."
        )
    else:
        yield f"Stage {stage.stage}: no conversion fitted."
    if stage.delay is not None:
        yield f"  They decide {_delay(stage.delay)}."
    if stage.consumed is not None:
        after = "" if stage.time_to_value is None else f", {_delay(stage.time_to_value)}"
        yield f"  {_share(stage.consumed)} of those who took it used it{after}."
    yield from (f"  Not told: {note}." for note in stage.notes)


def _written(observed: Share, conversion: Share | None) -> str:
    if conversion is None:
        return "; the conversion stays as written"
    if abs(conversion.value - observed.value) < 1e-6:
        return ""
    return (
        f"; written as {conversion.value:.4g} ({conversion.low:.4g} to {conversion.high:.4g}), "
        "which people who differ turn into that"
    )


def _delay(fit: DelayFit) -> str:
    if fit.section is None:
        return "at once"
    errors = fit.standard_errors or {}
    values = ", ".join(
        f"{k} = {float(str(v)):.4g} (± {f'{errors[k]:.2g}' if k in errors else 'n/a'})"
        for k, v in fit.section.items()
        if k != "kind"
    )
    censored = f", {fit.n_censored:,} undecided at the end" if fit.n_censored else ""
    kind = str(fit.section["kind"])
    if kind == "fixed":
        return f"always after {fit.section['days']:g} days{censored}"
    return f"after {kind} delays: {values}{censored}"


def _response(response: Response) -> Iterator[str]:
    values = {**response.values}
    words = [f"{key} {_percent(share.value)} ({_percent(share.low)} to {_percent(share.high)})"
             for key, share in values.items()]  # fmt: skip
    if response.won is not None:
        of = "touches" if response.of_touches else "clicks"
        written = _written(response.won, response.conversion)
        words.append(f"wins {_share(response.won)} of {response.won.trials:,} {of}{written}")
    yield f"Program {response.program}: {'; '.join(words) or 'nothing that can be told'}."


def _kept(kept: tuple[Kept, ...]) -> Iterator[str]:
    if not kept:
        return
    yield f"Left as written, since the data do not tell them: {len(kept)} values."
    by_why: dict[str, list[str]] = {}
    for one in kept:
        by_why.setdefault(one.why, []).append(one.path)
    for why, paths in by_why.items():
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        yield f"  {', '.join(paths[:_SHOWN])}{more}: {why}."


def _share(share: Share) -> str:
    return f"{_percent(share.value)} ({_percent(share.low)} to {_percent(share.high)})"


def _percent(value: float) -> str:
    digits = max(0, 2 - math.floor(math.log10(100 * value))) if value > 0 else 0
    return f"{100 * value:.{min(digits, 4)}f} %"
