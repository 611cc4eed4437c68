"""Where a customer's nanoseconds go, as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bench import OPERATIONS, figure
from cvosim.report.documents.shared import figure_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.style import INK, bar_style, new_axes, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.bench import Bench


class Bar(NamedTuple):
    """A bar of several parts, and what stands behind it."""

    name: str
    parts: tuple[float, ...]
    words: str


class Bars(NamedTuple):
    """Bars with the same parts."""

    title: str
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]


def costs(data: Bars, ax: Axes | None = None) -> Axes:
    """Draw each bar as its parts, one behind the other.

    Parameters
    ----------
    data : Bars
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = costs(Bars("cost", ("exp", "log"), (Bar("floor", (20.0, 10.0), "30 ns"),)))
    >>> [text.get_text() for text in ax.texts]
    ['30 ns']
    """
    ax = new_axes(8.0, 1.9 + 0.45 * len(data.bars)) if ax is None else ax
    for place, bar in enumerate(data.bars):
        start = 0.0
        for index, (part, name) in enumerate(zip(bar.parts, data.parts, strict=True)):
            label: Any = name if place == 0 else None
            ax.barh(place, part, left=start, height=0.6, label=label, **bar_style(index))
            start += part
        ax.annotate(bar.words, (start, place), xytext=(5, 0), textcoords="offset points",
                    va="center", fontsize=9, color=INK, parse_math=False)  # fmt: skip
    ax.set_ylim(len(data.bars) - 0.5, -0.6)
    ax.set_yticks(range(len(data.bars)), [bar.name for bar in data.bars], parse_math=False)
    ax.margins(x=0.15)
    tidy(ax, data.title)
    ax.set_xlabel("nanoseconds of CPU time a customer, one thread", fontsize=9)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=len(data.parts), fontsize=9,
              frameon=False)  # fmt: skip
    return ax


def costs_exhibit(found: Bench) -> Exhibit:
    """Show the kernel above its floor and above the floor in other ways to draw.

    Parameters
    ----------
    found : Bench
    """
    floor = found.floor
    formulas = [floor.each[name] * floor.costs[name] for name in OPERATIONS if name != "block"]
    rest = max(0.0, found.nanoseconds - floor.nanoseconds)
    ways = {"floor": "block", "floor, draws waiting": "chained", "floor, in vectors": "vector"}
    drawn = {name: floor.each["block"] * floor.costs[kind] for name, kind in ways.items()}
    bars = [Bar("kernel", (drawn["floor"], *formulas, rest), f"{figure(found.nanoseconds)} ns")]
    for name, blocks in drawn.items():
        bars.append(Bar(name, (blocks, *formulas, 0.0), f"{figure(blocks + sum(formulas))} ns"))
    parts = (*OPERATIONS.values(), "all else")
    table = figure_table(
        ("", *parts),
        [(bar.name, *bar.parts) for bar in bars],
        [(bar.name, *map(figure, bar.parts)) for bar in bars],
    )
    alt = (
        f"A customer takes the kernel {bars[0].words}. Its random numbers and formulas alone "
        f"take {bars[1].words}; {bars[2].words} if each draw waits for the one before, "
        f"{bars[3].words} in vector instructions."
    )
    title = "Where the nanoseconds of a customer go"
    data = Bars(short(f"{title}: {found.scenario.name}", 84), parts, tuple(bars))
    return Exhibit("costs", title, alt, costs, data, table)


def bench_picture(found: Bench) -> Any:
    """Make the figure to be saved as a picture.

    Parameters
    ----------
    found : Bench
    """
    return costs_exhibit(found).axes().figure
