"""The plan of a simulated experiment, and who is assigned to which arm."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.randomness.sites import site_id
from cvosim.scenario.arms import Trial
from cvosim.scenario.experiment import FractionLooks, NoLooks
from cvosim.stats.loops import Codes
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.metric import Adjustment
from cvosim.tables.columns import Floats

_ALIKE = 0.8
"""Smallest share over the largest from which on arms count as of equal size, as in abtest."""


@dataclass(frozen=True)
class Guard:
    """An outcome that must not get worse by more than a margin."""

    metric: str
    margin: Margin


@dataclass(frozen=True)
class FactorLevels:
    """One factor of a factorial experiment: its name and those of its levels."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class TrialDesign:
    """Who is enrolled where and when, how they are divided, and what is asked.

    Attributes
    ----------
    name : str
        Another name assigns customers anew.
    shares : tuple of float
        Of the arms, control first; they sum to 1.
    metrics : tuple of str
        Outcomes; the first decides. See `outcomes`.
    assign_at : str
        Key of a stage, ``arrival`` or ``order``.
    start_day, enrol_days, follow_days : float
        Days.
    ramp : tuple of (float, float)
        Days since the start of enrolment and the part that is enrolled from then on.
    looks : ``weekly``, ``none`` or tuple of float
        When the results are looked at; a tuple holds parts of those enrolled, up to 1.
    spending : str
        How looks share the error rate: a name that `group_sequential` knows.
    alpha : float
        Error rate.
    covariate : str, optional
        An outcome ``before.*``.
    guards : tuple of Guard
    factors : tuple of FactorLevels
        Of a factorial experiment, whose arms are all combinations, the last factor's levels
        changing fastest.

    Examples
    --------
    >>> TrialDesign("price", (0.5, 0.5), ("contribution",), enrol_days=60, follow_days=30).last_day
    90.0
    """

    name: str
    shares: tuple[float, ...]
    metrics: tuple[str, ...]
    assign_at: str = "arrival"
    enrol_days: float = 60.0
    follow_days: float = 90.0
    start_day: float = 0.0
    ramp: tuple[tuple[float, float], ...] = ()
    looks: str | tuple[float, ...] = "none"
    spending: str = "obrien_fleming"
    alpha: float = 0.05
    covariate: str | None = None
    guards: tuple[Guard, ...] = ()
    factors: tuple[FactorLevels, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.shares) < 2 or min(self.shares) <= 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise CvosimError(
                f"shares: must be at least two, above 0, adding to 1 (got {self.shares})"
            )
        if not self.metrics:
            raise CvosimError("metrics: at least one outcome is needed, the one that decides")
        if isinstance(self.looks, str) and self.looks not in ("weekly", "none"):
            raise CvosimError(
                f'looks: must be "weekly", "none" or parts such as (0.5, 1.0) (got "{self.looks}")'
            )
        if not isinstance(self.looks, str):
            steps = (0.0, *self.looks)
            rising = all(a < b for a, b in pairwise(steps))
            if not rising or self.looks[-1:] != (1.0,):
                raise CvosimError(f"looks: must rise from above 0 to 1 (got {self.looks})")

    @property
    def last_day(self) -> float:
        """Day on which the last customer enrolled has been followed to the end."""
        return float(self.start_day + self.enrol_days + self.follow_days)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Everything to be measured: what is money comes in anyway, since money decides."""
        asked = (*self.metrics, *(guard.metric for guard in self.guards))
        more = () if self.covariate is None else (self.covariate,)
        return tuple(dict.fromkeys((*asked, "contribution", *more)))

    @property
    def adjustment(self) -> Adjustment:
        """How the covariate is used: a slope for each arm where shares differ by over 20 %.

        One slope for all arms loses where they are of unequal size and the effect depends on the
        covariate (Lin 2013).
        """
        alike = min(self.shares) >= _ALIKE * max(self.shares)
        return "pooled" if alike else "interacted"

    @classmethod
    def of(cls, trial: Trial) -> TrialDesign:
        """The design that a scenario file states.

        Examples
        --------
        >>> from cvosim.scenario import load_experiment
        >>> TrialDesign.of(load_experiment("tripwire_price_test")).shares
        (0.5, 0.5)
        """
        e = trial.experiment
        looks: str | tuple[float, ...] = e.looks.kind
        if isinstance(e.looks, FractionLooks):
            looks = tuple(e.looks.at)
        return cls(
            name=e.name,
            shares=tuple(arm.share for arm in trial.arms),
            metrics=tuple(e.metrics),
            assign_at=e.assign_at,
            enrol_days=e.enrol_days,
            follow_days=e.follow_days,
            start_day=e.start_day,
            ramp=tuple((step.from_day, step.exposure) for step in e.ramp),
            looks=looks,
            spending="obrien_fleming" if isinstance(e.looks, NoLooks) else e.looks.spending,
            alpha=e.alpha,
            covariate=e.covariate,
            guards=tuple(
                Guard(g.metric, Margin(g.margin, higher_is_better=g.better == "higher"))
                for g in e.guardrails
            ),
            factors=tuple(
                FactorLevels(one.name, tuple(level.name for level in one.levels))
                for one in e.factors
            ),
        )

    def exposure(self, day: Floats) -> Floats:
        """Part of the customers who are enrolled, by the day on which they come."""
        if not self.ramp:
            return np.ones(len(day))
        starts = np.array([step[0] for step in self.ramp])
        parts = np.array([0.0, *(step[1] for step in self.ramp)])
        found: Floats = parts[np.searchsorted(starts, day - self.start_day, side="right")]
        return found

    def assigned(self, pool: Pool, seed: int) -> Codes:
        """Arm of each customer of a pool; -1 for one whom the ramp left out.

        It is a function of the seed, the experiment's name and the customer's id alone, as with
        the hashed assignment of experiment platforms (Kohavi, Tang & Xu 2020, section 14): the
        same customer always gets the same arm, and experiments of other names are independent.
        """
        luck = self._luck(pool, seed, "arm")
        arm = np.searchsorted(np.cumsum(self.shares)[:-1], luck, side="right").astype(np.int32)
        if self.ramp:
            late = self._luck(pool, seed, "exposure") >= self.exposure(pool.entry_day)
            arm[late] = -1
        return arm

    def _luck(self, pool: Pool, seed: int, what: str) -> Floats:
        from cvosim.randomness.philox import uniform

        key, site = np.uint64(seed), site_id(f"experiment/{self.name}/{what}")
        draws = (uniform(key, who, site, 0) for who in pool.customer)
        return np.fromiter(draws, np.float64, len(pool))
