"""What each return-path program costs and whom it wins back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.funnel import merged
from cvosim.report.figures.shared import (
    exact_pair,
    folded,
    inches_wide,
    key_room,
    shown_pair,
    side_table,
    titled,
    widest,
)  # fmt: skip
from cvosim.report.numbers import MONEY, money, number
from cvosim.report.style import INK, Margins, bar_style, framed_axes

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

    NaN where it is not known.
    """

    cost: float
    recoveries: float
    returned: float


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
    >>> [text.get_text() for text in ax.texts]
    ['120.00', '40  (3.5 for 1)']
    """
    labels = [folded(program) for program in data.programs]
    ax = _own_axes(data, labels) if ax is None else ax
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
            ax.barh([place] * 2, lengths, height=thick * 0.9, **bar_style(i))
            left, right = _words(bar, scales[0])
            _write(ax, (lengths[0] - 0.06 * unit, place), left, "right")
            _write(ax, (lengths[1] + 0.06 * unit, place), right, "left")
    ax.set_xlim(-sides[0], sides[1])
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    titled(ax, _TITLE, data.scenarios, "bar")
    ax.spines["bottom"].set_visible(False)
    ends = [-sides[0] / 2, sides[1] / 2]
    ax.set_xticks(ends, [f"cost, {data.currency}", _RIGHT], parse_math=False)
    return ax


_RIGHT = "times that somebody was won back\n(in brackets: money back for 1 spent)"


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
    return ProgramBar(*(metrics[f"{family}.{program}"].value for family in _FAMILIES))


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
    back = f"  ({bar.returned:,.1f} for 1)" if math.isfinite(bar.returned) else ""
    return number(bar.cost, MONEY, largest), f"{won}{back}"


def _write(ax: Axes, place: tuple[float, float], text: str, side: Any) -> None:
    ax.text(*place, text, ha=side, va="center", fontsize=_SIZE, color=INK)


def _widths(data: ReturnPath) -> tuple[float, float]:
    """How far the axis goes to either side, in bars of length 1, so that the labels fit."""
    pairs = [_words(bar, _scales(data)[0]) for bar in _every(data)]
    left, right = (widest([pair[side] for pair in pairs], _SIZE) for side in (0, 1))
    # about 1.8 inches for a bar of length 1
    return 1.0 + (left + 0.25) / 1.8, 1.0 + (right + 0.25) / 1.8


def _own_axes(data: ReturnPath, labels: list[str]) -> Axes:
    left = 0.3 + widest(labels)
    key = key_room(data.scenarios, 8.0 - left - 0.2)
    margins = Margins(left=left, top=0.45 + key, bottom=0.55)
    thick = 0.42 if len(data.scenarios) == 1 else 0.22 * len(data.scenarios) + 0.1
    return framed_axes(8.0, margins.top + margins.bottom + thick * len(labels), margins)


def _alt(data: ReturnPath) -> str:
    """Say what each program costs, how often it wins somebody back, and what comes back."""
    sentences = []
    for name, bars in zip(data.scenarios, data.bars, strict=True):
        words = []
        for program, bar in zip(data.programs, bars, strict=True):
            if bar is None:
                continue
            cost = f"for {money(bar.cost, data.currency)}" if bar.cost > 0 else "at no cost"
            won = number(bar.recoveries, "recoveries")
            known = math.isfinite(bar.returned)
            back = f" and brings {bar.returned:,.1f} for each 1 spent" if known else ""
            words.append(f"{program.replace('_', ' ')} wins back {won} {cost}{back}")
        sentences.append(f"{name}: {'; '.join(words) or 'no such program'}.")
    return " ".join(sentences)


def _table(measured: Mapping[str, Measured], programs: tuple[str, ...]) -> Table:
    rows = []
    for program in programs:
        for name, metrics in measured.items():
            if f"recoveries.{program}" not in metrics:
                continue
            some = [metrics[f"{family}.{program}"] for family in _FAMILIES]
            exact, shown = map(exact_pair, some), map(shown_pair, some)
            rows.append(
                (
                    (program, name, *(cell for one in exact for cell in one)),
                    (program.replace("_", " "), name, *(text for one in shown for text in one)),
                )
            )
    header = (
        "program", "scenario", "cost", "± 95 %", "won back", "± 95 %", "money back for 1",
        "± 95 %",
    )  # fmt: skip
    columns = ["program", "scenario"]
    for family in _FAMILIES:
        columns += [family, f"{family}_half_width"]
    return side_table(header, rows, tuple(columns), several=len(measured) > 1)
