"""Market and seasons that are allowed and yet seldom meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from cvosim.scenario.arrivals import BurstArrivals, DailyArrivals, PoissonArrivals
from cvosim.scenario.channels import Channel
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.shares import reached_share

_MANY_LATE = 0.05


def market_warnings(scenario: Scenario) -> Iterator[str]:
    """Find arrivals after the horizon, and seasons that nothing follows.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> list(market_warnings(load_scenario("carpet_cleaning")))
    []
    """
    for channel in scenario.channels:
        path = f"channels.{channel.name}.arrivals"
        late = _share_too_late(channel, scenario)
        if late > _MANY_LATE:
            yield (
                f"{path}: {late:.0%} of the channel's prospects would arrive after the horizon of "
                f"{scenario.horizon_days:g} days; they are counted as prospects who never came"
            )
    seasons = scenario.seasonality
    if seasons is None:
        return
    curves = [channel.arrivals for channel in scenario.channels]
    if seasons.arrivals is not None and all(
        curve is None or isinstance(curve, DailyArrivals) for curve in curves
    ):
        yield (
            "seasonality.arrivals: no channel follows it; without `arrivals` all prospects come "
            "on day 0, and a CSV file has its season in it"
        )
    if seasons.purchases is not None and scenario.journey.repeat_purchases is None:
        yield "seasonality.purchases: the journey has no repeat_purchases that could follow it"


def _share_too_late(channel: Channel, scenario: Scenario) -> float:
    """Share of a channel's people who would come after the horizon; seasons left aside."""
    curve, horizon = channel.arrivals, scenario.horizon_days
    if isinstance(curve, BurstArrivals):
        return exp(-(horizon - curve.at_day) / curve.mean_days)
    if isinstance(curve, PoissonArrivals):
        reached = reached_share(channel.model_dump()) or 0.0
        days = channel.share * scenario.customers * reached / curve.per_day
        return 1.0 - horizon / days if days > horizon else 0.0
    return 0.0
