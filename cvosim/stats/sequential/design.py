"""Group-sequential designs: a test that may stop at planned looks and keeps its error rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, Crossing, crossing_probabilities
from cvosim.stats.sequential.futility import power_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cvosim.stats.sequential.shapes import WangTsiatis
    from cvosim.stats.sequential.spending import Spending
    from cvosim.tables.columns import Floats


class Verdict(IntEnum):
    """What z at a look says: which bound it crosses, if any."""

    HARM = -1
    NONE = 0
    EFFICACY = 1
    FUTILITY = 2


@dataclass(frozen=True)
class GroupSequential:
    """A test with planned looks; made by `group_sequential`.

    Attributes
    ----------
    looks : tuple of float
        Information fractions of the looks, the last one 1.
    alpha : float
        Error rate over all sides: a two-sided 0.05 is 0.025 a side.
    sides : int
        1: only an effect above 0 counts. 2: one below 0 as well.
    beta : float
        Probability to miss the effect that the design is for.
    spending : Spending or WangTsiatis
        Where the bounds for efficacy come from.
    futility : Spending, optional
        Where those for futility come from.
    binding : bool
        Whether the error rate relies on stopping for futility.
    bounds : Bounds
        In z.
    drift : float
        Mean of z at the last look under the effect the design is for: the one it finds with
        probability ``1 - beta``.

    Examples
    --------
    >>> from cvosim.stats.sequential.planning import group_sequential
    >>> design = group_sequential((0.5, 1.0), alpha=0.05)
    >>> [round(z, 3) for z in design.bounds.upper]
    [2.963, 1.969]
    >>> round(design.inflation, 4)
    1.0037
    >>> design.stops([[0.3, 2.1], [3.2, 3.0], [1.0, -1.0]])
    array([ 1,  0, -1])
    """

    looks: tuple[float, ...]
    alpha: float
    sides: int
    beta: float
    spending: Spending | WangTsiatis
    futility: Spending | None
    binding: bool
    bounds: Bounds
    drift: float

    @property
    def nominal_p(self) -> tuple[float, ...]:
        """P-value, with as many sides as the test has, at which each look stops."""
        from scipy.stats import norm

        return tuple(self.sides * float(norm.sf(z)) for z in self.bounds.upper)

    @property
    def spent(self) -> Floats:
        """Error rate spent after each look, over all sides: float64[looks].

        Without stopping for futility, unless that is binding.
        """
        bounds = self.bounds if self.binding else self.bounds._replace(futility=None)
        found = crossing_probabilities(self.looks, bounds)
        return np.cumsum(found.upper + found.lower)

    @property
    def fixed_drift(self) -> float:
        """Mean of z under the same effect in a test with one look, of the same power."""
        return fixed_drift(self.alpha / self.sides, self.beta)

    @property
    def inflation(self) -> float:
        """Largest sample, in samples of a test with one look, of the same power."""
        return (self.drift / self.fixed_drift) ** 2

    def stop_probabilities(self, drift: float = 0.0) -> Crossing:
        """Probability to stop at each look, for each reason.

        Parameters
        ----------
        drift : float
            Mean of z at the last look; 0 without an effect, the attribute ``drift`` under the
            one that the design is for, and in proportion between.

        Returns
        -------
        Crossing
            Three float64[looks].
        """
        return crossing_probabilities(self.looks, self.bounds, drift=drift)

    def power(self, drift: float | None = None) -> float:
        """Probability to find an effect of the sign it has.

        Parameters
        ----------
        drift : float, optional
            Mean of z at the last look; under the effect the design is for if left out.
        """
        return power_of(self.looks, self.bounds, self.drift if drift is None else drift)

    def expected_information(self, drift: float = 0.0) -> float:
        """Mean share of the largest sample that is used, at a mean of z at the last look."""
        stopped = self.stop_probabilities(drift).stopped
        going = 1.0 - np.concatenate([[0.0], np.cumsum(stopped[:-1])])
        return float(going @ np.diff(self.looks, prepend=0.0))

    def expected_sample(self, drift: float = 0.0) -> float:
        """Mean sample, in samples of a test with one look, of the same power.

        Examples
        --------
        >>> from cvosim.stats.sequential.planning import group_sequential
        >>> design = group_sequential(5, alpha=0.025, sides=1)
        >>> round(design.expected_sample(), 5), round(design.expected_sample(design.drift), 5)
        (1.02136, 0.82366)
        """
        return self.inflation * self.expected_information(drift)

    def verdicts(self, z: ArrayLike, *, futility: bool = True) -> NDArray[np.int8]:
        """Which bound each z crosses: codes of `Verdict`, int8[..., looks].

        Parameters
        ----------
        z : array_like of float
            Of shape (..., looks); NaN crosses nothing.
        futility : bool
            Whether stopping for futility is obeyed.

        Raises
        ------
        CvosimError
            If there is not one z a look.
        """
        values = np.asarray(z, np.float64)
        if values.ndim == 0 or values.shape[-1] != len(self.looks):
            raise CvosimError(
                f"z: the last axis must be the {len(self.looks)} looks (got shape {values.shape})"
            )
        codes = np.zeros(values.shape, np.int8)
        if futility and self.bounds.futility is not None:
            size = np.abs(values) if self.sides == 2 else values
            codes[size < np.asarray(self.bounds.futility)] = Verdict.FUTILITY
        codes[values >= np.asarray(self.bounds.upper)] = Verdict.EFFICACY
        if self.sides == 2:
            codes[values <= -np.asarray(self.bounds.upper)] = Verdict.HARM
        return codes

    def stops(self, z: ArrayLike, *, futility: bool = True) -> NDArray[np.intp]:
        """Give the first look, from 0, at which a bound is crossed, −1 if none is.

        Parameters
        ----------
        z : array_like of float
            Of shape (..., looks).
        futility : bool
            Whether stopping for futility is obeyed. If the design has it, and it is, the last
            look always ends the test, for futility if nothing is shown.

        Returns
        -------
        ndarray of int
            Of shape (...).

        Raises
        ------
        CvosimError
            If there is not one z a look.
        """
        crossed = self.verdicts(z, futility=futility) != Verdict.NONE
        return np.where(crossed.any(axis=-1), crossed.argmax(axis=-1), -1)

    def rejects(self, z: ArrayLike, *, futility: bool = True) -> NDArray[np.int8]:
        """What the test finds at its end: 1 an effect, −1 harm, 0 neither.

        Parameters
        ----------
        z : array_like of float
            Of shape (..., looks).
        futility : bool
            Whether stopping for futility is obeyed.

        Returns
        -------
        ndarray of int8
            Of shape (...).

        Raises
        ------
        CvosimError
            If there is not one z a look.

        Examples
        --------
        >>> from cvosim.stats.sequential.planning import group_sequential
        >>> group_sequential(2).rejects([[0.3, 2.1], [3.2, 0.0], [1.0, -2.5], [0.1, 0.2]])
        array([ 1,  1, -1,  0], dtype=int8)
        """
        codes = self.verdicts(z, futility=futility)
        first = (codes != Verdict.NONE).argmax(axis=-1)
        found = np.take_along_axis(codes, first[..., None], axis=-1)[..., 0]
        return np.where(found == Verdict.FUTILITY, np.int8(Verdict.NONE), found)

    def summary(self) -> str:
        """Say in sentences what the design does and costs."""
        from cvosim.stats.sequential.sentences import design_in_words

        return design_in_words(self)

    def to_dict(self) -> dict[str, object]:
        """Give everything as numbers, texts and lists; bounds that are never crossed are None."""
        expected = {"H0": self.expected_sample(), "H1": self.expected_sample(self.drift)}
        return {
            "looks": list(self.looks),
            "alpha": self.alpha,
            "sides": self.sides,
            "beta": self.beta,
            "spending": str(self.spending),
            "futility": None if self.futility is None else str(self.futility),
            "binding": self.binding,
            "upper": _finite(self.bounds.upper),
            "futility_bounds": _finite(self.bounds.futility),
            "nominal_p": list(self.nominal_p),
            "spent": self.spent.tolist(),
            "drift": self.drift,
            "inflation": self.inflation,
            "expected_sample": expected,
        }


def fixed_drift(alpha: float, beta: float) -> float:
    """Mean of z at which one look at one-sided alpha misses with probability beta.

    Examples
    --------
    >>> round(fixed_drift(0.025, 0.2), 6)
    2.801585
    """
    from scipy.stats import norm

    return float(norm.isf(alpha) + norm.isf(beta))


def _finite(bounds: Sequence[float] | None) -> list[float | None] | None:
    if bounds is None:
        return None
    return [value if math.isfinite(value) else None for value in bounds]
