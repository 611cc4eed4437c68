"""Retention in words and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.clv.words import counting
from cvosim.report.numbers import UNKNOWN, percent
from cvosim.report.segments import counted
from cvosim.report.style import short
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.clv.retention.cohorts import Cohorts
    from cvosim.clv.retention.stickiness import Stickiness
    from cvosim.clv.retention.study import RetentionStudy
    from cvosim.clv.retention.survival import Hazard, Survival

MOST_AGES, MOST_COHORTS = 13, 24
"""Columns and rows of a cohort table in print; JSON and CSV have all."""
MOST_LABELS = 20
GONE = (
    "Gone is a rule of silence, not knowledge: nobody saw them leave.\nP(alive) of cvosim clv fit "
    "and project is another answer, a model's, and may well differ."
)


def retention_text(done: RetentionStudy, format_: str) -> str:
    """Write the whole study, doubts first.

    Parameters
    ----------
    done : RetentionStudy
    format_ : str
        ``table`` or ``md``.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.retention.study import RetentionSettings, retention_study
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 50, 7.0)])
    >>> study = retention_study(log, RetentionSettings(gap=30))
    >>> print(retention_text(study, "table").splitlines()[0])
    Warning: 1 of the 2 customers who count as gone after 30 days without a purchase ...
    """
    from cvosim.clv.orders.days import format_day

    table = done.cohorts
    people = int(table.size.sum())
    until = format_day(table.end)
    doubts = [f"Warning: {doubt}" for doubt in done.doubts]
    parts = ["\n".join(doubts)] if doubts else []
    parts.append(f"{done.source}: {counted(people)}, seen until {until}")
    parts.append(cohort_table(table).render(format_))
    parts.append(
        f"Blank: that {table.unit} is not over. Who bought before the log begins looks new in it."
    )
    if done.survival is not None:
        parts += [survival_words(done.survival, given=done.gap_given)]
        parts += [hazard_table(done.survival).render(format_), hazard_words(done.survival)]
    parts.append(stickiness_table(done.stickiness, done.campaign).render(format_))
    return "\n\n".join(parts)


def cohort_table(data: Cohorts) -> Table:
    """Make one row a cohort that has customers, the latest; the pooled shares last."""
    share, pooled = data.share, data.pooled
    rows = [place for place in range(len(data.size)) if data.size[place]]
    ages = min(MOST_AGES, len(pooled))
    names, hidden = data.names(), max(len(rows) - MOST_COHORTS, 0)
    lines = [(names[place], int(data.size[place]), share[place]) for place in rows[hidden:]]
    lines.append(("all", int(data.size.sum()), pooled))
    header = ("first bought", "customers", *map(str, range(ages)))
    exact = tuple((name, size, *_plain(values, ages)) for name, size, values in lines)
    shown = tuple(
        (
            name,
            f"{size:,}",
            *("" if x is None else f"{100 * x:.0f} %" for x in _plain(values, ages)),
        )
        for name, size, values in lines
    )
    cut = [f"first {counting(hidden, 'cohort')}"] * (hidden > 0)
    cut += [f"ages from {ages}"] * (len(pooled) > ages)
    more = f" ({' and '.join(cut)} in JSON and CSV)" if cut else ""
    title = f"Share that buys again, by {data.unit}s since the {data.unit} of the first purchase"
    return Table(header, exact, shown, title=title + more)


def _plain(values: Any, count: int) -> list[float | None]:
    return [None if math.isnan(x) else x for x in values[:count].tolist()]


def survival_words(data: Survival, *, given: bool) -> str:
    """Say how long customers keep buying."""
    how = "as asked" if given else "nine of ten gaps between purchases are shorter"
    rest = f", {data.too_new:,} {_was(data.too_new)} not" if data.too_new else ""
    lines = [
        f"A customer counts as gone after {counting(data.gap, 'day')} without a purchase ({how}).",
        f"{counted(data.customers)} {_was(data.customers)} seen for that long{rest}; "
        f"{data.gone:,} {'is' if data.gone == 1 else 'are'} gone.",
        GONE,
    ]
    if data.customers < 2:
        return "\n".join([*lines, "How long customers keep buying one alone cannot tell."])
    for day in (0, 90, 180, 365):
        found = data.at(day)
        if found is not None:
            when = "after the first purchase" if day == 0 else f"{day} days later"
            ends = f"{100 * found[1]:.0f} to {100 * found[2]:.0f} %"
            lines.append(f"Still buying {when}: {100 * found[0]:.0f} % ({ends})")
    if data.median is None:
        lines.append("More than half were still buying as far as the orders show.")
    elif data.median > 0:
        days = counting(round(data.median), "day")
        lines.append(f"Half of them buy for {days} or longer.")
    return "\n".join(lines)


def hazard_table(data: Survival) -> Table:
    """Make one row a stretch of age."""
    level = f"{100 * data.level:g} % interval"
    header = ("age (days)", "still buying", "gone", "seen no further", "leave", level)
    rows = tuple(
        (_age(one), one.at_risk, one.gone, one.unseen, one.share, one.low) for one in data.hazards
    )
    shown = tuple(
        (_age(one), *(f"{count:,}" for count in one[2:5]), *_leave(one)) for one in data.hazards
    )
    title = "Who leaves: at the first purchase, and then of those still buying at each age"
    return Table(header, rows, shown, title=title)


def hazard_words(data: Survival) -> str:
    """Say what the share in the table of leavers is."""
    words = "Leave: gone out of still buying."
    if any(one.unseen for one in data.hazards):
        silence = "day is" if data.gap == 1 else f"{data.gap:,} days are"
        words += (
            f" Customers seen no further (their next {silence} not over) count up to there "
            "(Kaplan-Meier)."
        )
    return words


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _age(one: Hazard) -> str:
    return "first purchase" if one.end == 0 else f"{one.start} to {one.end}"


def stickiness_table(found: tuple[Stickiness, ...], campaign: str | None) -> Table:
    """Make one row a label, the largest first."""
    by_label: dict[str, list[Stickiness]] = {}
    for one in found:
        by_label.setdefault(one.label, []).append(one)
    labels = sorted(by_label, key=lambda label: -max(one.customers for one in by_label[label]))
    within = [one.within for one in next(iter(by_label.values()))]
    columns = [name for span in within for name in (f"within {span} days", f"of ({span})")]
    header = (campaign or "customers", *columns)
    exact = tuple(
        (label, *(x for one in by_label[label] for x in (one.share, one.customers)))
        for label in labels[:MOST_LABELS]
    )
    shown = tuple(
        (
            short(label, 30),
            *(x for one in by_label[label] for x in (_with_ends(one), f"{one.customers:,}")),
        )
        for label in labels[:MOST_LABELS]
    )
    more = f" (the largest {MOST_LABELS})" if len(labels) > MOST_LABELS else ""
    title = f"New customers who come back in time, of those seen for that long{more}"
    return Table(header, exact, shown, title=title)


def _with_ends(one: Stickiness) -> str:
    if one.share is None or one.low is None or one.high is None:
        return UNKNOWN
    return f"{percent(one.share)} ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _leave(one: Hazard) -> tuple[str, str]:
    """Share that leaves and its interval."""
    if one.share is None or one.low is None or one.high is None:
        return UNKNOWN, "too few to tell"
    return percent(one.share), f"{100 * one.low:.1f} to {100 * one.high:.1f} %"


def retention_csv(done: RetentionStudy) -> str:
    """Give everything in one long table: what, of whom, at what age."""
    header = ("part", "group", "age", "unit", "customers", "share", "low", "high")
    table = done.cohorts
    rows: list[tuple[Cell, ...]] = [
        ("cohort", name, age, table.unit, int(size), share, None, None)
        for name, size, shares in zip(table.names(), table.size, table.share, strict=True)
        if size
        for age, share in enumerate(_plain(shares, len(shares)))
        if share is not None
    ]
    if done.survival is not None:
        curve = done.survival
        columns = (curve.day, curve.share, curve.low, curve.high)
        rows += [
            ("survival", "all", day, "day", None, share, low, high)
            for day, share, low, high in zip(*(one.tolist() for one in columns), strict=True)
        ]
        rows += [
            ("hazard", _age(one), one.end, "day", one.at_risk, one.share, one.low, one.high)
            for one in curve.hazards
        ]
    rows += [
        ("stickiness", one.label, one.within, "day", one.customers, one.share, one.low, one.high)
        for one in done.stickiness
    ]
    return Table(header, tuple(rows), ()).to_csv()
