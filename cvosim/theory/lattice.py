"""A grid over the time from the scenario's start to the horizon, for times with a density.

The horizon is cut into equal cells. Inside a cell a density is linear, and is stored as the
mass that it puts on the cell's two Gauss points ``(1 -+ 1 / sqrt 3) / 2``: two numbers that
carry the cell's mass and its mean, and that integrate smooth functions to third order
(Abramowitz & Stegun 1964, 25.4.30). Adding independent times convolves such densities
exactly and projects the result back onto the cells, which keeps every mass and mean
(a discontinuous Galerkin projection; Cockburn & Shu 2001, section 2).

A cell's width is a whole fraction of a day wherever the horizon allows it, so that delays,
touches, periods and horizons of whole days fall on the borders of cells, and nothing ever
leaks over a border that it cannot cross.
"""

from __future__ import annotations

from functools import cache
from math import log2, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 2048
"""About how many cells the horizon is cut into."""
_TILT = 2.0 * sqrt(3.0)


class Lattice(NamedTuple):
    """``cells`` equal cells from 0 to ``horizon`` days."""

    horizon: float
    cells: int

    @property
    def step(self) -> float:
        """Width of a cell, days."""
        return self.horizon / self.cells

    @property
    def borders(self) -> Floats:
        """Where cells begin and end, days: array of length ``cells + 1``."""
        return np.asarray(self.step * np.arange(self.cells + 1), np.float64)

    @property
    def points(self) -> Floats:
        """The Gauss points of all cells, in order: array of length ``2 * cells``."""
        offsets = np.array([0.5 - 1.0 / _TILT, 0.5 + 1.0 / _TILT])
        return np.asarray(((np.arange(self.cells)[:, None] + offsets) * self.step).ravel())


def lattice_for(horizon: float, cells: int = CELLS) -> Lattice:
    """Cut the horizon into about ``cells`` cells, whole parts of a day each if possible.

    Examples
    --------
    >>> lattice_for(730.0)
    Lattice(horizon=730.0, cells=1460)
    """
    a_day = 2 ** max(round(log2(cells / horizon)), 0)
    count = horizon * a_day
    if count == round(count) and count <= 3 * cells:
        return Lattice(horizon, int(count))
    return Lattice(horizon, cells)


def on_points(mass: Floats, tilt: Floats) -> Floats:
    """Turn each cell's mass and its mass times (mean place - 1/2) into Gauss-point masses.

    The last axis counts cells on the way in and points on the way out.
    """
    both = np.stack([mass - _TILT * tilt, mass + _TILT * tilt], axis=-1) / 2.0
    return both.reshape(*mass.shape[:-1], -1)


def by_cell(points: Floats) -> tuple[Floats, Floats]:
    """Invert `on_points`."""
    left, right = points[..., 0::2], points[..., 1::2]
    return left + right, (right - left) / _TILT


def placed(lattice: Lattice, times: Floats, values: Floats) -> Floats:
    """Put exact times into their cells, keeping mass and mean.

    Parameters
    ----------
    lattice : Lattice
        Where to.
    times : array of length n
        Days, at least 0 and before the horizon.
    values : array (rows, n)
        What is at these times.

    Returns
    -------
    array (rows, 2 * cells)
        Gauss-point masses.
    """
    position = times / lattice.step
    cell = np.minimum(position.astype(np.intp), lattice.cells - 1)
    mass = np.zeros((len(values), lattice.cells))
    tilt = np.zeros_like(mass)
    np.add.at(mass.T, cell, values.T)
    np.add.at(tilt.T, cell, (values * (position - cell - 0.5)).T)
    return on_points(mass, tilt)


def moved(lattice: Lattice, values: Floats, days: float) -> Floats:
    """Move Gauss-point masses by a fixed delay; what passes the horizon is gone."""
    steps = days / lattice.step
    whole = round(steps)
    rest = steps - whole
    if abs(rest) < 1e-9:
        return _rolled(values, whole)
    whole = int(np.floor(steps))
    stay, cross = _transfers(steps - whole)
    cells = values.reshape(len(values), -1, 2)
    result = _rolled((cells @ stay).reshape(values.shape), whole)
    return result + _rolled((cells @ cross).reshape(values.shape), whole + 1)


def convolved(values: Floats, kernel: Floats) -> Floats:
    """Move Gauss-point masses by an independent random delay; nothing is kept past the horizon.

    Parameters
    ----------
    values : array (rows, 2 * cells)
        What is where before the delay.
    kernel : array of length 2 * cells
        The delay itself on the same lattice.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    cells = len(kernel) // 2
    length = next_fast_len(2 * cells + 1, real=True)
    here = [rfft(part, length, axis=-1) for part in by_cell(values)]
    delay = [rfft(part, length) for part in by_cell(kernel)]
    one_cell_on = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    same, following = _products()
    moments = []
    for r in range(2):
        spectrum = np.zeros_like(here[0])
        for a in range(2):
            factor = sum(
                (same[r, a, b] + following[r, a, b] * one_cell_on) * delay[b] for b in range(2)
            )
            spectrum += here[a] * factor
        moments.append(irfft(spectrum, length, axis=-1)[..., :cells])
    return on_points(*moments)


def _rolled(values: Floats, steps: int) -> Floats:
    result = np.zeros_like(values)
    kept = values.shape[1] - 2 * steps
    if kept > 0:
        result[:, 2 * steps :] = values[:, :kept]
    return result


def _transfers(share: float) -> tuple[Floats, Floats]:
    """Move a cell's Gauss-point masses by a part of a cell: what stays, what crosses over.

    Row: point before; column: point after.
    """
    nodes, weights = np.polynomial.legendre.leggauss(3)
    parts = []
    for low, high, back in ((0.0, 1.0 - share, 0.0), (1.0 - share, 1.0, 1.0)):
        u = low + (high - low) * (nodes + 1.0) / 2.0
        density = np.stack([1.0 - _TILT * (u - 0.5), 1.0 + _TILT * (u - 0.5)])
        density = density * weights * (high - low) / 2.0
        mass = density.sum(axis=1, keepdims=True)
        tilt = (density * (u + share - back - 0.5)).sum(axis=1, keepdims=True)
        parts.append(on_points(mass, tilt))
    return parts[0], parts[1]


@cache
def _products() -> tuple[Floats, Floats]:
    """Moments of the sum of two in-cell places, in the same cell and in the following one.

    Entry ``[r, a, b]``: moment ``r`` (mass, tilt) of the sum of a place with density
    ``phi_a`` and one with density ``phi_b``; ``phi_0 = 1``, ``phi_1 = 12 (u - 1/2)``.
    """
    nodes, weights = np.polynomial.legendre.leggauss(5)
    nodes, weights = (nodes + 1.0) / 2.0, weights / 2.0
    u, y = np.meshgrid(nodes, nodes, indexing="ij")
    area = np.outer(weights, weights)
    tensors = []
    for v, jacobian, back in (((1 - u) * y, 1 - u, 0.0), (1 - u + u * y, u, 1.0)):
        first = np.stack([np.ones_like(u), 12.0 * (u - 0.5)])
        second = np.stack([np.ones_like(v), 12.0 * (v - 0.5)])
        moment = np.stack([np.ones_like(u), u + v - back - 0.5])
        tensors.append(np.einsum("rij,aij,bij,ij->rab", moment, first, second, area * jacobian))
    return tensors[0], tensors[1]
