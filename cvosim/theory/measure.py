"""Where in time the customers are who have come to one point of the journey.

A measure holds the chance of being at this point at time ``t``, and with it the expected sum
of every reward collected on the way. Times that are known exactly (everybody arrives at day
0 and delays are fixed) are *atoms* and stay exact, horizon edges included: they are added up
in the order in which the engines add them. Times with a density live on a `Lattice`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.theory.lattice import Lattice, convolved, moved, placed

Floats = NDArray[np.float64]

MASS = 0
"""Row of a measure: the chance of being here."""
FACTOR = 1
"""Row of a measure: the expected ``exp(discount * arrival time)`` of those who are here."""
ARRIVAL, ARRIVAL_SQUARE = 2, 3
"""Rows of a measure: the expected arrival time of those who are here, and its square."""
REWARDS = 4
"""First row of the expected sums of rewards collected by those who are here."""

_MAX_ATOMS = 512


class Measure(NamedTuple):
    """Atoms first, then the lattice: ``values[row, i]`` belongs to the time ``times[i]``."""

    lattice: Lattice
    times: Floats
    values: Floats

    @property
    def n_atoms(self) -> int:
        """How many of the times are exact."""
        return len(self.times) - 2 * self.lattice.cells

    @property
    def mass(self) -> Floats:
        """The chance of being here, by time."""
        return np.asarray(self.values[MASS])

    @property
    def total(self) -> float:
        """The chance of ever being here."""
        return float(self.mass.sum())

    def scaled(self, probability: float) -> Measure:
        """Keep those to whom an independent event of this probability happens."""
        return self._replace(values=self.values * probability)

    def plus(self, other: Measure) -> Measure:
        """Put both groups together."""
        n, m = self.n_atoms, other.n_atoms
        times = np.concatenate([self.times[:n], other.times[:m]])
        atoms = np.concatenate([self.values[:, :n], other.values[:, :m]], axis=1)
        return _assembled(self.lattice, times, atoms, self.values[:, n:] + other.values[:, m:])

    def shifted(self, days: float) -> Measure:
        """Move everybody by a fixed delay; those who reach the horizon are gone."""
        if days == 0.0:
            return self
        n = self.n_atoms
        times = self.times[:n] + days
        inside = times < self.lattice.horizon
        cells = moved(self.lattice, self.values[:, n:], days)
        return _assembled(self.lattice, times[inside], self.values[:, :n][:, inside], cells)

    def delayed(self, law: float | Floats) -> Measure:
        """Move everybody by a delay: fixed days, or a kernel."""
        return self.shifted(law) if isinstance(law, float) else self.spread(law)

    def spread(self, kernel: Floats) -> Measure:
        """Move everybody by a random delay; those who reach the horizon are gone."""
        n = self.n_atoms
        before = self.values[:, n:]
        if n:
            before = before + placed(self.lattice, self.times[:n], self.values[:, :n])
        return Measure(self.lattice, self.lattice.points, convolved(before, kernel))


def everybody_at_start(lattice: Lattice, n_rewards: int) -> Measure:
    """Put all customers at time 0, with nothing collected."""
    values = np.zeros((REWARDS + n_rewards, 1 + 2 * lattice.cells))
    values[MASS, 0] = 1.0
    return Measure(lattice, np.concatenate([[0.0], lattice.points]), values)


def arrivals(start: Measure, at: float | Floats, discount: float) -> Measure:
    """Move everybody from time 0 to their arrival: a fixed time, or a kernel of times."""
    if isinstance(at, float):
        arrived = start.shifted(at)
    else:
        values = np.zeros((len(start.values), len(at)))
        values[MASS] = at * start.total
        arrived = Measure(start.lattice, start.lattice.points, values)
    values = arrived.values.copy()
    values[FACTOR] = arrived.mass * np.exp(discount * arrived.times)
    values[ARRIVAL] = arrived.mass * arrived.times
    values[ARRIVAL_SQUARE] = arrived.mass * arrived.times**2
    return arrived._replace(values=values)


def _assembled(lattice: Lattice, times: Floats, atoms: Floats, cells: Floats) -> Measure:
    """Merge atoms at equal times; if there are too many, the lightest go to the lattice."""
    unique, group = np.unique(times, return_inverse=True)
    if len(unique) < len(times):
        merged = np.zeros((len(atoms), len(unique)))
        np.add.at(merged.T, group, atoms.T)
        times, atoms = unique, merged
    if len(times) > _MAX_ATOMS:
        light = np.argsort(atoms[MASS], kind="stable")[: len(times) - _MAX_ATOMS]
        cells = cells + placed(lattice, times[light], atoms[:, light])
        times, atoms = np.delete(times, light), np.delete(atoms, light, axis=1)
    return Measure(
        lattice, np.concatenate([times, lattice.points]), np.concatenate([atoms, cells], axis=1)
    )
