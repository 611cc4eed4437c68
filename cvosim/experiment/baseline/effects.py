"""What each change of a scenario does: by itself, or only together with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.baseline.alone import Alone, each_alone, named_today
from cvosim.experiment.baseline.findings import Measured
from cvosim.experiment.baseline.record import Record, Stated
from cvosim.experiment.baseline.same import equal, same_life, same_run
from cvosim.experiment.baseline.settings import differences
from cvosim.experiment.comparison import Difference
from cvosim.experiment.sides import Side, pair_of
from cvosim.metrics.metric import VALUE
from cvosim.plan import compile_plan
from cvosim.scenario.patching import NOT_SIMULATED
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.yaml_nodes import MapNode

Live = Callable[[Scenario], Side]
MOST_EFFECTS = 20
"""Changes that are lived through by themselves, and as many again that are taken out."""


@dataclass(frozen=True, eq=False)
class Effect:
    """A change, and what it does.

    Attributes
    ----------
    alone : Alone
        The change.
    difference : Difference or None
        Of ``clv_per_prospect``; None where it was not measured.
    matters : bool
        Whether anything else happens because of it.
    measured : {"alone", "together", "inseparable", "unmeasured"}
        As `cvosim.experiment.baseline.findings.Cause` has it.
    """

    alone: Alone
    difference: Difference | None
    matters: bool
    measured: Measured = "alone"


class Way(NamedTuple):
    """From a record's scenario to today's."""

    old: Scenario
    new: Scenario
    tree: MapNode
    stated: Stated | None

    def sections(self) -> list[Effect]:
        """What changed in sections that are not simulated."""
        old, new = (
            {name: one.get(name) for name in NOT_SIMULATED}
            for one in (_settings(self.old), _settings(self.new))
        )
        return [Effect(Alone(change, None), None, False) for change in differences(old, new)]

    def changes(self) -> list[Alone]:
        """What changed in all else."""
        old, new = (_simulated(_settings(one)) for one in (self.old, self.new))
        return each_alone(old, new, self.tree, self.stated)


def harmless(way: Way) -> tuple[Effect, ...]:
    """Name changes that cannot make anybody do anything else."""
    return (*(Effect(alone, None, False) for alone in way.changes()), *way.sections())


def unread(then: Record, today: Record, tree: MapNode) -> tuple[Effect, ...]:
    """Name what differs from settings that this release cannot build.

    Where the same lives come of it, none of it matters; else nobody knows what does.
    """
    old, new = (_simulated(one.settings) for one in (then, today))
    found, same = named_today(old, new, tree, then.written), same_run(then, today)
    return tuple(
        Effect(
            Alone(change, None),
            None,
            matters=not same and change.loc[0] not in ("name", "description"),
            measured="alone" if same else "inseparable",
        )
        for change in found
    )


def effects_of(way: Way, before: Side, total: Difference | None, live: Live) -> tuple[Effect, ...]:
    """Measure every change by itself, and taken out of today's scenario if that does nothing.

    Of two changes that only do something together, such as a program that nobody saw and whose
    offer nobody took, neither does anything by itself; without either, nothing happens.

    Parameters
    ----------
    way : Way
        What changed.
    before : Side
        The old scenario.
    total : Difference or None
        What all changes do; None where they do nothing.
    live : callable
        Lives a scenario through.
    """
    left, found = MOST_EFFECTS, list[Effect]()
    for alone in map(_that_compile, way.changes()):
        scenario = alone.scenario
        if scenario is None:
            found.append(Effect(alone, None, True, "inseparable" if alone.tried else "unmeasured"))
        elif same_life(way.old, scenario):
            found.append(Effect(alone, None, False))
        elif same_life(way.new, scenario):
            found.append(Effect(alone, total, total is not None))
        elif left:
            left -= 1
            found.append(_measured(alone, before, _side(scenario, live)))
        else:
            found.append(Effect(alone, None, True, "unmeasured"))
    if len(found) > 1:
        found = _taken_out(found, way, live)
    if total is not None and not any(one.matters for one in found):
        found = [_blamed(one, way) for one in found]
    return (*found, *way.sections())


def _that_compile(alone: Alone) -> Alone:
    """Leave out what one change makes of a scenario where no plan can be made of that."""
    scenario, rest = (_compiled(one) for one in (alone.scenario, alone.rest))
    return replace(alone, scenario=scenario, rest=rest)


def _compiled(scenario: Scenario | None) -> Scenario | None:
    if scenario is None:
        return None
    try:
        compile_plan(scenario)
    except CvosimError:
        return None
    return scenario


def _side(scenario: Scenario, live: Live) -> Side | None:
    """Live a scenario that nobody wrote; None where that cannot be, as referral grows too much."""
    try:
        return live(scenario)
    except CvosimError:
        return None


def _measured(alone: Alone, before: Side, side: Side | None) -> Effect:
    if side is None:
        return Effect(alone, None, True, "inseparable")
    difference = _between(before, side)
    return Effect(alone, difference, difference is not None)


def _between(before: Side, after: Side) -> Difference | None:
    """Difference of what a prospect is worth; None where exactly the same happens."""
    pair = pair_of(before, after, {VALUE}, keep=True)
    same = pair.identical == 1.0 and equal(before.metrics, after.metrics)
    return None if same else pair.differences[VALUE]


def _taken_out(effects: list[Effect], way: Way, live: Live) -> list[Effect]:
    """Take what does nothing by itself out of today's scenario."""
    left, today, found = MOST_EFFECTS, None, list[Effect]()
    for one in effects:
        rest = one.alone.rest
        if one.matters or (rest is not None and same_life(way.new, rest)):
            found.append(one)
        elif rest is None:
            found.append(replace(one, matters=True, measured="inseparable"))
        elif not left:
            found.append(replace(one, matters=True, measured="unmeasured"))
        else:
            left -= 1
            today = live(way.new) if today is None else today
            found.append(_needed(one, _side(rest, live), today))
    return found


def _needed(one: Effect, rest: Side | None, today: Side) -> Effect:
    """Hold today's scenario against today's without a change that does nothing by itself."""
    if rest is None:
        return replace(one, matters=True, measured="inseparable")
    difference = _between(rest, today)
    return one if difference is None else Effect(one.alone, difference, True, "together")


def _blamed(one: Effect, way: Way) -> Effect:
    """Blame all that reaches the plan where something happens and no single change does it."""
    scenario, rest = one.alone.scenario, one.alone.rest
    idle = (scenario is None or same_life(way.old, scenario)) and (
        rest is None or same_life(way.new, rest)
    )
    return one if idle else replace(one, matters=True, measured="inseparable")


def _settings(scenario: Scenario) -> dict[str, object]:
    return scenario.model_dump(mode="json")


def _simulated(settings: object) -> dict[str, object]:
    assert isinstance(settings, dict)
    return {key: value for key, value in settings.items() if key not in NOT_SIMULATED}
