"""From the arms of an experiment to a scenario for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import fsum, prod
from typing import NamedTuple

from cvosim.errors import Problem
from cvosim.scenario.experiment import Experiment, ExperimentArm
from cvosim.scenario.files import fill_references
from cvosim.scenario.outcome_names import ARRIVAL, ORDER
from cvosim.scenario.raw import walked
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.variants import Change, apply_changes, changes_in
from cvosim.scenario.yaml_nodes import (
    Entry,
    MapNode,
    Mark,
    ScalarNode,
    copy_map,
    locate,
    map_data,
)


class PlannedArm(NamedTuple):
    """One arm of an experiment.

    Attributes
    ----------
    name : str
        Of a factorial experiment, its levels joined by ``+``.
    share : float
        Of the enrolled customers.
    levels : tuple of int
        Number of the level of each factor; empty without factors.
    places : tuple of tuple
        Where in the section its changes stand.
    """

    name: str
    share: float
    levels: tuple[int, ...] = ()
    places: tuple[tuple[str | int, ...], ...] = ()


@dataclass(frozen=True)
class Trial:
    """An experiment as written, and the scenario that each of its arms meets.

    Attributes
    ----------
    scenario : Scenario
        The file's own, with its experiment.
    arms : tuple of PlannedArm
        Control first.
    scenarios : tuple of Scenario
        One for each arm, named after it.
    """

    scenario: Scenario
    arms: tuple[PlannedArm, ...]
    scenarios: tuple[Scenario, ...]

    @property
    def experiment(self) -> Experiment:
        """The section."""
        assert self.scenario.experiment is not None
        return self.scenario.experiment


def planned_arms(experiment: Experiment) -> tuple[PlannedArm, ...]:
    """Return the arms of an experiment, factors multiplied out, their shares filled in.

    Examples
    --------
    >>> arms = ({"name": "control", "share": 0.9}, {"name": "cheap"})
    >>> section = {"name": "price", "enrol_days": 60.0, "follow_days": 90.0, "arms": arms,
    ...            "metrics": ("contribution",)}
    >>> [(arm.name, round(arm.share, 3)) for arm in planned_arms(Experiment(**section))]
    [('control', 0.9), ('cheap', 0.1)]
    """
    if not experiment.factors:
        shares = _shares(experiment.arms)
        return tuple(
            PlannedArm(arm.name, share, (), (("arms", index),))
            for index, (arm, share) in enumerate(zip(experiment.arms, shares, strict=True))
        )
    factors = experiment.factors
    shared = [_shares(factor.levels) for factor in factors]
    found = []
    for levels in product(*(range(len(factor.levels)) for factor in factors)):
        picked = list(enumerate(levels))
        found.append(
            PlannedArm(
                "+".join(factors[f].levels[level].name for f, level in picked),
                prod(shared[f][level] for f, level in picked),
                levels,
                tuple(("factors", f, "levels", level) for f, level in picked),
            )
        )
    return tuple(found)


def _shares(arms: tuple[ExperimentArm, ...]) -> list[float]:
    stated = [arm.share for arm in arms if arm.share is not None]
    rest = max(1.0 - fsum(stated), 0.0) / max(len(arms) - len(stated), 1)
    return [rest if arm.share is None else arm.share for arm in arms]


def arm_trees(
    tree: MapNode, experiment: Experiment, problems: list[Problem]
) -> Iterator[tuple[PlannedArm, MapNode]]:
    """Patch a copy of the scenario for each arm, noting what cannot be changed."""
    for arm in planned_arms(experiment):
        patched = copy_map(tree)
        for section in ("experiment", "sweep"):
            patched.entries.pop(section, None)
        mark = locate(tree, ("experiment", *arm.places[0])).mark
        patched.entries["name"] = Entry(mark, ScalarNode(arm.name, mark))
        apply_changes(patched, list(_changes(tree, arm)), problems)
        fill_references(patched)
        gone = _without_place(patched, experiment, arm, mark)
        if gone is not None:
            problems.append(gone)
        yield arm, patched


def _changes(tree: MapNode, arm: PlannedArm) -> Iterator[Change]:
    for where in arm.places:
        node = locate(tree, ("experiment", *where, "changes")).node
        if isinstance(node, MapNode):
            yield from changes_in(node)


def _without_place(
    patched: MapNode, experiment: Experiment, arm: PlannedArm, mark: Mark
) -> Problem | None:
    """Say that an arm has not the stage at which its customers are assigned."""
    place = experiment.assign_at
    if place in (ARRIVAL, ORDER) or place in {key for key, _, _ in walked(map_data(patched))}:
        return None
    message = (
        f'the arm "{arm.name}" has no stage {place}, at which its customers are assigned; assign '
        "them at an earlier one"
    )
    return Problem(message, mark.file, mark.line, mark.column, "experiment.assign_at")
