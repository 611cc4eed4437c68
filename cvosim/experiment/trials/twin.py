"""The same customers in every arm: every individual effect, and so the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.design import TrialDesign
from cvosim.experiment.trials.findings import Truth, pair_weights, plain, truth_of
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.scenario import Scenario
from cvosim.scenario.arms import Trial
from cvosim.stats.paired import paired_difference
from cvosim.tables.columns import Floats

Progress = Callable[[int], None]


@dataclass(frozen=True)
class TwinEffect:
    """What a treatment does to the very same customers.

    Attributes
    ----------
    metric, control, treatment : str
    control_value, treatment_value : float
        Means.
    truth : Truth
        Their difference.
    variance_reduction : float
        How many times as many customers a split test would need for an interval as narrow.
    by_segment : mapping of str to (int, float, float)
        Customers, mean effect and its standard error.
    """

    metric: str
    control: str
    treatment: str
    control_value: float
    treatment_value: float
    truth: Truth
    variance_reduction: float
    by_segment: dict[str, tuple[int, float, float]] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        from dataclasses import asdict

        values = asdict(self)
        parts = ("customers", "effect", "standard_error")
        segments = {
            name: plain(dict(zip(parts, three, strict=True)))
            for name, three in self.by_segment.items()
        }
        return plain({**values, "truth": plain(values["truth"]), "by_segment": segments})


@dataclass(frozen=True)
class TwinResult:
    """Effects on the same customers.

    Attributes
    ----------
    design : TrialDesign
    pool : Pool
        Every customer's outcomes in every arm.
    effects : tuple of TwinEffect
        By treatment, then by metric.
    customers, seed : int
    """

    design: TrialDesign
    pool: Pool = field(repr=False)
    effects: tuple[TwinEffect, ...]
    customers: int
    seed: int

    def individual(self, metric: str, treatment: str) -> Floats:
        """What the treatment does to each customer: float64[N].

        Raises
        ------
        CvosimError
            If the arm or the metric is unknown.
        """
        if treatment not in self.pool.arms[1:] or metric not in self.pool.columns:
            raise CvosimError(f'no effect on "{metric}" of the arm "{treatment}" was measured')
        values = self.pool.of(metric)
        found: Floats = values[self.pool.arms.index(treatment)] - values[0]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        return {
            "experiment": self.design.name,
            "assign_at": self.design.assign_at,
            "arms": list(self.pool.arms),
            "currency": self.pool.currency,
            "customers": self.customers,
            "seed": self.seed,
            "enrolled": len(self.pool),
            "effects": [one.to_dict() for one in self.effects],
        }


@dataclass(frozen=True)
class TwinTest:
    """An experiment that only a simulation can make: every customer meets every arm.

    A customer has the same luck in every arm (common random numbers; Law 2015, *Simulation
    Modeling and Analysis*, section 11.2), so each one's own effect is known, and their mean, the
    truth that a split test on these customers estimates, without any error.

    Attributes
    ----------
    scenarios : tuple of Scenario
        What each arm meets, control first; their names are the arms'.
    design : TrialDesign
        Shares, ramp and looks mean nothing here.

    Examples
    --------
    >>> from cvosim.scenario import load_experiment
    >>> result = TwinTest.of(load_experiment("tripwire_price_test")).run(customers=20_000)
    >>> [effect.metric for effect in result.effects][:2]
    ['contribution', 'conversion.tripwire']
    >>> bool(result.individual("conversion.tripwire", "lower_price").min() >= 0)
    True
    """

    scenarios: tuple[Scenario, ...]
    design: TrialDesign

    @classmethod
    def of(cls, trial: Trial) -> TwinTest:
        """The experiment that a scenario file states."""
        return cls(trial.scenarios, TrialDesign.of(trial))

    def run(
        self,
        *,
        customers: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> TwinResult:
        """Simulate; parameters and errors as in `SplitTest.run`."""
        design, first = self.design, self.scenarios[0]
        pool = outcomes(
            self.scenarios, design.outcomes, assign_at=design.assign_at,
            enrol_days=design.enrol_days, follow_days=design.follow_days,
            start_day=design.start_day, customers=customers, seed=seed, threads=threads,
            progress=progress,
        )  # fmt: skip
        names = [name for name in design.outcomes if name != design.covariate]
        effects = tuple(
            _effect(pool, name, arm) for arm in range(1, len(pool.arms)) for name in names
        )
        everybody = first.customers if customers is None else customers
        return TwinResult(design, pool, effects, everybody, first.seed if seed is None else seed)


def _effect(pool: Pool, metric: str, arm: int) -> TwinEffect:
    values = pool.of(metric)
    pair = values[0], values[arm]
    segments = {}
    for code, name in enumerate(pool.segments):
        who = pool.segment == code
        if int(who.sum()) > 1:
            own = paired_difference(pair[0][who], pair[1][who])
            segments[name] = (int(who.sum()), own.difference, own.standard_error)
    return TwinEffect(
        metric,
        pool.arms[0],
        pool.arms[arm],
        float(np.mean(pair[0])),
        float(np.mean(pair[1])),
        truth_of(pool, metric, pair_weights(arm, len(pool.arms))),
        paired_difference(*pair).variance_reduction,
        segments,
    )
