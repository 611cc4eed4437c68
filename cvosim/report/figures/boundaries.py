"""A sequential test as its rule sees it: what each look shows beside the bounds that stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.style import COLOURS, FAINT, INK, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GONE_ON = {"facecolor": "white", "edgecolor": FAINT}
"""Of looks after the one that decided: what would have been seen."""


class Boundaries(NamedTuple):
    """What looks showed, and from where on a look stops the test.

    Attributes
    ----------
    title : str
    days : tuple of float
        Of the looks.
    ticks : tuple of str
        The same in words.
    seen : tuple of float
        What each look shows, in standard errors.
    bounds : tuple of float
        From which size on it stops the test.
    above, below : str
        What it means to be above the upper bound, or below the lower one.
    decided : int or None
        Look, from 0, that decided.
    decision : str
        What it decided.
    """

    title: str
    days: tuple[float, ...]
    ticks: tuple[str, ...]
    seen: tuple[float, ...]
    bounds: tuple[float, ...]
    above: str
    below: str
    decided: int | None
    decision: str


def boundaries(data: Boundaries, ax: Axes | None = None) -> Axes:
    """Draw each look of a test beside its two bounds.

    Parameters
    ----------
    data : Boundaries
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> two = Boundaries("Two looks", (7.0, 14.0), ("day 7", "day 14"), (1.0, 2.5), (2.8, 2.0),
    ...                  "better", "worse", 1, "stop: better")
    >>> [text.get_text() for text in boundaries(two).texts]
    ['better', 'worse', 'look 2: stop: better']
    """
    ax = new_axes(8.0, 4.4) if ax is None else ax
    top = _top(data)
    days, bounds = list(data.days), [min(bound, 2.0 * top) for bound in data.bounds]
    for sign, name, place in ((1.0, data.above, 0.965), (-1.0, data.below, 0.035)):
        line = [sign * bound for bound in bounds]
        far = [sign * 2.0 * top] * len(days)
        if len(days) > 1:
            ax.fill_between(days, line, far, facecolor="#f1f1f1", edgecolor="#d4d4d4",
                            hatch="///", linewidth=0.0, zorder=0)  # fmt: skip
        style: dict[str, Any] = {"color": INK, "linewidth": 1.4, "marker": "_", "markersize": 11}
        ax.plot(days, line, label="bounds" if sign > 0 else None, **style)
        up = "top" if sign > 0 else "bottom"
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 2.0}
        ax.text(0.985, place, name, transform=ax.transAxes, ha="right", va=up, fontsize=9,
                fontweight="bold", color=INK, bbox=box, parse_math=False)  # fmt: skip
    if max(data.bounds) > top:
        beyond = "bounds of early looks are beyond the picture"
        ax.text(0.01, 0.035, beyond, transform=ax.transAxes, fontsize=8.5, color=FAINT)
    ax.axhline(0.0, color=INK, linewidth=0.9)
    _looks(data, ax)
    ax.set_ylim(-top, top)
    step = max(1, -(-len(days) // 8))
    ax.set_xticks(days[::step], list(data.ticks[::step]))
    tidy(ax, data.title)
    ax.set_xlabel("day of the look", fontsize=9)
    ax.set_ylabel("difference, in standard errors", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=4, fontsize=9, frameon=False)
    return ax


def _looks(data: Boundaries, ax: Axes) -> None:
    """Draw a mark a look: full until the decision, hollow after it, a star where it fell."""
    last = len(data.days) - 1 if data.decided is None else data.decided
    ax.plot(data.days, data.seen, color=COLOURS[0], linewidth=1.5, zorder=2)
    before = [k for k in range(len(data.days)) if k <= last and k != data.decided]
    if before:
        ax.scatter([data.days[k] for k in before], [data.seen[k] for k in before], s=34,
                   color=COLOURS[0], zorder=3, label="look")  # fmt: skip
    after = range(last + 1, len(data.days))
    if after:
        ax.scatter([data.days[k] for k in after], [data.seen[k] for k in after], s=30, zorder=3,
                   linewidth=1.4, label="had it gone on", **GONE_ON)  # type: ignore[arg-type]  # fmt: skip
    if data.decided is None:
        return
    day, seen = data.days[data.decided], data.seen[data.decided]
    ax.scatter([day], [seen], s=190, marker="*", color=COLOURS[1], edgecolor=INK, zorder=4,
               label="decision")  # fmt: skip
    # in the white between the bounds, where nothing but the looks is drawn
    sign = 1.0 if seen >= 0.0 else -1.0
    inside = abs(seen) < data.bounds[data.decided]
    height = (-0.5 if inside else 0.45) * sign * min(data.bounds[data.decided], _top(data))
    late = day > (data.days[0] + data.days[-1]) / 2.0
    box = {"facecolor": "white", "edgecolor": COLOURS[1], "boxstyle": "round,pad=0.25"}
    ax.annotate(
        f"look {data.decided + 1}: {data.decision}", (day, seen), xytext=(day, height),
        textcoords="data", ha="right" if late else "left", va="center", fontsize=9, color=INK,
        bbox=box, zorder=5, parse_math=False,
        arrowprops={"arrowstyle": "-", "color": COLOURS[1], "linewidth": 1.0},
    )  # fmt: skip


def _top(data: Boundaries) -> float:
    """Half the height of the axes: all that was seen, and most of the bounds."""
    usual = sorted(data.bounds)[len(data.bounds) // 2]
    return float(max(1.3 * max(abs(seen) for seen in data.seen), 1.5 * usual, 3.0))
