"""Figures of a backtest: week by week, added up, by past purchases, and calibration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.backtest.scores import coarser
from cvosim.clv.words import counting
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

Floats = NDArray[np.float64]

LINES = ("-", "--", ":", "-.")
MARKS = ("o", "s", "^", "D")
SIZES = (10, 7.5, 5, 3)
"""Of hollow marks, so that those of equal chances show inside each other."""
WEEK = 7.0
LEGEND_INCHES = 0.48
"""From an axis to the legend below its ticks and label."""


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
    ax.yaxis.set_major_formatter("{x:,.10g}")
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    legend_below(ax)


def by_repeats(data: Curves, ax: Axes | None = None) -> Axes:
    """Draw purchases held out by those made before, the last class being open; see `weekly`."""
    ax = new_axes(8.0, 4.2) if ax is None else ax
    ax.plot(data.places, data.actual, color=INK, linewidth=1.0, marker="x", label="actual")
    for index, (name, values) in enumerate(data.expected.items()):
        ax.plot(data.places, values, label=name, **line_style(index))
    labels = [f"{place:.0f}" for place in data.places]
    ax.set_xticks(list(data.places), [*labels[:-1], f"{labels[-1]}+"])
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("repeat purchases in the period fitted to", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Purchases held out, mean per customer")
    legend_below(ax)
    return ax


class Calibration(NamedTuple):
    """Predicted chances against what happened.

    Attributes
    ----------
    groups : mapping of str to sequence of Group
        By the models' names as people write them.
    title : str
        What the chance is of.
    happened : str
        What the share is of, to whom it happened.
    squeezed : bool
        Whether axes give low chances more room, by square roots: most customers of most shops
        are unlikely to buy.
    """

    groups: Mapping[str, Sequence[Group]]
    title: str = ""
    happened: str = "share that came"
    squeezed: bool = False


def calibration(data: Calibration, ax: Axes | None = None) -> Axes:
    """Draw predicted chances against shares that came, with Wilson intervals.

    Parameters
    ----------
    data : Calibration
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 5.2) if ax is None else ax
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, label="perfect")
    for index, (name, some) in enumerate(data.groups.items()):
        size = SIZES[index % len(SIZES)]
        _points(coarser(tuple(some)), {**line_style(index), "markersize": size, "label": name}, ax)
    _shares(data.squeezed, ax)
    ax.set_xlabel("chance by the model, groups of about equally many customers", fontsize=9)
    ax.set_ylabel(f"{data.happened}, 95 % interval", fontsize=9)
    ax.grid(color="#e6e6e6", linewidth=0.8)
    tidy(ax, data.title)
    legend_below(ax)
    return ax


def _points(groups: Sequence[Group], style: dict[str, Any], ax: Axes) -> None:
    """Draw groups as marks with whiskers, unjoined: a line would tangle with other models'."""
    happened = [group.happened for group in groups]
    whiskers = [
        [group.happened - group.low for group in groups],
        [group.high - group.happened for group in groups],
    ]
    marks = {"linestyle": "none", "elinewidth": 1.1, "capsize": 2.5}
    hollow = {"markerfacecolor": "none", "markeredgewidth": 1.6}
    ax.errorbar(
        [group.predicted for group in groups],
        happened,
        yerr=whiskers,
        **{**style, **marks, **hollow},
    )


def _shares(squeezed: bool, ax: Axes) -> None:
    """Scale both axes from 0 to 100 %."""
    low = -0.001 if squeezed else -0.03
    if squeezed:
        ax.set_xscale("function", functions=(_root, _square))
        ax.set_yscale("function", functions=(_root, _square))
    for axis in (ax.xaxis, ax.yaxis):
        if squeezed:
            axis.set_ticks([0.0, 0.02, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
        axis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    ax.set_xlim(low, 1.03)
    ax.set_ylim(low, 1.03)


def _root(share: Floats) -> Floats:
    """Square root, on to the other side of 0, so that marks at 0 have room."""
    return np.asarray(np.sign(share) * np.sqrt(np.abs(share)))


def _square(root: Floats) -> Floats:
    return np.asarray(root * np.abs(root))


def backtest_picture(test: Backtest) -> Figure:
    """One sheet about a backtest: two curves over time, past purchases, calibration."""
    figure = new_figure(13.0, 9.0)
    axes = figure.subplots(2, 2)
    weekly(over_weeks(test.tracking, test), axes[0, 0])
    cumulative(over_weeks(test.tracking, test, added=True), axes[0, 1])
    by_repeats(classes_of(test), axes[1, 0])
    calibration(chances_of(test), axes[1, 1])
    headed(figure, short(f"Backtest of {test.source}, until {test.until}", 100))
    return figure


def chances_of(test: Backtest) -> Calibration:
    """Collect the predicted chances to buy at all, and what happened."""
    groups = {model.title: model.groups for model in test.models}
    return Calibration(groups, "Chance to buy at all in the hold-out", "share who did", True)


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


def classes_of(test: Backtest) -> Curves:
    """Mean purchases held out by class of customer; empty classes are left out."""
    some = [place for place, count in enumerate(test.customers_by_repeats) if count]
    return Curves(
        tuple(float(place) for place in some),
        tuple(test.actual_by_repeats[place] for place in some),
        {model.title: tuple(model.by_repeats[place] for place in some) for model in test.models},
    )


def legend_below(ax: Axes) -> None:
    """Put the legend under the axis' label, where it hides nothing."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    down = ax.transAxes + ScaledTranslation(0.0, -LEGEND_INCHES, figure.dpi_scale_trans)
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, 0.0),
        bbox_transform=down,
        ncols=5,
        fontsize=9,
        frameon=False,
        borderaxespad=0.0,
    )


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
    came, days = counting(test.actual, "purchase"), counting(round(test.cohort.days), "day")
    title = f"{came} came in the {days} held out"
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
