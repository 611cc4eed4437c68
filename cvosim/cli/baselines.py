"""Reading baselines and the scenarios that are held against them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cvosim.cli.advice import print_warning, warn
from cvosim.cli.check_reports import no_scenario, told_once
from cvosim.errors import CvosimError, DataError, Problem, ScenarioError

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Cause, Checked
    from cvosim.experiment.baseline.record import Baseline, Record, Tolerances


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

    if not is_file_there(path):
        name = path if path.suffix.lower() == ".json" else path.with_suffix(".json")
        words = shlex.join(["cvosim", "check", str(name), *sources, "--update"])
        raise DataError(_swapped(path, sources) or f"{path}: no such baseline; to make it: {words}")
    try:
        return Baseline.from_json(_bytes(path).decode("utf-8"))
    except UnicodeDecodeError:
        raise DataError(f"{path}: is no text, so no baseline") from None
    except DataError:
        raise
    except CvosimError as error:
        raise DataError(_swapped(path, sources) or f"{path}: {error}") from None


def _swapped(path: Path, sources: Sequence[str]) -> str:
    """Say that the baseline comes first, where a scenario does; empty where it may be one."""
    from cvosim.scenario.library import library

    if path.suffix.lower() == ".json" or not (path.is_file() or str(path) in library()):
        return ""
    known = [one for one in sources if Path(one).suffix.lower() == ".json"][:1]
    others = [one for one in sources if one not in known]
    words = ["cvosim", "check", *(known or ["BASELINE.json"]), str(path), *others]
    return f"{path}: is no baseline, which is a .json file and comes first: {shlex.join(words)}"


def is_file_there(path: Path) -> bool:
    """Tell whether there is a file, or refuse where nobody can tell: in a closed folder.

    Raises
    ------
    DataError
        In words.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return True


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError | ValueError) -> DataError:
    return DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})")


def readable(path: Path, sources: Sequence[str], *, renew: bool) -> Baseline | None:
    """Read a baseline that is to be updated; None where there is none yet.

    Parameters
    ----------
    path : Path
    sources : sequence of str
    renew : bool
        Whether a damaged one, or a file that is none, may be replaced by a new one.

    Raises
    ------
    DataError
        Where the file is something else: it may be somebody's work.
    """
    if not is_file_there(path):
        return None
    _bytes(path)  # what cannot be read may be sound: nobody could say what goes with it
    try:
        return read(path, sources)
    except DataError as error:
        if _LATER in str(error):
            raise
        if renew:
            return None
        hint = "" if "--renew" in str(error) else "; --renew replaces it by a new one"
        raise DataError(f"{error}{hint}") from None


_LATER = "was written by a later cvosim"
"""What is said of a baseline that is sound, though not to this release."""


def records_in(path: Path) -> list[str]:
    """Name the records of a damaged baseline, so far as they can be told."""
    text = path.read_text("utf-8", errors="replace")
    found = _RECORD.findall(text.partition('"records"')[2])
    with suppress(ValueError, RecursionError):
        whole = json.loads(text)
        records = whole.get("records") if isinstance(whole, dict) else None
        found = [json.dumps(key) for key in records] if isinstance(records, dict) else found
    keys = []
    for word in found:
        with suppress(ValueError):
            keys.append(str(json.loads(word)))
    return list(dict.fromkeys(keys))


RECORDED = ("customers", "seed")
"""Settings that a baseline keeps, whatever the files say."""
_RECORD = re.compile(r'^    ("(?:[^"\\\n]|\\.)*"): \{', re.MULTILINE)
"""Where a record begins, as a baseline is laid out."""


class Asked(NamedTuple):
    """What a check is about to look at: how many customers to simulate, and which metrics."""

    customers: int
    metrics: frozenset[str]


def asked_of(sources: Sequence[str], known: tuple[Baseline | None, Path]) -> Asked:
    """Refuse every scenario with a problem before any is simulated, and say what is in them.

    Parameters
    ----------
    sources : sequence of str
    known : tuple of Baseline or None, and Path
        Where it is one, and its file.

    Raises
    ------
    ScenarioError
        With the problems of all.
    CvosimError
        For a scenario that is named twice.
    """
    from cvosim.engine.names import names_of
    from cvosim.experiment.baseline.keys import key_of, refuse_twins
    from cvosim.metrics import catalogue
    from cvosim.plan import compile_plan
    from cvosim.scenario import load_scenario, load_variants

    refuse_twins((key_of(source, known[1].parent), source) for source in sources)
    problems: list[Problem] = []
    total, metrics = 0, set[str]()
    for source in sources:
        if found := no_scenario(source):
            problems += found
            continue
        try:
            sides = [load_scenario(source), *load_variants(source)]
            plans = [compile_plan(side) for side in sides]
        except ScenarioError as error:
            problems += error.problems
            continue
        warn(sides[0])
        metrics.update(one.name for plan in plans for one in catalogue(names_of(plan)))
        before = _record_of(source, *known)
        each = sides[0].customers if before is None else before.customers
        total += each * len(sides)
    if problems:
        raise ScenarioError(told_once(problems))
    return Asked(total, frozenset(metrics))


def require_metrics(
    known: Baseline | None, path: Path, asked: Iterable[str], today: Iterable[str] = ()
) -> None:
    """Refuse a tolerance for a metric that no scenario has.

    Parameters
    ----------
    known : Baseline or None
    path : Path
        Its file: it holds tolerances too.
    asked : iterable of str
        Metrics that the command line names; empty for all.
    today : iterable of str
        Metrics of the scenarios as they are now, which may have new ones.

    Raises
    ------
    CvosimError
        Names the nearest.
    """
    records = [] if known is None else known.records.values()
    names = sorted({*today, *(name for one in records for name in one.metrics)})
    kept = () if known is None or not today else known.tolerances.of
    told = [*((f"--tolerance {one}", one) for one in asked if one)]
    told += [(f"{path}: tolerance of {one}", one) for one in kept]
    for words, metric in told:
        if metric not in names:
            near = get_close_matches(metric, names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise CvosimError(f"{words}: no scenario has such a metric{hint}")


def warn_of_large(tolerances: Tolerances) -> None:
    """Warn of tolerances that hardly anything goes beyond: 5 in the file is not 5 %."""
    for name, part in (("every metric", tolerances.every), *tolerances.of.items()):
        if part > 1.0:
            words = f"is {100.0 * part:g} %: a number may more than double unnoticed"
            meant = f"{part:g} % is {part / 100.0:g} in the file, and {part:g}% on the command line"
            print_warning(f"the tolerance of {name} {words}; {meant}")


def no_baseline() -> Baseline:
    """Give what scenarios are held against where there is no baseline yet."""
    from cvosim.experiment.baseline.record import Baseline

    return Baseline({})


def _record_of(source: str, known: Baseline | None, path: Path) -> Record | None:
    """Find what a baseline says of a file, or of a name in the library; None for nothing."""
    from cvosim.experiment.baseline.keys import key_of

    return None if known is None else known.records.get(key_of(source, path.parent))


def renumbered(
    checked: Checked, customers: int | None, seed: int | None
) -> dict[tuple[str, int, int], list[str]]:
    """Pick what is to be recorded with other customers or other luck than it was checked with.

    Parameters
    ----------
    checked : Checked
    customers, seed : int, optional
        From now on; of what is not given anew, the baseline's stays.

    Returns
    -------
    dict of tuple to list of str
        Keys of scenarios, by source, customers and seed.
    """
    found: dict[tuple[str, int, int], list[str]] = {}
    for one in checked.findings:
        now = (one.record.customers, one.record.seed)
        new = (now[0] if customers is None else customers, now[1] if seed is None else seed)
        if new != now:
            found.setdefault((one.source, *new), []).append(one.key)
    return found


def with_numbers(checked: Checked, records: Iterable[Record]) -> Checked:
    """Say what was found, and that the baseline holds other customers or other luck from now on.

    What changed beside that is told as the check found it, on the customers of before; where
    nothing did, or nothing is known, the new record is what there is to tell of.
    """
    from cvosim.experiment.baseline.findings import Cause, Finding, Status

    new = {record.key: record for record in records}

    def told(one: Finding) -> Finding:
        if (record := new.get(one.key)) is None:
            return one
        if one.status is Status.MISSING:
            return replace(one, record=record)
        numbers = tuple(
            Cause("setting", name, then, now)
            for name in RECORDED
            if (then := getattr(one.record, name)) != (now := getattr(record, name))
        )
        rest = [cause for cause in one.causes if cause.what not in RECORDED]
        causes = (*filter(_matters, rest), *numbers, *filterfalse(_matters, rest))
        if one.status is Status.IDENTICAL:
            one = replace(one, shifts=(), record=record)
        return replace(one, status=Status.CHANGED, causes=causes)

    return replace(checked, findings=tuple(map(told, checked.findings)))


def _matters(cause: Cause) -> bool:
    return cause.matters


def without_idle_tolerances(known: Baseline) -> Baseline:
    """Forget tolerances of metrics that no scenario has any more, such as a removed stage's."""
    from cvosim.experiment.baseline.record import Tolerances

    names = {name for one in known.records.values() for name in one.metrics}
    before = known.tolerances
    kept = {name: part for name, part in before.of.items() if name in names}
    return replace(known, tolerances=Tolerances(before.every, kept))
