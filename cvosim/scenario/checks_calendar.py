"""Checks of the seasons: twelve months, a date to begin with, and some day to arrive on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import ceil

from cvosim.scenario.checks_channels import not_like
from cvosim.scenario.raw import Issue, Raw, items, section, values
from cvosim.scenario.references import number
from cvosim.scenario.shares import people_of

_KEYS = ("arrivals", "purchases")
_TWO_YEARS = 731
"""Days in which every weekday meets every month; who looks further sees nothing new."""


def calendar_issues(data: Raw) -> Iterator[Issue]:
    """Find seasons that are no years, lack a date, or leave a channel no day to arrive on."""
    seasons = section(data, "seasonality")
    if isinstance(data.get("seasonality"), Mapping) and not isinstance(
        data.get("calendar"), Mapping
    ):
        message = "needs a calendar, or no day has a month: write calendar: {start: 2026-01-01}"
        yield Issue(("seasonality",), f"{message} with the date of day 0")
    for key in _KEYS:
        wanted = (12, "January to December")
        yield from not_like(("seasonality", key), seasons, key, wanted)
    start = _date(section(data, "calendar").get("start"))
    if start is not None:
        yield from _nobody_arrives(data, start)


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else _known(value)
    except ValueError:
        return None


def _known(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _nobody_arrives(data: Raw, start: date) -> Iterator[Issue]:
    """Find channels all of whose days are days of 0, by weekday, month or both."""
    season = _weights(section(data, "seasonality"), "arrivals", 12)
    for index, channel in items(data, "channels"):
        arrivals = section(channel, "arrivals")
        kind, pattern = arrivals.get("kind"), _weights(arrivals, "pattern", 7)
        if kind in (None, "daily") or (season is None and pattern is None):
            continue
        days = _days_of(arrivals, data, people_of(data, index))
        if days and not _some_day(days, start, pattern or [1.0] * 7, season or [1.0] * 12):
            message = "leaves no day on which anybody could arrive: on every day of the period "
            words = f"{message}the weekday's or the month's number is 0"
            yield Issue(("channels", index, "arrivals"), words)


def _days_of(arrivals: Raw, data: Raw, people: float | None) -> range | None:
    """Days on which arrivals would be possible but for the season, as many as matter."""
    first, end = number(arrivals.get("at_day", 0)), number(arrivals.get("over_days"))
    if arrivals.get("kind") == "poisson":
        per_day = number(arrivals.get("per_day"))
        end = people / per_day if people and per_day and per_day > 0 else None
    elif arrivals.get("kind") == "burst":
        end = number(data.get("horizon_days"))
    if first is None or end is None or not 0 <= first < end:
        return None
    return range(int(first), min(ceil(end), int(first) + _TWO_YEARS))


def _some_day(days: range, start: date, pattern: Sequence[float], season: Sequence[float]) -> bool:
    dates = (start + timedelta(days=day) for day in days)
    try:
        return any(pattern[day.weekday()] * season[day.month - 1] > 0 for day in dates)
    except OverflowError:  # dates end with the year 9999
        return True


def _weights(owner: Raw, key: str, size: int) -> list[float] | None:
    """Return a list of numbers that is as long as it should be and not all 0, else None."""
    found = [number(value) for value in values(owner, key)]
    known = [value for value in found if value is not None and value >= 0]
    return known if len(known) == len(found) == size and any(known) else None
