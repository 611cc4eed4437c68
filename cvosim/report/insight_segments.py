"""Tables and figure of what tests say of segments, beside the truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.insight.segment_text import no_effect
from cvosim.experiment.insight.words import Z, amount, counted
from cvosim.report.backtest import MARKS
from cvosim.report.numbers import UNKNOWN
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.insight.segment_result import SegmentLab, SegmentTruth

_MOST = 4
"""Segments whose wrong signs are drawn: the largest."""


def segments_tables(lab: SegmentLab) -> list[Table]:
    """One row a segment; one a segment and size of test; one a policy."""
    return [segment_table(lab), _claims(lab), _policies(lab)]


def segment_table(lab: SegmentLab) -> Table:
    """One row a segment: the truth, and how large a test must be."""
    fields = ("share", "control", "effect", "effect_error", "needed", "raw_error", "shrunk_error")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (s.name, *(getattr(s, name) for name in fields)) for s in lab.segments
    )
    shown = tuple(
        (
            s.name,
            f"{100 * s.share:.0f} %",
            amount(s.control, lab.unit),
            amount(s.effect, lab.unit, sign=True),
            amount(Z * s.effect_error, lab.unit),
            _needed(s),
            amount(s.raw_error, lab.unit),
            amount(s.shrunk_error, lab.unit),
        )
        for s in lab.segments
    )
    return Table(
        ("segment", "share", "without", "true effect", "± 95 %", "test needs", "off", "shrunk"),
        rows, shown, f"{lab.metric} per prospect: what is true, and how far off a test of "
        f"{lab.units:,} is", ("segment", *fields),
    )  # fmt: skip


def _needed(segment: SegmentTruth) -> str:
    if math.isfinite(segment.needed):
        return counted(segment.needed, "customer")
    return "never" if no_effect(segment) else UNKNOWN


def _claims(lab: SegmentLab) -> Table:
    pairs = [(s.name, claim) for s in lab.segments for claim in s.claims]
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, *claim) for name, claim in pairs)
    shown = tuple(
        (
            name,
            f"{c.units:,}",
            f"{c.in_segment:,}",
            f"{100 * c.power:.0f} %",
            "" if math.isnan(c.type_s) else f"{100 * c.type_s:.0f} %",
            "" if math.isnan(c.exaggeration) else f"{c.exaggeration:.1f} ×",
            f"{100 * c.wrong_look:.0f} %",
        )
        for name, c in pairs
    )
    header = (
        "segment", "customers", "in segment", "found", "wrong sign", "exaggerated", "looks wrong",
    )  # fmt: skip
    title = "Split tests by size; wrong sign and exaggerated: of the significant ones"
    return Table(header, rows, shown, title, ("segment", *type(pairs[0][1])._fields))


def _policies(lab: SegmentLab) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(tuple(policy) for policy in lab.policies)
    shown = tuple(
        (
            policy.name,
            amount(policy.value, lab.unit, sign=True),
            amount(Z * policy.error, lab.unit),
            f"{100 * policy.treated:.0f} %",
        )
        for policy in lab.policies
    )
    title = f"Whom to treat after a test of {lab.units:,} customers, and what it truly gains"
    return Table(
        ("treat", "gains", "± 95 %", "treated"), rows, shown, title,
        ("policy", "value", "error", "treated"),
    )  # fmt: skip


def segments_picture(lab: SegmentLab) -> Figure:
    """One sheet: truth and claims by segment, wrong signs by size, gain by who is treated."""
    figure = new_figure(15.0, 5.4 + 0.45 * len(lab.segments))
    axes = figure.subplots(1, 3)
    truth_and_claims(lab, axes[0])
    wrong_signs(lab, axes[1])
    gain_by_treated(lab, axes[2])
    headed(figure, short(f"{lab.variant} against {lab.baseline}, by segment", 110))
    return figure


def truth_and_claims(lab: SegmentLab, ax: Axes | None = None) -> Axes:
    """Draw each segment's true effect and where 95 % of a test's estimates of it lie.

    Parameters
    ----------
    lab : SegmentLab
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 2.4 + 0.5 * len(lab.segments)) if ax is None else ax
    styles = (("a test's estimates, as they are", "raw_range", -0.16, "-", COLOURS[0]),
              ("the same, shrunk", "shrunk_range", 0.16, "--", COLOURS[1]))  # fmt: skip
    for label, what, shift, line, colour in styles:
        for place, segment in enumerate(lab.segments):
            ends = getattr(segment, what)
            ax.plot(
                ends, [place + shift] * 2, color=colour, linestyle=line, linewidth=2.6,
                label=label if place == 0 else None,
            )  # fmt: skip
    truths = [segment.effect for segment in lab.segments]
    ax.plot(truths, range(len(truths)), "D", color=INK, markersize=7, label="truth")
    ax.axvline(0.0, color=INK, linewidth=0.9)
    ax.set_ylim(len(truths) - 0.4, -0.6)
    names = [short(segment.name.replace("_", " "), 24) for segment in lab.segments]
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    tidy(ax, f"What {lab.units:,} customers would say\n(95 % of tests)")
    ax.set_xlabel(f"effect on {lab.metric}, {lab.unit} per prospect", fontsize=9, parse_math=False)
    _legend(ax, 0.5)
    return ax


def largest_segments(lab: SegmentLab) -> tuple[SegmentTruth, ...]:
    """The few whose wrong signs are drawn.

    Parameters
    ----------
    lab : SegmentLab
    """
    return tuple(sorted(lab.segments, key=lambda segment: -segment.share)[:_MOST])


def wrong_signs(lab: SegmentLab, ax: Axes | None = None) -> Axes:
    """Draw the share of tests that look wrong, and of significant ones with the wrong sign.

    Parameters
    ----------
    lab : SegmentLab
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 4.8) if ax is None else ax
    for number, segment in enumerate(largest_segments(lab)):
        sizes = [claim.units for claim in segment.claims]
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKS[number % len(MARKS)]}
        name = short(segment.name.replace("_", " "), 24)
        looks = [100 * claim.wrong_look for claim in segment.claims]
        wrong = [100 * claim.type_s for claim in segment.claims]
        ax.plot(sizes, looks, label=f"{name}: all tests", linewidth=1.8, **style)  # type: ignore[arg-type]
        ax.plot(
            sizes, wrong, label=f"{name}: significant", linewidth=1.4, linestyle=":",
            markerfacecolor="white", **style,  # type: ignore[arg-type]
        )  # fmt: skip
    ax.set_xscale("log")
    some = [claim.units for claim in lab.segments[0].claims]
    ax.set_xticks(some, [f"{size:,}" for size in some], rotation=30, ha="right")
    ax.minorticks_off()
    drawn = [share for line in ax.get_lines() for share in np.asarray(line.get_ydata(), float)]
    known = [share for share in drawn if math.isfinite(share)]
    ax.set_ylim(-2.0, max(52.0, 1.06 * max(known, default=0.0)))
    ax.yaxis.set_major_formatter("{x:.0f} %")
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Claims with the wrong sign")
    ax.set_xlabel("customers of the test", fontsize=9)
    _legend(ax, 0.78)
    return ax


def gain_by_treated(lab: SegmentLab, ax: Axes | None = None) -> Axes:
    """Draw the gain by the share of customers treated, best segments first.

    Parameters
    ----------
    lab : SegmentLab
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 4.8) if ax is None else ax
    curves = (("segments in the true order", lab.oracle_curve, INK, "-"),
              ("in the order of a test (mean)", lab.tested_curve, COLOURS[0], "--"))  # fmt: skip
    for label, steps, colour, line in curves:
        x, y = [100 * step.treated for step in steps], [step.gain for step in steps]
        ax.plot(x, y, color=colour, linestyle=line, linewidth=2.0, label=label)
    whole = lab.oracle_curve[-1].gain
    ax.plot([0, 100], [0.0, whole], color=FAINT, linestyle=":", linewidth=1.6, label="at random")
    ax.axhline(0.0, color=INK, linewidth=0.9)
    ax.xaxis.set_major_formatter("{x:.0f} %")
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Gain by who is treated")
    ax.set_xlabel("customers treated", fontsize=9)
    ax.set_ylabel(f"{lab.unit} per prospect of all", fontsize=9, parse_math=False)
    _legend(ax, 0.5)
    return ax


def _legend(ax: Axes, inches: float) -> None:
    """Put the legend so far below the axis, one line an entry."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    down = ax.transAxes + ScaledTranslation(0.0, -inches, figure.dpi_scale_trans)
    ax.legend(
        loc="upper left", bbox_to_anchor=(-0.02, 0.0), bbox_transform=down, fontsize=8.5,
        frameon=False, borderaxespad=0.0,
    )  # fmt: skip
    legend = ax.get_legend()
    assert legend is not None
    for text in legend.get_texts():
        text.set_parse_math(False)
