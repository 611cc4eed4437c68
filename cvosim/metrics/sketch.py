"""Distributions of any number of values in little memory, which add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from ddsketch.mapping import LinearlyInterpolatedMapping

from cvosim.metrics.distribution import Counts, quantile
from cvosim.tables.columns import Floats

ACCURACY = 0.001
"""How far at most a representative value is from the values that it stands for, relatively."""

_MULTIPLIER = 499.9998333332889
"""``1 / log(gamma)``: written out, so that no machine's logarithm moves a border."""
_BIAS = 1023 << 52
"""The bits of 1.0."""


class _Mapping(LinearlyInterpolatedMapping):
    """The buckets of the library, at our accuracy."""

    def __init__(self) -> None:
        super().__init__(ACCURACY)
        self._multiplier = _MULTIPLIER


MAPPING = _Mapping()


@dataclass(frozen=True, eq=False)
class Sketch:
    """How many values fell into each of many narrow buckets.

    DDSketch (Masson, Rim & Lee 2019, *Proceedings of the VLDB Endowment* 12, 2195-2205): the
    borders of the buckets are about a geometric series, so that every value is within
    ``ACCURACY`` of the value that represents its bucket (proposition 1). Negative values have
    buckets of their own, and so has 0. Buckets hold counts, so sketches add up exactly, in any
    order. The buckets are those of ``LinearlyInterpolatedMapping`` of the library ``ddsketch``,
    which takes logarithms by straight lines between powers of 2: by plain arithmetic, and so to
    the same buckets on every machine.

    Attributes
    ----------
    negative : int64[2, n]
        Keys of the buckets of ``-value`` in ascending order, and how many are in each.
    zero : int
        How many are 0, or nearer to it than any normal number.
    positive : int64[2, n]
        Likewise, of positive values.

    Examples
    --------
    >>> one, other = Sketch.of(np.array([1.0, 2.0])), Sketch.of(np.array([-5.0, 0.0, 4.0]))
    >>> both = one + other
    >>> both.count, round(both.quantile(0.6), 2)
    (5, 1.0)
    """

    negative: Counts
    zero: int
    positive: Counts

    @classmethod
    def of(cls, values: Floats) -> Sketch:
        """Count values.

        Raises
        ------
        ValueError
            When a value is NaN or, but for ``ACCURACY``, infinite.
        """
        if not (np.abs(values) <= MAPPING.max_possible).all():
            raise ValueError("a sketch takes finite numbers only")
        low = MAPPING.min_possible
        below, above = values[values < -low], values[values > low]
        return cls(_counted(-below), len(values) - len(below) - len(above), _counted(above))

    def __add__(self, other: Sketch) -> Sketch:
        return Sketch(
            _merged(self.negative, other.negative),
            self.zero + other.zero,
            _merged(self.positive, other.positive),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self.to_lists() == other.to_lists()

    def __hash__(self) -> int:
        return hash((self.zero, self.negative.tobytes(), self.positive.tobytes()))

    @cached_property
    def count(self) -> int:
        """How many values."""
        return int(self.negative[1].sum()) + self.zero + int(self.positive[1].sum())

    def values_and_weights(self) -> tuple[Floats, Counts]:
        """Representative values in ascending order, and how many values each stands for."""
        (below, of_below), (above, of_above) = self.negative[:, ::-1], self.positive
        zeros = np.array([self.zero] if self.zero else [], np.int64)
        values = -_represented(below), np.zeros(len(zeros)), _represented(above)
        return np.concatenate(values), np.concatenate([of_below, zeros, of_above])

    def quantile(self, probability: float) -> float:
        """Smallest value that at least this share of the values does not exceed.

        Within ``ACCURACY`` of the exact one; NaN of no values.
        """
        return quantile(probability)(*self.values_and_weights())[0]

    def to_lists(self) -> list[Any]:
        """Give plain numbers: keys (the first, then how much is added), counts, of each sign."""
        signs = (self.negative, self.positive)
        keys, counts = ([part[row].tolist() for part in signs] for row in (0, 1))
        steps = [[b - a for a, b in zip([0, *of], of, strict=False)] for of in keys]
        return [steps[0], counts[0], self.zero, steps[1], counts[1]]

    @classmethod
    def from_lists(cls, lists: Iterable[Any]) -> Sketch:
        """Take what `to_lists` gave."""
        below, of_below, zero, above, of_above = lists
        return cls(_pair(below, of_below), int(zero), _pair(above, of_above))


def keys_of(values: Floats) -> Counts:
    """Keys of the buckets of positive normal numbers, int64[n]: `MAPPING.key` of each.

    The bits of a float, as an integer, are its logarithm to base 2 by straight lines between the
    powers of 2, times ``2**52``: the one rounding is that of the library's sum of both parts.
    """
    bits = np.ascontiguousarray(values).view(np.int64)
    logarithm = (bits - _BIAS) * 2.0**-52
    logarithm *= _MULTIPLIER
    keys: Counts = np.ceil(logarithm).astype(np.int64)
    return keys


def _counted(values: Floats) -> Counts:
    if len(values) == 0:
        return np.zeros((2, 0), np.int64)
    keys = keys_of(values)
    lowest = int(keys.min())
    counts = np.bincount(keys - lowest)
    filled = np.flatnonzero(counts)
    return np.stack([filled + lowest, counts[filled]])


def _merged(one: Counts, other: Counts) -> Counts:
    if one.shape[1] == 0 or other.shape[1] == 0:
        return one if other.shape[1] == 0 else other
    lowest = min(one[0, 0], other[0, 0])
    counts = np.zeros(max(one[0, -1], other[0, -1]) - lowest + 1, np.int64)
    for keys, number in (one, other):
        counts[keys - lowest] += number
    filled = np.flatnonzero(counts)
    return np.stack([filled + lowest, counts[filled]])


def _represented(keys: Counts) -> Floats:
    """`MAPPING.value` of each key, float64[n]."""
    logarithm = keys / _MULTIPLIER
    exponent = np.floor(logarithm) + 1.0
    mantissa = (logarithm - exponent + 2.0) / 2.0
    value: Floats = np.ldexp(mantissa, exponent.astype(np.int64)) * (2.0 / (1.0 + MAPPING.gamma))
    return value


def _pair(steps: list[int], counts: list[int]) -> Counts:
    return np.stack([np.cumsum(np.array(steps, np.int64)), np.array(counts, np.int64)])
