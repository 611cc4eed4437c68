"""What looking at a test again and again costs if nothing is done about it."""

from __future__ import annotations

from collections.abc import Sequence

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, crossing_probabilities
from cvosim.stats.sequential.fractions import planned_looks, risen


def false_alarm_rate(looks: int | Sequence[float], *, alpha: float = 0.05, sides: int = 2) -> float:
    """Probability that a test made at full alpha at every look ever finds an effect there is not.

    Parameters
    ----------
    looks : int or sequence of float
        Looks after equal shares of the data, or the sizes of the data at them, as fractions of
        anything, rising.
    alpha : float
        Level of each test, over all its sides.
    sides : int
        1 or 2.

    Returns
    -------
    float
        Exact for normal data (Armitage, McPherson & Rowe, 1969).

    Raises
    ------
    CvosimError
        If the looks are out of order, or alpha or the sides are none.

    Examples
    --------
    Once a week for ten weeks, at 5 %:

    >>> round(false_alarm_rate(10), 3)
    0.193
    """
    from scipy.stats import norm

    check_level(alpha, sides)
    times = planned_looks(looks) if isinstance(looks, int) else risen(looks, "looks")
    bound = float(norm.isf(alpha / sides))
    bounds = Bounds((bound,) * len(times), sides)
    return float(crossing_probabilities(times, bounds).stopped.sum())


def check_level(alpha: float, sides: int) -> None:
    """Refuse what is no error rate, or no number of sides.

    Raises
    ------
    CvosimError
        If alpha is not a share of at most 0.5 a side.

    Examples
    --------
    >>> check_level(0.05, sides=2)
    """
    if sides not in {1, 2}:
        raise CvosimError(f"sides: must be 1 or 2 (got {sides})")
    if not 0.0 < alpha < 0.5 * sides:
        raise CvosimError(
            f"alpha: must be between 0 and {0.5 * sides:g} (got {alpha:g}); 5 % is 0.05"
        )
