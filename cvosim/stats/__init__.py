"""From numbers to inference, on anybody's data.

Paired differences and the split of a difference in value; experiments: metrics, their analysis,
designs that allow looks on the way, and how large and long a test must be.

>>> from cvosim.stats import Mean, Roles, analyze, read_cohort
>>> data = {"group": ["A", "A", "A", "B", "B", "B"], "spend": [0.0, 2.0, 4.0, 3.0, 5.0, 7.0]}
>>> result = analyze(read_cohort(data, Roles("group"), ["spend"]), {"spend": Mean("spend")})
>>> result.effect("spend").difference
3.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.lazy import lazily

if TYPE_CHECKING:
    from cvosim.stats.abtest.analyze import analyze
    from cvosim.stats.abtest.from_sums import analyze_sums
    from cvosim.stats.abtest.result import ABTest
    from cvosim.stats.abtest.settings import Settings
    from cvosim.stats.cohort import Cohort
    from cvosim.stats.data.reading import Roles, read_cohort
    from cvosim.stats.decomposition import ValueFactors, ValueSplit, split_value, value_factors
    from cvosim.stats.effect import Effect
    from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Retention, Survival
    from cvosim.stats.methods.noninferiority import Margin
    from cvosim.stats.metric import Mean, Ratio
    from cvosim.stats.moments import Moments
    from cvosim.stats.paired import PairedInterval, PairedSums, paired_difference, paired_interval
    from cvosim.stats.sequential.planning import group_sequential

__all__ = [
    "CLV",
    "ABTest",
    "Cohort",
    "Effect",
    "Margin",
    "Mean",
    "Moments",
    "PairedInterval",
    "PairedSums",
    "Proportion",
    "Quantile",
    "Ratio",
    "Retention",
    "Roles",
    "Settings",
    "Survival",
    "ValueFactors",
    "ValueSplit",
    "analyze",
    "analyze_sums",
    "group_sequential",
    "paired_difference",
    "paired_interval",
    "read_cohort",
    "split_value",
    "value_factors",
]

_HOME = {
    "ABTest": "cvosim.stats.abtest.result",
    "CLV": "cvosim.stats.further_metrics",
    "Cohort": "cvosim.stats.cohort",
    "Effect": "cvosim.stats.effect",
    "Margin": "cvosim.stats.methods.noninferiority",
    "Mean": "cvosim.stats.metric",
    "Moments": "cvosim.stats.moments",
    "PairedInterval": "cvosim.stats.paired",
    "PairedSums": "cvosim.stats.paired",
    "Proportion": "cvosim.stats.further_metrics",
    "Quantile": "cvosim.stats.further_metrics",
    "Ratio": "cvosim.stats.metric",
    "Retention": "cvosim.stats.further_metrics",
    "Roles": "cvosim.stats.data.reading",
    "Settings": "cvosim.stats.abtest.settings",
    "Survival": "cvosim.stats.further_metrics",
    "ValueFactors": "cvosim.stats.decomposition",
    "ValueSplit": "cvosim.stats.decomposition",
    "analyze": "cvosim.stats.abtest.analyze",
    "analyze_sums": "cvosim.stats.abtest.from_sums",
    "group_sequential": "cvosim.stats.sequential.planning",
    "paired_difference": "cvosim.stats.paired",
    "paired_interval": "cvosim.stats.paired",
    "read_cohort": "cvosim.stats.data.reading",
    "split_value": "cvosim.stats.decomposition",
    "value_factors": "cvosim.stats.decomposition",
}

__getattr__, __dir__ = lazily(__name__, _HOME, globals())
