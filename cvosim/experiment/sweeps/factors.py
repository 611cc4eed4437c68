"""Points for factors: grids, samples and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sweeps.laws import Choice, Law, Range
from cvosim.randomness.philox_plain import addressed_block
from cvosim.randomness.sites import site_id
from cvosim.scenario.sweep import MOST_POINTS, ListDesign

if TYPE_CHECKING:
    from cvosim.scenario.sweep import Design

Role = Literal["lever", "uncertainty"]
Points = tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Factor:
    """One path that a sweep sets, and what it may be.

    Attributes
    ----------
    path : str
        Dotted, such as ``journey.tripwire.price``.
    role : str
        ``lever``: the strategist decides; ``uncertainty``: nobody does.
    values : tuple
        What it may be, where that is a list.
    law : Law, optional
        Where it is not: a `Range`, or how likely each value is.

    Examples
    --------
    >>> Factor("journey.tripwire.price", "lever", (9, 19, 29)).at(0.5)
    19
    """

    path: str
    role: Role = "lever"
    values: tuple[object, ...] = ()
    law: Law | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if self.role not in ("lever", "uncertainty"):
            raise DataError(f"{self.path}: a factor is a lever or an uncertainty")
        if (self.law is None) == (not self.values):
            raise DataError(f"{self.path}: a factor has values or a law, one of both")

    def at(self, u: float) -> object:
        """Return the value for a part between 0 and 1 (0 included)."""
        if self.law is not None:
            return self.law.at(u)
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def levels(self, levels: int) -> tuple[object, ...]:
        """Return its values in a grid.

        All where they are a list or a step apart. Else so many: of a range evenly spaced
        with both ends, of a law the middles ``(i + 0.5) / levels`` of equally likely parts.
        """
        if self.values:
            return self.values
        if isinstance(self.law, Choice):
            return self.law.values
        if isinstance(self.law, Range):
            return self.law.values(levels)
        return tuple(self.at((i + 0.5) / levels) for i in range(levels))


def grid(factors: Sequence[Factor], levels: int = 3) -> Points:
    """Combine all values of all factors; the last factor changes fastest.

    Parameters
    ----------
    factors : sequence of Factor
        None at all give one point, the scenario as written.
    levels : int
        Values of those that have no list, see `Factor.levels`.

    Raises
    ------
    DataError
        For more than a million points.

    Examples
    --------
    >>> from cvosim.experiment.sweeps.laws import Uniform
    >>> grid([Factor("a", values=(1, 2)), Factor("b", "uncertainty", law=Uniform(0, 1))], 2)
    ((1, 0.25), (1, 0.75), (2, 0.25), (2, 0.75))
    """
    if levels < 1:
        raise DataError(f"levels: must be at least 1 (got {levels})")
    values = [factor.levels(levels) for factor in factors]
    count = prod(len(some) for some in values)
    if count > MOST_POINTS:
        words = f"{count:,} points ({' x '.join(str(len(some)) for some in values)})"
        raise DataError(f"a grid of {words} is too large; at most {MOST_POINTS:,} are possible")
    return tuple(product(*values))


def latin_hypercube(
    factors: Sequence[Factor], points: int, seed: int = 1
) -> tuple[Points, NDArray[np.float64]]:
    """Spread points evenly over each factor: one in each of as many equally likely parts.

    McKay, Beckman & Conover (1979), by `scipy.stats.qmc.LatinHypercube`.

    Parameters
    ----------
    factors : sequence of Factor
    points : int
    seed : int
        The scenario's; the sampler's own follows from it.

    Returns
    -------
    points : tuple of tuple
    units : array
        (points, factors), in [0, 1).

    Examples
    --------
    >>> points, units = latin_hypercube([Factor("a", values=(1, 2))], 4)
    >>> sorted(points), sorted((units[:, 0] * 4).astype(int).tolist())
    ([(1,), (1,), (2,), (2,)], [0, 1, 2, 3])
    """
    _countable(points)
    if not factors:
        return ((),) * points, np.zeros((points, 0))
    from scipy.stats import qmc

    units = _sampler(qmc.LatinHypercube, len(factors), "latin_hypercube", seed).random(points)
    return _valued(factors, units)


def sobol(
    factors: Sequence[Factor], points: int, seed: int = 1
) -> tuple[Points, NDArray[np.float64]]:
    """Spread points evenly over all factors together by a scrambled Sobol sequence.

    Sobol (1967), scrambled as by Matousek (1998), by `scipy.stats.qmc.Sobol`; every number is
    the middle of its cell of 2**-30, so that none is 0.

    Parameters
    ----------
    factors : sequence of Factor
    points : int
        A power of two: only then are all parts met equally often.
    seed : int
        The scenario's; the sampler's own follows from it.

    Returns
    -------
    points : tuple of tuple
    units : array
        (points, factors), in [0, 1).

    Raises
    ------
    DataError
        For a number that is no power of two; names the two that are next to it.

    Examples
    --------
    >>> points, units = sobol([Factor("a", values=(1, 2)), Factor("b", values=(3, 4))], 4)
    >>> sorted(points)
    [(1, 3), (1, 4), (2, 3), (2, 4)]
    """
    _countable(points)
    if points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        near = f"write {below} or {2 * below} (got {points})"
        raise DataError(f"a Sobol sequence is balanced at powers of two only: {near}")
    if not factors:
        return ((),) * points, np.zeros((points, 0))
    from scipy.stats import qmc

    sampler = _sampler(qmc.Sobol, len(factors), "sobol", seed)
    return _valued(factors, sampler.random(points) + 2.0**-31)


def listed(factors: Sequence[Factor], rows: Sequence[Sequence[object]]) -> Points:
    """Take points as they are listed, a value for each factor.

    Raises
    ------
    DataError
        For a row with more or fewer values than there are factors, and for no row at all.

    Examples
    --------
    >>> listed([Factor("a", values=(1, 2))], [[2], [1], [2]])
    ((2,), (1,), (2,))
    """
    for number, row in enumerate(rows):
        if len(row) != len(factors):
            words = f"has {len(row)} values for {len(factors)} factors"
            raise DataError(f"point {number}: {words}")
    if not rows:
        raise DataError("a list of points needs at least one")
    return tuple(tuple(row) for row in rows)


def _countable(points: int) -> None:
    if not 1 <= points <= MOST_POINTS:
        raise DataError(f"points: must be between 1 and {MOST_POINTS:,} (got {points:,})")


def _sampler(kind: Any, width: int, name: str, seed: int) -> Any:
    """Make a sampler of scipy's, whose keyword for the seed was renamed in version 1.15."""
    from inspect import signature

    high, low, _, _ = addressed_block(seed, 0, site_id(f"sweep/{name}"), 0)
    keyword = "rng" if "rng" in signature(kind.__init__).parameters else "seed"
    return kind(width, scramble=True, **{keyword: high << 32 | low})


def _valued(
    factors: Sequence[Factor], units: NDArray[np.float64]
) -> tuple[Points, NDArray[np.float64]]:
    units = np.minimum(np.asarray(units, dtype=np.float64), 1.0 - 2.0**-53)
    columns = [
        [factor.at(u) for u in column]
        for factor, column in zip(factors, units.T.tolist(), strict=True)
    ]
    return tuple(zip(*columns, strict=True)), units


def points_for(
    factors: Sequence[Factor], design: Design, *, cross: bool = False, seed: int = 1
) -> tuple[Points, NDArray[np.float64] | None]:
    """Return the points of a design, and their parts where it is a sample of all factors."""
    if isinstance(design, ListDesign):
        raise DataError("a list of points is read from its file")
    if design.kind == "grid":
        return grid(factors, design.levels), None
    sample = latin_hypercube if design.kind == "latin_hypercube" else sobol
    if not cross:
        return sample(factors, design.points, seed)
    levers = [factor for factor in factors if factor.role == "lever"]
    combinations = grid(levers, design.levels)
    others = [factor for factor in factors if factor.role == "uncertainty"]
    drawn, _ = sample(others, design.points, seed)
    if len(combinations) * len(drawn) > MOST_POINTS:
        words = f"{len(combinations):,} combinations of levers times {len(drawn):,}"
        raise DataError(f"{words} points are too many; at most {MOST_POINTS:,} are possible")
    order = sorted(range(len(factors)), key=lambda i: factors[i].role)  # levers, uncertainties
    place = [order.index(i) for i in range(len(factors))]
    crossed = (
        tuple((*lever, *point)[i] for i in place) for lever in combinations for point in drawn
    )
    return tuple(crossed), None
