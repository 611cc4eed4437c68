"""A record's scenario and today's, lived through today, and each change by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cvosim import __version__
from cvosim.experiment.baseline.alone import rebuilt
from cvosim.experiment.baseline.effects import Effect, Way, effects_of, harmless, unread
from cvosim.experiment.baseline.places import written_paths
from cvosim.experiment.baseline.reading import refuse_damaged
from cvosim.experiment.baseline.record import Record, Software
from cvosim.experiment.baseline.same import equal, same_life
from cvosim.experiment.comparison import Difference
from cvosim.experiment.sides import Side, live, pair_of
from cvosim.metrics.estimate import Metrics
from cvosim.metrics.metric import VALUE
from cvosim.metrics.registry import catalogue
from cvosim.randomness.rounding import rounding_hash
from cvosim.scenario.loader import Loaded
from cvosim.scenario.scenario import Scenario, scenario_hash
from cvosim.scenario.yaml_nodes import MapNode
from cvosim.tables.fingerprint import trajectory_hash
from cvosim.tables.manifest import TRAJECTORY_VERSION
from cvosim.tables.versions import versions_of

Progress = Callable[[int], None]
_PACKAGES = ("numpy", "numba", "llvmlite", "scipy")


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
    return Software(__version__, TRAJECTORY_VERSION, rounding_hash(), versions_of(*_PACKAGES))


def recorded(
    key: str,
    loaded: Loaded,
    how: How,
    *,
    customers: int | None = None,
    seed: int | None = None,
) -> Record:
    """Live a scenario, its customers and its luck changed or not, and put down what comes of it."""
    side = live(
        loaded.scenario, customers=customers, seed=seed, threads=how.threads, progress=how.progress
    )
    return _record(key, side, loaded.tree)


def lived(
    key: str, loaded: Loaded, then: Record | None, how: How, file: Record | None = None
) -> Lived:
    """Live a scenario and what its record holds, with the customers and seed of the record.

    A variant that is new has no record: it meets the customers of that of its file, `file`.

    Raises
    ------
    BaselineError
        This release has written the record, and cannot read its settings: they were damaged.
    """
    if then is None:
        customers, seed = (None, None) if file is None else (file.customers, file.seed)
        return Lived(recorded(key, loaded, how, customers=customers, seed=seed))
    numbers = {"customers": then.customers, "seed": then.seed}
    scenario = loaded.scenario.model_copy(update=numbers)
    old = rebuilt(then.settings)
    if old is None:
        refuse_damaged(then)
    side = _live(scenario, how)
    today = _record(key, side, loaded.tree)
    if old is None:
        effects = unread(then, today, loaded.tree)
        return Lived(today, then, kinds=Kinds.of(side), effects=effects)
    way = Way(old, scenario, loaded.tree, then.written)
    if same_life(old, scenario):
        return Lived(
            today, then, side.metrics, today.trajectory_hash, Kinds.of(side), effects=harmless(way)
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
        effects_of(way, before, total, lambda one: _live(one, how)),
    )


def _live(scenario: Scenario, how: How) -> Side:
    return live(scenario, threads=how.threads, progress=how.progress)


def _hash(side: Side) -> str:
    return trajectory_hash(side.table.columns, side.table.referred)


def _record(key: str, side: Side, tree: MapNode) -> Record:
    numbers = {"customers": side.manifest.n_customers, "seed": side.manifest.seed}
    scenario = side.scenario.model_copy(update=numbers)
    return Record(
        key,
        scenario.model_dump(mode="json"),
        scenario_hash(scenario),
        side.manifest.plan_hash,
        _hash(side),
        software(),
        side.metrics,
        written_paths(tree),
    )
