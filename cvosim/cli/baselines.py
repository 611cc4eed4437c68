"""Reading baselines and the scenarios that are held against them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.advice import warn
from cvosim.errors import CvosimError, DataError, Problem, ScenarioError

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Finding
    from cvosim.experiment.baseline.record import Baseline, Record
    from cvosim.report.annotations import Annotation


def read(path: Path, sources: Sequence[str]) -> Baseline:
    """Read a baseline.

    Parameters
    ----------
    path : Path
    sources : sequence of str
        Scenarios to be held against it, for the command that makes it.

    Raises
    ------
    DataError
        In words, where there is none or it cannot be used.
    """
    from cvosim.experiment.baseline.record import Baseline

    if not path.exists():
        words = shlex.join(["cvosim", "check", str(path), *sources, "--update"])
        raise DataError(f"{path}: no such baseline; to make it: {words}")
    try:
        return Baseline.from_json(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is no text, so no baseline") from None
    except CvosimError as error:
        raise DataError(f"{path}: {error}") from None


def readable(path: Path, sources: Sequence[str], *, renew: bool) -> Baseline | None:
    """Read a baseline that is to be updated; None where there is none yet.

    Parameters
    ----------
    path : Path
    sources : sequence of str
    renew : bool
        Whether a file that is no baseline may be replaced by one.

    Raises
    ------
    DataError
        Where the file is something else: it may be somebody's work.
    """
    if not path.exists():
        return None
    try:
        return read(path, sources)
    except DataError as error:
        if renew:
            return None
        raise DataError(f"{error}; --force replaces it by a new one") from None


def customers_of(
    sources: Sequence[str],
    known: tuple[Baseline | None, Path],
    customers: int | None,
    *,
    on_github: bool,
) -> int:
    """Refuse every scenario with a problem before any is simulated, and count whom to simulate.

    Parameters
    ----------
    sources : sequence of str
    known : tuple of Baseline or None, and Path
        Where it is one, and its file.
    customers : int, optional
        Of each scenario, whatever it and the baseline say.
    on_github : bool
        Whether problems are also written as GitHub's annotations.

    Raises
    ------
    ScenarioError
        With the problems of all.
    """
    from cvosim.plan import compile_plan
    from cvosim.scenario import load_scenario, load_variants

    problems: list[Problem] = []
    total = 0
    for source in sources:
        try:
            sides = [load_scenario(source), *load_variants(source)]
            for side in sides:
                compile_plan(side)
        except ScenarioError as error:
            problems += error.problems
            continue
        warn(sides[0])
        before = record_of(source, *known)
        each = sides[0].customers if before is None else before.customers
        total += (customers or each) * len(sides)
    if problems and on_github:
        from cvosim.report.annotations import annotations_of_problems

        annotate(annotations_of_problems(problems))
    if problems:
        raise ScenarioError(tuple(problems))
    return total


def record_of(source: str, known: Baseline | None, path: Path) -> Record | None:
    """Find what a baseline says of a file, or of a name in the library; None for nothing."""
    if known is None:
        return None
    with suppress(ValueError):  # on another drive
        key = Path(os.path.relpath(source, path.parent)).as_posix()
        if key in known.records:
            return known.records[key]
    return known.records.get(source)


def annotate(remarks: Iterable[Annotation]) -> None:
    """Write remarks for GitHub, which names files from the folder of the repository."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".")
    for remark in remarks:
        click.echo(remark.written(root), err=True)


def renewed(record: Record, before: Record | None, source: str) -> Finding:
    """Say of a scenario that is recorded with other customers whether it is new."""
    from cvosim.experiment.baseline.findings import Cause, Finding, Status

    if before is None:
        return Finding(record.key, source, Status.MISSING, (), (), record)
    causes = tuple(
        Cause("setting", name, then, now)
        for name in ("customers", "seed")
        if (then := getattr(before, name)) != (now := getattr(record, name))
    )
    status = Status.CHANGED
    if not causes and before.trajectory_hash == record.trajectory_hash:
        status = Status.IDENTICAL
    return Finding(record.key, source, status, causes, (), record)


def without_idle_tolerances(known: Baseline) -> Baseline:
    """Forget tolerances of metrics that no scenario has any more, such as a removed stage's."""
    from dataclasses import replace

    from cvosim.experiment.baseline.record import Tolerances

    names = {name for one in known.records.values() for name in one.metrics}
    before = known.tolerances
    kept = {name: part for name, part in before.of.items() if name in names}
    return replace(known, tolerances=Tolerances(before.every, kept))
