"""``cvosim explain``: the plan that a scenario compiles to, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cvosim.cli.files import require_distinct, require_writable, write_result
from cvosim.cli.options import chosen_format, format_option, output_option, overrides_option


@click.command("explain", short_help="Show the plan that a scenario compiles to.")
@click.argument("scenario")
@overrides_option
@format_option
@output_option
def command(
    scenario: str, overrides: tuple[str, ...], format_: str | None, output: Path | None
) -> None:
    """Show what SCENARIO compiles to: each decision, its odds and price, and what comes next.

    SCENARIO is a file or the name of a library scenario.
    """
    if output is not None:
        require_writable(output, "--output")
        require_distinct([scenario], [output])
    from cvosim.plan import compile_plan, explain_plan, plan_hash
    from cvosim.report.tables import Table
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    plan = compile_plan(loaded)
    header, *rows = explain_plan(plan)
    form = chosen_format(format_, output)
    if form == "json":
        result = {
            "schema_version": 1,
            "scenario": loaded.name,
            "plan_hash": plan_hash(plan),
            "journey": [dict(zip(header, row, strict=True)) for row in rows],
        }
        write_result(json.dumps(result, indent=2, ensure_ascii=False), output)
    else:
        table = Table(header, tuple(rows), tuple(rows), title=loaded.name)
        write_result(table.render(form), output)
