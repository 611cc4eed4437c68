"""The market as tables: who comes through which channel, when, at what cost; the seasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.numbers import cumulative, two_parameters
from cvosim.plan.plan import CHANNEL, Records, rows
from cvosim.plan.steps import stated
from cvosim.randomness.distributions import Distribution
from cvosim.scenario import Scenario

Floats = NDArray[np.float64]
_MONTHS = 12
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


class Arrivals(NamedTuple):
    """The channels' table and the day-by-day curves that it points into."""

    channels: Records
    arrival_days: Floats


def arrivals(scenario: Scenario) -> Arrivals:
    """Compile the channels; referral, where there is any, is the last of them."""
    shares = cumulative([channel.share for channel in scenario.channels])
    table, curves = [], []
    first_day = 0
    for share, channel in zip(shares, scenario.channels, strict=True):
        coming = channel.arrivals
        reached, cost = reached_at_cost(channel)
        curve = _curve(scenario, channel)
        table.append(
            {
                "cumulative_share": share,
                "cost": cost,
                "reached": reached,
                "start": 0.0 if coming is None else stated(coming, "at_day", 0.0),
                "day_length": _day_length(scenario, channel),
                "first_day": first_day,
                "n_days": len(curve),
                **_distribution(scenario, channel, reached),
            }
        )
        curves += curve
        first_day += len(curve)
    if scenario.journey.referral is not None:
        row = {"cumulative_share": 1.0, "reached": 1.0, "first_day": first_day}
        table.append(row | {"day_length": 1.0})
    return Arrivals(rows(CHANNEL, table), np.array(curves, np.float64))


def reached_at_cost(channel: Any) -> tuple[float, float]:
    """Share of a channel's audience that is reached, and what each arrival costs.

    A budget ``b`` reaches ``saturation * b**shape / (half_spend**shape + b**shape)`` people, the
    saturation curve of Hill (1910) that media planners use for diminishing returns (Jin, Wang,
    Sun, Chan & Koehler 2017, "Bayesian methods for media mix modeling", section 2.2).
    """
    if channel.reach is not None:
        hill, budget = channel.reach, channel.budget
        if budget == 0.0:
            return 0.0, 0.0
        reached = 1.0 / (1.0 + (hill.half_spend / budget) ** hill.shape)
        return reached, budget / (hill.saturation * reached) if reached > 0.0 else 0.0
    if channel.cpc is not None:
        return 1.0, channel.cpc
    if channel.cpm is not None:
        return 1.0, channel.cpm / 1000.0 * channel.impressions
    return 1.0, channel.cost_per_prospect or 0.0


def _distribution(scenario: Scenario, channel: Any, reached: float) -> dict[str, Any]:
    kind, a, b = two_parameters(None)
    coming = channel.arrivals
    if coming is not None and coming.kind == "uniform":
        kind, a, b = int(Distribution.UNIFORM), 0.0, coming.over_days
    elif coming is not None and coming.kind == "poisson":
        people = channel.share * scenario.customers * reached
        kind, a, b = int(Distribution.UNIFORM), 0.0, people / coming.per_day
    elif coming is not None and coming.kind == "burst":
        kind, a = int(Distribution.EXPONENTIAL), coming.mean_days
    return {"arrival_kind": kind, "arrival_a": a, "arrival_b": b}


def _curve(scenario: Scenario, channel: Any) -> list[float]:
    """Running shares of a channel's arrivals by day; empty where a distribution will do."""
    coming, season = channel.arrivals, month_factors(scenario, "arrivals")
    if coming is None:
        return []
    match coming.kind:
        case "daily":
            weights = list(coming.weights)
        case "weekly":
            weekday, over = first_weekday(scenario), coming.over_days
            weights = [
                coming.pattern[(weekday + day) % 7] * min(1.0, over - day)
                for day in range(math.ceil(over))
            ]
        case _ if season is None:
            return []
        case "burst":
            weights = _burst(coming, scenario.horizon_days)
        case _:
            weights = [1.0] * math.ceil(_spread(scenario, channel))
    if season is not None and coming.kind != "daily":  # what was counted has its season in it
        start, length = stated(coming, "at_day", 0.0), _day_length(scenario, channel)
        days = [int(start + length * (entry + 0.5)) for entry in range(len(weights))]
        factors = by_day(scenario, season, max(days, default=0) + 1)[days]
        if coming.kind == "burst":
            factors[-1] = 1.0  # those who come too late come in no month of the scenario
        weights = [a * b for a, b in zip(weights, factors.tolist(), strict=True)]
    if not weights:
        return []
    total = math.fsum(weights)
    return cumulative([weight / total for weight in weights])


def _spread(scenario: Scenario, channel: Any) -> float:
    """Over how many days a channel's people arrive evenly, but for the season."""
    reached, _ = reached_at_cost(channel)
    return float(_distribution(scenario, channel, reached)["arrival_b"])


def _day_length(scenario: Scenario, channel: Any) -> float:
    """Days that an entry of a curve stands for: a little less than one where they don't divide."""
    coming = channel.arrivals
    over = 0.0
    if coming is not None and coming.kind in ("uniform", "poisson"):
        over = _spread(scenario, channel)
    return over / math.ceil(over) if over > 0.0 else 1.0


def _burst(coming: Any, horizon: float) -> list[float]:
    """An exponential tail by days since the launch; the last entry is what comes too late."""
    count = max(1, math.ceil(horizon - coming.at_day))
    left = [math.exp(-day / coming.mean_days) for day in range(count + 1)]
    return [a - b for a, b in zip(left, [*left[1:], 0.0], strict=True)]


def month_factors(scenario: Scenario, what: str) -> list[float] | None:
    """Twelve multipliers of mean 1 for ``arrivals`` or ``purchases``, or None."""
    season = scenario.seasonality
    written: Sequence[float] | None = None if season is None else getattr(season, what)
    if written is None:
        return None
    mean = math.fsum(written) / _MONTHS
    return [factor / mean for factor in written]


def first_weekday(scenario: Scenario) -> int:
    """Weekday of day 0, Monday being 0."""
    assert scenario.calendar is not None
    return int((_start(scenario).astype(np.int64) + _EPOCH_WEEKDAY) % 7)


def by_day(scenario: Scenario, factors: Sequence[float], count: int) -> Floats:
    """The factor of the month in which each day from day 0 on lies."""
    months = (_start(scenario) + np.arange(count)).astype("datetime64[M]").astype(np.int64)
    found: Floats = np.asarray(factors)[months % _MONTHS]
    return found


def _start(scenario: Scenario) -> np.datetime64:
    assert scenario.calendar is not None
    return np.datetime64(scenario.calendar.start, "D")


def awareness_table(scenario: Scenario) -> Floats:
    """Running shares of the four rungs, of shape (segments, channels, 4).

    A channel's own awareness is that of the people who come through it, whatever their segment.
    """
    own = [channel.awareness for channel in scenario.channels]
    if scenario.journey.referral is not None:
        own.append(None)
    return np.array(
        [
            [_rungs(segment.awareness if rungs is None else rungs) for rungs in own]
            for segment in scenario.market.segments
        ]
    )


def _rungs(awareness: Any) -> list[float]:
    return cumulative([awareness.unaware, awareness.problem, awareness.solution, awareness.product])


def kept_by_season(scenario: Scenario) -> tuple[float, Floats]:
    """Greatest multiplier of the purchase season, and each day's share of it."""
    factors = month_factors(scenario, "purchases")
    if factors is None:
        return 0.0, np.empty(0)
    peak = max(factors)
    days = by_day(scenario, factors, math.ceil(scenario.horizon_days))
    return peak, days / peak
