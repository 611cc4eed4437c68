"""The candidates of an optimisation as a table, and on which customers its numbers stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount, minus
from cvosim.report.optimisation_settings import other_values, setting
from cvosim.report.style import short
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.result import Candidate, Interval, Optimum
    from cvosim.experiment.optimisation.search import Tried

LISTED = 3
"""Plans that are not allowed, listed beside those that are; the others are counted."""


def candidates_table(found: Optimum) -> Table:
    """One row a candidate, the best first; the scenario as written is marked.

    People read how far candidates are behind the best, on the customers that both met: values
    of their own would stand on different customers. Machines get those too. See `table_note`.
    """
    confidence = f"{100 * found.effort.confidence:.4g} %"
    goals, constraints = found.question.goals, found.question.constraints
    header = [*(lever.path for lever in found.levers)]
    columns = list(header)
    for goal in goals:
        if found.pareto:
            header += [goal.outcome, "interval"]
        elif found.best is None:
            header.append(f"{goal.outcome} in the search")
        columns += [goal.outcome, f"{goal.outcome}.low", f"{goal.outcome}.high"]
    if not found.pareto:
        if found.best is not None:
            interval = "rough interval" if found.uneven else f"{confidence} interval"
            header += [f"{goals[0].outcome} behind the best", interval]
        columns += ["behind", "behind.low", "behind.high"]
    for one in constraints:
        header.append(minus_signs(one.text))
        columns += [one.text, f"{one.text} value", f"{one.text} bound"]
    header += ["customers", ""]
    columns += ["customers", "place", "as_written", "error"]
    order = sorted(found.candidates, key=lambda one: _rank(found, one))
    rows = tuple(_exact(found, one) for one in order)
    shown = tuple(_shown(found, one) for one in _worth_a_line(found, order))
    return Table(tuple(header), rows, shown, f"{found.name}: candidates", tuple(columns))


def table_note(found: Optimum) -> str:
    """Say on which customers the numbers of the table stand, and what it leaves out."""
    if found.pareto:
        said = ["All candidates met the same customers, who are new since the search."]
    elif found.best is None:
        said = ["All plans met the same customers in the search."]
    else:
        said = [
            "Behind the best: on the customers of the row, whom the best met too; they are others "
            "than those of the first sentence."
        ]
        if any(one.place == "not allowed" for one in found.candidates):
            said.append("What is not allowed is compared on the search's customers.")
    if found.question.constraints:
        listed = len(_worth_a_line(found, list(found.candidates)))
        allowed = sum(one.place != "not allowed" for one in found.candidates)
        rest = _forbidden(found) - (listed - allowed)
        if rest > 0:
            several = f"{rest} more plans that were tried do"
            said.append(
                f"{several if rest > 1 else '1 more plan that was tried does'} not surely meet "
                "the conditions."
            )
    return " ".join(said)


def _forbidden(found: Optimum) -> int:
    """How many plans that were tried do not meet the conditions, or not surely."""
    judged = {repr(one.plan): one.place == "not allowed" for one in found.candidates}
    return sum(
        judged.get(repr(one.plan), not one.score.known or one.score.violation > 0.0)
        for one in found.search.tried
    )


def _worth_a_line(found: Optimum, order: list[Candidate]) -> list[Candidate]:
    """Leave out most of what is not allowed, where something is; never the scenario as written."""
    refused = [one for one in order if one.place == "not allowed"]
    if len(refused) in (0, len(order)):
        return order
    base = [one for one in refused if one.base]
    kept = [*base, *(one for one in refused if not one.base)][:LISTED]
    return [one for one in order if one.place != "not allowed" or one in kept]


_PLACES = (
    "best", "left", "dropped", "on the front", "perhaps on the front", "probably beaten", "beaten",
    "not allowed",
)  # fmt: skip


def _rank(found: Optimum, one: Candidate) -> tuple[int, float]:
    place = _PLACES.index(one.place)
    if found.pareto:
        return place, one.values[0].value if one.values else 0.0
    return place, one.behind.value if math.isfinite(one.behind.value) else 0.0


def _exact(found: Optimum, one: Candidate) -> tuple[Cell, ...]:
    cells: list[Cell] = [_cell(value) for value in one.plan]
    for place in range(len(found.question.goals)):
        cells += one.values[place] if one.values else (math.nan,) * 3
    if not found.pareto:
        cells += one.behind
    for place in range(len(found.question.constraints)):
        judged = one.judgements[place] if one.judgements else ("", math.nan, math.nan)
        cells += judged
    return (*cells, one.replicates * found.batch, one.place, one.base, one.error)


def _cell(value: object) -> Cell:
    """Give what a machine reads: whole sections, not their names."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    from cvosim.scenario.yaml_writer import flow_text

    return flow_text(value)


def _shown(found: Optimum, one: Candidate) -> tuple[str, ...]:
    cells = [
        short(setting(value, other_values(found, place)), 40)
        for place, value in enumerate(one.plan)
    ]
    cells += _weighed(found, one) if found.pareto else _compared(found, one)
    for place, constraint in enumerate(found.question.constraints):
        judged = one.judgements[place]
        unit = found.units[constraint.outcome]
        value = "never" if math.isnan(judged.value) else amount(judged.value, unit)
        word = "cannot tell at this size" if judged.state == "cannot tell" else judged.state
        cells.append(f"{word} ({value})")
    place_word = f"{one.place}, as written" if one.base else one.place
    customers = f"{one.replicates * found.batch:,}" if one.replicates else ""
    return (*cells, customers, one.error or place_word)


def _weighed(found: Optimum, one: Candidate) -> list[str]:
    """Two outcomes, each with its interval."""
    cells = []
    for place, goal in enumerate(found.question.goals):
        unit = found.units[goal.outcome]
        own = one.values[place] if one.values else None
        cells.append("" if own is None else amount(own.value, unit))
        cells.append("" if own is None or math.isnan(own.low) else _between(own, unit))
    return cells


def _compared(found: Optimum, one: Candidate) -> list[str]:
    """How far it is behind the best; or what the search saw, where there is no best."""
    unit = found.units[found.question.goals[0].outcome]
    if found.best is None:
        return [amount(one.values[0].value, unit)] if one.values else [""]
    if math.isfinite(one.behind.value):
        return [amount(one.behind.value, unit), _between(one.behind, unit)]
    behind = math.nan
    if one.place == "not allowed":
        ahead = found.searched(one.plan).score.values[0]
        behind = found.searched(found.best.plan).score.values[0] - ahead
    return [amount(behind, unit) if math.isfinite(behind) else "", ""]


def _between(interval: Interval, unit: str) -> str:
    return f"{amount(interval.low, unit)} to {amount(interval.high, unit)}"


def minus_signs(text: str) -> str:
    """Keep signs in sentences whole."""
    return text.replace(" -", f" {minus('-')}")


def optimisation_csv(found: Optimum) -> str:
    """Every candidate, exact, one row each."""
    return candidates_table(found).to_csv()


def tried_value(found: Optimum, one: Tried, goal: int = 0) -> float:
    """Give a tried plan's value of a goal with its own sign."""
    return found.question.goals[goal].sign * one.score.values[goal]
