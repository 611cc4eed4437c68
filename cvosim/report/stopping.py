"""Table and figure of stopping rules raced against each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import Z, amount
from cvosim.experiment.stopping.arena_text import money, percent, unbeaten
from cvosim.report.numbers import UNKNOWN
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

    from cvosim.experiment.stopping.arena import Arena, Figure, Score

WIDTH = 30
"""Letters of a rule's title."""

_MARKS = {"keeps": "kept", "breaks": "broken", "unclear": "unclear", "none": "none"}


def stopping_table(arena: Arena) -> Table:
    """One row a rule, who loses least first."""
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for score in arena.scores:
        run, curse = score.under(arena.sign), score.under(arena.sign).exaggeration
        rows.append(
            (score.title, score.regret.value, score.behind.value, score.alarms.value,
             _MARKS[score.promise.verdict], run.power.value, run.days.value, run.late_days.value,
             curse.value)
        )  # fmt: skip
        shown.append(
            (
                score.title,
                money(score.regret, arena),
                amount(score.behind.value, arena.currency, sign=True),
                f"{percent(score.alarms)} ± {100 * Z * score.alarms.error:.1f}",
                _MARKS[score.promise.verdict],
                f"{percent(run.power)} ± {100 * Z * run.power.error:.1f}",
                f"{run.days.value:.1f} ± {Z * run.days.error:.1f}",
                f"{run.late_days.value:.0f}",
                # one claim has no error: nothing is known of how far others are off
                f"{curse.value:.2f} ± {Z * curse.error:.2f}"
                if math.isfinite(curse.error)
                else UNKNOWN,
            )
        )
    return Table(
        ("rule", "loses", "behind", "false alarms", "promise", "power", "days", "90 % by day",
         "exaggerates"),
        tuple(rows), tuple(shown),
        f"Money lost; false alarms without effect; rest under {_under(arena)}",
    )  # fmt: skip


def stopping_csv(arena: Arena) -> Table:
    """Every figure with its Monte-Carlo error: one row a rule and effect."""
    head = ("rule", "promise", "size", "weight", "effect", "money")
    rows: list[tuple[Cell, ...]] = []
    figures: tuple[str, ...] = ()
    for score in arena.scores:
        for run in score.runs:
            parts = {name: getattr(run, name) for name in run._fields[4:]} | {"power": run.power}
            figures = tuple(parts)
            numbers = [number for figure in parts.values() for number in figure]
            own = (run.size, run.weight, run.effect, run.money)
            rows.append((score.name, score.promise.verdict, *own, *numbers))
    names = tuple(f"{name}{end}" for name in figures for end in ("", "_error"))
    return Table((*head, *names), tuple(rows), tuple(tuple(map(str, row)) for row in rows))


def stopping_picture(arena: Arena) -> Sheet:
    """One sheet: money lost, false alarms, and how long it takes, rule by rule."""
    figure = new_figure(14.0, 1.9 + 0.42 * len(arena.scores))
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=[1.5, 1.0, 1.0])
    losses(arena, left)
    alarms(arena, middle)
    durations(arena, right)
    best = arena.best
    least = f"{best.title} loses least money, {money(best.regret, arena)}"
    headed(figure, short(f"{arena.treatment}: {unbeaten(arena) or least}", 110))
    return figure


def losses(arena: Arena, ax: Axes | None = None) -> Axes:
    """Draw the money that each rule loses, while testing and by its decisions."""
    ax = _rules(arena, ax)
    # what the decision loses is on top, with the error of both together
    for place, score in enumerate(arena.scores):
        testing, deciding = score.testing.value, score.deciding.value
        ax.barh([place], [testing], height=0.6, color=COLOURS[3], hatch="...", edgecolor="white",
                linewidth=0.0, label="until the decision" if place == 0 else None)  # fmt: skip
        ax.barh([place], [deciding], left=[testing], height=0.6, color=COLOURS[0],
                label="by wrong decisions" if place == 0 else None)  # fmt: skip
        ax.errorbar([testing + deciding], [place], xerr=[Z * score.regret.error], fmt="none",
                    ecolor=INK, elinewidth=1.1, capsize=3)  # fmt: skip
    for value, name, style in (
        (arena.never, "never change", (0, (1, 2))),
        (arena.at_once, "ship at once", (0, (5, 3))),
    ):
        ax.axvline(value, color=INK, linewidth=1.1, linestyle=style, label=name)
    tidy(ax, f"Money lost in {arena.design.horizon_days:g} days")
    ax.set_xlabel(f"{arena.currency}, with 95 % Monte-Carlo intervals", fontsize=9)
    ax.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    ax.set_xlim(left=0.0)
    ax.figure.legend(
        *ax.get_legend_handles_labels(), loc="outside lower left", ncols=4, frameon=False,
        fontsize=8.5,
    )  # fmt: skip
    return ax


def alarms(arena: Arena, ax: Axes | None = None) -> Axes:
    """Draw false alarms of either tail without an effect, and what is promised."""
    ax = _rules(arena, ax)
    for tail, marker, colour, shift in (
        ("above", ">", COLOURS[1], -0.14), ("below", "<", COLOURS[4], 0.14),
    ):  # fmt: skip
        rates = [getattr(score.same, tail) for score in arena.scores]
        _points(ax, rates, marker, colour, shift, 100.0)
    promised = 100.0 * arena.design.alpha / arena.design.sides
    ax.axvline(promised, color=INK, linewidth=1.0, linestyle=(0, (5, 3)))
    tidy(ax, "False alarms without an effect")
    ax.set_xscale("symlog", linthresh=5.0, linscale=2.0)
    ticks = [0, 1, promised, 5, 10, 20, 50]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlim(-0.2, 62.0)
    ax.set_xlabel(
        "% of tests; > for the treatment, < against it; dashes:\npromised by tests (not by "
        "Bayesian rules)", fontsize=9,
    )  # fmt: skip
    return ax


def durations(arena: Arena, ax: Axes | None = None) -> Axes:
    """Draw days until the decision under the effect: their mean, and the day nine in ten need."""
    ax = _rules(arena, ax)
    runs = [score.under(arena.sign) for score in arena.scores]
    for place, run in enumerate(runs):
        ax.plot([run.days.value, run.late_days.value], [place, place], color=FAINT, linewidth=1.4)
        ax.plot([run.late_days.value], [place], "|", color=INK, markersize=11)
        ax.text(run.late_days.value, place - 0.34, f"finds {100 * run.power.value:.0f} %",
                fontsize=7.5, color=INK, ha="right", va="center")  # fmt: skip
    _points(ax, [run.days for run in runs], "o", COLOURS[0], 0.0, 1.0)
    tidy(ax, "Days until the decision")
    ax.set_xlim(0.0, 1.06 * max(run.late_days.value for run in runs))
    ax.set_xlabel(f"mean (dot), nine in ten by (bar), under\n{_under(arena)}", fontsize=9)
    return ax


def _rules(arena: Arena, ax: Axes | None) -> Axes:
    ax = new_axes(8.0, 1.6 + 0.4 * len(arena.scores)) if ax is None else ax
    ax.set_ylim(len(arena.scores) - 0.4, -0.6)
    ax.set_yticks(range(len(arena.scores)), [_label(score) for score in arena.scores])
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    return ax


def _label(score: Score) -> str:
    return (
        score.title
        if len(score.title) <= WIDTH
        else score.title.replace(" at the", "\nat the").replace(" with", "\nwith")
    )


def _points(
    ax: Axes, figures: list[Figure], marker: str, colour: str, shift: float, times: float
) -> None:
    for place, figure in enumerate(figures):
        ax.errorbar(
            [times * figure.value], [place + shift], xerr=[times * Z * figure.error], fmt=marker,
            color=colour, ecolor=INK, elinewidth=0.9, markersize=5,
        )  # fmt: skip


def _under(arena: Arena) -> str:
    return "the simulated effect" if arena.sign > 0 else "the opposite of the simulated effect"
