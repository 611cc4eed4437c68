"""``cvosim explain``: the plan that a scenario compiles to, row by row or drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cvosim.cli.files import write_result
from cvosim.cli.options import Result, overrides_option, result_options
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.report.odds_note import AVERAGE

if TYPE_CHECKING:
    from cvosim.plan.plan import Plan
    from cvosim.scenario import Scenario


FLOWCHART = (".mmd", ".mermaid", ".txt")
"""Endings of a file of Mermaid text."""


@click.command("explain", short_help="Show the plan that a scenario compiles to, or draw it.")
@click.argument("scenario")
@overrides_option
@click.option(
    "--mermaid",
    "as_mermaid",
    is_flag=True,
    help="Print the journey as a Mermaid flowchart, which wikis and editors draw.",
)
@result_options
def command(scenario: str, overrides: tuple[str, ...], as_mermaid: bool, result: Result) -> None:
    """Show what SCENARIO compiles to: each decision, its odds and price, and what comes next.

    SCENARIO is a file or the name of a library scenario. "conversion" is as written; "accepted
    by" is the range over segments, channels and awareness that the journey leads to, at
    average trust and propensity; people differ, and those who get further are keener.

    --picture draws the journey, --mermaid prints it as text that other programs draw.
    """
    if as_mermaid and result.format_ is not None:
        raise click.UsageError("--mermaid is a format of its own: leave --format out")
    result.check([scenario], endings=FLOWCHART if as_mermaid else ())
    from cvosim.plan import compile_plan
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    plan = compile_plan(loaded)
    if result.picture is not None:
        from cvosim.plan.diagram import journey_diagram
        from cvosim.report.journey import journey_picture

        save_picture(journey_picture(loaded.name, journey_diagram(plan)), result.picture)
    text = _flowchart(plan) if as_mermaid else _listed(plan, loaded, result.form())
    write_result(text, result.output)


def _flowchart(plan: Plan) -> str:
    from cvosim.plan.diagram import journey_diagram
    from cvosim.report.mermaid import mermaid

    return mermaid(journey_diagram(plan))


def _listed(plan: Plan, loaded: Scenario, form: str) -> str:
    from cvosim.plan import explain_plan, plan_hash

    engage = loaded.journey.engage
    rows = explain_plan(plan, [piece.name for piece in engage.content] if engage else [])
    if form == "html":
        from cvosim.report.documents.explain import explain_document

        return as_html(explain_document(loaded, plan, rows))
    from cvosim.report.journey_table import ACCEPTED_BY, plan_rows, plan_table

    if form == "json":
        return as_json(
            {
                "scenario": loaded.name,
                "plan_hash": plan_hash(plan),
                "journey": [row._asdict() for row in rows],
            }
        )
    if form == "csv":
        return plan_rows(rows, loaded.name).to_csv()
    table = plan_table(rows, loaded.name)
    note = [f'"{ACCEPTED_BY}": {AVERAGE}.'] if ACCEPTED_BY in table.header else []
    return "\n\n".join([table.render(form), *note])
