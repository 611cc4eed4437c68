"""Table and picture of certificates: who raises false alarms, on which side, and who does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cvosim.experiment.certificate.certificate_text import interval_text, percent, sides_of
from cvosim.experiment.certificate.scores import Verdict
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_figure, short, tidy
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.certificate.certificate import Certificate
    from cvosim.experiment.certificate.scores import Rate

Z99 = 2.5758293035489004
"""Half-width of a 99 % normal interval in standard errors."""
WORDS = {
    Verdict.PASSES: "passes",
    Verdict.SAFE: "passes, timid",
    Verdict.FAILS: "fails",
    Verdict.SILENT: "no answers",
    Verdict.UNKNOWN: "cannot tell",
}
COLUMNS = (
    "procedure", "verdict", "false_alarms", "above", "above_low", "above_high", "below",
    "below_low", "below_high", "power", "coverage", "bias", "bias_error", "type_s", "type_m",
    "units",
)  # fmt: skip


def certificate_table(certificates: Sequence[Certificate]) -> Table:
    """One row a procedure; ± is half of the 99 % Monte-Carlo interval.

    Parameters
    ----------
    certificates : sequence of Certificate
        Of the same metric and design.

    Returns
    -------
    Table
        CSV has the ends of the intervals, which the table for people writes as ±.
    """
    better, worse = sides_of(certificates[0])
    header = (
        "procedure", "verdict", "false alarms", f'"{better}"', f'"{worse}"', "power", "coverage",
        "bias", "type S", "type M", "units",
    )  # fmt: skip
    shown = tuple(_shown(one) for one in certificates)
    return _Wide(header, tuple(_row(one) for one in certificates), shown, "", COLUMNS)


class _Wide(Table):
    """A table whose exact form has more columns than the one for people."""

    def _right(self) -> tuple[bool, ...]:
        return (False, False, *(True,) * (len(self.header) - 2))


def _row(one: Certificate) -> tuple[str | float, ...]:
    scores = one.scores
    return (
        one.procedure.name, str(one.verdict), one.alarms.value, one.above.value, one.above.low,
        one.above.high, one.below.value, one.below.low, one.below.high, scores.power.value,
        scores.coverage.value, *scores.bias, scores.type_s.value, scores.type_m.value,
        scores.units.value,
    )  # fmt: skip


def _shown(one: Certificate) -> tuple[str, ...]:
    scores = one.scores
    bias = ""
    if one.has_effect and math.isfinite(scores.bias.value) and one.truth.effect:
        size = 100.0 / abs(one.truth.effect)
        bias = f"{size * scores.bias.value:+.1f} ± {Z99 * size * scores.bias.error:.1f} %"
    return (
        one.procedure.name,
        WORDS[one.verdict],
        percent(one.alarms.value),
        interval_text(one.above),
        interval_text(one.below),
        percent(scores.power.value),
        _coverage(one),
        bias,
        percent(scores.type_s.value),
        f"{scores.type_m.value:.2f}" if math.isfinite(scores.type_m.value) else "n/a",
        f"{scores.units.value:,.0f}",
    )


def _coverage(one: Certificate) -> str:
    """Coverage, with a mark where an interval breaks its promise."""
    if one.interval is None:
        return ""
    mark = "" if one.interval.verdict is not Verdict.FAILS else " !"
    return f"{100 * one.scores.coverage.value:.1f} %{mark}"


def certificate_picture(certificates: Sequence[Certificate]) -> Figure:
    """Draw false alarms on either side of every procedure, beside what is allowed.

    Parameters
    ----------
    certificates : sequence of Certificate
        Of the same metric and design.

    Examples
    --------
    >>> from cvosim.experiment.certificate.certify import certify
    >>> from cvosim.experiment.certificate.design import Design
    >>> from cvosim.experiment.certificate.worlds import pool_of_columns
    >>> from cvosim.stats.metric import Mean
    >>> pool = pool_of_columns({"spend": range(100)})
    >>> one = certify("welch", Mean("spend"), pool, Design(100), replications=200)
    >>> [ax.get_title(loc="left") for ax in certificate_picture([one]).axes]
    ['says that the treatment is worse', 'says that the treatment is better']
    """
    first = certificates[0]
    figure = new_figure(11.0, 2.7 + 0.42 * len(certificates))
    axes = figure.subplots(1, 2, sharey=True)
    better, worse = sides_of(first)
    arm = first.arm if first.arm != "treatment" else "the treatment"
    sides = [("below", worse), ("above", better)]
    top = _top(certificates)
    for ax, (side, word) in zip(axes, sorted(sides, key=lambda x: x[1], reverse=True), strict=True):
        _side(ax, certificates, side)
        ax.set_xlim(-0.015 * top, top)  # a mark at 0 is seen whole
        tidy(ax, f"says that {short(arm, 30)} is {word}")
        ax.tick_params(axis="x", labelcolor=INK, color=FAINT)
    axes[0].set_yticks(
        range(len(certificates)), [one.procedure.name for one in certificates], fontsize=9
    )
    axes[0].set_ylim(len(certificates) - 0.4, -0.6)
    note = (
        "share of tests without an effect, with 99 % Monte-Carlo intervals\n"
        "dotted: promised; shaded: allowed, and safe below; cross: too many; ring: cannot tell"
    )
    figure.supxlabel(note, fontsize=9, color=INK)
    headed(figure, short(f"False alarms on {first.column} of {first.world}", 90))
    return figure


def _side(ax: Axes, certificates: Sequence[Certificate], side: str) -> None:
    """One tail of all procedures: full marks pass, hollow ones fail, grey ones are unclear."""
    allowed = [c for one in certificates for c in one.checks if c.name == side]
    if allowed:
        ax.axvspan(allowed[0].lower, allowed[0].upper, color="#dedede", linewidth=0)
        ax.axvspan(0.0, allowed[0].lower, color="#f2f2f2", linewidth=0)
        middle = (allowed[0].lower + allowed[0].upper) / 2.0
        ax.axvline(middle, color=INK, linewidth=1.0, linestyle=":")
    for place, one in enumerate(certificates):
        rate: Rate = getattr(one, side)
        verdicts = [check.verdict for check in one.checks if check.name == side]
        style = _mark(verdicts[0] if verdicts else Verdict.PASSES)
        ax.plot([rate.low, rate.high], [place, place], color=style["color"], linewidth=1.8)
        ax.plot([rate.value], [place], **style)
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)


def _mark(verdict: Verdict) -> dict[str, Any]:
    """Blue disc: kept; orange cross: broken; grey ring: unclear. Told apart without colour."""
    if verdict is Verdict.FAILS:
        return {"color": COLOURS[1], "marker": "X", "markersize": 9}
    if verdict is Verdict.UNKNOWN:
        return {
            "color": COLOURS[2], "marker": "o", "markersize": 8, "markerfacecolor": "white",
        }  # fmt: skip
    return {"color": COLOURS[0], "marker": "o", "markersize": 8}


def _top(certificates: Sequence[Certificate]) -> float:
    """End of both axes: the largest rate of either side."""
    highest = max(max(one.above.high, one.below.high) for one in certificates)
    tails = (check for one in certificates for check in one.checks if check.name != "all")
    return 1.06 * max(highest, *(check.upper for check in tails))
