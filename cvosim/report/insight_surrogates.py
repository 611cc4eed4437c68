"""Tables and figure of early metrics against the late truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.insight.words import Z, amount, minus
from cvosim.report.style import FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.insight.surrogates import Score, SurrogateLab

SHADES = {
    "safe": "#4C78A8", "understates": "#a9c0da", "exaggerates": "#f2c79b", "blind": "#e4e4e4",
    "misleading": "#d9730d", "unclear": "#ffffff",
}  # fmt: skip
"""Colour of a verdict; the cell says it in a word as well."""

SIGNS = {
    "safe": "safe", "understates": "low", "exaggerates": "high", "blind": "blind",
    "misleading": "wrong", "unclear": "?",
}  # fmt: skip


def surrogates_tables(lab: SurrogateLab) -> list[Table]:
    """One row a lever, at its largest size; and one a surrogate, over all levers."""
    return [_by_lever(lab), _by_surrogate(lab)]


def _by_lever(lab: SurrogateLab) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for name in lab.levers:
        one = _largest(lab, name)
        pick = lab.recommended(name)
        trusted, recall = ("none", None) if pick is None else (pick.surrogate, pick.recall)
        rows.append((name, one.size, one.true, one.true_error, trusted, recall, one.power))
        shown.append(
            (
                name,
                minus(f"{100 * one.size:+.0f} %") if one.mechanism != "own" else "as given",
                amount(one.true, lab.currency, sign=True),
                amount(Z * one.true_error, lab.currency),
                trusted,
                "" if recall is None else _percent(recall),
                _percent(one.power),
            )
        )
    return Table(
        ("lever", "change", "true effect", "± 95 %", "early metric to trust", "recall", "late"),
        tuple(rows),
        tuple(shown),
        f"Effect on contribution within {lab.plan.days:g} days, per prospect; recall and late: "
        "tests that find it",
        ("lever", "size", "true", "true_error", "surrogate", "recall", "power"),
    )


def _by_surrogate(lab: SurrogateLab) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for name in lab.surrogates:
        scores = lab.of(name)
        verdicts = [lab.verdict(lever, name) for lever in lab.levers]
        counts = [sum(v in some for v in verdicts) for some in _GROUPS]
        recall, agreement = (
            _mean([getattr(score, what) for score in scores]) for what in ("recall", "agreement")
        )
        explained, lost = lab.r_squared[name], lab.regret(name)
        rows.append((name, explained, *counts, recall, agreement, lost))
        shown.append(
            (
                name,
                f"{100 * explained:.0f} %",
                *map(str, counts),
                _percent(recall),
                f"{100 * agreement:.0f} %",
                amount(lost, lab.currency),
            )
        )
    return Table(
        ("early metric", "explains", "safe", "wrong size", "blind", "misleading", "recall",
         "agrees", "loses"),
        tuple(rows), tuple(shown),
        f"Levers by verdict; what deciding on the metric loses per prospect (tests of "
        f"{lab.plan.units:,})",
        ("surrogate", "r_squared", "safe", "wrong_size", "blind", "misleading", "recall",
         "agreement", "regret"),
    )  # fmt: skip


_GROUPS = (("safe",), ("understates", "exaggerates"), ("blind",), ("misleading",))


def _mean(shares: list[float]) -> float:
    known = [share for share in shares if not math.isnan(share)]
    return float(np.mean(known)) if known else math.nan


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.0f} %"


def surrogates_csv(lab: SurrogateLab) -> Table:
    """Every score: one row a lever, size and surrogate."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(tuple(score) for score in lab.scores)
    columns = type(lab.scores[0])._fields
    return Table(columns, rows, tuple(tuple(map(str, row)) for row in rows))


def _largest(lab: SurrogateLab, lever: str) -> Score:
    return max(
        (score for score in lab.scores if score.lever == lever), key=lambda score: score.size
    )


def surrogates_picture(lab: SurrogateLab) -> Figure:
    """One sheet: verdicts by lever and surrogate; what the best surrogate says beside the truth."""
    # one above the other, so that neither is so wide that its words become small
    width, height = 3.6 + 0.44 * len(lab.surrogates), 2.4 + 0.3 * len(lab.levers)
    figure = new_figure(max(8.5, width), height + 4.6)
    upper, lower = figure.subplots(2, 1, height_ratios=[height, 4.6])
    verdict_grid(lab, upper)
    predicted_and_true(lab, lower)
    headed(figure, short(f"{lab.scenario}: which early metric to trust for which lever", 100))
    return figure


def verdict_grid(lab: SurrogateLab, ax: Axes | None = None) -> Axes:
    """Draw the verdict on each surrogate for each lever, in a word and a colour.

    Parameters
    ----------
    lab : SurrogateLab
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    from matplotlib.patches import Rectangle

    if ax is None:
        ax = new_axes(max(8.0, 2.8 + 0.42 * len(lab.surrogates)), 2.6 + 0.3 * len(lab.levers))
    for row, lever in enumerate(lab.levers):
        for column, name in enumerate(lab.surrogates):
            verdict = lab.verdict(lever, name)
            place = (column - 0.5, row - 0.5)
            fill = SHADES[verdict]
            ax.add_patch(Rectangle(place, 1.0, 1.0, facecolor=fill, edgecolor="white"))
            colour = "white" if verdict == "safe" else INK
            ax.text(
                column, row, SIGNS[verdict],
                ha="center", va="center", fontsize=7.5, color=colour,
            )  # fmt: skip
    per_day = len(lab.surrogates) // len(set(lab.plan.early))
    for edge in range(per_day, len(lab.surrogates), per_day):
        ax.axvline(edge - 0.5, color=INK, linewidth=1.2)
    ax.set_xlim(-0.5, len(lab.surrogates) - 0.5)
    ax.set_ylim(len(lab.levers) - 0.5, -0.5)
    names = [name.replace("conversion.", "").replace("_", " ") for name in lab.surrogates]
    tidy(ax, "Does it tell what comes in the end?")
    ax.set_xticks(range(len(names)), names, rotation=90)
    levers = [short(lever.replace("_", " "), 34) for lever in lab.levers]
    ax.set_yticks(range(len(levers)), levers, parse_math=False)
    ax.tick_params(axis="both", labelsize=8.5)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(
        "safe: right sign, within a quarter of the truth; low, high: off by more; blind: sees\n"
        "less than a quarter of it; wrong: the wrong sign; ?: too few customers to tell",
        fontsize=8, labelpad=8,
    )  # fmt: skip
    return ax


def shown_surrogate(lab: SurrogateLab) -> str:
    """The early metric that is safe most often; the last index where none is for anything.

    Parameters
    ----------
    lab : SurrogateLab
    """
    safe = any(lab.verdict(lever, lab.best) == "safe" for lever in lab.levers)
    return lab.best if safe else f"index@{max(lab.plan.early):g}"


def predicted_and_true(lab: SurrogateLab, ax: Axes | None = None) -> Axes:
    """Draw the best surrogate's predictions over the true effects, with 95 % intervals.

    The last index, where none is safe for anything.

    Parameters
    ----------
    lab : SurrogateLab
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 5.6) if ax is None else ax
    shown = shown_surrogate(lab)
    scores = lab.of(shown)
    ends = [x for score in scores for x in (score.true, score.predicted)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    pad = 0.12 * (high - low) or 1.0
    span = (low - pad, high + pad)
    ax.plot(span, span, color=FAINT, linewidth=1.2, linestyle=(0, (4, 3)))
    ax.axhline(0.0, color=INK, linewidth=0.7)
    ax.axvline(0.0, color=INK, linewidth=0.7)
    for score in scores:
        safe = score.verdict == "safe"
        ax.errorbar(
            [score.true], [score.predicted],
            xerr=[Z * score.true_error], yerr=[Z * score.predicted_error],
            fmt="o" if safe else "x", color=SHADES["safe"] if safe else SHADES["misleading"],
            ecolor=FAINT, elinewidth=0.6, markersize=6 if safe else 7, markeredgewidth=1.8,
        )  # fmt: skip
    ax.set_xlim(*span)
    ax.set_ylim(*span)
    tidy(ax, f"{shown} against the truth")
    ax.spines["left"].set_visible(True)
    ax.spines["left"].set_color(FAINT)
    unit = f"{lab.currency} per prospect"
    marks = "dots: safe; crosses: not safe; dashes: exact"
    ax.set_xlabel(f"true effect within {lab.plan.days:g} days, {unit}\n{marks}", fontsize=9)
    ax.set_ylabel(f"predicted, {unit}", fontsize=9)
    return ax
