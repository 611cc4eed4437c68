"""What an uncertainty may be, and how likely: laws by their quantiles.

A design picks a part ``u`` between 0 and 1 of each law; ``law.at(u)`` is the value that has
that part of the law below it. So designs know nothing of laws, and every law takes every design.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from math import exp, inf, isfinite, log
from typing import Protocol

from cvosim.errors import DataError
from cvosim.scenario.quantiles import cut_normal_quantile, normal_quantile, triangular_quantile
from cvosim.scenario.sweep import LeverRange, SectionLaw

_NEAREST = 2.0**-53


class Law(Protocol):
    """Something that has a value for every part between 0 and 1."""

    def at(self, u: float) -> object:
        """Return the value that has the part ``u`` of the law below it."""
        ...

    def median(self) -> object:
        """Return the value in the middle."""
        ...


class _Middle:
    def median(self: Law) -> object:
        """Return the value in the middle."""
        return self.at(0.5)


@dataclass(frozen=True)
class Uniform(_Middle):
    """All values between two numbers are equally likely.

    Examples
    --------
    >>> Uniform(10.0, 20.0).at(0.25)
    12.5
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _rising("Uniform", self.low, self.high)

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        return min(self.low + u * (self.high - self.low), self.high)


@dataclass(frozen=True)
class LogUniform(_Middle):
    """The logarithm is uniform: 1 to 10 is as likely as 10 to 100.

    Examples
    --------
    >>> round(LogUniform(1.0, 100.0).median(), 9)
    10.0
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _rising("LogUniform", self.low, self.high)
        _positive("LogUniform", low=self.low)

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        value = exp(log(self.low) + u * (log(self.high) - log(self.low)))
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Normal(_Middle):
    """The bell curve, cut off at bounds if any are stated.

    Examples
    --------
    >>> Normal(5.0, 2.0).median()
    5.0
    >>> Normal(0.0, 1.0, low=0.0).at(0.0)
    0.0
    """

    mean: float
    sd: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        _positive("Normal", sd=self.sd)
        if self.low is not None and self.high is not None:
            _rising("Normal", self.low, self.high)

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        if self.low is None and self.high is None:
            return self.mean + self.sd * normal_quantile(_inside(u))
        low = -inf if self.low is None else self.low
        high = inf if self.high is None else self.high
        z = cut_normal_quantile(
            _inside(u), (low - self.mean) / self.sd, (high - self.mean) / self.sd
        )
        if u <= 0.0 and isfinite(low):
            return low
        return min(max(self.mean + self.sd * z, low), high)


@dataclass(frozen=True, repr=False)
class LogNormal(_Middle):
    """The logarithm is normal: half of the values below the median, a few far above.

    Examples
    --------
    >>> LogNormal(median=30.0, sigma=0.5).at(0.5)
    30.0
    """

    # a method of this name comes from the base class, so the field keeps its own
    center: float
    sigma: float

    def __init__(self, median: float, sigma: float) -> None:
        _positive("LogNormal", median=median, sigma=sigma)
        object.__setattr__(self, "center", median)
        object.__setattr__(self, "sigma", sigma)

    def __repr__(self) -> str:
        return f"LogNormal(median={self.center!r}, sigma={self.sigma!r})"

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        return self.center * exp(self.sigma * normal_quantile(_inside(u)))


@dataclass(frozen=True)
class Triangular(_Middle):
    """Between a lowest and a highest value, most likely at one between them.

    Examples
    --------
    >>> Triangular(0.0, 1.0, 2.0).median()
    1.0
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _rising("Triangular", self.low, self.high)
        if not self.low <= self.mode <= self.high:
            raise DataError(f"Triangular: mode must be between low and high (got {self.mode:g})")

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        return triangular_quantile(u, self.low, self.mode, self.high)


@dataclass(frozen=True)
class Beta(_Middle):
    """The beta distribution, from 0 to 1 or stretched between two numbers.

    Examples
    --------
    >>> round(Beta(1.0, 1.0).at(0.25), 9)
    0.25
    """

    alpha: float
    beta: float
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _rising("Beta", self.low, self.high)
        _positive("Beta", alpha=self.alpha, beta=self.beta)

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the law below it."""
        from scipy.special import betaincinv

        part = float(betaincinv(self.alpha, self.beta, u))
        return min(self.low + part * (self.high - self.low), self.high)


@dataclass(frozen=True)
class Choice(_Middle):
    """One of several values, equally likely or as the weights say.

    Examples
    --------
    >>> Choice(("low", "high"), (3.0, 1.0)).at(0.74), Choice(("low", "high")).at(0.5)
    ('low', 'high')
    """

    values: tuple[object, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise DataError("Choice: needs at least one value")
        if self.weights is not None:
            object.__setattr__(self, "weights", tuple(self.weights))
            good = all(isfinite(w) and w >= 0 for w in self.weights) and any(self.weights)
            if len(self.weights) != len(self.values) or not good:
                words = "one for each value, at least 0, one of them above"
                raise DataError(f"Choice: weights must be {words}")

    def at(self, u: float) -> object:
        """Return the value that has the part ``u`` of the law below it."""
        if self.weights is None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        heights = list(accumulate(self.weights))
        place = bisect_right(heights, u * heights[-1])
        last = max(i for i, weight in enumerate(self.weights) if weight > 0)
        return self.values[min(place, last)]


@dataclass(frozen=True)
class Range(_Middle):
    """What a lever may be: anything between two numbers, or the numbers a step apart.

    Examples
    --------
    >>> Range(9.0, 39.0, step=10.0).values(99), Range(0.0, 1.0).values(3)
    ((9.0, 19.0, 29.0, 39.0), (0.0, 0.5, 1.0))
    """

    low: float
    high: float
    step: float | None = None

    def __post_init__(self) -> None:
        _rising("Range", self.low, self.high)
        if self.step is not None:
            _positive("Range", step=self.step)

    def values(self, levels: int) -> tuple[float, ...]:
        """Return all values where there is a step, else so many, evenly spaced."""
        if self.step is not None:
            return tuple(self._step(k) for k in range(self._steps()))
        if levels == 1:
            return (self.at(0.5),)
        return tuple(self.at(k / (levels - 1)) for k in range(levels))

    def at(self, u: float) -> float:
        """Return the value that has the part ``u`` of the range below it."""
        if self.step is None:
            return min(self.low + u * (self.high - self.low), self.high)
        return self._step(min(int(u * self._steps()), self._steps() - 1))

    def _steps(self) -> int:
        assert self.step is not None
        low, high, step = (Decimal(repr(float(x))) for x in (self.low, self.high, self.step))
        return int((high - low) // step) + 1

    def _step(self, k: int) -> float:
        # in decimals, so that 0.1 + 2 * 0.1 is what a person calls 0.3
        return float(Decimal(repr(float(self.low))) + k * Decimal(repr(float(self.step or 0.0))))


_LAWS: Mapping[str, Callable[..., Law]] = {
    "uniform": Uniform,
    "log_uniform": LogUniform,
    "normal": Normal,
    "lognormal": LogNormal,
    "triangular": Triangular,
    "beta": Beta,
    "choice": Choice,
}


def law_of(stated: SectionLaw | LeverRange) -> Law:
    """Return the law that a section of a scenario file states.

    Examples
    --------
    >>> from cvosim.scenario.sweep import UniformLaw
    >>> law_of(UniformLaw(kind="uniform", low=1.0, high=2.0))
    Uniform(low=1.0, high=2.0)
    """
    if isinstance(stated, LeverRange):
        return Range(stated.low, stated.high, stated.step)
    fields = {key: getattr(stated, key) for key in type(stated).model_fields if key != "kind"}
    return _LAWS[stated.kind](**fields)


def _inside(u: float) -> float:
    return min(max(u, _NEAREST), 1.0 - _NEAREST)


def _rising(name: str, low: float, high: float) -> None:
    if not (isfinite(low) and isfinite(high) and low < high):
        raise DataError(f"{name}: high must be a number above low (got {low:g} and {high:g})")


def _positive(name: str, **numbers: float) -> None:
    for key, value in numbers.items():
        if not (isfinite(value) and value > 0):
            raise DataError(f"{name}: {key} must be a number above 0 (got {value:g})")
