"""A number as precise as was asked for, in words and tables."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING

from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.report.numbers import UNKNOWN, Z95, kind_of
from cvosim.report.streaming import stream_csv, stream_text
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.precision.compare import PreciseComparison, PreciseDifference
    from cvosim.experiment.precision.estimate import Controlled
    from cvosim.experiment.precision.run import PreciseRun

WIDTH = 92
"""Letters of a line on a terminal."""

EARNED = {
    VALUE: "",
    WITH_REFERRALS: ", people brought by referral included",
    "contribution_per_prospect": ", not discounted",
}
"""Metrics that say what a prospect earns, and what is special about it."""

SAVES = ("pairing saves ×", "knowledge saves ×")
"""Headings: how many times as many customers it would take without."""

LEAST_WORTH_SAYING = 1.05
"""Times as many customers."""

ROOM = 2.0
"""Times as narrow as asked, from which on the reader is told why."""


def precise_run_text(done: PreciseRun, form: str) -> str:
    """Write what was asked for first, then every metric of the same customers.

    Parameters
    ----------
    done : PreciseRun
    form : str
        ``table`` or ``md``.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.precision.run import run_to_precision
    >>> done = run_to_precision(load_scenario("carpet_cleaning"), "5%", metric="reach.tripwire")
    >>> print(precise_run_text(done, "table").split(":")[0])
    reach.tripwire
    """
    lines = precise_run_lines(done)
    if done.estimate.controls:
        lines.append("The tables below are of the same customers, without that knowledge.")
    return "\n\n".join([_paragraph(lines, form), stream_text(done.stream, form)])


def precise_run_lines(done: PreciseRun) -> list[str]:
    """Say what was asked for, what it took, and what theory has."""
    one = done.estimate
    value, half = near(one.value, one.half_width, done.unit)
    low, high = (near(end, one.half_width, done.unit)[0] for end in one.interval())
    lines = [
        f"{done.metric}: {value} ± {half}, 95 % interval {low} to {high}{_in(done.unit)}.",
        _reached(done, "of the value", [(one.half_width, one.value)]),
        controls_words(one, done.saved),
    ]
    if done.theory is not None:
        exact = near(done.theory, max(one.half_width, 1e-4 * abs(done.theory)), done.unit)[0]
        lines.append(f"Theory, without simulating: {exact}{_in(done.unit)}.")
    return lines


def precise_run_csv(done: PreciseRun) -> str:
    """Every metric of the customers that it took, without control variates."""
    return stream_csv(done.stream)


def precise_comparison_text(done: PreciseComparison, form: str) -> str:
    """Write each difference in a sentence, and the table.

    Parameters
    ----------
    done : PreciseComparison
    form : str
        ``table`` or ``md``.
    """
    table = precise_comparison_table(done).render(form)
    return "\n\n".join([_paragraph(precise_comparison_lines(done), form), table])


def precise_comparison_lines(done: PreciseComparison) -> list[str]:
    """Say who earns more, what it took, and what theory has."""
    lines = [_difference_words(name, one, done) for name, one in done.differences.items()]
    widths = [(one.estimate.half_width, one.baseline) for one in done.differences.values()]
    lines.append(_reached(done, f"of {done.baseline}'s {done.metric}", widths))
    several = len(done.differences) > 1
    for name, one in done.differences.items():
        if one.differing:
            known = controls_words(one.estimate, done.saved(one))
            words = f"{pairing_words(one.variance_reduction)}{known}"
            lines.append(f"{name}: {words}" if several else words)
    for name, value in done.theory.items():
        exact = near(value, 1e-4 * abs(value), done.unit)[0]
        lines.append(f"Theory, without simulating: {name} {exact}{_in(done.unit)}.")
    return lines


def precise_comparison_table(done: PreciseComparison) -> Table:
    """Make one row a variant."""
    header = ("variant", "baseline", "with it", "difference", "± 95 %", *SAVES)
    columns = (
        "variant", "metric", "baseline_value", "variant_value", "difference", "standard_error",
        "variance_reduction", "gain", "customers", "unit", "baseline_error",
        "variant_error",
    )  # fmt: skip
    rows = tuple(
        (
            name,
            done.metric,
            one.baseline,
            one.variant,
            one.estimate.value,
            one.estimate.standard_error,
            one.variance_reduction,
            one.estimate.gain,
            done.customers,
            done.unit,
            one.baseline_error,
            one.variant_error,
        )
        for name, one in done.differences.items()
    )
    shown = tuple((name, *_cells(one, done.unit)) for name, one in done.differences.items())
    title = f"{done.metric}{_in(done.unit)}, against {done.baseline}"
    return Table(header, rows, shown, title=title, columns=columns)


def _cells(one: PreciseDifference, unit: str) -> tuple[str, ...]:
    half = one.estimate.half_width
    before = beside(one.baseline, Z95 * one.baseline_error, unit)
    after = beside(one.variant, Z95 * one.variant_error, unit)
    change, wide = near(one.estimate.value, half, unit, change=True)
    return before, after, change, wide, _factor(one.variance_reduction), _factor(one.estimate.gain)


def beside(value: float, half: float, unit: str) -> str:
    """Write a value with its own interval, where there is one.

    Examples
    --------
    >>> beside(6.80778, 0.4123, "USD"), beside(7.0, math.nan, "USD")
    ('6.81 ± 0.41', '7.0')
    """
    written, wide = near(value, half, unit)
    return written if wide == UNKNOWN or half == 0.0 else f"{written} ± {wide}"


def _difference_words(name: str, one: PreciseDifference, done: PreciseComparison) -> str:
    """Say who earns more, or how the metric differs."""
    if one.differing == 0:
        what = f"{done.metric} is the same: nothing differs for any customer"
        return f"{name}, instead of {done.baseline}: {what}."
    half, unit = one.estimate.half_width, done.unit
    if done.metric in EARNED and math.isfinite(half):
        return _earns(name, one, done)
    change, wide = near(one.estimate.value, half, unit, change=True)
    what = f"{name}, instead of {done.baseline}: {done.metric} {change}"
    if math.isnan(half):
        return f"{what}{_in(unit)}, of too few customers for an interval."
    low, high = (near(end, half, unit, change=True)[0] for end in one.estimate.interval())
    return f"{what} ± {wide}{_in(unit)} (95 % interval from {low} to {high})."


def _earns(name: str, one: PreciseDifference, done: PreciseComparison) -> str:
    """Say who earns more, as the verdict of a comparison does."""
    half, includes = one.estimate.half_width, EARNED[done.metric]
    winner, loser, sign = name, done.baseline, 1.0
    if one.estimate.value < 0.0:
        winner, loser, sign = done.baseline, name, -1.0
    low, high = sorted(sign * end for end in one.estimate.interval())
    wide = near(0.0, half, done.unit)[1]
    gain, start, end = (_money(x, half, done.unit) for x in (sign * one.estimate.value, low, high))
    text = f"{gain} ± {wide} more per prospect"
    ends = f"(95 % interval from {start} to {end})"
    if low > 0.0:
        return f"{winner} earns {text} than {loser}{includes} {ends}."
    return (
        f"No difference is visible between {winner} and {loser}{includes}: the first earns {text} "
        f"{ends}."
    )


def _money(value: float, half: float, currency: str) -> str:
    written = near(abs(value), half, currency)[0]
    minus = "\N{MINUS SIGN}" if value < 0.0 else ""
    return f"{minus}{currency} {written}"


def pairing_words(factor: float) -> str:
    """Say what meeting both funnels with the same customers has saved; nothing if nothing.

    Examples
    --------
    >>> pairing_words(12.31)
    'Pairing, the same customers in both, makes it as narrow as 12.3 times as many would. '
    >>> pairing_words(1.01)
    ''
    """
    if not math.isfinite(factor) or factor < LEAST_WORTH_SAYING:
        return ""
    times = f"{_factor(factor)} times as many"
    return f"Pairing, the same customers in both, makes it as narrow as {times} would. "


def controls_words(one: Controlled, saved: int) -> str:
    """Say what control variates have saved.

    Examples
    --------
    >>> from cvosim.experiment.precision.estimate import Controlled
    >>> print(controls_words(Controlled(6.3, 0.01, 6.4, 0.02, 4.0, 2, True), 393216))
    What theory knows of this funnel makes it as narrow as 4.0 times as many customers ...
    >>> controls_words(Controlled(6.3, 0.01, 6.3, 0.01), 0)
    'Known shares of channels and segments do not make it narrower here.'
    """
    if not one.controls:
        return "Known shares of channels and segments do not make it narrower here."
    source = "What theory knows of this funnel makes"
    if not one.from_theory:
        source = "Known shares of channels and segments make"
    found = f"{source} it as narrow as {_factor(one.gain)} times as many customers would"
    return f"{found}; without, it would have taken {saved:,} more." if saved else f"{found}."


def near(value: float, half: float, unit: str, *, change: bool = False) -> tuple[str, str]:
    """Write a value and half its interval with the digits that the interval leaves.

    Examples
    --------
    >>> near(6.30123, 0.0063, "USD"), near(0.04567, 0.0012, "share")
    (('6.3012', '0.0063'), ('4.57 %', '0.12 %'))
    >>> near(0.002, 0.001, "share", change=True)
    ('+0.20 pp', '0.10 pp')
    >>> near(-0.002, 0.001, "share", change=True)
    ('−0.20 pp', '0.10 pp')
    """
    if not math.isfinite(value):
        return UNKNOWN, UNKNOWN
    share = kind_of(unit) == "share"
    scale, sign = (100.0, " pp" if change else " %") if share else (1.0, "")
    known = math.isfinite(half) and half > 0.0
    size = scale * (half if known else abs(value) or 1.0)
    decimals = min(max(1 - math.floor(math.log10(size)), 0), 12)
    plus = "+" if change and value >= 0.0 else ""
    minus = "\N{MINUS SIGN}" if value < 0.0 else ""
    written = f"{plus}{minus}{abs(scale * value):,.{decimals}f}{sign}"
    wide = f"{scale * half:,.{decimals}f}{sign}" if math.isfinite(half) else UNKNOWN
    return written, wide


def _in(unit: str) -> str:
    return "" if unit in ("share", "ratio") else f" {unit}"


def _factor(value: float) -> str:
    if math.isinf(value):
        return "\N{INFINITY}"
    return UNKNOWN if math.isnan(value) else f"{value:,.{1 if value < 100.0 else 0}f}"


def _reached(
    done: PreciseRun | PreciseComparison, of: str, widths: list[tuple[float, float]]
) -> str:
    """Say how many customers it took, and whether that was enough.

    ``widths`` are half the widths, each with the value that a percentage is of.
    """
    goal = f"{done.goal} {of}" if done.goal.relative else f"{done.goal}{_in(done.unit)}"
    after = f"After {done.customers:,} customers"
    if done.reached:
        return f"{after}, as narrow as asked: {goal} either way.{_roomy(done, widths)}"
    why = "stopped" if done.stopped else f"no more than {done.most_customers:,} were allowed"
    if done.settled:
        return f"{after}, not as narrow as asked ({goal} either way): {why}."
    return (
        f"{after}, not to be believed as asked ({goal} either way): {why}, and a few of the "
        "customers, such as rare big spenders, decide it. The interval may well be too narrow."
    )


def _roomy(done: PreciseRun | PreciseComparison, widths: list[tuple[float, float]]) -> str:
    """Say why it is much narrower than asked, where the first look found it so."""
    if done.customers > done.least_customers:
        return ""
    if any(ROOM * half > done.goal.half_width(value) for half, value in widths):
        return ""
    return f" It is narrower still: the least it looks at is {done.least_customers:,} customers."


def _paragraph(lines: list[str], form: str) -> str:
    if form == "md":
        return "\n\n".join(lines)
    together = "95\N{NO-BREAK SPACE}%"
    wrapped = [
        fill(line.replace("95 %", together), WIDTH, break_on_hyphens=False) for line in lines
    ]
    return "\n".join(wrapped).replace(together, "95 %")
