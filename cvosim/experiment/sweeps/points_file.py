"""Points that a CSV file lists: its header are paths, each line is a point."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from cvosim.errors import Problem, ScenarioError
from cvosim.experiment.sweeps.design import Factor, Points, Role, factors_of, listed
from cvosim.experiment.sweeps.laws import Law
from cvosim.scenario.named_files import no_end
from cvosim.scenario.raw import nearest
from cvosim.scenario.sweep import MOST_POINTS, Sweep
from cvosim.scenario.template import Template
from cvosim.scenario.yaml_scalars import plain_value

_MOST_BYTES = 256 * 1024 * 1024
_MOST_PROBLEMS = 20
_MOST_TRIALS = 1000
_FIXED = ("customers", "seed")


@dataclass(frozen=True)
class _Table:
    """A CSV file's header, and its lines with their numbers."""

    source: str
    header: list[str]
    lines: list[tuple[int, list[str]]]


def read_points(
    file: str | Path, template: Template, sweep: Sweep | None = None
) -> tuple[tuple[Factor, ...], Points]:
    r"""Read the points of a sweep from a CSV file.

    Parameters
    ----------
    file : str or Path
        With a header of paths; cells are numbers or words as in a scenario file, an empty cell is
        an error and ``null`` removes. Columns stand apart by commas, semicolons or tabs.
    template : Template
        The scenario whose paths they are.
    sweep : Sweep, optional
        Where it states levers or uncertainties, the file must have a column for each and no
        other. Left out: every column is a lever.

    Returns
    -------
    factors : tuple of Factor
        In the order of the columns; each has the values that occur.
    points : tuple of tuple

    Raises
    ------
    ScenarioError
        Holds every problem, each with its line and column: a path that does not exist, a cell
        that is missing, a value that the scenario refuses.

    Examples
    --------
    >>> import tempfile
    >>> from cvosim.scenario.template import load_template
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "points.csv")
    ...     _ = path.write_text("journey.tripwire.price,seed_words\n9,1\n")
    ...     try:
    ...         read_points(path, load_template("carpet_cleaning"))
    ...     except ScenarioError as error:
    ...         print(str(error).partition("points.csv:")[2].partition(";")[0])
    1:24: seed_words: no such path: no "seed_words" at the top of a scenario
    """
    table = _table(Path(file))
    roles = _roles(sweep)
    problems = list(_bad_header(table, template, roles)) or list(_bad_cells(table))
    rows = [] if problems else [[plain_value(cell) for cell in cells] for _, cells in table.lines]
    problems = problems or list(_bad_values(table, rows, template))
    if problems:
        raise ScenarioError(_shortened(problems, table.source))
    stated = {factor.path: factor for factor in (() if sweep is None else factors_of(sweep))}
    factors = tuple(
        Factor(path, roles.get(path, "lever"), *_states(stated.get(path), column))
        for path, column in zip(table.header, zip(*rows, strict=True), strict=True)
    )
    return factors, listed(factors, rows)


def _roles(sweep: Sweep | None) -> dict[str, Role]:
    if sweep is None:
        return {}
    roles: dict[str, Role] = dict.fromkeys(sweep.levers, "lever")
    return roles | dict.fromkeys(sweep.uncertainties, "uncertainty")


def _states(
    stated: Factor | None, column: Sequence[object]
) -> tuple[tuple[object, ...], Law | None]:
    """Return a factor's values and law: as stated, else the values that occur."""
    if stated is not None:
        return stated.values, stated.law
    return tuple({repr(value): value for value in column}.values()), None


def _table(path: Path) -> _Table:
    text = _text(path)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    begin, points = 1, -1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                points += 1
                if points <= MOST_POINTS:  # the others are only counted
                    lines.append((begin, [cell.strip() for cell in cells]))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise _refused(path, f"is no line of a CSV file ({error})", begin) from None
    if len(lines) < 2:
        what = "has a header but no points" if lines else "is empty"
        raise _refused(path, f"{what}; write a header of paths, then one line a point")
    if points > MOST_POINTS:
        words = f"lists {points:,} points; at most {MOST_POINTS:,} are possible"
        raise _refused(path, words)
    return _Table(str(path), lines[0][1], lines[1:])


def _text(path: Path) -> str:
    try:
        words = no_end(path, "a CSV file")
        if words:
            raise _refused(path, words)
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        words = "; paths start from the folder of the scenario file"
        raise _refused(path, f"no such file{_near(path) or words}") from None
    except IsADirectoryError:
        raise _refused(path, "is a folder; name a CSV file") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "no such path"
        raise _refused(path, f"cannot be read: {words}") from None
    if len(data) > _MOST_BYTES:
        raise _refused(path, f"is too large for a list of points (over {_MOST_BYTES:,} bytes)")
    if data[:4] == b"PK\x03\x04":
        raise _refused(path, "is a spreadsheet or an archive; save it as CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(path, "is not UTF-8 text; save it as CSV UTF-8", line) from None


def _near(path: Path) -> str:
    try:
        return nearest(path.name, sorted(other.name for other in path.parent.iterdir()))
    except OSError:
        return ""


def _refused(path: Path, message: str, line: int = 0) -> ScenarioError:
    return ScenarioError((Problem(message, str(path), line, 1 if line else 0),))


def _bad_header(table: _Table, template: Template, roles: dict[str, Role]) -> Iterator[Problem]:
    line, known = 1, list(roles)
    for place, path in enumerate(table.header):
        words = ""
        if not path:
            words = "a column without a name; its header must be a path"
        elif path in table.header[:place]:
            words = f'the column "{path}" stands there twice'
        elif roles and path not in roles:
            near = nearest(path, known) or f"; there are: {', '.join(known)}"
            words = f'"{path}" is neither a lever nor an uncertainty of this sweep{near}'
        elif path in _FIXED:
            words = "is the same for all points; leave the column out"
        elif not roles:
            words = _no_path(template, path)
        if words:
            yield Problem(words, table.source, line, _column(table.header, place), path)
    for path in known:
        if path not in table.header:
            words = f'has no column "{path}", which the sweep names'
            yield Problem(words, table.source, line, 1)


def _no_path(template: Template, path: str) -> str:
    try:
        template.value(path)
    except ScenarioError as error:
        return error.problems[0].message
    return ""


def _column(cells: list[str], place: int) -> int:
    """Return where a cell begins, counted from 1, where none stands in quotes."""
    return sum(len(cell) + 1 for cell in cells[:place]) + 1


def _bad_cells(table: _Table) -> Iterator[Problem]:
    width = len(table.header)
    for line, cells in table.lines:
        if len(cells) != width:
            message = f"has {len(cells)} cells where the header has {width}"
            yield Problem(message, table.source, line, 1)
            continue
        for place, cell in enumerate(cells):
            words = ""
            if not cell:
                words = "is empty; every point needs its value (null removes)"
            elif isinstance(value := plain_value(cell), float) and not isfinite(value):
                words = f"must be a finite number (got {cell})"
            if words:
                path = table.header[place]
                yield Problem(words, table.source, line, _column(cells, place), path)


def _bad_values(table: _Table, rows: list[list[object]], template: Template) -> Iterator[Problem]:
    """Try the first points; each problem is shown at the cell that it is about, if it is one."""
    for (line, cells), row in zip(table.lines[:_MOST_TRIALS], rows, strict=False):
        changes = dict(zip(table.header, row, strict=True))
        try:
            template.at(dict(sorted(changes.items(), key=lambda change: change[1] is None)))
        except ScenarioError as error:
            for problem in error.problems:
                known = problem.path in table.header
                place = table.header.index(problem.path) if known else 0
                column = _column(cells, place)
                yield Problem(problem.message, table.source, line, column, problem.path)


def _shortened(problems: list[Problem], source: str) -> tuple[Problem, ...]:
    more = len(problems) - _MOST_PROBLEMS
    if more <= 0:
        return tuple(problems)
    last = Problem(f"and {more:,} more problems like these", source)
    return (*problems[:_MOST_PROBLEMS], last)
