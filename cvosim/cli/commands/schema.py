"""``cvosim schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cvosim.cli.files import Output, check_outputs, write_result
from cvosim.cli.options import force_option, output_option


@click.command("schema", short_help="Print the JSON Schema of scenario files.")
@output_option
@force_option
def command(output: Path | None, force: bool) -> None:
    """Print the JSON Schema of scenario files.

    An editor that reads it completes and checks a scenario while it is typed: save it as
    schema.json beside the scenario, whose first line names it ("cvosim init" does both).
    """
    check_outputs([Output(output, "--output", (".json",))], force=force)
    from cvosim.scenario import scenario_schema

    write_result(json.dumps(scenario_schema(), indent=2, ensure_ascii=False), output)
