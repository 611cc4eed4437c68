"""``cvosim schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cvosim.cli.files import require_writable, write_result
from cvosim.cli.options import output_option


@click.command("schema", short_help="Print the JSON Schema of scenario files.")
@output_option
def command(output: Path | None) -> None:
    """Print the JSON Schema of scenario files.

    An editor that reads it completes and checks a scenario while it is typed: save it as
    schema.json beside the scenario, whose first line names it ("cvosim init" does both).
    """
    if output is not None:
        require_writable(output, "--output", endings=(".json",))
    from cvosim.scenario import scenario_schema

    write_result(json.dumps(scenario_schema(), indent=2, ensure_ascii=False), output)
