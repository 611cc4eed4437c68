"""Figures: ``(data, ax=None) -> Axes``. They draw what they are given and compute nothing."""

from cvosim.report.figures.funnel import Funnel, FunnelBar, funnel
from cvosim.report.figures.value_split import Part, Split, value_split

__all__ = ["Funnel", "FunnelBar", "Part", "Split", "funnel", "value_split"]
