"""Where people come from, when and at what cost, as rows of the explained plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.explain_words import PlanRow, delay_words, share_words, takes_time
from cvosim.plan.plan import Plan


def market_rows(plan: Plan) -> list[PlanRow]:
    """The channels, and the season of purchases where there is one."""
    return [*_channels(plan), *_season(plan)]


def channel_shares(plan: Plan) -> NDArray[np.float64]:
    """Each channel's share of the market's prospects; 0 for referral."""
    running: NDArray[np.float64] = plan.channels["cumulative_share"]
    return np.diff(running, prepend=0.0)


def _channels(plan: Plan) -> Iterator[PlanRow]:
    yield PlanRow("market", "", some_segments(plan))
    shares = channel_shares(plan)
    last = len(plan.channels) - 1
    for row, (name, channel) in enumerate(zip(plan.channel_names, plan.channels, strict=True)):
        if len(plan.referral) and row == last:
            invited = "when they were invited"
            yield PlanRow("market", str(name), "people whom customers invite", when=invited)
            continue
        yield PlanRow(
            "market",
            str(name),
            f"{share_words(shares[row])} of prospects",
            float(channel["reached"]) if channel["reached"] < 1.0 else None,
            cost=float(channel["cost"]),
            when=_arrivals(plan, channel),
            accepted=str(plan.stage_names[0]),
            declined="never arrives" if channel["reached"] < 1.0 else "",
        )


def some_segments(plan: Plan) -> str:
    """How many segments the market has."""
    count = len(plan.segment_names)
    return "one segment" if count == 1 else f"{count} segments"


def _arrivals(plan: Plan, channel: Any) -> str:
    """When a channel's people arrive."""
    count = int(channel["n_days"])
    if not count:
        if not takes_time(channel, "arrival"):
            return "all on day 0"
        fields = (channel[f"arrival_{field}"] for field in ("kind", "a", "b"))
        since = f", from day {channel['start']:g} on" if channel["start"] > 0.0 else ""
        return delay_words(*fields) + since
    first = int(channel["first_day"])
    curve = plan.arrival_days[first : first + count]
    entries = (int(np.argmax(curve >= share)) for share in (1e-12, 0.5, 0.99))
    start, length = float(channel["start"]), float(channel["day_length"])
    begins, half, most = (int(start + length * entry) for entry in entries)
    return f"from day {begins}, half of them by the end of day {half}, 99 % by that of day {most}"


def _season(plan: Plan) -> Iterator[PlanRow]:
    """Repeat purchases come at the model's rate times the day's multiplier."""
    if not len(plan.season):
        return
    peak = float(plan.repeat["season_peak"][0])
    low, high = (int(pick(plan.season)) for pick in (np.argmin, np.argmax))
    ends = (
        f"\N{MULTIPLICATION SIGN} {peak * plan.season[day]:.3g} on day {day}" for day in (low, high)
    )
    yield PlanRow("season", "", "repeat purchases", when=" to ".join(ends))
