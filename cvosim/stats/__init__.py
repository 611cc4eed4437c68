"""From numbers to inference: paired differences and the split of a difference in value."""

from cvosim.stats.decomposition import ValueFactors, ValueSplit, split_value, value_factors
from cvosim.stats.paired import PairedInterval, PairedSums, paired_difference, paired_interval

__all__ = [
    "PairedInterval",
    "PairedSums",
    "ValueFactors",
    "ValueSplit",
    "paired_difference",
    "paired_interval",
    "split_value",
    "value_factors",
]
