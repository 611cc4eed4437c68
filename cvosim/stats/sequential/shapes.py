"""Bounds of one fixed shape, scaled to the error rate: O'Brien & Fleming, Pocock, and between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, crossing_probabilities
from cvosim.stats.sequential.fractions import risen


@dataclass(frozen=True)
class WangTsiatis:
    """Bounds C t^(Δ − 1/2) at information fractions t (Wang & Tsiatis, 1987, Biometrics 43:193).

    They hold for the looks they were made for: unlike a spending function, a shape cannot take
    up looks that come at another time.

    Attributes
    ----------
    delta : float
        0 for O'Brien & Fleming (1979, Biometrics 35:549): C √(K/k) for K equal looks; 0.5 for
        Pocock (1977, Biometrika 64:191): the same C at every look.

    Raises
    ------
    CvosimError
        If delta is not between -0.5 and 0.7.

    Examples
    --------
    >>> bounds = WangTsiatis(0.25).bounds((1 / 3, 2 / 3, 1.0), alpha=0.025)
    >>> [round(z, 4) for z in bounds.upper]
    [2.7411, 2.305, 2.0828]
    """

    delta: float

    def __post_init__(self) -> None:
        if not -0.5 <= self.delta <= 0.7:
            raise CvosimError(
                f"delta: must be between -0.5 and 0.7 (got {self.delta:g}); 0 for O'Brien &"
                " Fleming, 0.5 for Pocock"
            )

    def __str__(self) -> str:
        named = {0.0: "O'Brien-Fleming shape", 0.5: "Pocock shape"}
        return named.get(self.delta, f"Wang-Tsiatis shape({self.delta:g})")

    def bounds(self, fractions: Sequence[float], alpha: float, *, sides: int = 1) -> Bounds:
        """Scale the shape to an error rate.

        Parameters
        ----------
        fractions : sequence of float
            Information fractions of the looks, rising.
        alpha : float
            Error rate on one side.
        sides : int
            1 or 2.

        Raises
        ------
        CvosimError
            If the looks are out of order.
        """
        from scipy.optimize import brentq
        from scipy.stats import norm

        times = risen(fractions)
        shape = [(time / times[-1]) ** (self.delta - 0.5) for time in times]

        def excess(scale: float) -> float:
            bounds = Bounds(tuple(scale * height for height in shape), sides)
            return float(crossing_probabilities(times, bounds).upper.sum()) - alpha

        # at `low` the last look alone spends alpha; at `high` no look spends more than its share
        low = float(norm.isf(alpha)) - 1e-9
        high = float(norm.isf(alpha / len(times))) / min(shape) + 1e-9
        scale = float(brentq(excess, low, high, xtol=1e-12))
        return Bounds(tuple(scale * height for height in shape), sides)


OBRIEN_FLEMING, POCOCK = WangTsiatis(0.0), WangTsiatis(0.5)
"""The classical shapes."""
