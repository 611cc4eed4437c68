"""Checks that no customer brings more events than a computer can hold."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.scenario.checks_programs import RETENTION
from cvosim.scenario.raw import Issue, Raw, items, section, values
from cvosim.scenario.references import Loc, number

MOST_PER_DAY = 1000.0
MOST_EVENTS = 1e5
"""On average. The luckiest of all customers then have fewer than 2**22, the most occurrences that
a draw may have: a gamma rate of shape 1 is 42 times its mean with probability 6e-19."""

MOST_MESSAGES = 65_000.0
"""Of one program to one customer: what it wins back is counted in 16 bits."""


def rate_issues(data: Raw) -> Iterator[Issue]:
    """Find rates that would bring absurdly many events to a customer.

    Those below the least that their fields take are left to the fields to refuse.
    """
    journey = section(data, "journey")
    horizon = number(data.get("horizon_days")) or 0.0
    frequency = section(journey, "repeat_purchases", "frequency")
    loc: Loc = ("journey", "repeat_purchases", "frequency")
    peak = _season_peak(values(section(data, "seasonality"), "purchases"))
    yield from _purchases(loc, frequency, horizon * peak)
    for index, offer in items(journey, "profit_maximizers"):
        yield from _bills(("journey", "profit_maximizers", index), offer, horizon)
    for index, program in items(journey, "return_path"):
        yield from _clicks(("journey", "return_path", index), program)
        yield from _touches(("journey", "return_path", index), program, horizon)


def _season_peak(season: list[object]) -> float:
    """How much busier than the mean the busiest month is; purchases are thinned from there."""
    months = [number(month) for month in season]
    valid = [month for month in months if month is not None and month >= 0]
    total = sum(valid)
    return len(valid) * max(valid) / total if total > 0 else 1.0


def _purchases(loc: Loc, frequency: Raw, horizon: float) -> Iterator[Issue]:
    r, alpha = number(frequency.get("r")), number(frequency.get("alpha_days"))
    mean = number(frequency.get("mean_days"))
    if frequency.get("model") == "poisson":
        if mean is not None and mean >= 0.001 and horizon / mean > MOST_EVENTS:
            yield Issue((*loc, "mean_days"), _too_many("purchases", horizon / mean))
        return
    if r is None or alpha is None or r <= 0 or alpha < 0.001:
        return
    if r / alpha > MOST_PER_DAY:
        message = f"r / alpha_days is {r / alpha:.6g} purchases a day; at most {MOST_PER_DAY:g}"
        yield Issue((*loc, "alpha_days"), message)
    # The busiest customers buy some 1 / alpha_days a day even where the mean is small.
    elif max(r, 1.0) / alpha * horizon > MOST_EVENTS:
        yield Issue((*loc, "alpha_days"), _too_many("purchases", max(r, 1.0) / alpha * horizon))


def _bills(loc: Loc, offer: Raw, horizon: float) -> Iterator[Issue]:
    period = number(offer.get("period_days"))
    if period is not None and period >= 0.01 and horizon / period > MOST_EVENTS:
        yield Issue((*loc, "period_days"), _too_many("bills", horizon / period))


def _clicks(loc: Loc, program: Raw) -> Iterator[Issue]:
    keys = ("window_days", "impressions_per_day", "click")
    window, impressions, click = (number(program.get(key)) for key in keys)
    if program.get("kind") != "remarketing" or not window or not impressions or not click:
        return
    if window * impressions * click > MOST_EVENTS:
        clicks = window * impressions * click
        yield Issue((*loc, "impressions_per_day"), _too_many("clicks", clicks))


def _touches(loc: Loc, program: Raw, horizon: float) -> Iterator[Issue]:
    key = "after_days" if program.get("kind") == "win_back" else "every_days"
    between = number(program.get(key))
    if program.get("kind") not in RETENTION or between is None or between < 1:
        return
    messages = horizon / between * max(len(values(program, "days")), 1)
    if messages > MOST_MESSAGES:
        yield Issue((*loc, key), _too_many("messages", messages, MOST_MESSAGES))


def _too_many(what: str, number_of: float, most: float = MOST_EVENTS) -> str:
    return f"means up to {number_of:.3g} {what} a customer; at most {most:g}"
