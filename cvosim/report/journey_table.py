"""The plan of a scenario, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.report.numbers import percent
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.plan.explain import PlanRow


def plan_rows(rows: Sequence[PlanRow], title: str) -> Table:
    """Give every row with its exact values, for machines."""
    return Table(rows[0]._fields, tuple(rows), (), title=title)


def plan_table(rows: Sequence[PlanRow], title: str) -> Table:
    """Programs indented under their stage, odds in percent; no column that says nothing."""
    shown = tuple(
        (
            f"  {row.step}" if row.step else row.stage,
            row.kind,
            "" if row.conversion is None else percent(row.conversion),
            _range(row.lowest, row.highest),
            *(_amount(cell) for cell in (row.price, row.cost)),
            *(row.when, row.accepted, row.declined, row.only_for),
        )
        for row in rows
    )
    used = [column for column in range(len(READABLE)) if any(row[column] for row in shown)]
    header, *lines = (tuple(row[column] for column in used) for row in (READABLE, *shown))
    return Table(header, tuple(lines), tuple(lines), title=title)


ACCEPTED_BY = "accepted by"
READABLE = (
    *("stage", "kind", "conversion", ACCEPTED_BY, "price", "cost", "when"),
    *("accepted", "declined", "only for"),
)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    ends = (percent(low), percent(high))
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' %')} to {ends[1]}"


def _amount(cell: float | str) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6g}"
