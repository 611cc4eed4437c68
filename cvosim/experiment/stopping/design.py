"""The experiment that all stopping rules share."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.tables.columns import Floats


class Believed(NamedTuple):
    """An effect that the change may have: a multiple of the simulated one, and how likely it is."""

    size: float
    weight: float


USUAL_EFFECTS = (Believed(-1.0, 0.2), Believed(0.0, 0.4), Believed(0.5, 0.2), Believed(1.0, 0.2))
"""Ours, after Microsoft's ideas: a third helped, a third did nothing, a third did harm (Kohavi et
al. 2009, Online experimentation at Microsoft); where they help, often by less than hoped."""

MOST_UNITS = 20_000
"""Customers of the experiment, at most, where nobody says how many."""


@dataclass(frozen=True)
class StoppingDesign:
    """Size, looks, error rate, horizon and possible effects of the experiment.

    Attributes
    ----------
    units : int, optional
        Customers in both arms together, at most; if left out, a quarter of the horizon's, or those
        who come in a quarter of the horizon if they are fewer, up to 20,000.
    share : float
        Part of them that gets the treatment.
    looks : int
        Equally spaced looks at the results, the last one when all have been followed.
    alpha : float
        Error rate promised, over all sides.
    sides : int
        2, or 1 for rules that look for gains only.
    horizon_days : float
        Days of arrivals for which the decision counts; the experiment is part of them.
    delay_days : float
        From a customer's assignment until its result is known.
    effects : tuple of Believed
        What the change may do, in multiples of what it does in the simulation, oriented so that
        1 is a gain; weights are scaled to sum to 1.
    prior_sd : float, optional
        Standard deviation of effects that the Bayesian rule and the mixture SPRT expect, in the
        metric's unit; that of ``effects`` if left out.
    care : float, optional
        Threshold of caring: expected loss per customer, in the metric's unit, below which the
        Bayesian rule stops; a twentieth of ``prior_sd`` if left out.

    Raises
    ------
    CvosimError
        If a part cannot be.

    Examples
    --------
    >>> design = StoppingDesign(units=1000, looks=4)
    >>> design.look_units.tolist(), [round(one.weight, 2) for one in design.weighted]
    ([250.0, 500.0, 750.0, 1000.0], [0.2, 0.4, 0.2, 0.2])
    """

    units: int | None = None
    share: float = 0.5
    looks: int = 10
    alpha: float = 0.05
    sides: int = 2
    horizon_days: float = 365.0
    delay_days: float = 0.0
    effects: tuple[Believed, ...] = USUAL_EFFECTS
    prior_sd: float | None = None
    care: float | None = None

    def __post_init__(self) -> None:
        _within("share", self.share, 0.0, 1.0, "a part such as 0.5")
        if not 2 <= self.looks <= 100:
            raise CvosimError(f"looks: must be from 2 to 100 (got {self.looks})")
        if self.sides not in {1, 2}:
            raise CvosimError(f"sides: must be 1 or 2 (got {self.sides})")
        _within("alpha", self.alpha, 0.0, 0.5, "5 % is 0.05")
        _within("horizon_days", self.horizon_days, 0.0, math.inf, "a number of days")
        if not 0.0 <= self.delay_days < math.inf:
            raise CvosimError(f"delay_days: must be 0 or more (got {self.delay_days:g})")
        for name, value in (("prior_sd", self.prior_sd), ("care", self.care)):
            if value is not None:
                _within(name, value, 0.0, math.inf, "in the metric's unit")
        sizes = [one.size for one in self.effects]
        if not all(map(math.isfinite, sizes)) or len(set(sizes)) < len(sizes) or not any(sizes):
            raise CvosimError(
                f"effects: must be different multiples, one of them not 0 (got {sizes})"
            )
        weights = [one.weight for one in self.effects]
        if not all(0.0 <= weight < math.inf for weight in weights) or sum(weights) <= 0.0:
            raise CvosimError(f"effects: weights must be 0 or more, not all 0 (got {weights})")
        if self.units is not None and self.units * min(self.share, 1.0 - self.share) < (
            10.0 * self.looks
        ):
            raise CvosimError(
                f"units: {self.units:,} leave fewer than 10 customers for the smaller arm at the "
                "first look; take more customers or fewer looks"
            )

    @property
    def weighted(self) -> tuple[Believed, ...]:
        """Effects with weights that sum to 1, by size."""
        total = math.fsum(one.weight for one in self.effects)
        return tuple(sorted(Believed(one.size, one.weight / total) for one in self.effects))

    @property
    def look_units(self) -> Floats:
        """Customers followed to the end at each look, float64[looks]."""
        assert self.units is not None, "settled when the arrivals are known"
        return np.array([self.units * (k + 1) // self.looks for k in range(self.looks)], np.float64)

    def look_days(self, arrivals: Arrivals) -> Floats:
        """Days of the looks since the start, float64[looks]."""
        return np.asarray(arrivals.day_of(self.look_units) + self.delay_days)

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        values = asdict(self)
        values["effects"] = [one._asdict() for one in self.weighted]
        return values


def _within(name: str, value: float, low: float, high: float, hint: str) -> None:
    if not low < value < high:
        end = "above 0" if high == math.inf else f"between {low:g} and {high:g}"
        raise CvosimError(f"{name}: must be {end}, {hint} (got {value:g})")


def usual_units(arrivals: Arrivals, horizon_days: float) -> int:
    """Customers of an experiment that leaves most of the horizon's for its decision.

    Examples
    --------
    >>> usual_units(Arrivals.steady(100.0), 365.0)
    9100
    """
    # the second is less where most come at the beginning
    come = min(float(arrivals.by(horizon_days / 4.0)), float(arrivals.by(horizon_days)) / 4.0)
    step = 10 ** max(0, math.floor(math.log10(max(come, 1.0))) - 1)
    return min(MOST_UNITS, int(come // step * step))
