"""Whole pictures: from results to the data that figures draw, and the figures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.figures import Funnel, FunnelBar, Part, Split, funnel, value_split
from cvosim.report.numbers import MONEY, Z95, number
from cvosim.report.style import headed, new_figure, short
from cvosim.report.verdict import headline, sides_of

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
    splits = [split_of(comparison, variant) for variant in comparison.variants]
    heights = [1.4 + 0.42 * max(4, len(split.parts)) for split in splits]
    figure = new_figure(13.0, max(1.9 + 0.27 * bars, 1.0 + sum(heights)))
    grid = figure.add_gridspec(count, 2, width_ratios=[1.25, 1.0], height_ratios=heights)
    funnel(data, figure.add_subplot(grid[:, 0]))
    for row, split in enumerate(splits):
        value_split(split, figure.add_subplot(grid[row, 1]))
    headed(figure, short(headline(comparison), 110))
    return figure


def split_of(comparison: Comparison, variant: str) -> Split:
    """Split a difference in CLV into parts with 95 % intervals, as a gain of who earns more.

    Word of mouth is a part where either scenario has referral. Parts that are nothing, give or
    take nothing, are left out.
    """
    split, sides = comparison.decomposition[variant], sides_of(comparison, variant)
    sign = 1 if sides is None else sides.sign
    names = (variant, comparison.baseline)[::sign]
    values = {**split.parts, "total": float(split.total)}
    halves = {name: Z95 * split.standard_errors[name] for name in values}
    parts = tuple(
        Part(FACTORS[name], sign * value, sign * value - halves[name], sign * value + halves[name])
        for name, value in values.items()
        if name == "total" or not _nothing((value, halves[name]), [*values.values()])
    )
    title = f"What {short(names[0])}\ngains over {short(names[1])}"
    return Split(title, comparison.currency, parts)


def _nothing(amounts: tuple[float, ...], beside: list[float]) -> bool:
    """Whether all of these amounts are written as nothing; what is not known is not."""
    return not any(number(amount, MONEY, beside).strip("-0.") for amount in amounts)


FACTORS = {
    "time": "time: days as a\ncustomer per prospect",
    "frequency": "frequency: orders\nper day as a customer",
    "monetary_value": "monetary value: revenue\nper order, discounted",
    "cost": "cost: discounted,\nper prospect",
    "word_of_mouth": "word of mouth: people\nbrought by referral",
    "total": "total",
}
"""What each part of the split is, in two short lines: more would run into each other."""


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
