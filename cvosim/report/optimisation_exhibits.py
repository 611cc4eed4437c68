"""An optimisation as figures with their words and numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount
from cvosim.experiment.optimisation.levers import is_number
from cvosim.report.documents.names import keys_of
from cvosim.report.exhibit import Exhibit
from cvosim.report.optimisation_picture import MOST_PANELS, OverLever, lever_figure, pareto_front
from cvosim.report.optimisation_settings import label, other_values
from cvosim.report.optimisation_table import candidates_table, tried_value
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.result import Optimum
    from cvosim.experiment.optimisation.search import Tried

ROWS = 60
"""Plans that a table of a figure has, the best of those that were tried."""


def optimisation_exhibits(found: Optimum) -> tuple[Exhibit, ...]:
    """Give the Pareto front, or the objective over each of the first levers.

    Parameters
    ----------
    found : Optimum
    """
    if found.pareto:
        return (_front(found),)
    if not any(one.score.known for one in found.search.tried):
        return ()
    keys = keys_of("lever", [lever.path for lever in found.levers[:MOST_PANELS]])
    return tuple(_over(found, place, key) for place, key in enumerate(keys))


def _front(found: Optimum) -> Exhibit:
    """Two outcomes of the candidates."""
    first, second = found.question.goals
    there = [one for one in found.candidates if one.place.endswith("on the front") and one.values]
    each = "; ".join(
        f"{amount(one.values[0].value, found.units[first.outcome])} with "
        f"{amount(one.values[1].value, found.units[second.outcome])}"
        for one in sorted(there, key=lambda one: one.values[0].value)[:6]
    )
    front = f" On the front, or perhaps: {each}." if each else ""
    alt = f"{first.outcome} and {second.outcome} of {len(found.candidates)} candidates.{front}"
    title = f"What {first.outcome} and {second.outcome} can be had together"
    note = "No other candidate has more of both than one that is on the front."
    table = candidates_table(found)
    return Exhibit("pareto_front", title, alt, pareto_front, found, table, note)


def _over(found: Optimum, place: int, key: str) -> Exhibit:
    """The objective of all that was tried over one lever."""
    path, goal = found.levers[place].path, found.question.goals[0]
    unit, others = found.units[goal.outcome], other_values(found, place)
    known = [one for one in found.search.tried if one.score.known]
    best = max(known, key=lambda one: one.score.values[0])
    alt = (
        f"{goal.outcome} of {len(known)} plans over {path}: what looked best in the search, "
        f"{amount(tried_value(found, best), unit)}, has {label(best.plan[place], others)}."
    )
    if found.best is not None:
        alt += (
            f" Chosen is {label(found.best.plan[place], others)}; as written it is "
            f"{label(found.base.plan[place], others)}."
        )
    note = "All plans met the same customers. A point is a plan; other levers differ too."
    table = _tried_table(found, place)
    title = f"{goal.outcome} over {path}"
    return Exhibit(key, title, alt, lever_figure, OverLever(found, place), table, note)


def _tried_table(found: Optimum, place: int) -> Table:
    """Make one row a plan, by the lever: the best that were tried."""
    goal, others = found.question.goals[0], other_values(found, place)
    known = [one for one in found.search.tried if one.score.known]
    best = sorted(known, key=lambda one: -one.score.values[0])[:ROWS]

    def order(one: Tried) -> tuple[float, str]:
        value = one.plan[place]
        return (float(str(value)), "") if is_number(value) else (math.inf, str(value))

    plans = sorted(best, key=order)
    unit = found.units[goal.outcome]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for one in plans:
        name, value = label(one.plan[place], others), tried_value(found, one)
        meets = "yes" if one.score.violation == 0.0 else "no, or not surely"
        rows.append((name, value, meets))
        shown.append((name, amount(value, unit), meets))
    header: tuple[str, ...] = (found.levers[place].path, goal.outcome, "meets the conditions")
    if not found.question.constraints:
        header, rows, shown = header[:2], [r[:2] for r in rows], [s[:2] for s in shown]
    title = f"Plans that were tried, by {found.levers[place].path}"
    few = f" (the best {ROWS} of {len(known)})" if len(known) > ROWS else ""
    return Table(header, tuple(rows), tuple(shown), title + few)
