"""Checks of one channel: what it costs, whom its budget reaches, when its people arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cvosim.scenario.raw import Issue, Raw, section, values
from cvosim.scenario.references import MOST_MONEY, Loc, number
from cvosim.scenario.shares import people_of, reached_share

FORMS = "cost_per_prospect, cpc, cpm with impressions, or budget with reach"
_NO_CALENDAR = "write calendar: {start: 2026-01-01} with the date of day 0"
_MOST_DAYS = 1e6
_LEAST_REACHED = 1e-9


def channel_issues(loc: Loc, channel: Raw, data: Raw) -> Iterator[Issue]:
    """Find what does not fit together in a channel's costs, reach and arrivals."""
    yield from _one_cost(loc, channel)
    yield from _whole_cost(loc, channel)
    yield from _reach(loc, channel)
    yield from _arrivals((*loc, "arrivals"), channel, data)


def _stated(channel: Raw, key: str) -> bool:
    return channel.get(key) is not None


def _one_cost(loc: Loc, channel: Raw) -> Iterator[Issue]:
    """A free channel may say so: a cost per prospect of 0 beside another cost means nothing."""
    forms = [key for key in ("cpc", "budget") if _stated(channel, key)]
    if channel.get("cost_per_prospect") not in (None, 0):
        forms.insert(0, "cost_per_prospect")
    if _stated(channel, "cpm") and not _stated(channel, "budget"):
        forms.append("cpm")
    if len(forms) > 1:
        places = tuple((*loc, key) for key in forms)
        listed = f"{', '.join(forms[:-1])} and {forms[-1]}"
        yield Issue(loc, f"states the cost twice: {listed}; keep one of {FORMS}", places)


def _whole_cost(loc: Loc, channel: Raw) -> Iterator[Issue]:
    """Find half of a cost that needs two keys."""
    budget, reach, cpm, impressions = (
        _stated(channel, key) for key in ("budget", "reach", "cpm", "impressions")
    )
    if budget and not reach:
        words = "needs a reach that says how many people it reaches, such as reach: {kind: hill, "
        yield Issue((*loc, "budget"), f"{words}saturation: 90000, half_spend: 30000, shape: 1.2}}")
    if reach and not budget:
        message = "needs budget, the money spent on these people (budget: 0 reaches nobody)"
        yield Issue((*loc, "reach"), message)
    if cpm and not (budget or impressions):
        message = "needs impressions, the number shown for each prospect who comes"
        yield Issue((*loc, "cpm"), f"{message} (or a budget with a reach)")
    if impressions and budget:
        message = "says nothing beside a budget: reach says how many people come; leave it out"
        yield Issue((*loc, "impressions"), message)
    elif impressions and not cpm:
        yield Issue((*loc, "impressions"), "needs cpm, the price of 1,000 impressions")


def _reach(loc: Loc, channel: Raw) -> Iterator[Issue]:
    """Find budgets so small beside ``half_spend`` that a single prospect would cost a fortune."""
    reach, budget = section(channel, "reach"), number(channel.get("budget"))
    saturation, reached = number(reach.get("saturation")), reached_share(channel)
    if not budget or not reached or not saturation or min(budget, saturation) <= 0:
        return
    if reached < _LEAST_REACHED or budget / (saturation * reached) > MOST_MONEY:
        message = (
            f"reaches next to nobody (a share of {reached:.2g} of them, by half_spend and shape); "
            "write 0 to reach nobody at all"
        )
        yield Issue((*loc, "budget"), message)


def _arrivals(loc: Loc, channel: Raw, data: Raw) -> Iterator[Issue]:
    arrivals, horizon = section(channel, "arrivals"), number(data.get("horizon_days"))
    match arrivals.get("kind"):
        case "uniform" | "weekly" | "burst" | None:
            yield from _too_late(loc, arrivals, horizon)
        case "daily":
            yield from _counted(loc, arrivals, horizon)
        case "poisson":
            yield from _too_slow(loc, arrivals, data)
    if arrivals.get("kind") == "weekly":
        yield from not_like((*loc, "pattern"), arrivals, "pattern", (7, "Monday to Sunday"))
        if not isinstance(data.get("calendar"), Mapping):
            message = f"weekly arrivals need a calendar: {_NO_CALENDAR}"
            yield Issue((*loc, "kind"), message)


def _too_late(loc: Loc, arrivals: Raw, horizon: float | None) -> Iterator[Issue]:
    over, at = number(arrivals.get("over_days")), number(arrivals.get("at_day"))
    if horizon is None or horizon <= 0:
        return
    if over is not None and over > horizon:
        message = f"must be at most horizon_days, {horizon:g} (got {over:g}); "
        yield Issue((*loc, "over_days"), message + "prospects who arrive later would never be seen")
    if at is not None and at >= horizon:
        message = f"must be before horizon_days, {horizon:g} (got {at:g}); nobody would be seen"
        yield Issue((*loc, "at_day"), message)


def _counted(loc: Loc, arrivals: Raw, horizon: float | None) -> Iterator[Issue]:
    weights = [number(weight) for weight in values(arrivals, "weights")]
    counted = [day for day, weight in enumerate(weights) if weight]
    if weights and not counted:
        yield Issue((*loc, "weights"), "must not be 0 on every day: nobody would arrive")
    elif horizon is not None and counted and counted[-1] >= horizon > 0:
        message = (
            f"counts arrivals up to day {counted[-1]} (the first is day 0), but horizon_days is "
            f"{horizon:g}: prospects who arrive later would never be seen; shorten the file or "
            "raise horizon_days"
        )
        yield Issue((*loc, "file"), message)


def _too_slow(loc: Loc, arrivals: Raw, data: Raw) -> Iterator[Issue]:
    per_day, people = number(arrivals.get("per_day")), people_of(data, int(loc[1]))
    if per_day and people and per_day > 0 and people > _MOST_DAYS * per_day:
        message = f"is so slow that the channel's {people:g} prospects need {people / per_day:.3g}"
        yield Issue((*loc, "per_day"), f"{message} days; at most {_MOST_DAYS:,.0f}")


def not_like(loc: Loc, owner: Raw, key: str, wanted: tuple[int, str]) -> Iterator[Issue]:
    """Find a list that has not its number of numbers, or holds nothing but zeros.

    Parameters
    ----------
    loc : tuple
        Where the list is.
    owner : mapping
        The section that holds it; a value that is no list is passed over.
    key : str
        The list's key.
    wanted : tuple
        How many numbers, and what they stand for in words.
    """
    if not isinstance(owner.get(key), list | tuple):
        return
    found, (size, words) = values(owner, key), wanted
    if len(found) != size:
        yield Issue(loc, f"needs {size} numbers, {words}; got {len(found)}")
    elif all(number(value) == 0 for value in found):
        yield Issue(loc, f"must not be 0 throughout: {words}, at least one above 0")
