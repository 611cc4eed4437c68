"""An experiment that is watched, as tables: by look, by cohort, by age, and by both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.report.abtest import Wording
from cvosim.report.numbers import number, p_text, signed
from cvosim.report.tables import Cell, Table
from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from cvosim.stats.monitor.result import Group, Monitor, Watched

MOST_COHORTS, MOST_AGES = 26, 8
"""Rows and columns of a triangle in print; JSON and CSV have all."""
LEAST_P = 1e-16
"""P-values below are not told apart."""
ERRORS = "± is one standard error of one cohort or age by itself: no verdict."
COLUMNS = (
    "kind", "treatment", "number", "age", "day", "units_control", "units_treatment", "waiting",
    "fraction", "control", "treated", "effect", "standard_error", "low", "high", "p_value",
    "verdict",
)  # fmt: skip


def period_word(days: float) -> str:
    """Name a period.

    Examples
    --------
    >>> period_word(7.0), period_word(1.0), period_word(30.0)
    ('week', 'day', 'period of 30 days')
    """
    return {7.0: "week", 1.0: "day"}.get(days, f"period of {days:g} days")


def covered(found: Monitor) -> str:
    """Name what intervals and p-values are corrected for."""
    many = len(found.watched)
    return f"all looks and {many} treatments" if many > 1 else "all looks"


def adjusted(one: Watched) -> bool:
    """Whether a planned test is over, so that its effect is told as of its end.

    That interval allows for the looks that there were, and is narrower than those of the looks,
    which hold at all of them together, whether a test stops or not.
    """
    ruled = one.ruled
    ends = ruled.low, ruled.high
    return ruled.stopped is not None and all(ends != (look.low, look.high) for look in ruled.looks)


def tiny_p(p: float) -> str:
    """Write a p-value; one that is next to nothing is not 0.

    Examples
    --------
    >>> tiny_p(0.0), tiny_p(0.0412)
    ('below 1e-16', '0.041')
    """
    return f"below {LEAST_P:g}" if p < LEAST_P else p_text(p)


def look_table(found: Monitor, wording: Wording) -> Table:
    """Make one row a look and treatment."""
    planned, over = found.settings.planned, covered(found)
    both = "customers, both arms" if len(found.watched) > 1 else "customers"
    header = (
        "treatment", "look", "day", both, "waiting", *(("of plan",) if planned else ()),
        found.arms[0], "treated", "effect", f"{100 * found.settings.level:g} % interval, {over}",
        *(() if planned else (f"p, {over}",)), "verdict",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    kind = wording.kind(found.metric)
    for one in found.watched:
        for k, look in enumerate(one.ruled.looks):
            size = sum(look.units)
            beside = [look.control, look.treatment]
            ends = (signed(end, kind, [look.low, look.high]) for end in (look.low, look.high))
            texts = (
                one.treatment, f"{k + 1}", day_text(look.day), f"{size:,.0f}",
                f"{look.waiting:,.0f}", *((f"{100 * look.fraction:.0f} %",) if planned else ()),
                *(number(value, kind, beside) for value in beside),
                signed(look.estimate, kind, beside), " to ".join(ends),
                *(() if planned else (tiny_p(look.p_value),)), str(look.verdict),
            )  # fmt: skip
            shown.append(texts)
            rows.append(_exact(header, texts, planned=planned))
    return Table(header, tuple(rows), tuple(shown), title="By look")


def _exact(header: tuple[str, ...], texts: tuple[str, ...], *, planned: bool) -> tuple[Cell, ...]:
    """Numbers stand to the right: all but names, days and verdicts."""
    words = {"treatment", "day", "verdict"}
    return tuple(text if name in words else 0.0 for name, text in zip(header, texts, strict=True))


def group_table(found: Monitor, wording: Wording, *, by_age: bool) -> Table:
    """Make one row a cohort, or an age, and treatment."""
    word = period_word(found.weeks.period)
    name = f"{word} of life" if by_age else "assigned from"
    header = (
        "treatment", name, "n control", "n treated", found.arms[0], "treated", "effect",
        "standard error", "lift",
    )  # fmt: skip
    shown = []
    kind = wording.kind(found.metric)
    for one in found.watched:
        for group in one.ages if by_age else one.cohorts:
            place = str(group.number + 1)
            shown.append(
                (
                    one.treatment,
                    place if by_age else day_text(found.weeks.first_day(group.number)),
                    *(f"{n:,.0f}" for n in group.units),
                    *_cells(group, kind),
                )
            )
    rows: tuple[tuple[Cell, ...], ...] = tuple((row[0], row[1], *(0.0,) * 7) for row in shown)
    return Table(header, rows, tuple(shown), title="By age" if by_age else "By cohort")


def _cells(group: Group, kind: str) -> tuple[str, ...]:
    if not math.isfinite(group.effect):
        return ("waiting", "", "", "", "")
    beside = [group.control, group.treatment]
    lift = f"{100 * group.effect / group.control:+.1f} %" if group.control > 0.0 else "-"
    error = number(group.standard_error, kind, beside)
    return (
        *(number(value, kind, beside) for value in beside),
        signed(group.effect, kind, beside),
        f"± {error}",
        lift,
    )


def triangle_table(found: Monitor, one: Watched, wording: Wording) -> Table:
    """Make one row a cohort, one column an age: effects, each with one standard error."""
    kind, word = wording.kind(found.metric), period_word(found.weeks.period)
    ages = min(MOST_AGES, max((len(row) for row in one.triangle), default=0))
    header = ("assigned from", *(f"{word} {age + 1}" for age in range(ages)))
    shown = []
    for cohort, row in enumerate(one.triangle):
        if not row:
            continue
        cells = [
            f"{signed(group.effect, kind)} ± {number(group.standard_error, kind)}"
            for group in row[:ages]
        ]
        day = day_text(found.weeks.first_day(cohort))
        shown.append((day, *cells, *[""] * (ages - len(cells))))
    kept = tuple(shown[-MOST_COHORTS:])
    rows: tuple[tuple[Cell, ...], ...] = tuple((row[0], *(0.0,) * ages) for row in kept)
    title = f"{one.treatment} less {found.arms[0]}, by cohort and {word} of life"
    return Table(header, rows, kept, title=title)


def monitor_text(found: Monitor, wording: Wording, format_: str) -> str:
    """Write all tables.

    Parameters
    ----------
    found : Monitor
    wording : Wording
    format_ : str
        ``table`` or ``md``.
    """
    tables = []
    if any(one.ruled.looks for one in found.watched):
        tables.append(look_table(found, wording))
    tables.append(group_table(found, wording, by_age=False))
    if any(one.ages for one in found.watched):
        tables.append(group_table(found, wording, by_age=True))
        tables += [triangle_table(found, one, wording) for one in found.watched]
    parts = [table.render(format_).rstrip("\n") for table in tables]
    parts.append(ERRORS)
    return "\n\n".join(parts)


def monitor_csv(found: Monitor) -> str:
    """Write looks, cohorts, ages and cells of the triangle as one table of exact values."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.watched:
        name = one.treatment
        for k, look in enumerate(one.ruled.looks):
            rows.append(
                (
                    "look", name, k + 1, None, day_text(look.day), *look.units, look.waiting,
                    look.fraction, look.control, look.treatment, look.estimate,
                    look.standard_error, look.low, look.high, look.p_value, str(look.verdict),
                )
            )  # fmt: skip
        for group in one.cohorts:
            day = day_text(found.weeks.first_day(group.number))
            rows.append(_row(("cohort", name, group.number + 1, None, day), group))
        for group in one.ages:
            rows.append(_row(("age", name, None, group.number + 1, None), group))
        for cohort, cells in enumerate(one.triangle):
            day = day_text(found.weeks.first_day(cohort))
            rows += [
                _row(("cell", name, cohort + 1, group.number + 1, day), group) for group in cells
            ]
    return Table(COLUMNS, tuple(rows), ()).to_csv().rstrip("\n")


def _row(head: tuple[Cell, ...], group: Group) -> tuple[Cell, ...]:
    values = group.control, group.treatment, group.effect, group.standard_error
    return (*head, *group.units, None, None, *values, None, None, None, None)
