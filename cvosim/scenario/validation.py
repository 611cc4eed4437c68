"""From a tree to a scenario, or to everything that is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.checks import issues_in
from cvosim.scenario.daily_files import fill_daily
from cvosim.scenario.messages import problem_at, problems_of
from cvosim.scenario.scenario import PARTS_CHECKED, Scenario
from cvosim.scenario.yaml_nodes import MapNode, map_data

_LAST = 10**9
MOST_PROBLEMS = 10_000
"""More of them help nobody."""


class Validated(NamedTuple):
    """What became of a tree: the scenario if it is valid, all problems, and its raw data."""

    scenario: Scenario | None
    problems: list[Problem]
    data: dict[str, object]


def validate(tree: MapNode) -> Validated:
    """Check everything about a tree whose references are filled in."""
    data = map_data(tree)
    scenario: Scenario | None = None
    problems = fill_daily(tree, data)
    try:
        scenario = Scenario.model_validate(data, context={PARTS_CHECKED: True})
    except ValidationError as error:
        problems += problems_of(error, tree)
    problems += [problem_at(tree, issue) for issue in issues_in(data)]
    return Validated(scenario, problems, data)


def raise_if_any(problems: list[Problem], files: list[str]) -> None:
    """Raise all problems, once each, by file and line; those of overrides come last."""
    if problems:
        rank = {file: order for order, file in reversed(list(enumerate(files)))}
        ordered = sorted(
            dict.fromkeys(problems),
            key=lambda p: (rank.get(p.file, len(rank)), p.line or _LAST, p.column, p.path),
        )
        more = len(ordered) - MOST_PROBLEMS
        if more > 0:
            ordered[MOST_PROBLEMS:] = [Problem(f"and {more:,} more problems", ordered[0].file)]
        raise ScenarioError(tuple(ordered))
