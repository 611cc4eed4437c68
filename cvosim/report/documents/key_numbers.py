"""The handful of numbers that most people ask for first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.carried import carried
from cvosim.report.numbers import COUNTS, MONEY, UNKNOWN, Z95, amount, kind_of
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate

KEY = {
    "clv_per_prospect": "Worth of a prospect (CLV)",
    "clv_with_referrals": "The same with the people it brings",
    "buyers": "Buyers",
    "clv_per_buyer": "Worth of a buyer, the cost of winning it not taken off",
    "cac": "Cost of winning a buyer (CAC)",
    "ltv_to_cac": "Worth of a buyer over that cost",
    "cost_per_lead": "Cost of a lead",
    "aov": "Average order",
    "repeat_rate": "Buyers who order again",
    "contribution": "Contribution of all",
}
"""Metrics, and how to call them."""


def key_numbers(found: Illustrated) -> Table:
    """List the numbers that matter most, of each scenario.

    Returns
    -------
    Table
        Of one scenario with their 95 % intervals (none of money that too few buyers carry), of two
        with the difference and its interval, of more with the values alone.

    Examples
    --------
    >>> from cvosim.experiment.illustrated import illustrate
    >>> from cvosim import load_scenario
    >>> table = key_numbers(illustrate([load_scenario("carpet_cleaning")], customers=2000))
    >>> table.header
    ('number', 'value', '95 % interval')
    """
    if found.comparison is None:
        return _of_one(found)
    return _of_two(found.comparison) if len(found.scenarios) == 2 else _of_many(found)


def _of_one(found: Illustrated) -> Table:
    (scenario,) = found.scenarios
    metrics = found.metrics[scenario.name]
    rests_on = carried(metrics)
    few = rests_on is not None and rests_on.too_few
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for name, label in KEY.items():
        if name in metrics and math.isfinite(metrics[name].value):
            one, currency = metrics[name], scenario.currency
            rows.append((label, one.value, one.standard_error))
            of_money = kind_of(one.unit) == MONEY or name == "ltv_to_cac"
            ends = UNKNOWN if few and of_money else _ends(one, currency)
            shown.append((label, _value(one, currency), ends))
    columns = ("number", "value", "standard_error")
    return Table(("number", "value", "95 % interval"), tuple(rows), tuple(shown), columns=columns)


def _of_two(comparison: Comparison) -> Table:
    from cvosim.report.text import comparison_tables

    (variant,) = comparison.variants
    lines = {
        str(row[0]): (row, shown)
        for table in comparison_tables(comparison)[:1]
        for row, shown in zip(table.rows, table.shown, strict=True)
    }
    # the columns of the full table but for the star and the variance
    kept = [(label, *lines[name]) for name, label in KEY.items() if name in lines]
    rows = tuple((label, *row[1:5]) for label, row, _ in kept)
    shown = tuple((label, *texts[1:5], texts[7]) for label, _, texts in kept)
    header = ("number", comparison.baseline, variant, "second less first", "95 % interval", "unit")
    return Table(header, rows, shown)


def _of_many(found: Illustrated) -> Table:
    names = [one.name for one in found.scenarios]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for key, label in KEY.items():
        values = [found.metrics[name].get(key) for name in names]
        if any(one is not None and math.isfinite(one.value) for one in values):
            rows.append((label, *(None if one is None else one.value for one in values)))
            texts = ("-" if one is None else _value(one, found.currency) for one in values)
            shown.append((label, *texts))
    return Table(("number", *names), tuple(rows), tuple(shown))


def _value(one: Estimate, currency: str) -> str:
    return amount(one.value, kind_of(one.unit), currency)


def _ends(one: Estimate, currency: str) -> str:
    """Write the interval, both ends with the same digits."""
    half = Z95 * one.standard_error
    if not math.isfinite(half):
        return UNKNOWN
    low, high = one.value - half, one.value + half
    like, kind = max(abs(low), abs(high)), kind_of(one.unit)
    if kind in COUNTS and one.value == round(one.value):
        low, high, like = max(0, math.floor(low)), math.ceil(high), round(like)
    return " to ".join(amount(end, kind, currency, like) for end in (low, high))
