"""``cvosim validate``: what is wrong with these scenario files, if anything."""

from __future__ import annotations

import json
from typing import Any

import click

from cvosim.cli.files import print_result
from cvosim.cli.options import format_option, overrides_option
from cvosim.errors import Problem, ScenarioError


@click.command("validate", short_help="Report every problem of scenario files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@overrides_option
@format_option
@click.pass_context
def command(
    context: click.Context, files: tuple[str, ...], overrides: tuple[str, ...], format_: str | None
) -> None:
    """Check scenario files and report every problem at once, with line and column.

    Exits with 2 if any file has a problem.
    """
    found = {file: _problems(file, overrides) for file in files}
    if format_ in (None, "table"):
        _print_lines(found)
    else:
        print_result(_render(found, str(format_)))
    if any(found.values()):
        context.exit(2)


def _problems(file: str, overrides: tuple[str, ...]) -> tuple[Problem, ...]:
    from cvosim.scenario import load_scenario

    try:
        load_scenario(file, overrides)
    except ScenarioError as error:
        return error.problems
    return ()


def _print_lines(found: dict[str, tuple[Problem, ...]]) -> None:
    for file, problems in found.items():
        if not problems:
            print_result(f"{file}: valid")
        for problem in problems:
            click.echo(str(problem), err=True)


def _render(found: dict[str, tuple[Problem, ...]], format_: str) -> str:
    if format_ == "json":
        files = [
            {"file": file, "valid": not problems, "problems": [_as_dict(p) for p in problems]}
            for file, problems in found.items()
        ]
        return json.dumps({"schema_version": 1, "files": files}, indent=2) + "\n"
    from cvosim.report.tables import Table

    rows = tuple(
        (problem.file or file, problem.line, problem.column, problem.path, problem.message)
        for file, problems in found.items()
        for problem in problems
    )
    header = ("file", "line", "column", "path", "problem")
    table = Table(header, rows, tuple(tuple(str(cell) for cell in row) for row in rows))
    return table.render(format_).rstrip("\n") + "\n"


def _as_dict(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
    }
