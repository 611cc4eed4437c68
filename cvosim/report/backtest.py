"""Figures of a backtest: week by week, added up, by past purchases, and calibration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.backtest.backtest import Backtest
    from cvosim.clv.backtest.forecasts import Forecast
    from cvosim.clv.backtest.scores import Group
    from cvosim.clv.backtest.tracking import Tracking

LINES = ("-", "--", ":", "-.")
MARKS = ("o", "s", "^", "D")
WEEK = 7.0


class Curves(NamedTuple):
    """What came and what models expected, at some places along an axis.

    Attributes
    ----------
    places : tuple of float
        In weeks, or classes of customers.
    actual : tuple of float
    expected : mapping of str to tuple of float
        By the models' names as people write them.
    split : float or None
        Where the hold-out begins.
    """

    places: tuple[float, ...]
    actual: tuple[float, ...]
    expected: Mapping[str, tuple[float, ...]]
    split: float | None = None


def line_style(index: int) -> dict[str, Any]:
    """Colour, dashes and mark of the ``index``-th model: any one of them tells it apart."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": LINES[index % len(LINES)],
        "marker": MARKS[index % len(MARKS)],
        "markersize": 5,
        "linewidth": 1.7,
    }


def weekly(data: Curves, ax: Axes | None = None) -> Axes:
    """Draw purchases week by week.

    Parameters
    ----------
    data : Curves
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = weekly(Curves((1.0, 2.0), (9.0, 7.0), {"BG/NBD": (8.0, 7.5)}, split=1.0))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['actual', 'BG/NBD']
    """
    ax = new_axes(8.0, 4.2) if ax is None else ax
    _over_time(data, ax)
    tidy(ax, "Repeat purchases a week")
    return ax


def cumulative(data: Curves, ax: Axes | None = None) -> Axes:
    """Draw purchases added up over the weeks; see `weekly`."""
    ax = new_axes(8.0, 4.2) if ax is None else ax
    _over_time(data, ax)
    tidy(ax, "Repeat purchases so far")
    return ax


def _over_time(data: Curves, ax: Axes) -> None:
    """Draw lines over weeks with the beginning of the hold-out."""
    ax.plot(data.places, data.actual, color=INK, linewidth=1.0, marker=".", label="actual")
    for index, (name, values) in enumerate(data.expected.items()):
        style = {**line_style(index), "marker": ""}
        ax.plot(data.places, values, label=name, **style)
    ax.set_ylim(bottom=0.0)
    if data.split is not None:
        ax.axvline(data.split, color=FAINT, linewidth=0.9)
        top = ax.get_ylim()[1]
        ax.text(data.split, top, " held out", fontsize=8.5, color=FAINT, va="top")
    ax.set_xlabel("week", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    _legend(ax)


def by_repeats(data: Curves, ax: Axes | None = None) -> Axes:
    """Draw purchases held out by those made before, the last class being open; see `weekly`."""
    ax = new_axes(6.0, 4.2) if ax is None else ax
    ax.plot(data.places, data.actual, color=INK, linewidth=1.0, marker="x", label="actual")
    for index, (name, values) in enumerate(data.expected.items()):
        ax.plot(data.places, values, label=name, **line_style(index))
    labels = [f"{place:.0f}" for place in data.places]
    ax.set_xticks(list(data.places), [*labels[:-1], f"{labels[-1]}+"])
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("repeat purchases in the period fitted to", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Purchases held out, mean per customer")
    _legend(ax)
    return ax


def calibration(
    groups: Mapping[str, Sequence[Group]], ax: Axes | None = None, *, title: str = ""
) -> Axes:
    """Draw predicted chances against shares that came, with Wilson intervals.

    Parameters
    ----------
    groups : mapping of str to sequence of Group
        By the models' names as people write them.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    title : str
        What the chance is of.
    """
    ax = new_axes(5.0, 4.6) if ax is None else ax
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9)
    for index, (name, some) in enumerate(groups.items()):
        predicted = [group.predicted for group in some]
        happened = [group.happened for group in some]
        whiskers = [
            [group.happened - group.low for group in some],
            [group.high - group.happened for group in some],
        ]
        style = {**line_style(index), "linewidth": 1.2, "elinewidth": 0.9, "capsize": 2}
        ax.errorbar(predicted, happened, yerr=whiskers, label=name, **style)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    ax.set_xlabel("chance by the model", fontsize=9)
    ax.set_ylabel("share that came, 95 %", fontsize=9)
    ax.grid(color="#e6e6e6", linewidth=0.8)
    tidy(ax, title)
    _legend(ax, loc="upper left")
    return ax


def backtest_picture(test: Backtest) -> Figure:
    """One sheet about a backtest: two curves over time, past purchases, calibration."""
    figure = new_figure(13.0, 9.0)
    axes = figure.subplots(2, 2)
    weekly(over_weeks(test.tracking, test), axes[0, 0])
    cumulative(over_weeks(test.tracking, test, added=True), axes[0, 1])
    by_repeats(_classes(test), axes[1, 0])
    groups = {model.title: model.groups for model in test.models}
    calibration(groups, axes[1, 1], title="Chance to buy at all in the hold-out")
    headed(figure, short(f"Backtest of {test.source}, until {test.until}", 100))
    return figure


def over_weeks(tracking: Tracking, test: Backtest, *, added: bool = False) -> Curves:
    """Turn weekly sums into curves; a week that is cut short by the end is left out."""
    full = tracking.full
    titles = {model.name: model.title for model in test.models}
    expected = {
        title: (tracking.cumulative(name) if added else tracking.expected[name])[:full]
        for name, title in titles.items()
    }
    actual = (tracking.cumulative_actual if added else tracking.actual)[:full]
    weeks = tuple(end / WEEK for end in tracking.ends[:full])
    return Curves(weeks, tuple(map(float, actual)), expected, tracking.split / WEEK)


def _classes(test: Backtest) -> Curves:
    """Mean purchases held out by class of customer; empty classes are left out."""
    some = [place for place, count in enumerate(test.customers_by_repeats) if count]
    return Curves(
        tuple(float(place) for place in some),
        tuple(test.actual_by_repeats[place] for place in some),
        {model.title: tuple(model.by_repeats[place] for place in some) for model in test.models},
    )


def _legend(ax: Axes, loc: Literal["best", "upper left"] = "best") -> None:
    ax.legend(loc=loc, fontsize=9, frameon=False)


def backtest_table(test: Backtest) -> Table:
    """One row a method: models, then rules of thumb."""
    methods: tuple[Forecast, ...] = (*test.models, *test.rules)
    alive = {model.name: model.share_alive for model in test.models}
    rows = tuple(
        (
            method.title,
            method.errors.total,
            method.errors.total_error,
            method.errors.root_mean_square,
            method.errors.mean_absolute,
            method.rank.value,
            method.top.value,
            method.top_value.value,
            alive.get(method.name),
        )
        for method in methods
    )
    shown = tuple(
        (
            str(title),
            f"{total:,.1f}",
            _share(error, "+.1f"),
            f"{square:.3f}",
            f"{absolute:.3f}",
            _plain(rank),
            _share(top),
            _share(value),
            "" if share is None else _share(share),
        )
        for title, total, error, square, absolute, rank, top, value, share in rows
    )
    title = f"{test.actual:,} purchases came in the {test.cohort.days:.0f} days held out"
    return Table(HEADER, rows, shown, title, COLUMNS)


HEADER = (
    "method", "expected", "off by", "rms error", "abs. error", "rank corr.", "top tenth",
    "of value", "alive",
)  # fmt: skip
COLUMNS = (
    "method", "expected", "total_error", "root_mean_square_error", "mean_absolute_error",
    "rank_correlation", "top_tenth_share", "top_tenth_value_share", "share_alive",
)  # fmt: skip


def _share(value: float, form: str = ".1f") -> str:
    return "n/a" if math.isnan(value) else f"{100 * value:{form}} %"


def _plain(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.3f}"
