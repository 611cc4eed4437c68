"""Hypothesis strategies for the market: segments, channels with their costs, calendar, seasons."""

from __future__ import annotations

from helpers.drawn_values import HORIZON, Cast, Raw, effect, maybe_effects, money
from hypothesis import strategies as st

RUNGS = ("unaware", "problem", "solution", "product")
_DAYS = int(HORIZON)
VISITS = "day,steady,launch,gaps\n" + "".join(
    f"{day},{int(day < _DAYS)},{max(0, 40 - 3 * day)},{day % 5 * 1.5 * (day < _DAYS)}\n"
    for day in range(_DAYS + 20)
)
"""A CSV file of arrivals that lies beside every drawn scenario; zeros go on past the horizon."""
VISITS_FILE = "visits.csv"
CUSTOMERS = 1000
"""Prospects of a drawn scenario, by which a rate of arrivals becomes a number of days."""

_mixes = st.sampled_from(
    [(1.0, 0.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25), (0.0, 0.5, 0.0, 0.5), (0.0, 0.0, 0.0, 1.0)]
)
_awareness = st.builds(lambda mix: dict(zip(RUNGS, mix, strict=True)), _mixes)
_weekday = st.one_of(st.just(0.0), st.floats(0.1, 5))
_month = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.1, 3))


def segments(draw: st.DrawFn, cast: Cast, stages: list[str]) -> list[Raw]:
    """Two segments that differ in all that a segment may have (on the spine not in awareness)."""
    mixes = st.just(draw(_awareness)) if cast.spine else _awareness
    return [
        {
            "name": name,
            "share": share,
            "fit": draw(effect),
            "trust": draw(effect),
            "price_sensitivity": draw(st.floats(0, 2)),
            "awareness": draw(mixes),
            **draw(maybe_effects(stages)),
        }
        for name, share in zip(cast.segments, (0.3, 0.7), strict=True)
    ]


def channels(draw: st.DrawFn, cast: Cast, stages: list[str]) -> list[Raw]:
    """One channel for each name of the cast, referral excepted."""
    shares = iter((0.6, 0.4) if len(cast.channels) == 2 else (0.5, 0.2, 0.3))
    ads: Raw = {"name": cast.channels[0], "kind": "paid", "share": next(shares)}
    ads |= draw(_cost(cast))
    if draw(st.booleans()):
        ads["arrivals"] = draw(_arrivals(cast, ads["share"]))
    table = [ads]
    for name in cast.channels[1:]:
        channel: Raw = {"name": name, "kind": "earned", "share": next(shares)}
        if cast.everything(draw):
            channel |= draw(_cost(cast))
            channel["arrivals"] = draw(_arrivals(cast, channel["share"]))
            channel["awareness"] = draw(_awareness)
        table.append(channel)
    for channel in table:
        channel.update(draw(maybe_effects(stages)))
    if all("reach" in channel for channel in table) and draw(st.booleans()):
        for channel in table:
            del channel["share"]  # they divide the market by their saturations
            if channel.get("arrivals", {}).get("kind") == "poisson":
                channel["arrivals"]["per_day"] = 1000.0  # its share is not known here
    return table


@st.composite
def _cost(draw: st.DrawFn, cast: Cast) -> Raw:
    forms = ["cost_per_prospect"] if cast.spine else ["cost_per_prospect", "cpc", "cpm", "budget"]
    match draw(st.sampled_from(forms)):
        case "cpm":
            return {"cpm": draw(money), "impressions": draw(st.floats(1, 300))}
        case "budget":
            hill: Raw = {"kind": "hill", "saturation": draw(st.floats(100, 90_000))}
            hill |= {"half_spend": draw(st.floats(10, 30_000)), "shape": draw(st.floats(0.3, 2))}
            form: Raw = {"budget": draw(st.one_of(st.just(0.0), st.floats(100, 90_000)))}
            return form | {"reach": hill} | ({"cpm": 9.0} if draw(st.booleans()) else {})
        case form:
            return {form: draw(money)}


@st.composite
def _arrivals(draw: st.DrawFn, cast: Cast, share: float) -> Raw:
    kinds = ["uniform"] if cast.spine else ["uniform", "poisson", "burst", "daily"]
    kind = draw(st.sampled_from([*kinds, "weekly"] if cast.has("calendar") else kinds))
    over = draw(st.one_of(st.just(HORIZON), st.floats(1, HORIZON)))
    match kind:
        case "poisson":
            return {"kind": kind, "per_day": share * CUSTOMERS / over}
        case "burst":
            at = draw(st.sampled_from([0.0, 2.5, 30.0]))
            return {"kind": kind, "at_day": at, "mean_days": draw(st.floats(0.1, 60))}
        case "weekly":
            pattern = [draw(_weekday) for _ in range(6)]
            return {"kind": kind, "over_days": max(over, 8.0), "pattern": [*pattern, 1.0]}
        case "daily":
            column = draw(st.sampled_from(["steady", "launch", "gaps"]))
            return {"kind": kind, "file": VISITS_FILE, "column": column}
        case _:
            return {"kind": kind, "over_days": over}


def calendar(draw: st.DrawFn) -> Raw:
    """A first day, and the seasons it gives a meaning to."""
    start = draw(st.sampled_from(["2026-01-01", "2024-02-28", "2025-12-15"]))
    top: Raw = {"calendar": {"start": start}}
    seasons = {
        what: [1.0, 1.0, 0.8, *(draw(_month) for _ in range(8)), draw(st.sampled_from([0.5, 2.0]))]
        for what in ("arrivals", "purchases")
        if draw(st.booleans())
    }
    for months in seasons.values():  # one without any; never those in which everything begins
        if draw(st.booleans()):
            months[3] = 0.0
    return top | ({"seasonality": seasons} if seasons else {})
