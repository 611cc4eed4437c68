"""Trying the values of a sweep one at a time, before a thousand points are run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import exp

from cvosim.errors import Problem
from cvosim.scenario.patching import Template
from cvosim.scenario.quantiles import cut_normal_quantile
from cvosim.scenario.references import Loc
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.sweep import (
    ChoiceLaw,
    LeverRange,
    ListDesign,
    LogNormalLaw,
    NormalLaw,
    SectionLaw,
    Sweep,
)
from cvosim.scenario.variants import Change
from cvosim.scenario.yaml_nodes import MapNode, Node, ScalarNode, locate, to_data

_Stated = tuple[object, ...] | LeverRange | SectionLaw
_MOST_TRIALS = 1000
_FAR = 3.090232306167813
"""Standard deviations from the mean within which a normal law lies with probability 0.998."""


def sweep_problems(tree: MapNode, scenario: Scenario) -> list[Problem]:
    """Return what is wrong with single values of a sweep, each where it is written.

    Every value of a lever's list, the ends and the middle of a range, and a low, a middle and a
    high value of each uncertainty are set, one at a time. A list of points is read later, its
    values belong together.
    """
    sweep = scenario.sweep
    if sweep is None:
        return []
    template = Template.of_tree(tree, tree.mark.file)
    found: list[Problem] = []
    for role, path in _factors(sweep):
        found += _of_factor(tree, template, sweep, (role, path))
    return found


def _factors(sweep: Sweep) -> Iterator[tuple[str, str]]:
    yield from (("levers", path) for path in sweep.levers)
    yield from (("uncertainties", path) for path in sweep.uncertainties)


def _of_factor(
    tree: MapNode, template: Template, sweep: Sweep, factor: tuple[str, str]
) -> list[Problem]:
    role, path = factor
    if isinstance(sweep.design, ListDesign):
        return []
    loc: Loc = ("sweep", role, path)
    key_mark = locate(tree, loc).key_mark
    stated = sweep.levers[path] if role == "levers" else sweep.uncertainties[path]
    broken = _not_whole(template, path, stated)
    if broken:
        return [Problem(broken, key_mark.file, key_mark.line, key_mark.column, path)]
    found: list[Problem] = []
    for node in _trials(tree, loc, stated):
        if template.takes({path: to_data(node)}):
            continue
        change = Change(path, node, key_mark)
        problems = _alone(template.problems_with([change]), path)
        found += [_placed(problem, change, stated) for problem in problems]
        if not isinstance(stated, tuple | ChoiceLaw):
            break  # one end is enough to say what is wrong with a range
    return list(dict.fromkeys(found))


def _alone(problems: list[Problem], path: str) -> list[Problem]:
    """Leave out what else is wrong with a value that must not be removed."""
    required = [p for p in problems if p.path == path and p.message.startswith("required")]
    return [p for p in problems if p.path != path or p in required] if required else problems


def _placed(problem: Problem, change: Change, stated: _Stated) -> Problem:
    """Show a problem that a value causes elsewhere in the scenario at that value."""
    words, mark = problem.message, change.value.mark
    bounded = not isinstance(stated, NormalLaw) or None not in (stated.low, stated.high)
    if not bounded and "must be" in words:
        words += "; the law needs a bound there: add low or high"
    if problem.path == change.path or problem.path.startswith(f"{change.path}."):
        return replace(problem, message=words)
    words = f"this value spoils {problem.path}: {words}" if problem.path else words
    return Problem(words, mark.file, mark.line, mark.column, change.path)


def _not_whole(template: Template, path: str, stated: _Stated) -> str:
    """Say that a law of any numbers cannot stand for whole ones; empty where it need not."""
    if isinstance(stated, tuple | ChoiceLaw) or (isinstance(stated, LeverRange) and stated.step):
        return ""
    if not template.takes_whole_numbers(path):
        return ""
    if isinstance(stated, LeverRange):
        return "takes whole numbers only: add `step: 1`"
    return "takes whole numbers only: write {kind: choice, values: [...]}"


def _trials(tree: MapNode, loc: Loc, stated: _Stated) -> Iterator[Node]:
    if isinstance(stated, tuple):
        yield from _listed(tree, loc, len(stated))
    elif isinstance(stated, ChoiceLaw):
        yield from _listed(tree, (*loc, "values"), len(stated.values))
    elif isinstance(stated, LeverRange):
        middle = (stated.low + stated.high) / 2
        if stated.step:
            middle = stated.low + stated.step * int((stated.high - stated.low) / stated.step / 2)
        yield from _numbers(tree, loc, (stated.low, stated.high, middle))
    else:
        yield from _numbers(tree, loc, _low_high_middle(stated))


def _listed(tree: MapNode, loc: Loc, count: int) -> Iterator[Node]:
    for index in range(min(count, _MOST_TRIALS)):
        node = locate(tree, (*loc, index)).node
        assert node is not None
        yield node


def _numbers(tree: MapNode, loc: Loc, numbers: tuple[float, ...]) -> Iterator[Node]:
    whole = locate(tree, loc)
    for key, value in zip(("low", "high", "middle"), numbers, strict=True):
        place = locate(tree, (*loc, key))
        at = place.node if isinstance(place.node, ScalarNode) else whole.node
        mark = at.mark if at is not None else whole.mark
        yield ScalarNode(value, mark, f"{value:.6g}")


def _low_high_middle(law: SectionLaw) -> tuple[float, float, float]:
    """Return the ends of a law and a value between them; 0.1 % on each side where it has none."""
    if isinstance(law, LogNormalLaw):
        spread = exp(_FAR * law.sigma)
        return law.median / spread, law.median * spread, law.median
    if isinstance(law, NormalLaw):
        low = -1e300 if law.low is None else (law.low - law.mean) / law.sd
        high = 1e300 if law.high is None else (law.high - law.mean) / law.sd
        ends = [law.mean + law.sd * cut_normal_quantile(u, low, high) for u in (0.001, 0.5, 0.999)]
        ends[0] = ends[0] if law.low is None else law.low
        ends[2] = ends[2] if law.high is None else law.high
        return ends[0], ends[2], ends[1]
    assert not isinstance(law, ChoiceLaw)
    return law.low, law.high, (law.low + law.high) / 2
