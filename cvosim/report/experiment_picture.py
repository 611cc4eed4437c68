"""A simulated experiment as a picture: the effect by look, and estimates beside the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.experiment import Words, experiment_headline, kind_of_outcome
from cvosim.report.figures.boundaries import Boundaries
from cvosim.report.numbers import MONEY
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.trials.findings import Finding
    from cvosim.experiment.trials.split import SplitResult
    from cvosim.experiment.trials.twin import TwinEffect, TwinResult


class Estimate(NamedTuple):
    """One row of a forest: an estimate, its interval and the truth."""

    label: str
    value: float
    low: float
    high: float
    truth: float | None = None


class Forest(NamedTuple):
    """Estimates one above the other, in one unit."""

    title: str
    unit: str
    rows: tuple[Estimate, ...]


class Watching(NamedTuple):
    """An effect by look, with the interval that holds at all looks."""

    title: str
    unit: str
    days: tuple[float, ...]
    values: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    truth: float
    stopped: int
    crossed: bool


def forest(data: Forest, ax: Axes | None = None) -> Axes:
    """Draw estimates with their intervals, and the truth as a diamond beside each.

    Parameters
    ----------
    data : Forest
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = forest(Forest("Effects", "USD", (Estimate("cheap", 1.0, 0.2, 1.8, 0.9),)))
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['cheap']
    """
    ax = new_axes(8.0, 1.4 + 0.42 * len(data.rows)) if ax is None else ax
    for place, row in enumerate(data.rows):
        ax.plot([row.low, row.high], [place, place], color=COLOURS[0], linewidth=2.2, zorder=2)
        first = place == 0
        ax.plot([row.value], [place], "o", color=COLOURS[0], markersize=7, zorder=3,
                label="estimate, with interval" if first else None)  # fmt: skip
        if row.truth is not None:
            ax.plot([row.truth], [place + 0.24], "D", color="white", markeredgecolor=COLOURS[1],
                    markeredgewidth=1.8, markersize=7, zorder=4,
                    label="truth" if first else None)  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.9, zorder=1)
    ax.set_yticks(range(len(data.rows)), [row.label for row in data.rows], parse_math=False)
    ax.set_ylim(len(data.rows) - 0.4, -0.6)
    tidy(ax, data.title)
    ax.set_xlabel(data.unit, fontsize=9, parse_math=False)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    if any(row.truth is not None for row in data.rows):
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3 if len(data.rows) < 3 else -0.2),
                  ncols=2, fontsize=9, frameon=False)  # fmt: skip
    return ax


def watching(data: Watching, ax: Axes | None = None) -> Axes:
    """Draw what was seen at each look: the estimate, its interval, the truth and the stop.

    Parameters
    ----------
    data : Watching
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 4.2) if ax is None else ax
    days = list(data.days)
    ax.fill_between(days, data.lows, data.highs, color=COLOURS[0], alpha=0.16, linewidth=0,
                    label="interval that holds at all looks")  # fmt: skip
    for side in (data.lows, data.highs):
        ax.plot(days, side, color=COLOURS[0], linewidth=0.9, linestyle=(0, (4, 2)))
    ax.plot(days, data.values, "o-", color=COLOURS[0], markersize=5, linewidth=1.6,
            label="estimate")  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.axhline(data.truth, color=COLOURS[1], linewidth=1.8, linestyle=(0, (6, 2, 1, 2)),
               label="truth")  # fmt: skip
    end = days[data.stopped]
    if data.crossed:
        ax.axvline(end, color=INK, linewidth=1.1, linestyle=":")
        ax.plot([end], [data.values[data.stopped]], "o", color="white", markeredgecolor=INK,
                markeredgewidth=1.8, markersize=9, zorder=5,
                label=f"stops here, on day {end:.0f}")  # fmt: skip
    _zoom(ax, data)
    tidy(ax, data.title)
    ax.set_xlabel("day on which the results are looked at", fontsize=9)
    ax.set_ylabel(data.unit, fontsize=9, parse_math=False)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    ax.spines["bottom"].set_color(FAINT)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4, fontsize=9, frameon=False)
    return ax


def _zoom(ax: Axes, data: Watching) -> None:
    """Show the late looks well: the first intervals may be a hundred times as wide."""
    reach = 4.0 * (data.highs[-1] - data.lows[-1]) / 2.0
    middle = data.values[-1]
    late = data.values[len(data.values) // 3 :]
    top = max(middle + reach, data.truth, 0.0, *late)
    bottom = min(middle - reach, data.truth, 0.0, *late)
    if reach > 0 and (max(data.highs) > top or min(data.lows) < bottom):
        ax.set_ylim(bottom, top)
        words = "early intervals reach beyond the picture"
        place = (0.995, 0.03)  # where intervals are narrowest
        ax.text(*place, words, transform=ax.transAxes, fontsize=8.5, color=FAINT, ha="right")


def experiment_picture(result: SplitResult) -> Figure:
    """One sheet about a split test: looks, if there were several, and a forest for each metric."""
    shown = result.contrasts or result.findings
    watched = [arm for arm, one in result.watched.items() if len(one.looks) > 1]
    metrics = list(dict.fromkeys(one.effect.metric for one in shown))
    rows = max(sum(one.effect.metric == metric for one in shown) for metric in metrics)
    heights = [3.7] * len(watched) + [1.25 + 0.42 * rows] * (-(-len(metrics) // 2))
    figure = new_figure(11.0, 0.8 + sum(heights))
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    for place, arm in enumerate(watched):
        watching(watching_of(result, arm), figure.add_subplot(grid[place, :]))
    for place, metric in enumerate(metrics):
        cell = grid[len(watched) + place // 2, place % 2]
        _without_legend(forest_of(shown, metric, result.currency), figure.add_subplot(cell), place)
    headed(figure, short(experiment_headline(result), 90))
    return figure


def _without_legend(data: Forest, ax: Axes, place: int) -> None:
    """One legend for all forests is enough."""
    legend = forest(data, ax).get_legend()
    if legend is not None and place > 0:
        legend.remove()


def watching_of(result: SplitResult, arm: str) -> Watching:
    """What was seen of one treatment at each look."""
    seen, metric = result.watched[arm], result.design.metrics[0]
    scale = _scale(metric)
    effects = [look.effect for look in seen.looks]
    return Watching(
        f"{metric}: {arm} less {result.arms[0]}, look by look",
        _unit(metric, result.currency),
        tuple(look.day for look in seen.looks),
        tuple(scale * e.difference for e in effects),
        tuple(scale * e.low for e in effects),
        tuple(scale * e.high for e in effects),
        scale * result.finding(metric, arm).truth.value,
        seen.stopped,
        seen.decided.crossed,
    )


def forest_of(findings: tuple[Finding, ...], metric: str, currency: str) -> Forest:
    """Every treatment's effect on one metric."""
    scale = _scale(metric)
    rows = tuple(
        Estimate(
            short(
                f"{one.factor}: {one.effect.treatment}" if one.factor else one.effect.treatment, 30
            ),
            scale * one.effect.difference,
            scale * one.effect.low,
            scale * one.effect.high,
            scale * one.truth.value,
        )
        for one in findings
        if one.effect.metric == metric
    )
    return Forest(metric, _unit(metric, currency), rows)


def boundaries_of(result: SplitResult, arm: str) -> Boundaries:
    """What each look at one treatment showed in standard errors, and what stops the test."""
    seen, metric = result.watched[arm], result.design.metrics[0]
    decided = seen.stopped if seen.decided.crossed else None
    up, down = f"{arm} has more {metric}", f"{arm} has less {metric}"
    upward = seen.decided.effect.statistic >= 0
    return Boundaries(
        f"{arm}: each look beside its bounds",
        tuple(look.day for look in seen.looks),
        tuple(f"{look.day:.0f}" for look in seen.looks),
        tuple(float(look.effect.statistic) for look in seen.looks),
        tuple(look.bound for look in seen.looks),
        f"stop: {up}",
        f"stop: {down}",
        decided,
        f"stop: {up if upward else down}" if decided is not None else "",
    )


def twin_forest_of(one: TwinEffect, currency: str) -> Forest:
    """True effects of one treatment on one metric: everybody's, and those of segments."""
    scale, t = _scale(one.metric), one.truth
    rows = [Estimate("everybody", *(scale * x for x in (t.value, t.low, t.high)))]
    for name, (_, effect, error) in (one.by_segment if len(one.by_segment) > 1 else {}).items():
        reach = 1.959964 * error
        ends = (effect, effect - reach, effect + reach)
        rows.append(Estimate(short(name, 24), *(scale * x for x in ends)))
    title = f"{one.metric}: {one.treatment} less {one.control}"
    return Forest(title, _unit(one.metric, currency), tuple(rows))


def twins_picture(result: TwinResult) -> Figure:
    """One sheet about twins: the true effects, by segment where there are several."""
    words = Words(result.pool.currency, result.design.assign_at)
    figure_rows = len(result.effects)
    rows = 1 + max(len(one.by_segment) for one in result.effects)
    figure = new_figure(11.0, 1.0 + -(-figure_rows // 2) * (1.2 + 0.42 * rows))
    grid = figure.add_gridspec(-(-figure_rows // 2), 2)
    for place, one in enumerate(result.effects):
        data = twin_forest_of(one, words.currency)
        forest(data, figure.add_subplot(grid[place // 2, place % 2]))
    headed(figure, short(f"{result.design.name}: the same customers in every arm", 90))
    return figure


def _scale(metric: str) -> float:
    return 100.0 if kind_of_outcome(metric) == "share" else 1.0


def _unit(metric: str, currency: str) -> str:
    kind = kind_of_outcome(metric)
    if kind == "share":
        return "percentage points"
    return f"{currency if kind == MONEY else kind} per customer"
