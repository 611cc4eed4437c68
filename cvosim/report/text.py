"""Metrics, comparisons and their parts as tables; the verdict in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cvosim.report.numbers import MONEY, UNKNOWN, Z95, adding_up, interval, kind_of, number, signed
from cvosim.report.tables import Cell, Table
from cvosim.report.verdict import verdict

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison, Difference
    from cvosim.metrics.estimate import Estimate
    from cvosim.stats.decomposition import ValueSplit

ABOUT = {
    "reach": "stage",
    "cac": "channel",
    "clv_quantile": "percentile",
    "revenue_by_segment": "segment",
    "recoveries": "program",
    "subscribers": "subscription",
    "awareness_at_end": "awareness",
    "tier_share": "tier",
}
"""What the second half of a metric's name is, by the first half that leads its table."""
CERTAIN = 1e9
"""A larger factor by which a variance shrinks is rounding noise: the difference is certain."""


def metrics_table(metrics: Mapping[str, Estimate]) -> Table:
    """One row a metric: value, half-width of its 95 % interval, unit.

    Parameters
    ----------
    metrics : mapping of str to Estimate
        As `cvosim.measure` returns them.

    Returns
    -------
    Table
        Its CSV holds ``metric,value,standard_error,unit``.

    Examples
    --------
    >>> from cvosim.metrics.estimate import Estimate
    >>> print(metrics_table({"cac": Estimate(41.5, 0.8, "USD")}).to_text())
    metric  value  ± 95 %  unit
    ------  -----  ------  ----
    cac     41.50    1.57  USD
    """
    rows = [(name, e.value, e.standard_error, e.unit) for name, e in metrics.items()]
    shown = [
        (name, *_value_and_half(estimate), estimate.unit) for name, estimate in metrics.items()
    ]
    columns = ("metric", "value", "standard_error", "unit")
    return Table(("metric", "value", "± 95 %", "unit"), tuple(rows), tuple(shown), columns=columns)


def _value_and_half(one: Estimate) -> tuple[str, str]:
    kind = kind_of(one.unit)
    return number(one.value, kind), number(Z95 * one.standard_error, kind, one.value)


def metrics_tables(metrics: Mapping[str, Estimate]) -> list[Table]:
    """Every metric in a handful of tables: one for the whole, one each by stage, channel, ...

    Metrics that are about the same things (``reach.tripwire``, ``conversion.tripwire``)
    stand side by side as columns; each cell is the value and its 95 % half-width.

    Parameters
    ----------
    metrics : mapping of str to Estimate
        As `cvosim.measure` returns them.

    Returns
    -------
    list of Table
        The metrics of the whole first.

    Examples
    --------
    >>> from cvosim.metrics.estimate import Estimate
    >>> metrics = {f"{m}.{s}": Estimate(0.5, 0.01, "share") for m in ("reach", "conversion")
    ...            for s in ("tripwire", "core_offer")}
    >>> print(metrics_tables(metrics)[0].to_text())
    stage                reach      conversion
    ----------  --------------  --------------
    tripwire    50.00 ± 1.96 %  50.00 ± 1.96 %
    core_offer  50.00 ± 1.96 %  50.00 ± 1.96 %
    """
    whole = {name: estimate for name, estimate in metrics.items() if "." not in name}
    tables = [metrics_table(whole)] if whole else []
    families: dict[str, dict[str, Estimate]] = {}
    for name, estimate in metrics.items():
        family, dot, about = name.partition(".")
        if dot:
            families.setdefault(family, {})[about] = estimate
    alike: dict[tuple[str, ...], list[str]] = {}
    for family, members in families.items():
        alike.setdefault(tuple(members), []).append(family)
    return tables + [_pivot(about, names, families) for about, names in alike.items()]


def comparison_tables(comparison: Comparison, *, every: bool = False) -> list[Table]:
    """Two tables a variant: what differs, and the split of the difference in value.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.
    every : bool
        All metrics, not only those of the whole and the stages' conversions.

    Returns
    -------
    list of Table
        Differences are variant less baseline, on the same customers; a star marks those whose
        95 % interval does not hold 0, unless they round to 0. ``variance ÷`` is how many times
        as many customers two independent samples would need for an interval as narrow. The
        parts of a split are rounded so that they add up to the total, which is the difference
        that the verdict names: word of mouth is a part where either scenario has referral.
    """
    tables = []
    for variant in comparison.variants:
        differences = {
            name: difference
            for name, difference in comparison.differences[variant].items()
            if every or is_main(name)
        }
        tables.append(_differences_table(comparison.baseline, variant, differences))
        tables.append(_split_table(comparison.decomposition[variant], comparison.currency))
    return tables


def is_main(name: str) -> bool:
    """Whether a metric is about the whole, or a stage's conversion; all meet as many prospects."""
    return ("." not in name and name != "prospects") or name.startswith("conversion.")


def comparison_csv(comparison: Comparison) -> str:
    """Every difference of every variant, exact, one row each."""
    fields = ("baseline", "variant", "difference", "standard_error", "low", "high")
    columns = ("scenario", "metric", *fields, "variance_reduction", "unit")
    rows = tuple(
        (variant, name, *(getattr(one, field) for field in columns[2:]))
        for variant, metrics in comparison.differences.items()
        for name, one in metrics.items()
    )
    return Table(columns, rows, ()).to_csv()


def _differences_table(baseline: str, variant: str, differences: Mapping[str, Difference]) -> Table:
    header = (
        "metric",
        "baseline",
        "variant",
        "difference",
        "95 % interval",
        "",
        "variance ÷",
        "unit",
    )
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for name, one in differences.items():
        values = (one.baseline, one.variant, one.difference)
        beside = [x for x in values if x is not None]
        interval = _interval(one, beside)
        kind, factor = kind_of(one.unit), one.variance_reduction
        change = "-" if one.difference is None else signed(one.difference, kind, beside)
        star = "*" if one.significant and change.strip("+0.p ") else ""
        rows.append((name, *values, interval, star, factor, one.unit))
        sides = ("-" if x is None else number(x, kind, beside) for x in values[:2])
        shown.append((name, *sides, change, interval, star, _factor(factor), one.unit))
    return Table(header, tuple(rows), tuple(shown), title=f"{variant}, instead of {baseline}")


def _split_table(split: ValueSplit, currency: str) -> Table:
    values = {**split.parts, "total": float(split.total)}
    halves = {name: Z95 * split.standard_errors[name] for name in values}
    rows = tuple((name, value, halves[name]) for name, value in values.items())
    beside = [*values.values()]
    written = adding_up(beside[:-1], beside[-1])
    shown = tuple(
        (name, signed(value, MONEY, beside), number(halves[name], MONEY, beside))
        for name, value in zip(values, written, strict=True)
    )
    header = ("factor", f"worth ({currency} per prospect)", "± 95 %")
    title = "Where the difference in CLV per prospect comes from"
    if split.word_of_mouth is not None:
        title += ", people brought by referral included"
    return Table(header, rows, shown, title=title)


def _factor(reduction: float | None) -> str:
    """Write a variance-reduction factor: infinite where the difference is certain."""
    if reduction is None:
        return "-"
    if reduction > CERTAIN:  # what is left is rounding noise
        return "\N{INFINITY}"
    return UNKNOWN if math.isnan(reduction) else f"{reduction:,.1f}"


def _interval(one: Difference, beside: Sequence[float]) -> str:
    if one.low is None or one.high is None:
        return "-"
    return interval(one.low, one.high, kind_of(one.unit), beside)


def _pivot(
    about: Sequence[str], names: Sequence[str], families: Mapping[str, Mapping[str, Estimate]]
) -> Table:
    """Families of metrics as columns, what they are about as rows."""
    units = {name: next(iter(families[name].values())).unit for name in names}
    first = next((ABOUT[name] for name in names if name in ABOUT), "of")
    header = (first, *(_with_unit(name, units[name]) for name in names))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (row, *(families[name][row].value for name in names)) for row in about
    )
    beside = {name: [one.value for one in families[name].values()] for name in names}
    shown = tuple(
        (row, *(_cell(families[name][row], beside[name]) for name in names)) for row in about
    )
    return Table(header, rows, shown)


def _with_unit(name: str, unit: str) -> str:
    return name if unit in ("share", "ratio", name) else f"{name} ({unit})"


def _cell(estimate: Estimate, beside: Sequence[float]) -> str:
    """Write a value and its half-width with the digits of its whole column."""
    kind = kind_of(estimate.unit)
    value = number(estimate.value, kind, beside)
    half = number(Z95 * estimate.standard_error, kind, beside)
    return value if value == UNKNOWN else f"{value.removesuffix(' %')} ± {half}"


__all__ = ["comparison_csv", "comparison_tables", "metrics_table", "metrics_tables", "verdict"]
