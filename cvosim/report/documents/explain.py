"""The report of what a scenario is: its journey as a drawing, and its plan row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cvosim.plan.diagram import journey_diagram
from cvosim.plan.plan import plan_hash
from cvosim.report.document import Document, Section
from cvosim.report.documents.settings import settings_tables
from cvosim.report.documents.shared import made_of
from cvosim.report.exhibit import Exhibit
from cvosim.report.journey import journey
from cvosim.report.journey_table import ACCEPTED_BY, plan_table
from cvosim.report.odds_note import AVERAGE, says_odds

if TYPE_CHECKING:
    from cvosim.plan.explain import PlanRow
    from cvosim.plan.plan import Plan
    from cvosim.report.tables import Table
    from cvosim.scenario import Scenario


def explain_document(scenario: Scenario, plan: Plan, rows: Sequence[PlanRow]) -> Document:
    """Make the report of a plan.

    Parameters
    ----------
    scenario : Scenario
    plan : Plan
        That it compiles to.
    rows : sequence of PlanRow
        As `cvosim.plan.explain_plan` returns them.
    """
    table = plan_table(rows, scenario.name)
    notes = [f'"{ACCEPTED_BY}": {AVERAGE}.'] if ACCEPTED_BY in table.header else []
    return Document(
        title=f"{scenario.name}: the plan",
        verdict="\n".join([_verdict(scenario, rows), *_described(scenario)]),
        sections=(Section("The journey", "\n".join(notes), (_journey(scenario, plan, rows),)),),
        assumptions=settings_tables(scenario),
        manifest=made_of([scenario], plan_hash=plan_hash(plan)),
        data={
            "scenario": scenario.name,
            "plan_hash": plan_hash(plan),
            "journey": [row._asdict() for row in rows],
        },
    )


def _described(scenario: Scenario) -> list[str]:
    return [scenario.description] if scenario.description else []


def _verdict(scenario: Scenario, rows: Sequence[PlanRow]) -> str:
    """Say which stages there are, and how many more steps hang on them."""
    stages = [row.stage.replace("_", " ") for row in _stages(rows)]
    further = sum(bool(row.step) for row in rows if row.stage != "market")
    steps = f", with {further} more steps that hang on them" if further > 1 else ""
    return f"The journey of {scenario.name} goes through {_listed(stages)}{steps}."


def _stages(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Keep what is offered to people: not what hangs on it, nor the market."""
    return [row for row in rows if not row.step and row.conversion is not None]


def _indented(table: Table) -> Table:
    """Indent steps so that a browser shows it, which runs plain spaces together."""
    shown = tuple((cells[0].replace("  ", "\N{EM SPACE}"), *cells[1:]) for cells in table.shown)
    return replace(table, shown=shown, title="")


def _listed(words: list[str]) -> str:
    if not words:
        return "no stage"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _journey(scenario: Scenario, plan: Plan, rows: Sequence[PlanRow]) -> Exhibit:
    """The drawing; its table is the plan."""
    data = journey_diagram(plan)
    stages = _stages(rows)
    each = "; ".join(
        row.stage.replace("_", " ")
        + ("" if row.conversion is None else f" (conversion {100 * row.conversion:g} %)")
        for row in stages
    )
    note = f"accept: {AVERAGE}." if says_odds(data) else ""
    return Exhibit(
        "journey",
        f"The journey of {scenario.name}",
        f"Stages from left to right: {each}. All steps, and where they lead, are in the table.",
        journey,
        data,
        _indented(plan_table(rows, scenario.name)),
        note,
    )
