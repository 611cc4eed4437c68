"""Table and figure of a lift split among stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cvosim.experiment.insight.attribution_text import where
from cvosim.experiment.insight.words import Z, amount
from cvosim.report.figures import Part, Waterfall, waterfall
from cvosim.report.style import INK, change_style, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.insight.attribution import Attribution, Room

_MOST = 12
"""Stages of the next test that are drawn."""


def stages_tables(found: Attribution) -> list[Table]:
    """One row a stage that differs, then their total; and one a stage that could be better."""
    header = ("stage", "share", "± 95 %", "alone", "on top of the others")
    columns = (
        "stage", "share", "standard_error", "alone", "standard_error_alone", "last",
        "standard_error_last",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [tuple(share) for share in found.shares]
    total = (found.difference, found.standard_error)
    rows.append(("total", *total, *total, *total))
    shown = tuple(
        (
            str(name),
            amount(value, found.unit, sign=True),
            amount(Z * error, found.unit),
            amount(alone, found.unit, sign=True),
            amount(last, found.unit, sign=True),
        )
        for name, value, error, alone, _, last, _ in (*found.shares, ("total", *total * 3))
    )
    title = f"{found.metric}: what each stage of the change adds"
    tables = [_wide(header, tuple(rows), shown, title, columns)]
    if found.room:
        tables.append(_room_table(found))
    return tables


def _wide(
    header: tuple[str, ...],
    rows: tuple[tuple[Cell, ...], ...],
    shown: tuple[tuple[str, ...], ...],
    title: str,
    columns: tuple[str, ...],
) -> Table:
    """Make a table whose exact values have more columns than people read."""
    return WideTable(header, rows, shown, title, columns)


class WideTable(Table):
    """A table with more exact values than are shown: only its CSV holds them all."""

    def to_right(self) -> tuple[bool, ...]:
        """Which columns hold numbers: all but the first."""
        return (False, *(True for _ in self.header[1:]))


def _room_table(found: Attribution) -> Table:
    percent = f"{100 * found.improvement:.0f} %"
    shown = tuple(
        (room.name, amount(room.value, found.unit, sign=True),
         amount(Z * room.standard_error, found.unit))
        for room in found.room
    )  # fmt: skip
    return Table(
        (f"{percent} better", "adds", "± 95 %"),
        tuple((room.name, room.value, room.standard_error) for room in found.room),
        shown,
        f"What the next test could gain, {where(found)}",
        ("lever", "value", "standard_error"),
    )


class NextTest(NamedTuple):
    """What a small improvement of each stage would add.

    Attributes
    ----------
    title : str
    unit : str
        Of what it would add.
    rooms : tuple of Room
        The largest first.
    """

    title: str
    unit: str
    rooms: tuple[Room, ...]


def stages_picture(found: Attribution) -> Figure:
    """One sheet: the split of the difference, and where the next test could gain most."""
    some = found.room[:_MOST]
    rows = max(len(found.shares) + 1, len(some))
    figure = new_figure(13.0 if some else 7.5, 1.9 + 0.42 * rows)
    axes = figure.subplots(1, 2 if some else 1, squeeze=False)[0]
    waterfall(shares_of(found), axes[0])
    if some:
        next_test(next_test_of(found), axes[1])
    headed(figure, short(found.variant, 110 if some else 60))
    return figure


def shares_of(found: Attribution) -> Waterfall:
    """What each stage adds, and the total."""
    parts = [Part(_folded(share.name), share.value, *share.interval) for share in found.shares]
    reach = Z * found.standard_error
    total = found.difference
    whole = Part("total", total, total - reach, total + reach)
    title = f"What each stage adds to {short(found.baseline)}"
    return Waterfall(title, f"{found.unit} of {found.metric}", None, tuple(parts), whole)


def next_test_of(found: Attribution) -> NextTest:
    """What could be tested next, the largest gains first."""
    percent = f"{100 * found.improvement:.0f} %"
    title = f"Next test: what {percent} more at one stage\nof {short(found.better)} would add"
    return NextTest(title, f"{found.unit} of {found.metric}", found.room[:_MOST])


def next_test(data: NextTest, ax: Axes | None = None) -> Axes:
    """Draw what a small improvement of each stage would add.

    Parameters
    ----------
    data : NextTest
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 1.4 + 0.4 * len(data.rooms)) if ax is None else ax
    for place, room in enumerate(data.rooms):
        ax.barh([place], [room.value], height=0.62, **change_style(gain=room.value >= 0))
        reach = Z * room.standard_error
        ax.errorbar(
            [room.value], [place], xerr=[[reach], [reach]],
            fmt="none", ecolor=INK, elinewidth=1.1, capsize=3,
        )  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_ylim(max(len(data.rooms), 4) - 0.4, -0.6)
    ax.set_yticks(
        range(len(data.rooms)), [_folded(room.name) for room in data.rooms], parse_math=False
    )
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    tidy(ax, data.title)
    ax.set_xlabel(data.unit, fontsize=9, parse_math=False)
    return ax


def _folded(name: str, width: int = 26) -> str:
    """Write a long name in two lines."""
    from textwrap import wrap

    words = wrap(name.replace("_", " ").replace("return path.", ""), width)
    return "\n".join([*words[:1], short(" ".join(words[1:]), width)] if words[1:] else words)
