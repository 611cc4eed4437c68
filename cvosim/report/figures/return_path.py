"""What each return-path program costs and whom it wins back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bare import x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.funnel import merged
from cvosim.report.figures.shared import (
    MINUS,
    add_bar,
    folded,
    half_of,
    inches_wide,
    row_axes,
    side_row,
    side_table,
    titled,
    widest,
)  # fmt: skip
from cvosim.report.numbers import MONEY, money, number
from cvosim.report.style import INK, bar_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate
    from cvosim.report.tables import Table

    Measured = Mapping[str, Estimate]

_SIZE = 8.5
_TITLE = "What return-path programs cost and win back"
_FAMILIES = ("program_cost", "recoveries", "return_on_cost")


class ProgramBar(NamedTuple):
    """One program of one scenario: its cost, how often it won somebody back, and its return.

    ``returned`` has the half-width of a 95 % interval; NaN where something is not known.
    """

    cost: float
    recoveries: float
    returned: float
    returned_half: float = math.nan


class ReturnPath(NamedTuple):
    """Programs from top to bottom, side by side for each scenario.

    ``bars[i][j]`` is scenario ``i``'s program ``j``; None where it has no such program.
    """

    scenarios: tuple[str, ...]
    currency: str
    programs: tuple[str, ...]
    bars: tuple[tuple[ProgramBar | None, ...], ...]


def return_path(data: ReturnPath, ax: Axes | None = None) -> Axes:
    """Draw the cost of each program to the left and its recoveries to the right.

    Parameters
    ----------
    data : ReturnPath
        Programs and scenarios.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.report.figures.return_path import ProgramBar, ReturnPath, return_path
    >>> bars = ((ProgramBar(120.0, 40.0, 3.5),),)
    >>> ax = return_path(ReturnPath(("now",), "USD", ("nurture",), bars))
    >>> [text.get_text() for text in ax.texts][:2]
    ['120.00', '40  (3.5 for 1)']
    """
    labels = [folded(program) for program in data.programs]
    one = len(data.scenarios) == 1
    room = 0.42 if one else 0.22 * len(data.scenarios) + 0.1
    ax = row_axes(data.scenarios, labels, room) if ax is None else ax
    ax.set_axis_off()
    thick = 0.8 / len(data.scenarios)
    scales = _scales(data)
    sides = _widths(data)
    unit = sum(sides) / max(inches_wide(ax), 1.0)
    for i, bars in enumerate(data.bars):
        shift = (i - (len(data.scenarios) - 1) / 2) * thick
        for j, bar in enumerate(bars):
            if bar is None:
                continue
            place = j + shift
            lengths = [-_length(bar.cost, scales[0]), _length(bar.recoveries, scales[1])]
            for length in lengths:
                add_bar(ax, (0.0, length), place, thick * 0.9, bar_style(i))
            left, right = _words(bar, scales[0])
            _write(ax, (lengths[0] - 0.06 * unit, place), left, "right")
            _write(ax, (lengths[1] + 0.06 * unit, place), right, "left")
    ax.set_xlim(-sides[0], sides[1])
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.axvline(0, color=INK, linewidth=0.9)
    y_marks(ax, range(len(labels)), labels, grid=False)
    titled(ax, _TITLE, data.scenarios, "bar")
    ends = [-sides[0] / 2, sides[1] / 2]
    x_marks(ax, ends, [f"cost, {data.currency}", _RIGHT], line=False)
    return ax


_RIGHT = "times that somebody was won back\n(in brackets: what they paid for 1 spent)"


def return_path_exhibit(found: Illustrated) -> Exhibit | None:
    """What each return-path program costs and how often it wins somebody back.

    Parameters
    ----------
    found : Illustrated
        As `cvosim.experiment.illustrate` returns it.

    Returns
    -------
    Exhibit or None
        None where no scenario has such a program.
    """
    names = tuple(found.metrics)
    programs = tuple(merged([_programs(metrics) for metrics in found.metrics.values()]))
    if not programs:
        return None
    bars = tuple(tuple(_bar(found.metrics[name], one) for one in programs) for name in names)
    data = ReturnPath(names, found.currency, programs, bars)
    note = (
        "Bars to the left are what a program cost, bars to the right how often it won somebody "
        "back; each side has its own scale. In brackets: what customers whom it won back at least "
        "once paid over the whole horizon, less refunds, rewards and cost of goods, for each unit "
        "of money that the program cost. Some of them would have come back anyway: what a program "
        "causes shows in a comparison with a variant that lacks it."
    )
    table = _table(found.metrics, programs)
    return Exhibit("return_path", _TITLE, _alt(data), return_path, data, table, note)


def _programs(metrics: Measured) -> list[str]:
    return [name.partition(".")[2] for name in metrics if name.startswith("recoveries.")]


def _bar(metrics: Measured, program: str) -> ProgramBar | None:
    if f"recoveries.{program}" not in metrics:
        return None
    cost, won, returned = (metrics[f"{family}.{program}"] for family in _FAMILIES)
    return ProgramBar(cost.value, won.value, returned.value, half_of(returned))


def _every(data: ReturnPath) -> list[ProgramBar]:
    return [bar for bars in data.bars for bar in bars if bar]


def _scales(data: ReturnPath) -> tuple[float, float]:
    """The largest cost and the most recoveries: bars of length 1."""
    every = _every(data)
    costs = [bar.cost for bar in every if math.isfinite(bar.cost)]
    won = [bar.recoveries for bar in every if math.isfinite(bar.recoveries)]
    return max(costs, default=0.0), max(won, default=0.0)


def _length(value: float, scale: float) -> float:
    return value / scale if scale > 0 and math.isfinite(value) else 0.0


def _words(bar: ProgramBar, largest: float) -> tuple[str, str]:
    """What is written at the two ends of a program."""
    won = number(bar.recoveries, "recoveries")
    back = f"  ({_times(bar.returned)} for 1)" if _known(bar) else ""
    return number(bar.cost, MONEY, largest), f"{won}{back}"


def _known(bar: ProgramBar) -> bool:
    """Whether somebody was won back and it is known what they paid."""
    return bar.recoveries > 0 and math.isfinite(bar.returned)


def _times(value: float, like: float | None = None) -> str:
    """Write how many times as much, with three digits that matter or so."""
    size = abs(value if like is None else like)
    return f"{value:,.{0 if size >= 100 else 1 if size >= 1 else 2}f}".replace("-", MINUS)


def _write(ax: Axes, place: tuple[float, float], text: str, side: Any) -> None:
    ax.text(*place, text, ha=side, va="center", fontsize=_SIZE, color=INK)


def _widths(data: ReturnPath) -> tuple[float, float]:
    """How far the axis goes to either side, in bars of length 1, so that the labels fit."""
    pairs = [_words(bar, _scales(data)[0]) for bar in _every(data)]
    left, right = (widest([pair[side] for pair in pairs], _SIZE) for side in (0, 1))
    # about 1.8 inches for a bar of length 1
    return 1.0 + (left + 0.25) / 1.8, 1.0 + (right + 0.25) / 1.8


def _alt(data: ReturnPath) -> str:
    """Say what each program costs, how often it wins somebody back, and what those paid."""
    sentences, paid = [], False
    for name, bars in zip(data.scenarios, data.bars, strict=True):
        words = []
        for program, bar in zip(data.programs, bars, strict=True):
            if bar is None:
                continue
            cost = f"for {money(bar.cost, data.currency)}" if bar.cost > 0 else "at no cost"
            won = number(bar.recoveries, "recoveries")
            back = _paid(bar)
            paid = paid or bool(back)
            words.append(f"{program.replace('_', ' ')} won back {won} {cost}{back}")
        sentences.append(f"{name}: {'; '.join(words) or 'no such program'}.")
    if paid:
        sentences.append("In brackets: 95 % intervals. Not all of that money is due to a program.")
    return " ".join(sentences)


def _paid(bar: ProgramBar) -> str:
    """Say what those who were won back paid: what is known of it, and claim no cause."""
    if not _known(bar):
        return ""
    text = f", and those it won back paid {_times(bar.returned)}"
    if math.isfinite(bar.returned_half):
        ends = (bar.returned - bar.returned_half, bar.returned + bar.returned_half)
        low, high = (_times(end, bar.returned) for end in ends)
        text += f" ({low} to {high})"
    return f"{text} for each 1 that it cost"


def _table(measured: Mapping[str, Measured], programs: tuple[str, ...]) -> Table:
    rows = []
    for program in programs:
        for name, metrics in measured.items():
            if f"recoveries.{program}" in metrics:
                some = [metrics[f"{family}.{program}"] for family in _FAMILIES]
                rows.append(side_row(program, name, some))
    header = (
        "program", "scenario", "cost", "± 95 %", "won back", "± 95 %", "money back for 1",
        "± 95 %",
    )  # fmt: skip
    columns = ["program", "scenario"]
    for family in _FAMILIES:
        columns += [family, f"{family}_half_width"]
    return side_table(header, rows, tuple(columns), several=len(measured) > 1)
