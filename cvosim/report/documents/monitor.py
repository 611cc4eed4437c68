"""The report of an experiment that is watched while it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.abtest import Wording
from cvosim.report.document import Document, Section
from cvosim.report.documents.names import keys_of
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.boundaries import Boundaries, boundaries
from cvosim.report.monitor import monitor_verdict
from cvosim.report.monitor_picture import (
    boundaries_of,
    by_group_of,
    effect_by_group,
    effect_so_far,
    so_far_of,
)
from cvosim.report.monitor_tables import (
    ERRORS,
    adjusted,
    group_table,
    look_table,
    period_word,
    triangle_table,
)
from cvosim.report.tables import Table
from cvosim.stats.monitor.rules import Verdict
from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from cvosim.stats.monitor.result import Monitor, Watched

HOLDS = (
    "All intervals hold together: look as often as you like. The star is the look at which the "
    "test ended."
)
BOUNDS = (
    "A look that falls into a hatched part stops the test. How far it is from 0 is counted in "
    "standard errors."
)


def monitor_document(
    found: Monitor, wording: Wording, made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of a watched experiment together.

    Parameters
    ----------
    found : Monitor
    wording : Wording
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    verdict = monitor_verdict(found, wording)
    names = " and ".join(one.treatment for one in found.watched)
    sections = [_looks(found, wording), _groups(found, wording, by_age=False)]
    if any(one.ages for one in found.watched):
        triangles = tuple(triangle_table(found, one, wording) for one in found.watched)
        sections += [_groups(found, wording, by_age=True)]
        sections += [Section("By cohort and age", ERRORS, (), triangles)]
    return Document(
        f"{names} against {found.arms[0]}: {found.metric}, week by week"
        if found.weeks.period == 7.0
        else f"{names} against {found.arms[0]}: {found.metric}, look by look",
        verdict,
        tuple(sections),
        (_asked(found),),
        dict(made or made_of()),
        {"verdict": verdict, **found.to_dict()},
    )


def _looks(found: Monitor, wording: Wording) -> Section:
    seen = [one for one in found.watched if one.ruled.looks]
    if not seen:
        return Section("Look by look", "There is no look yet.")
    arms = [one.treatment for one in seen]
    exhibits: list[Exhibit] = []
    keys = zip(seen, keys_of("looks", arms), keys_of("bounds", arms), strict=True)
    for one, key, other in keys:
        exhibits.append(_so_far(found, one, wording, key))
        data = boundaries_of(found, one)
        if data is not None:
            exhibits.append(_bounds(data, other))
    return Section("Look by look", "", tuple(exhibits), (look_table(found, wording),))


def _so_far(found: Monitor, one: Watched, wording: Wording, key: str) -> Exhibit:
    data, metric = so_far_of(found, one, wording), found.metric
    rows, shown = [], []
    for place, look in enumerate(one.ruled.looks, 1):
        values = (look.estimate, look.low, look.high)
        rows.append((place, look.day, *values))
        texts = [wording.change(metric, value) for value in values]
        shown.append((f"{place}", day_text(look.day), texts[0], f"{texts[1]} to {texts[2]}"))
    table = figure_table(("look", "day", "effect", "interval over all looks"), rows, shown)
    note = " ".join([HOLDS, *_at_the_end(found, one, wording)])
    return Exhibit(key, data.title, _told(found, one, wording), effect_so_far, data, table, note)


def _at_the_end(found: Monitor, one: Watched, wording: Wording) -> list[str]:
    """Give the effect that the verdict tells where that is not one of the looks'."""
    if not adjusted(one):
        return []
    ruled, metric = one.ruled, found.metric
    like = max(abs(ruled.low), abs(ruled.high))
    low, high = (wording.change(metric, end, like) for end in (ruled.low, ruled.high))
    return [
        f"As of the test's end, which allows for its looks, the effect is "
        f"{wording.change(metric, ruled.estimate)} ({100 * found.settings.level:g} % interval "
        f"{low} to {high})."
    ]


def _told(found: Monitor, one: Watched, wording: Wording) -> str:
    looks, stopped = one.ruled.looks, one.ruled.stopped
    at = looks[-1]
    like = max(abs(at.low), abs(at.high))
    low, high = (wording.change(found.metric, end, like) for end in (at.low, at.high))
    text = (
        f"{one.treatment} less {found.arms[0]} in {found.metric}, at {len(looks)} looks from "
        f"{day_text(looks[0].day)} to {day_text(at.day)}. At the last look "
        f"{wording.change(found.metric, at.estimate)} "
        f"({100 * found.settings.level:g} % interval over all looks {low} to {high})."
    )
    if stopped is None:
        return f"{text} No look has decided yet."
    told = looks[stopped]
    when = f"Look {stopped + 1}, on {day_text(told.day)}"
    if told.verdict is Verdict.NOT_SHOWN:
        text += f" {when}, was the last that was planned; no effect is shown."
    else:
        text += f" {when}, decided: {told.verdict}."
    return " ".join([text, *_at_the_end(found, one, wording)])


def _bounds(data: Boundaries, key: str) -> Exhibit:
    rows, shown = [], []
    for place, (day, seen, bound) in enumerate(
        zip(data.ticks, data.seen, data.bounds, strict=True)
    ):
        said = data.decision if place == data.decided else ""
        rows.append((day, seen, bound, -bound, said))
        shown.append((day, f"{seen:+.2f}", f"{bound:+.2f}", f"{-bound:+.2f}", said))
    header = ("day", "standard errors from 0", data.above, data.below, "decided")
    if data.decided is None:
        end = (
            f"No look decided; the last one is {data.seen[-1]:+.2f} standard errors from 0, and "
            f"its bounds are {data.bounds[-1]:.2f} on either side."
        )
    else:
        place = data.decided
        end = (
            f"Look {place + 1}, on {data.ticks[place]}, is {data.seen[place]:+.2f} standard "
            f"errors from 0, with bounds of {data.bounds[place]:.2f}, and decided: {data.decision}."
        )
    alt = f"{len(data.days)} looks, each beside its bounds. {end}"
    return Exhibit(
        key, data.title, alt, boundaries, data, figure_table(header, rows, shown), BOUNDS
    )


def _groups(found: Monitor, wording: Wording, *, by_age: bool) -> Section:
    word = period_word(found.weeks.period)
    title = f"By {word} of life" if by_age else f"By {word} of assignment"
    some = [one for one in found.watched if by_group_of(found, one, wording, by_age=by_age).places]
    keys = keys_of("ages" if by_age else "cohorts", [one.treatment for one in some])
    exhibits = tuple(
        _group(found, one, wording, key=key, by_age=by_age)
        for one, key in zip(some, keys, strict=True)
    )
    return Section(title, ERRORS, exhibits, (group_table(found, wording, by_age=by_age),))


def _group(found: Monitor, one: Watched, wording: Wording, *, key: str, by_age: bool) -> Exhibit:
    data = by_group_of(found, one, wording, by_age=by_age)
    word = period_word(found.weeks.period)
    rows = list(zip(data.places, data.values, data.errors, strict=True))
    shown = [
        (f"{place}", wording.change(found.metric, value), _error(found, wording, error))
        for place, value, error in rows
    ]
    (first, was, _), (last, now, _) = shown[0], shown[-1]
    alt = (
        f"{one.treatment} less {found.arms[0]} in {found.metric}: {was} in {word} {first} and "
        f"{now} in {word} {last}; {len(rows)} in all."
    )
    header = (word, "effect", "± one standard error")
    table = figure_table(header, rows, shown)
    return Exhibit(key, data.title, alt, effect_by_group, data, table)


def _error(found: Monitor, wording: Wording, error: float) -> str:
    return wording.amount(found.metric, error) if math.isfinite(error) else ""


def _asked(found: Monitor) -> Table:
    settings, weeks = found.settings, found.weeks
    return settings_table(
        "What was decided before the data",
        {
            "metric": found.metric,
            "control": found.arms[0],
            "level of confidence": f"{100 * settings.level:g} %",
            "days of a cohort": weeks.period,
            "days in which value counts": weeks.window,
            "planned looks": settings.looks,
            "customers at the planned end": settings.planned_units,
            "how looks share the error rate": settings.spending if settings.planned else "",
            "stops without hope by": settings.futility,
            "sees best at customers": None if settings.planned else settings.tuned_units,
            "an effect that would pay": settings.worth,
            "less is better": settings.lower_is_better,
            "designed shares": settings.shares,
            "missing values": settings.missing,
        },
    )
