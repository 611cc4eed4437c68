"""What a check tells besides its result: a JUnit file, and scenarios that cannot be read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvosim.cli.files import Output, check_outputs, is_special, write_result, write_text
from cvosim.cli.rendering import as_json
from cvosim.errors import DataError, Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cvosim.cli.options import Result
    from cvosim.experiment.baseline.findings import Checked

_MARK = b'"format": "cvosim baseline"'
_HEAD = 4096
"""Bytes of a file in which a baseline says that it is one."""


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


def tell_unreadable(error: ScenarioError, junit: Path | None, result: Result) -> None:
    """Hand over, in the forms that machines read, that scenarios cannot be used.

    Parameters
    ----------
    error : ScenarioError
        What is wrong; whoever caught it raises it again.
    junit : Path, optional
        A JUnit file that was asked for.
    result : Result
        How the result is wanted: only JSON has something to say.
    """
    if junit is not None:
        from datetime import UTC, datetime

        from cvosim.report.junit import junit_of_problems

        write_text(junit, junit_of_problems(error.problems, datetime.now(UTC)) + "\n")
    if result.form() == "json":
        problems = [vars(one) for one in error.problems]
        verdict = [str(one) for one in error.problems]
        write_result(
            as_json({"verdict": verdict, "ok": False, "problems": problems}), result.output
        )


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
