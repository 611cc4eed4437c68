"""What a check tells machines: a JUnit file, remarks for GitHub, and why nothing can be checked."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.files import Output, check_outputs, is_special, write_result, write_text
from cvosim.cli.options import bundled, path_option
from cvosim.cli.rendering import as_json
from cvosim.errors import CvosimError, DataError, Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cvosim.cli.options import Result
    from cvosim.experiment.baseline.findings import Checked
    from cvosim.report.annotations import Annotation

_MARK = b'"format": "cvosim baseline"'
_HEAD = 4096
"""Bytes of a file in which a baseline says that it is one."""


class Told(NamedTuple):
    """Whom to tell beside the person: a CI system."""

    junit: Path | None
    github: bool | None

    def on_github(self) -> bool:
        """Whether GitHub reads along."""
        there = os.environ.get("GITHUB_ACTIONS") == "true"
        return there if self.github is None else self.github


told_options = bundled(
    "ci",
    Told,
    path_option(
        "--junit", metavar="FILE.xml", text="Also write the result as JUnit XML, for a CI system."
    ),
    click.option(
        "--github/--no-github",
        default=None,
        help="Remark on the lines that changed, as GitHub reads it from standard error.  "
        "[default: where GITHUB_ACTIONS is true]",
    ),
)


def require_junit(path: Path | None, inputs: Iterable[str | Path], *, force: bool) -> None:
    """Refuse a JUnit file that could not be written; one of an earlier check is written anew.

    Parameters
    ----------
    path : Path, optional
        The file; None where none is asked for.
    inputs : iterable of str or Path
        Files that nothing may overwrite.
    force : bool
        Whether anything else may be overwritten.

    Raises
    ------
    DataError
        In words.
    """
    if path is None:
        return
    check_outputs([Output(path, "--junit", (".xml",))], inputs=inputs, force=True)
    if force or not path.exists() or is_special(path):
        return
    from cvosim.report.junit import is_junit_of_check

    if not is_junit_of_check(path):
        words = "exists already and is no report of a check; name another file, or add --force"
        raise DataError(f"--junit {path}: {words}")


def write_junit(path: Path, checked: Checked) -> None:
    """Write what a check found for a CI system."""
    from datetime import UTC, datetime

    from cvosim.report.junit import junit_of

    write_text(path, junit_of(checked, datetime.now(UTC)) + "\n")


@contextmanager
def telling_why_not(baseline: Path, ci: Told, result: Result) -> Iterator[None]:
    """Hand over, in the forms that machines read, why nothing can be checked.

    Parameters
    ----------
    baseline : Path
        What the scenarios are held against; it may be what cannot be used.
    ci : Told
        Whom to tell: a JUnit file of an earlier check would look as if all were well.
    result : Result
        How the result is wanted: only JSON has something to say.
    """
    try:
        yield
    except CvosimError as error:
        _tell_why_not(problems_of(error, baseline), ci, result)
        raise


def _tell_why_not(problems: Sequence[Problem], ci: Told, result: Result) -> None:
    if ci.on_github():
        from cvosim.report.annotations import annotations_of_problems

        annotate(annotations_of_problems(problems))
    if ci.junit is not None:
        from datetime import UTC, datetime

        from cvosim.report.junit import junit_of_problems

        write_text(ci.junit, junit_of_problems(problems, datetime.now(UTC)) + "\n")
    if result.form() == "json":
        from cvosim.report.one_line import without_commands

        found = [vars(one) for one in problems]
        verdict = [str(one) for one in problems]
        text = as_json({"verdict": verdict, "ok": False, "problems": found})
        # names stay what they are, and yet are no commands
        write_result(without_commands(text, "json"), result.output)


def problems_of(error: CvosimError, baseline: Path) -> tuple[Problem, ...]:
    """Name the problems that an error holds; any other is one, of the baseline if it says so.

    Examples
    --------
    >>> problems_of(DataError("a.json: is no text"), Path("a.json"))[0].file
    'a.json'
    """
    if isinstance(error, ScenarioError):
        return error.problems
    words, start = str(error), f"{baseline}: "
    of_baseline = words.startswith(start)
    return (Problem(words.removeprefix(start), str(baseline) if of_baseline else ""),)


def annotate(remarks: Iterable[Annotation]) -> None:
    """Write remarks for GitHub, which names files from the folder of the repository."""
    from cvosim.report.one_line import one_line

    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".")
    for remark in remarks:
        click.echo(one_line(remark.written(root)), err=True)


def told_once(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Tell each problem once, be it of a file that many scenarios extend."""
    from cvosim.report.check_places import shown_path

    return tuple(dict.fromkeys(replace(one, file=shown_path(one.file)) for one in problems))


def no_scenario(source: str) -> list[Problem]:
    """Say why something that can be told at once is no scenario; nothing where it may be one.

    Examples
    --------
    >>> no_scenario("carpet_cleaning")
    []
    """
    from cvosim.scenario.library import library

    path = Path(source)
    with suppress(OSError, ValueError):
        if source in library():
            return []
        if path.is_dir():
            return [Problem(f"is a folder; name its files: {path / '*.yaml'}", source)]
        if path.suffix.lower() == ".json" and path.is_file():
            with path.open("rb") as file:
                if _MARK in file.read(_HEAD):
                    return [Problem("is a baseline, not a scenario", source)]
    return []
