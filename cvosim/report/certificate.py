"""Table and picture of certificates: who raises false alarms, on which side, and who does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.experiment.certificate.certificate_text import interval_text, percent, sides_of
from cvosim.experiment.certificate.scores import Verdict
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
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

    def to_right(self) -> tuple[bool, ...]:
        """Which columns hold numbers: all but the procedure and its verdict."""
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


class Alarm(NamedTuple):
    """How often one procedure raises a false alarm of one kind, with its interval."""

    procedure: str
    value: float
    low: float
    high: float
    verdict: Verdict


class Alarms(NamedTuple):
    """False alarms of one kind, procedure by procedure.

    Attributes
    ----------
    title : str
        What is said without reason.
    rates : tuple of Alarm
    allowed : tuple of (float, float) or None
        From and up to which share they are as promised; less is safe.
    top : float
        End of the axis.
    """

    title: str
    rates: tuple[Alarm, ...]
    allowed: tuple[float, float] | None
    top: float


NOTE = (
    "Share of tests without an effect, with 99 % Monte-Carlo intervals. Dotted: promised; shaded: "
    "allowed, and safe below; cross: too many; ring: cannot tell."
)


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
    for ax, side in zip(axes, alarms_of(certificates), strict=True):
        false_alarms(side, ax)
        ax.set_xlabel("")
    note = NOTE.replace(". ", "\n", 1).removesuffix(".")
    figure.supxlabel(f"{note[:1].lower()}{note[1:]}", fontsize=9, color=INK)
    headed(figure, short(f"False alarms on {first.column} of {first.world}", 90))
    return figure


def alarms_of(certificates: Sequence[Certificate]) -> tuple[Alarms, Alarms]:
    """False alarms that say worse, and those that say better.

    Parameters
    ----------
    certificates : sequence of Certificate
        Of the same metric and design.
    """
    first = certificates[0]
    better, worse = sides_of(first)
    arm = first.arm if first.arm != "treatment" else "the treatment"
    sides = sorted((("below", worse), ("above", better)), key=lambda x: x[1], reverse=True)
    one, other = (
        Alarms(
            f"says that {short(arm, 30)} is {word}",
            tuple(_alarm(one, side) for one in certificates),
            _allowed(certificates, side),
            _top(certificates),
        )
        for side, word in sides
    )
    return one, other


def _alarm(one: Certificate, side: str) -> Alarm:
    rate: Rate = getattr(one, side)
    verdicts = [check.verdict for check in one.checks if check.name == side]
    verdict = verdicts[0] if verdicts else Verdict.PASSES
    return Alarm(one.procedure.name, rate.value, rate.low, rate.high, verdict)


def _allowed(certificates: Sequence[Certificate], side: str) -> tuple[float, float] | None:
    """From and up to where a tail is as promised; None where nothing is promised of it."""
    checks = [check for one in certificates for check in one.checks if check.name == side]
    return (checks[0].lower, checks[0].upper) if checks else None


def false_alarms(data: Alarms, ax: Axes | None = None) -> Axes:
    """Draw false alarms of one kind beside what is allowed, one line a procedure.

    Parameters
    ----------
    data : Alarms
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> one = Alarm("welch", 0.024, 0.02, 0.028, Verdict.PASSES)
    >>> false_alarms(Alarms("says worse", (one,), (0.015, 0.035), 0.05)).get_title(
    ...     loc="left")
    'says worse'
    """
    ax = new_axes(8.0, 1.5 + 0.42 * len(data.rates)) if ax is None else ax
    if data.allowed is not None:
        lower, upper = data.allowed
        ax.axvspan(lower, upper, color="#dedede", linewidth=0)
        ax.axvspan(0.0, lower, color="#f2f2f2", linewidth=0)
        ax.axvline((lower + upper) / 2.0, color=INK, linewidth=1.0, linestyle=":")
    for place, one in enumerate(data.rates):
        style = _mark(one.verdict)
        ax.plot([one.low, one.high], [place, place], color=style["color"], linewidth=1.8)
        ax.plot([one.value], [place], **style)
    ax.set_yticks(range(len(data.rates)), [one.procedure for one in data.rates], fontsize=9)
    ax.set_ylim(len(data.rates) - 0.4, -0.6)
    ax.set_xlim(-0.015 * data.top, data.top)  # a mark at 0 is seen whole
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    ax.set_xlabel("share of tests without an effect", fontsize=9)
    tidy(ax, data.title)
    ax.tick_params(axis="x", labelcolor=INK, color=FAINT)
    return ax


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
