"""``cvosim explain``: the plan that a scenario compiles to, row by row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.files import Output, check_outputs, write_result
from cvosim.cli.options import (
    chosen_format,
    force_option,
    format_option,
    output_option,
    overrides_option,
)
from cvosim.report.numbers import percent

if TYPE_CHECKING:
    from cvosim.plan.explain import PlanRow
    from cvosim.report.tables import Table


@click.command("explain", short_help="Show the plan that a scenario compiles to.")
@click.argument("scenario")
@overrides_option
@format_option
@output_option
@force_option
def command(
    scenario: str,
    overrides: tuple[str, ...],
    format_: str | None,
    output: Path | None,
    force: bool,
) -> None:
    """Show what SCENARIO compiles to: each decision, its odds and price, and what comes next.

    SCENARIO is a file or the name of a library scenario. "conversion" is as written; "accepted
    by" is the range over segments, channels and awareness that the journey leads to.
    """
    check_outputs([Output(output, "--output")], inputs=[scenario], force=force)
    from cvosim.plan import compile_plan, explain_plan, plan_hash
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    plan = compile_plan(loaded)
    rows = explain_plan(plan)
    form = chosen_format(format_, output)
    if form == "json":
        result = {
            "schema_version": 1,
            "scenario": loaded.name,
            "plan_hash": plan_hash(plan),
            "journey": [row._asdict() for row in rows],
        }
        text = json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False)
    else:
        text = (_exact if form == "csv" else _readable)(rows, loaded.name).render(form)
    write_result(text, output)


def _exact(rows: Sequence[PlanRow], title: str) -> Table:
    from cvosim.report.tables import Table

    return Table(rows[0]._fields, tuple(rows), (), title=title)


def _readable(rows: Sequence[PlanRow], title: str) -> Table:
    """Programs indented under their stage, odds in percent."""
    from cvosim.report.tables import Table

    shown = tuple(
        (
            f"  {row.step}" if row.step else row.stage,
            row.kind,
            "" if row.conversion is None else percent(row.conversion),
            _range(row.lowest, row.highest),
            *(_amount(cell) for cell in (row.price, row.cost)),
            *(row.when, row.accepted, row.declined),
        )
        for row in rows
    )
    return Table(READABLE, shown, shown, title=title)


READABLE = (
    *("stage", "kind", "conversion", "accepted by", "price", "cost", "when"),
    *("accepted", "declined"),
)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    ends = (percent(low), percent(high))
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' %')} to {ends[1]}"


def _amount(cell: float | str) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6g}"
