"""Whole pictures: figures on one sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.figures.funnel import funnel, funnel_of
from cvosim.report.figures.waterfall import waterfall
from cvosim.report.figures.waterfalls import value_waterfall_of
from cvosim.report.style import headed, new_figure, short
from cvosim.report.verdict import headline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cvosim.experiment.compare import Comparison
    from cvosim.metrics.estimate import Estimate


def run_picture(name: str, metrics: Mapping[str, Estimate]) -> Figure:
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
    falls = [value_waterfall_of(comparison, variant) for variant in comparison.variants]
    heights = [1.4 + 0.42 * max(4, len(fall.parts) + 2) for fall in falls]
    figure = new_figure(13.0, max(1.9 + 0.27 * bars, 1.0 + sum(heights)))
    grid = figure.add_gridspec(count, 2, width_ratios=[1.25, 1.0], height_ratios=heights)
    funnel(data, figure.add_subplot(grid[:, 0]))
    for row, fall in enumerate(falls):
        waterfall(fall, figure.add_subplot(grid[row, 1]))
    headed(figure, short(headline(comparison), 110))
    return figure
