"""Many replications of one experiment, and what a procedure says of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.certificate.design import Design
from cvosim.stats.contrast import Alternative, Contrast, log_lift, welch
from cvosim.stats.loops import Draw
from cvosim.stats.methods.tested import Tested
from cvosim.stats.metric import MomentMetric
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats


class Units(NamedTuple):
    """The customers behind the replications.

    Attributes
    ----------
    columns : tuple of str
    values : ndarray of float64, shape (2, N, k)
        What each shows in either arm.
    draw : Draw
        How each replication draws them.
    tick : callable, optional
        Told the number of replications done since the last call.
    """

    columns: tuple[str, ...]
    values: Floats
    draw: Draw
    tick: Callable[[int], None] | None = None


class Trial(NamedTuple):
    """Replications of an experiment.

    Attributes
    ----------
    metric : Mean, Ratio, Quantile or Survival
    control, treatment : Moments
        With axes (replications, looks); empty for procedures that need the units.
    design : Design
    units : Units
    unit_spread : float
        Standard deviation of one customer's value, known in advance from history.
    intervals : bool
        Whether anybody will look at them; some take long.
    """

    metric: Any
    control: Moments
    treatment: Moments
    design: Design
    units: Units
    unit_spread: float
    intervals: bool = True

    def last(self) -> tuple[Moments, Moments]:
        """Both arms at the end."""
        return self.control[:, -1], self.treatment[:, -1]

    def at_looks(self, metric: MomentMetric) -> Contrast:
        """Welch's comparison at every look."""
        found = metric.arms(self.control, self.treatment)
        return welch(found.control, found.treatment)

    def at_end(self, metric: MomentMetric, *, log: bool = False) -> Tested:
        """Welch's comparison at the end, of means or of their logarithms."""
        found = metric.arms(*self.last())
        contrast = (log_lift if log else welch)(found.control, found.treatment)
        return Tested.of(contrast, self.design.level, self.design.alternative)


class Found(NamedTuple):
    """What a procedure says of each replication.

    Attributes
    ----------
    said : ndarray of int8, shape (replications,)
        1 for an effect above 0, -1 for one below, 0 for neither.
    estimate, low, high : ndarray of float64, shape (replications,)
        NaN ends where a procedure has no interval.
    units : ndarray of float64, shape (replications,)
        Customers enrolled when it ended.
    silent : ndarray of bool, shape (replications,), optional
        Where it has no answer, not even that nothing is shown; nowhere, if left out.
    """

    said: NDArray[np.int8]
    estimate: Floats
    low: Floats
    high: Floats
    units: Floats
    silent: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, tested: Tested, design: Design) -> Found:
        """Decide at the level of a design.

        Examples
        --------
        >>> three = [np.array([x]) for x in (1.0, 0.1, 0.001, 0.999, 0.8, 1.2)]
        >>> Found.of(Tested(*three), Design()).said.tolist()
        [1]
        """
        upper, lower = design.nominal
        said = (tested.p_above < upper).astype(np.int8) - (tested.p_below < lower)
        units = np.full(len(said), float(design.units))
        silent = np.isnan(tested.p_above if design.alternative != "less" else tested.p_below)
        ends = tested.estimate, tested.low, tested.high
        return cls(said.astype(np.int8), *ends, units, silent)

    @classmethod
    def stopped(
        cls, signs: NDArray[np.int8], ends: tuple[Floats, ...], design: Design, score: Floats
    ) -> Found:
        """Decide at the first look that says something, or at the last.

        Parameters
        ----------
        signs : ndarray of int8, shape (replications, looks)
        ends : tuple of ndarray of float64, shape (replications, looks)
            Estimate and both ends of its interval.
        design : Design
        score : ndarray of float64, shape (replications, looks)
            What signs came from; NaN where there is no answer.
        """
        speaks = signs != 0
        last = signs.shape[1] - 1
        first = np.where(speaks.any(axis=1), speaks.argmax(axis=1), last)
        row = np.arange(len(signs))
        units = np.array(design.look_units, np.float64)[first]
        estimate, low, high = (end[row, first] for end in ends)
        silent = np.isnan(score[row, first])
        return cls(signs[row, first], estimate, low, high, units, silent)


def signs_of(low: Floats, high: Floats, alternative: Alternative) -> NDArray[np.int8]:
    """Which side of 0 an interval lies on: 1 above, -1 below, 0 around it."""
    above = (low > 0.0) & (alternative != "less")
    below = (high < 0.0) & (alternative != "greater")
    return above.astype(np.int8) - below.astype(np.int8)
