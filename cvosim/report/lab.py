"""Figures and table of the identifiability lab."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cvosim.experiment.lab import title_of
from cvosim.report.backtest import MARKS, Calibration, calibration, legend_below, line_style
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.lab import LabResult


class Classes(NamedTuple):
    """Share alive by class of repeat purchases, the last class being open.

    Attributes
    ----------
    places : tuple of int
    truth : tuple of float
    said : mapping of str to tuple of float
        By the models' names as people write them.
    """

    places: tuple[int, ...]
    truth: tuple[float, ...]
    said: Mapping[str, tuple[float, ...]]


class Claim(NamedTuple):
    """What one model says of one number, with an interval; NaN ends for none."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan


class Claims(NamedTuple):
    """What models say of one number, and the truth.

    Attributes
    ----------
    title, unit : str
    truths : mapping of str to float
        One or two true numbers by what they are.
    claims : tuple of Claim
    """

    title: str
    unit: str
    truths: Mapping[str, float]
    claims: tuple[Claim, ...]


def alive_by_repeats(data: Classes, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who are still there by their repeat purchases.

    Parameters
    ----------
    data : Classes
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = alive_by_repeats(Classes((0, 1), (1.0, 0.5), {"BG/NBD": (1.0, 0.52)}))
    >>> [text.get_text() for text in ax.get_xticklabels()]
    ['0', '1+']
    """
    ax = new_axes(8.0, 4.2) if ax is None else ax
    style = {"color": INK, "linewidth": 2.4, "marker": "x", "markersize": 8}
    ax.plot(data.places, data.truth, label="truth", **style)  # type: ignore[arg-type]
    for index, (name, values) in enumerate(data.said.items()):
        ax.plot(data.places, values, label=name, **line_style(index))
    labels = [str(place) for place in data.places]
    ax.set_xticks(list(data.places), [*labels[:-1], f"{labels[-1]}+"])
    ax.set_ylim(-0.03, 1.06)
    ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    ax.set_xlabel("repeat purchases in the log", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Still customers at the end of the log")
    legend_below(ax)
    return ax


def claims(data: Claims, ax: Axes | None = None) -> Axes:
    """Draw what each model says beside the truth, one line a model.

    Parameters
    ----------
    data : Claims
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 1.6 + 0.5 * len(data.claims)) if ax is None else ax
    for index, (what, truth) in enumerate(data.truths.items()):
        ax.axvline(truth, color=INK, linewidth=1.6, linestyle=("-", ":")[index % 2], label=what)
    for place, claim in enumerate(data.claims):
        colour = COLOURS[place % len(COLOURS)]
        if math.isfinite(claim.low) and math.isfinite(claim.high):
            ax.plot([claim.low, claim.high], [place, place], color=colour, linewidth=2.2)
        ax.plot(
            [claim.value], [place], color=colour, marker=MARKS[place % len(MARKS)], markersize=9
        )
    top = len(data.claims) - 0.4
    ax.set_yticks(range(len(data.claims)), [claim.name for claim in data.claims])
    ax.set_ylim(top, -0.6)
    if data.unit == "share":
        ax.set_xlim(-0.04, 1.04)  # a truth of 100 % stands clear of the edge
        ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    else:
        # From nothing on: how close the models are is the point.
        ax.set_xlim(0.0, 1.08 * _largest(data))
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.set_xlabel(data.unit, fontsize=9)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    tidy(ax, data.title)
    ax.tick_params(axis="x", labelcolor=INK, color=FAINT)
    legend_below(ax)
    return ax


def _largest(data: Claims) -> float:
    """Largest number on the axis; 1 where nothing is above 0."""
    numbers = [*data.truths.values()]
    for claim in data.claims:
        numbers += [claim.value, claim.high]
    return max((number for number in numbers if math.isfinite(number) and number > 0), default=1.0)


def classes_of(lab: LabResult) -> Classes:
    """Who is still there in the first log, by repeat purchases, where there is anybody."""
    first = lab.rounds[0]
    some = [i for i, count in enumerate(first.truth.customers_by_repeats) if count]
    said = {
        title_of(score.name): tuple(score.alive_by_repeats[i] for i in some)
        for score in first.scores
    }
    return Classes(tuple(some), tuple(first.truth.alive_by_repeats[i] for i in some), said)


def alive_calibration_of(lab: LabResult) -> Calibration:
    """P(alive) against the truth, in the first log."""
    groups = {title_of(score.name): score.alive_groups for score in lab.rounds[0].scores}
    return Calibration(groups, "P(alive) against the truth", "share still customers")


def lab_picture(lab: LabResult) -> Figure:
    """One sheet: who is still there, calibration of that, and the totals nobody disputes."""
    figure = new_figure(13.0, 9.0)
    axes = figure.subplots(2, 2, height_ratios=[1.5, 1.0])
    alive_by_repeats(classes_of(lab), axes[0, 0])
    calibration(alive_calibration_of(lab), axes[0, 1])
    claims(alive_claims_of(lab), axes[1, 0])
    claims(purchase_claims_of(lab), axes[1, 1])
    logs = "" if len(lab.rounds) == 1 else f" (above: the first of {len(lab.rounds)} logs)"
    headed(
        figure,
        short(f"{lab.scenario.name}, a {title_of(lab.world)} world, day {lab.until:,}{logs}", 110),
    )
    return figure


def alive_claims_of(lab: LabResult) -> Claims:
    """The share of customers alive, by each model."""
    said = tuple(Claim(title_of(m), lab.mean(m, "alive")) for m in lab.models)
    return Claims(
        "Share of customers still there", "share", {"truth": lab.true_mean("alive")}, said
    )


def purchase_claims_of(lab: LabResult) -> Claims:
    """Purchases in the hold-out, by each model."""
    said = tuple(
        Claim(title_of(m), *(lab.mean(m, what) for what in ("expected", "low", "high")))
        for m in lab.models
    )
    truths = {"came": lab.true_mean("came"), "true expectation": lab.true_mean("expected")}
    known = {name: value for name, value in truths.items() if not math.isnan(value)}
    intervals = any(math.isfinite(claim.low) for claim in said)
    unit = "purchases, with 90 % intervals" if intervals else "purchases"
    return Claims("Purchases in the hold-out", unit, known, said)


HEADER = (
    "model", "log-lik.", "purchases", "rank corr.", "alive", "Brier", "off by", "value",
    "without end",
)  # fmt: skip
COLUMNS = (
    "model", "log_likelihood", "expected", "rank", "alive", "alive_brier", "alive_error", "value",
    "forever",
)  # fmt: skip


def lab_table(lab: LabResult) -> Table:
    """One row a model, means over the logs; the truth in the first."""
    came = [lab.true_mean(what) for what in ("expected", "alive", "value_expected", "forever")]
    purchases, alive, value, forever = came
    if math.isnan(purchases):
        purchases, value = lab.true_mean("came"), lab.true_mean("value_came")
    nothing = math.nan
    rows: list[tuple[str, ...] | tuple[str | float, ...]] = [
        ("truth", nothing, purchases, nothing, alive, nothing, nothing, value, forever)
    ]
    rows += [(title_of(m), *(lab.mean(m, what) for what in COLUMNS[1:])) for m in lab.models]
    shown = tuple(
        (str(row[0]), *(_cell(float(v), k) for v, k in zip(row[1:], COLUMNS[1:], strict=True)))
        for row in rows
    )
    title = f"Models fitted to day {lab.until:,}, scored to day {lab.horizon:,}"
    return Table(HEADER, tuple(rows), shown, title, COLUMNS)


def _cell(value: float, column: str) -> str:
    """Write a number with the digits of its column; nothing for what is not known."""
    if math.isnan(value):
        return ""
    if column in ("alive", "alive_error"):
        return f"{100 * value:.1f} %"
    if column in ("rank", "alive_brier"):
        return f"{value:.3f}"
    return f"{value:,.1f}" if column == "log_likelihood" else f"{value:,.0f}"
