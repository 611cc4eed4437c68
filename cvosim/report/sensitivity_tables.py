"""What moves an outcome, in tables; and all of it in one table for machines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cvosim.experiment.insight.words import amount, minus
from cvosim.experiment.sensitivity.sample import as_text
from cvosim.report.numbers import UNKNOWN, kind_of, number, p_text
from cvosim.report.settings_text import setting
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.dependence import Dependence
    from cvosim.experiment.sensitivity.discovery import Discovery
    from cvosim.experiment.sensitivity.elasticity import Elasticities, Elasticity
    from cvosim.experiment.sensitivity.one_at_a_time import Bar, Tornado
    from cvosim.experiment.sensitivity.sections import Interval
    from cvosim.experiment.sensitivity.sobol import SobolIndices

Row = tuple[Cell, ...]
Shown = tuple[str, ...]
FEW = "(few)"
"""Mark of a row that rests on few decisions."""
COLUMNS = ("method", "outcome", "factor", "quantity", "at", "value", "low", "high")


def tornado_table(found: Tornado) -> Table:
    """One row a factor, the widest first."""
    kind, unit = kind_of(found.answer.unit), found.answer.unit
    rows: list[Row] = []
    shown: list[Shown] = []
    for bar in found.bars:
        swing = bar.swing
        if bar.ends is None:
            rows.append((bar.path, *[None] * 9))
            shown.append((bar.path, *["-"] * 6))
            continue
        low, high = sorted(bar.ends, key=bar.tries.index)
        beside = [low.outcome, high.outcome, found.answer.base.value]
        rows.append(
            (
                bar.path, as_text(low.value), low.outcome, as_text(high.value), high.outcome,
                *swing, bar.decided, bar.few,
            )
        )  # fmt: skip
        shown.append(
            (
                _marked(bar), setting(low.value), number(low.outcome, kind, beside),
                setting(high.value), number(high.outcome, kind, beside),
                number(swing.value, kind, beside), _span(swing, kind, beside),
            )
        )  # fmt: skip
    title = (
        f"{found.answer.outcome} ({unit}), one factor at a time; "
        f"{amount(found.answer.base.value, unit)} as written"
        f"{_what_marked(found.bars, found.answer.customers)}"
    )
    header = ("factor", "at", "outcome", "at ", "outcome ", "swing", "95 % interval")
    columns = ("factor", "from", "outcome_from", "to", "outcome_to", "swing", "low", "high",
               "decided_otherwise", "few_decided")  # fmt: skip
    return Table(header, tuple(rows), tuple(shown), title, columns)


def elasticity_table(found: Elasticities) -> Table:
    """One row a number, the largest elasticity first; why others have none."""
    rows: list[Row] = []
    shown: list[Shown] = []
    for row in found.rows:
        value = row.elasticity
        rows.append((row.path, as_text(row.base), *value, row.reason, row.decided, row.few))
        known = math.isfinite(value.value)
        text = minus(f"{value.value:+.3f}") if known else UNKNOWN
        ends = minus(f"{value.low:+.3f} to {value.high:+.3f}") if known else row.reason
        shown.append((_marked(row), setting(row.base), text, ends))
    title = (
        f"Percent that {found.answer.outcome} moves for one percent of each number"
        f"{_what_marked(found.rows, found.answer.customers)}"
    )
    columns = ("factor", "base", "elasticity", "low", "high", "reason", "decided_otherwise",
               "few_decided")  # fmt: skip
    header = ("factor", "stands at", "elasticity", "95 % interval")
    return Table(header, tuple(rows), tuple(shown), title, columns)


def sobol_table(found: SobolIndices) -> Table:
    """One row a factor, the largest total first."""
    rows: list[Row] = []
    shown: list[Shown] = []
    for part in found.parts:
        rows.append((part.path, *part.first, *part.total))
        shown.append(
            (
                part.path, _part(part.first.value), _plain_span(part.first),
                _part(part.total.value), _plain_span(part.total),
            )
        )  # fmt: skip
    title = f"Parts of the variance of {found.answer.outcome} (Sobol indices)"
    header = ("factor", "by itself", "95 %", "with interactions", "95 % ")
    columns = ("factor", "first", "first_low", "first_high", "total", "total_low", "total_high")
    return Table(header, tuple(rows), tuple(shown), title, columns)


def dependence_table(found: Dependence, only: str | None = None) -> Table:
    """One row a factor and bin; only those of one factor if it is named."""
    kind = kind_of(found.sample.unit)
    rows: list[Row] = []
    shown: list[Shown] = []
    beside = [step.mean.value for curve in found.curves for step in curve.steps]
    for curve in found.curves:
        for step in curve.steps if only in (None, curve.path) else ():
            rows.append((curve.path, as_text(step.value), *step.mean, step.points))
            half = step.mean.high - step.mean.value
            shown.append(
                (
                    curve.path, setting(step.value), number(step.mean.value, kind, beside),
                    number(half, kind, beside), str(step.points),
                )
            )  # fmt: skip
    title = f"Mean {found.sample.outcome} ({found.sample.unit}) over all other factors"
    columns = ("factor", "at", "mean", "low", "high", "points")
    return Table(
        ("factor", "at", "mean", "± 95 %", "points"), tuple(rows), tuple(shown), title, columns
    )


def discovery_tables(found: Discovery) -> list[Table]:
    """Boxes, and how often their limits came again; none where there is no box."""
    if not found.boxes:
        return []
    rows: list[Row] = []
    shown: list[Shown] = []
    limits: list[Row] = []
    for place, box in enumerate(found.boxes, start=1):
        rows.append((place, *box.density, *box.coverage, *box.support, box.p_value))
        parts = (_share(one) for one in (box.density, box.coverage, box.support))
        shown.append((str(place), *parts, p_text(box.p_value)))
        limits += [
            (place, limit.text(), part)
            for limit, part in zip(box.limits, box.repeated, strict=True)
        ]
    names = ("density", "coverage", "support")
    ends = tuple(f"{name}{end}" for name in names for end in ("", "_low", "_high"))
    boxes = Table(
        ("box", "loses within", "of all losses", "of all points", "p"), tuple(rows), tuple(shown),
        f"Boxes in which {found.losing}, on held-out points (95 % intervals)",
        ("box", *ends, "p_value"),
    )  # fmt: skip
    written = tuple(
        (str(n), str(text), f"{100 * float(str(part)):.0f} %") for n, text, part in limits
    )
    again = Table(
        ("box", "limit", "found again"), tuple(limits), written,
        "Limits, and how many redrawn samples limit that factor on that side",
    )  # fmt: skip
    return [boxes, again]


def tidy_table(rows: Iterable[Row]) -> Table:
    """All numbers of all methods, one a row."""
    kept = tuple(rows)
    return Table(COLUMNS, kept, tuple(tuple(map(str, row)) for row in kept))


def tornado_rows(found: Tornado) -> list[Row]:
    """Numbers of a tornado, for `tidy_table`."""
    name = found.answer.outcome
    rows: list[Row] = [("tornado", name, "", "base", "", *found.answer.base)]
    for bar in found.bars:
        rows.append(("tornado", name, bar.path, "swing", "", *bar.swing))
        rows += [
            ("tornado", name, bar.path, "change", as_text(one.value), *one.change)
            for one in bar.tries
        ]
    return rows


def elasticity_rows(found: Elasticities) -> list[Row]:
    """Numbers of elasticities, for `tidy_table`."""
    name = found.answer.outcome
    return [
        ("elasticity", name, row.path, "elasticity", as_text(row.base), *row.elasticity)
        for row in found.rows
    ]


def sobol_rows(found: SobolIndices) -> list[Row]:
    """Numbers of Sobol indices, for `tidy_table`."""
    name = found.answer.outcome
    return [
        ("sobol", name, part.path, what, "", *one)
        for part in found.parts
        for what, one in (("first", part.first), ("total", part.total))
    ]


def dependence_rows(found: Dependence) -> list[Row]:
    """Numbers of partial dependence, for `tidy_table`."""
    name = found.sample.outcome
    return [
        ("dependence", name, curve.path, "mean", as_text(step.value), *step.mean)
        for curve in found.curves
        for step in curve.steps
    ]


def discovery_rows(found: Discovery) -> list[Row]:
    """Numbers of boxes, for `tidy_table`."""
    name = found.sample.outcome
    rows: list[Row] = [("discover", name, "", "share", str(found.losing), *found.share)]
    for box in found.boxes:
        factors = " and ".join(limit.path for limit in box.limits)
        rows += [
            ("discover", name, factors, what, box.text(), *one)
            for what, one in (
                ("density", box.density), ("coverage", box.coverage), ("support", box.support),
            )
        ]  # fmt: skip
    return rows


TABLES: Mapping[str, Callable[[Any], list[Table]]] = {
    "tornado": lambda found: [tornado_table(found)],
    "elasticity": lambda found: [elasticity_table(found)],
    "sobol": lambda found: [sobol_table(found)],
    "dependence": lambda found: [dependence_table(found)],
    "discover": discovery_tables,
}
"""Tables by method."""

ROWS: Mapping[str, Callable[[Any], list[Row]]] = {
    "tornado": tornado_rows,
    "elasticity": elasticity_rows,
    "sobol": sobol_rows,
    "dependence": dependence_rows,
    "discover": discovery_rows,
}
"""Rows of `tidy_table` by method."""


def _marked(row: Bar | Elasticity) -> str:
    return f"{row.path} {FEW}" if row.few else row.path


def _what_marked(rows: Sequence[Bar | Elasticity], customers: int) -> str:
    if not any(row.few for row in rows):
        return ""
    return f"; {FEW}: few or nobody of {customers:,} decided otherwise, take more customers"


def _span(one: Interval, kind: str, beside: list[float]) -> str:
    low, high = number(one.low, kind, beside), number(one.high, kind, beside)
    return UNKNOWN if UNKNOWN in (low, high) else f"{low} to {high}"


def _plain_span(one: Interval) -> str:
    return f"{_part(one.low)} to {_part(one.high)}"


def _part(value: float) -> str:
    text = f"{value:.3f}"
    return text.removeprefix("-") if not text.strip("-0.") else minus(text)


def _share(one: Interval) -> str:
    if math.isnan(one.value):
        return UNKNOWN
    return f"{100 * one.value:.0f} % ({100 * one.low:.0f} to {100 * one.high:.0f})"
