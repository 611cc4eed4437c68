"""``cvosim validate``: what is wrong with these scenario files, if anything."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import click

from cvosim.cli.advice import print_warning
from cvosim.cli.files import print_result
from cvosim.cli.options import format_option, overrides_option
from cvosim.errors import CvosimError, Problem, ScenarioError


class Finding(NamedTuple):
    """What there is to say about a file."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


@click.command("validate", short_help="Report every problem of scenario files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@overrides_option
@format_option
@click.pass_context
def command(
    context: click.Context, files: tuple[str, ...], overrides: tuple[str, ...], format_: str | None
) -> None:
    """Check scenario files and report every problem at once, with line and column.

    Exits with 2 if any file has a problem. What is allowed and yet seldom meant is a warning
    and no problem.
    """
    found = {file: _checked(file, overrides) for file in files}
    if format_ != "json":  # which holds them
        for file, finding in found.items():
            for text in finding.warnings:
                print_warning(f"{file}: {text}")
    if format_ in (None, "table"):
        _print_lines(found)
    else:
        print_result(_render(found, str(format_)))
    if any(finding.problems for finding in found.values()):
        context.exit(2)


def _checked(file: str, overrides: tuple[str, ...]) -> Finding:
    from cvosim.experiment.warnings import warnings_of
    from cvosim.plan import compile_plan
    from cvosim.scenario import load_scenario

    try:
        loaded = load_scenario(file, overrides)
        compile_plan(loaded)
        return Finding((), warnings_of(loaded))
    except ScenarioError as error:
        return Finding(error.problems, ())
    except CvosimError as error:  # valid by its words, but it cannot be compiled
        return Finding((Problem(str(error), file),), ())


def _print_lines(found: dict[str, Finding]) -> None:
    for file, finding in found.items():
        if not finding.problems:
            print_result(f"{file}: valid")
        for problem in finding.problems:
            click.echo(str(problem), err=True)


def _render(found: dict[str, Finding], format_: str) -> str:
    if format_ == "json":
        files = [
            {
                "file": file,
                "valid": not finding.problems,
                "problems": [_as_dict(problem) for problem in finding.problems],
                "warnings": list(finding.warnings),
            }
            for file, finding in found.items()
        ]
        return json.dumps({"schema_version": 1, "files": files}, indent=2) + "\n"
    from cvosim.report.tables import Table

    rows = tuple(
        (problem.file or file, problem.line, problem.column, problem.path, problem.message)
        for file, finding in found.items()
        for problem in finding.problems
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
