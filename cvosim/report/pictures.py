"""Whole pictures: from results to the data that figures draw, and the figures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.figures import Funnel, FunnelBar, Part, Split, funnel, value_split
from cvosim.report.numbers import Z95
from cvosim.report.style import headed, new_figure, short
from cvosim.report.verdict import headline, sides_of
from cvosim.report.worth import worth_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cvosim.experiment.compare import Comparison
    from cvosim.metrics.estimate import Estimate

    Measured = Mapping[str, Estimate]


def funnel_of(scenarios: Mapping[str, Measured]) -> Funnel:
    """Who took each step, out of the metrics of each scenario.

    Parameters
    ----------
    scenarios : mapping of str to metrics
        By the scenario's name, the baseline first.

    Returns
    -------
    Funnel
        Prospects first, then every stage that any scenario has, in journey order.

    Examples
    --------
    >>> from cvosim.metrics.estimate import Estimate
    >>> metrics = {"prospects": Estimate(1000, 0, "customers"),
    ...            "reach.tripwire": Estimate(0.2, 0, "share"),
    ...            "conversion.tripwire": Estimate(0.1, 0, "share")}
    >>> funnel_of({"now": metrics}).bars
    ((FunnelBar(customers=1000, share=None), FunnelBar(customers=20, share=0.1)),)
    """
    steps = merged([_stages(metrics) for metrics in scenarios.values()])
    bars = tuple(
        (FunnelBar(round(metrics["prospects"].value), None), *(_bar(metrics, s) for s in steps))
        for metrics in scenarios.values()
    )
    return Funnel(tuple(scenarios), ("prospects", *steps), bars)


def merged(orders: list[list[str]]) -> list[str]:
    """One order that holds every step; a step that is new comes after the one it follows.

    Examples
    --------
    >>> merged([["lead_magnet", "core_offer"], ["lead_magnet", "tripwire", "core_offer"]])
    ['lead_magnet', 'tripwire', 'core_offer']
    """
    steps: list[str] = []
    for order in orders:
        place = 0
        for step in order:
            if step in steps:
                place = steps.index(step) + 1
            else:
                steps.insert(place, step)
                place += 1
    return steps


def run_picture(name: str, metrics: Measured) -> Figure:
    """One sheet about one run: its funnel."""
    data = funnel_of({name: metrics})
    figure = new_figure(8.0, 1.6 + 0.42 * len(data.steps))
    funnel(data, figure.add_subplot())
    headed(figure, short(name, 70))
    return figure


def comparison_picture(comparison: Comparison) -> Figure:
    """One sheet about a comparison: the funnels side by side, and why their value differs."""
    data = funnel_of(comparison.metrics)
    count = len(comparison.variants)
    bars = len(data.steps) * len(data.scenarios)
    figure = new_figure(13.0, max(1.9 + 0.27 * bars, 1.5 + 2.9 * count))
    grid = figure.add_gridspec(count, 2, width_ratios=[1.25, 1.0])
    funnel(data, figure.add_subplot(grid[:, 0]))
    for row, variant in enumerate(comparison.variants):
        value_split(split_of(comparison, variant), figure.add_subplot(grid[row, 1]))
    headed(figure, short(headline(comparison), 110))
    return figure


def split_of(comparison: Comparison, variant: str) -> Split:
    """Split a difference in CLV into parts with 95 % intervals, as a gain of who earns more.

    Where both scenarios have referral, word of mouth is a part; where one has, it is left out,
    and the title says so.
    """
    split = comparison.decomposition[variant]
    sides, worth = sides_of(comparison, variant), worth_of(comparison, variant)
    sign = 1 if sides is None else sides.sign
    names = (variant, comparison.baseline)[::sign]
    values = {name: float(getattr(split, name)) for name in FACTORS if name != WORD_OF_MOUTH}
    errors = dict(split.standard_errors)
    if worth.discounted and worth.includes:
        values[WORD_OF_MOUTH], errors[WORD_OF_MOUTH] = (
            worth.word_of_mouth,
            worth.word_of_mouth_error,
        )
        values["total"], errors["total"] = worth.difference or 0.0, worth.standard_error or math.nan
    parts = tuple(
        _part(words, sign * values[name], errors[name])
        for name, words in FACTORS.items()
        if name in values
    )
    alone = "\n(prospects alone)" if worth.includes and not worth.discounted else ""
    title = f"What {short(names[0])}\ngains over {short(names[1])}{alone}"
    return Split(title, comparison.currency, parts)


def _part(words: str, value: float, error: float) -> Part:
    return Part(words, value, value - Z95 * error, value + Z95 * error)


WORD_OF_MOUTH = "word_of_mouth"
FACTORS = {
    "time": "time: days as a\ncustomer per prospect",
    "frequency": "frequency: orders\nper day as a customer",
    "monetary_value": "monetary value:\ndiscounted revenue\nper order",
    "cost": "cost: discounted,\nper prospect",
    WORD_OF_MOUTH: "word of mouth:\npeople brought\nby referral",
    "total": "total",
}
"""What each part of the split is, in few words."""


def _stages(metrics: Measured) -> list[str]:
    return [name.partition(".")[2] for name in metrics if name.startswith("reach.")]


def _bar(metrics: Measured, stage: str) -> FunnelBar | None:
    if f"reach.{stage}" not in metrics:
        return None
    offered = metrics["prospects"].value * metrics[f"reach.{stage}"].value
    share = metrics[f"conversion.{stage}"].value
    if math.isnan(share):  # nobody came this far
        return FunnelBar(0, None)
    return FunnelBar(round(offered * share), share)
