"""``cvosim explain``: the plan that a scenario compiles to, row by row or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cvosim.cli.files import write_result
from cvosim.cli.options import Result, overrides_option, result_options
from cvosim.cli.rendering import as_json, save_picture
from cvosim.report.numbers import percent
from cvosim.report.odds_note import AVERAGE

if TYPE_CHECKING:
    from cvosim.plan.explain import PlanRow
    from cvosim.plan.plan import Plan
    from cvosim.report.tables import Table
    from cvosim.scenario import Scenario


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
    result.check([scenario])
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
    if form == "json":
        return as_json(
            {
                "scenario": loaded.name,
                "plan_hash": plan_hash(plan),
                "journey": [row._asdict() for row in rows],
            }
        )
    if form == "csv":
        return _exact(rows, loaded.name).to_csv()
    table = _readable(rows, loaded.name)
    note = [f'"{ACCEPTED_BY}": {AVERAGE}.'] if ACCEPTED_BY in table.header else []
    return "\n\n".join([table.render(form), *note])


def _exact(rows: Sequence[PlanRow], title: str) -> Table:
    from cvosim.report.tables import Table

    return Table(rows[0]._fields, tuple(rows), (), title=title)


def _readable(rows: Sequence[PlanRow], title: str) -> Table:
    """Programs indented under their stage, odds in percent; no column that says nothing."""
    from cvosim.report.tables import Table

    shown = tuple(
        (
            f"  {row.step}" if row.step else row.stage,
            row.kind,
            "" if row.conversion is None else percent(row.conversion),
            _range(row.lowest, row.highest),
            *(_amount(cell) for cell in (row.price, row.cost)),
            *(row.when, row.accepted, row.declined, row.only_for),
        )
        for row in rows
    )
    used = [column for column in range(len(READABLE)) if any(row[column] for row in shown)]
    header, *lines = (tuple(row[column] for column in used) for row in (READABLE, *shown))
    return Table(header, tuple(lines), tuple(lines), title=title)


ACCEPTED_BY = "accepted by"
READABLE = (
    *("stage", "kind", "conversion", ACCEPTED_BY, "price", "cost", "when"),
    *("accepted", "declined", "only for"),
)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    ends = (percent(low), percent(high))
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' %')} to {ends[1]}"


def _amount(cell: float | str) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6g}"
