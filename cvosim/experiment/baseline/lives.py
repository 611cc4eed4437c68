"""A record's scenario and today's, lived through today, and each change by itself."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import NamedTuple

from cvosim import __version__
from cvosim.experiment.baseline.alone import Alone, each_alone, rebuilt
from cvosim.experiment.baseline.record import Record, Software
from cvosim.experiment.baseline.settings import differences
from cvosim.experiment.comparison import Difference
from cvosim.experiment.sides import Side, live, pair_of
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.metric import VALUE
from cvosim.metrics.registry import catalogue
from cvosim.plan import compile_plan, plan_hash
from cvosim.randomness.rounding import rounding_hash
from cvosim.scenario.loader import Loaded
from cvosim.scenario.patching import NOT_SIMULATED
from cvosim.scenario.scenario import Scenario, scenario_hash
from cvosim.scenario.yaml_nodes import MapNode
from cvosim.tables.fingerprint import trajectory_hash
from cvosim.tables.manifest import TRAJECTORY_VERSION

Progress = Callable[[int], None]
_PACKAGES = ("numpy", "numba", "llvmlite", "scipy")
MOST_EFFECTS = 20
"""Changes that are lived through by themselves."""


class How(NamedTuple):
    """With how many threads to simulate, and whom to tell how far it is."""

    threads: int | None = None
    progress: Progress | None = None


class Kinds(NamedTuple):
    """Names of metrics that are statistics of a distribution, and of sums over customers."""

    statistics: frozenset[str] = frozenset()
    totals: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *sides: Side) -> Kinds:
        """Look them up for some tables."""
        every = [metric for side in sides for metric in catalogue(side.table.names)]
        plain = [metric for metric in every if metric.statistic is None]
        return cls(
            frozenset(metric.name for metric in every if metric.statistic is not None),
            frozenset(metric.name for metric in plain if metric.denominator is None),
        )


_NO_KINDS = Kinds()


@dataclass(frozen=True, eq=False)
class Effect:
    """A change, and what it does by itself.

    Attributes
    ----------
    alone : Alone
        The change.
    difference : Difference or None
        Of ``clv_per_prospect``; None where it was not measured.
    matters : bool
        Whether anything else happens because of it.
    """

    alone: Alone
    difference: Difference | None
    matters: bool


@dataclass(frozen=True, eq=False)
class Lived:
    """A scenario of today, and what its record's scenario gives today.

    Attributes
    ----------
    today : Record
        With the customers and the seed of the record.
    then : Record or None
        The record; None where there is none.
    again : Metrics or None
        Of the record's scenario, lived through today; None where this release cannot build it.
    again_hash : str
        Of its trajectory; empty likewise.
    kinds : Kinds
        What sort of thing its metrics are.
    same_lives : bool
        Whether exactly the same happens to everybody in both, be it written down in another
        order.
    differences : mapping of str to Difference
        Today's scenario against the record's, on the same customers; empty where they are one.
    effects : tuple of Effect
        What changed in the scenario, change by change.
    """

    today: Record
    then: Record | None = None
    again: Metrics | None = None
    again_hash: str = ""
    kinds: Kinds = _NO_KINDS
    same_lives: bool = True
    differences: Mapping[str, Difference] | None = None
    effects: tuple[Effect, ...] = ()


def software() -> Software:
    """Say what simulates here and now.

    Examples
    --------
    >>> sorted(software().versions)
    ['llvmlite', 'numba', 'numpy', 'python', 'scipy']
    """
    versions = {"python": platform.python_version(), **{one: version(one) for one in _PACKAGES}}
    return Software(__version__, TRAJECTORY_VERSION, rounding_hash(), versions)


def recorded(
    key: str,
    scenario: Scenario,
    how: How,
    *,
    customers: int | None = None,
    seed: int | None = None,
) -> Record:
    """Live a scenario, its customers and its luck changed or not, and put down what comes of it."""
    side = live(
        scenario, customers=customers, seed=seed, threads=how.threads, progress=how.progress
    )
    return _record(key, side)


def lived(key: str, loaded: Loaded, then: Record | None, how: How) -> Lived:
    """Live a scenario and what its record holds, with the customers and seed of the record."""
    if then is None:
        return Lived(recorded(key, loaded.scenario, how))
    numbers = {"customers": then.customers, "seed": then.seed}
    scenario = loaded.scenario.model_copy(update=numbers)
    old = rebuilt(then.settings)
    side = _live(scenario, how)
    today = _record(key, side)
    if old is None:
        return Lived(today, then, kinds=Kinds.of(side))
    way = _Way(old, scenario, loaded.tree)
    if _same_life(old, scenario):
        return Lived(
            today, then, side.metrics, today.trajectory_hash, Kinds.of(side), effects=_harmless(way)
        )
    before = _live(old, how)
    pair = pair_of(before, side, keep=True)
    kinds, same = Kinds.of(before, side), pair.identical == 1.0
    del side  # its table goes before those of single changes come
    total = None if same and equal(before.metrics, today.metrics) else pair.differences[VALUE]
    return Lived(
        today,
        then,
        before.metrics,
        _hash(before),
        kinds,
        same,
        pair.differences,
        _effects(way, before, total, how),
    )


class _Way(NamedTuple):
    """From a record's scenario to today's."""

    old: Scenario
    new: Scenario
    tree: MapNode

    def sections(self) -> list[Effect]:
        """What changed in sections that are not simulated."""
        old, new = (
            {name: one.get(name) for name in NOT_SIMULATED}
            for one in (_settings(self.old), _settings(self.new))
        )
        return [Effect(Alone(change, None), None, False) for change in differences(old, new)]

    def changes(self) -> list[Alone]:
        """What changed in all else."""
        old, new = (
            {key: value for key, value in one.items() if key not in NOT_SIMULATED}
            for one in (_settings(self.old), _settings(self.new))
        )
        return each_alone(old, new, self.tree)


def _harmless(way: _Way) -> tuple[Effect, ...]:
    return (*(Effect(alone, None, False) for alone in way.changes()), *way.sections())


def _effects(way: _Way, before: Side, total: Difference | None, how: How) -> tuple[Effect, ...]:
    found: list[Effect] = []
    left = MOST_EFFECTS
    for alone in way.changes():
        scenario = alone.scenario
        if scenario is None:
            found.append(Effect(alone, None, True))
        elif _same_life(way.old, scenario):
            found.append(Effect(alone, None, False))
        elif _same_life(way.new, scenario):
            found.append(Effect(alone, total, total is not None))
        elif left:
            left -= 1
            found.append(_measured(alone, before, _live(scenario, how)))
        else:
            found.append(Effect(alone, None, True))
    return (*found, *way.sections())


def _measured(alone: Alone, before: Side, side: Side) -> Effect:
    pair = pair_of(before, side, {VALUE}, keep=True)
    same = pair.identical == 1.0 and equal(before.metrics, side.metrics)
    return Effect(alone, None if same else pair.differences[VALUE], not same)


def equal(ours: Mapping[str, Estimate], theirs: Mapping[str, Estimate]) -> bool:
    """Tell whether metrics are the same to the bit; NaN equals NaN.

    Examples
    --------
    >>> one = Metrics({"cac": Estimate(float("nan"), 0.0, "USD")})
    >>> equal(one, Metrics({"cac": Estimate(float("nan"), 0.0, "USD")}))
    True
    """
    return ours.keys() == theirs.keys() and all(
        same_estimate(ours[name], theirs[name]) for name in ours
    )


def same_estimate(ours: Estimate, theirs: Estimate) -> bool:
    """Tell whether two estimates are the same to the bit."""
    return ours.unit == theirs.unit and all(
        mine == yours or (math.isnan(mine) and math.isnan(yours))
        for mine, yours in zip(ours[:2], theirs[:2], strict=True)
    )


def _same_life(ours: Scenario, theirs: Scenario) -> bool:
    """Tell, without living them, that two scenarios cannot differ in any number."""
    if ours.currency != theirs.currency:
        return False
    return plan_hash(compile_plan(ours)) == plan_hash(compile_plan(theirs))


def _live(scenario: Scenario, how: How) -> Side:
    return live(scenario, threads=how.threads, progress=how.progress)


def _hash(side: Side) -> str:
    return trajectory_hash(side.table.columns, side.table.referred)


def _settings(scenario: Scenario) -> dict[str, object]:
    return scenario.model_dump(mode="json")


def _record(key: str, side: Side) -> Record:
    numbers = {"customers": side.manifest.n_customers, "seed": side.manifest.seed}
    scenario = side.scenario.model_copy(update=numbers)
    return Record(
        key,
        _settings(scenario),
        scenario_hash(scenario),
        side.manifest.plan_hash,
        _hash(side),
        software(),
        side.metrics,
    )
