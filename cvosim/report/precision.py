"""A number as precise as was asked for, in words and tables."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING

from cvosim.report.numbers import UNKNOWN, kind_of
from cvosim.report.streaming import stream_csv, stream_text
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.precision.compare import PreciseComparison, PreciseDifference
    from cvosim.experiment.precision.estimate import Controlled
    from cvosim.experiment.precision.run import PreciseRun

WIDTH = 92
"""Letters of a line on a terminal."""


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
    one = done.estimate
    value, half = near(one.value, one.half_width, done.unit)
    low, high = (near(end, one.half_width, done.unit)[0] for end in one.interval())
    lines = [
        f"{done.metric}: {value} ± {half}, 95 % interval {low} to {high}{_in(done.unit)}.",
        _reached(done, "of the value"),
        controls_words(one, done.saved),
    ]
    if done.theory is not None:
        exact = near(done.theory, max(one.half_width, 1e-4 * abs(done.theory)), done.unit)[0]
        lines.append(f"Theory, without simulating: {exact}{_in(done.unit)}.")
    if one.controls:
        lines.append("The tables below are of the same customers, without control variates.")
    return "\n\n".join([_paragraph(lines, form), stream_text(done.stream, form)])


def precise_run_csv(done: PreciseRun) -> str:
    """Every metric of the customers that it took, exact, without control variates."""
    return stream_csv(done.stream)


def precise_comparison_text(done: PreciseComparison, form: str) -> str:
    """Write each difference in a sentence, and the table.

    Parameters
    ----------
    done : PreciseComparison
    form : str
        ``table`` or ``md``.
    """
    lines = [
        f"{name}, instead of {done.baseline}: {_difference_words(one, done)}."
        for name, one in done.differences.items()
    ]
    of = f"of {done.baseline}'s {done.metric}"
    lines.append(_reached(done, of))
    several = len(done.differences) > 1
    for name, one in done.differences.items():
        words = controls_words(one.estimate, done.saved(one))
        lines.append(f"{name}: {words}" if several else words)
    for name, value in done.theory.items():
        exact = near(value, 1e-4 * abs(value), done.unit)[0]
        lines.append(f"Theory, without simulating: {name} {exact}{_in(done.unit)}.")
    table = precise_comparison_table(done).render(form)
    return "\n\n".join([_paragraph(lines, form), table])


def precise_comparison_table(done: PreciseComparison) -> Table:
    """Make one row a variant."""
    header = ("variant", "baseline", "with it", "difference", "± 95 %", "variance ÷", "gain")
    columns = (
        "variant", "metric", "baseline_value", "variant_value", "difference", "standard_error",
        "variance_reduction", "gain", "customers", "unit",
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
        )
        for name, one in done.differences.items()
    )
    shown = tuple((name, *_cells(one, done.unit)) for name, one in done.differences.items())
    title = f"{done.metric}{_in(done.unit)}, against {done.baseline}"
    return Table(header, rows, shown, title=title, columns=columns)


def _cells(one: PreciseDifference, unit: str) -> tuple[str, ...]:
    half = one.estimate.half_width
    before, after = (near(value, half, unit)[0] for value in (one.baseline, one.variant))
    change, wide = near(one.estimate.value, half, unit, change=True)
    return before, after, change, wide, _factor(one.variance_reduction), _factor(one.estimate.gain)


def _difference_words(one: PreciseDifference, done: PreciseComparison) -> str:
    half = one.estimate.half_width
    if one.differing == 0:
        return f"{done.metric} is the same: nothing differs for any customer"
    change, wide = near(one.estimate.value, half, done.unit, change=True)
    low, high = (near(end, half, done.unit, change=True)[0] for end in one.estimate.interval())
    if math.isnan(half):
        return f"{done.metric} {change}{_in(done.unit)}, of too few customers for an interval"
    return f"{done.metric} {change} ± {wide}, 95 % interval {low} to {high}{_in(done.unit)}"


def controls_words(one: Controlled, saved: int) -> str:
    """Say what control variates have saved.

    Examples
    --------
    >>> from cvosim.experiment.precision.estimate import Controlled
    >>> controls_words(Controlled(6.3, 0.01, 6.4, 0.02, 4.0, 2, True), 393216)
    '2 control variates with means from theory: variance ÷ 4.0, which saved 393,216 customers.'
    >>> controls_words(Controlled(6.3, 0.01, 6.3, 0.01), 0)
    'Control variates do not pay here.'
    """
    if not one.controls:
        return "Control variates do not pay here."
    count = f"{one.controls} control variate{'s' if one.controls > 1 else ''}"
    source = "theory" if one.from_theory else "the scenario"
    found = f"{count} with means from {source}: variance ÷ {_factor(one.gain)}"
    return f"{found}, which saved {saved:,} customers." if saved else f"{found}."


def near(value: float, half: float, unit: str, *, change: bool = False) -> tuple[str, str]:
    """Write a value and half its interval with the digits that the interval leaves.

    Examples
    --------
    >>> near(6.30123, 0.0063, "USD"), near(0.04567, 0.0012, "share")
    (('6.3012', '0.0063'), ('4.57 %', '0.12 %'))
    >>> near(0.002, 0.001, "share", change=True)
    ('+0.20 pp', '0.10 pp')
    """
    if not math.isfinite(value):
        return UNKNOWN, UNKNOWN
    share = kind_of(unit) == "share"
    scale, sign = (100.0, " pp" if change else " %") if share else (1.0, "")
    known = math.isfinite(half) and half > 0.0
    size = scale * (half if known else abs(value) or 1.0)
    decimals = min(max(1 - math.floor(math.log10(size)), 0), 12)
    plus = "+" if change and value >= 0.0 else ""
    written = f"{plus}{scale * value:,.{decimals}f}{sign}"
    wide = f"{scale * half:,.{decimals}f}{sign}" if math.isfinite(half) else UNKNOWN
    return written, wide


def _in(unit: str) -> str:
    return "" if unit in ("share", "ratio") else f" {unit}"


def _factor(value: float) -> str:
    if math.isinf(value):
        return "\N{INFINITY}"
    return UNKNOWN if math.isnan(value) else f"{value:,.{1 if value < 100.0 else 0}f}"


def _reached(done: PreciseRun | PreciseComparison, of: str) -> str:
    """Say how many customers it took, and whether that was enough."""
    goal = f"{done.goal} {of}" if done.goal.relative else f"{done.goal}{_in(done.unit)}"
    after = f"After {done.customers:,} customers"
    if done.reached:
        return f"{after}, as narrow as asked: {goal} either way."
    why = "stopped" if done.stopped else f"no more than {done.most_customers:,} were allowed"
    if done.settled:
        return f"{after}, not as narrow as asked ({goal} either way): {why}."
    return (
        f"{after}, not to be believed as asked ({goal} either way): {why}, and a few of the "
        "customers, such as rare big spenders, decide it. The interval may well be too narrow."
    )


def _paragraph(lines: list[str], form: str) -> str:
    if form == "md":
        return "\n\n".join(lines)
    return "\n".join(fill(line, WIDTH, break_on_hyphens=False) for line in lines)
