"""Planning a test: power, the smallest effect it can find, and units: inverses of each other."""

from cvosim.stats.planning.allocation import best_ratio, dunnett_level, share_to_ratio
from cvosim.stats.planning.design import Design, SampleSize
from cvosim.stats.planning.skewness import difference_skewness, tails
from cvosim.stats.planning.spread import (
    Hazards,
    Means,
    Proportions,
    Spread,
    in_clusters,
    ratio_spread,
    with_covariate,
)

__all__ = [
    "Design",
    "Hazards",
    "Means",
    "Proportions",
    "SampleSize",
    "Spread",
    "best_ratio",
    "difference_skewness",
    "dunnett_level",
    "in_clusters",
    "ratio_spread",
    "share_to_ratio",
    "tails",
    "with_covariate",
]
