"""Arrivals that a CSV file has counted: one line a day, from day 0."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cvosim.errors import Problem
from cvosim.scenario.arrivals import MOST_WEIGHT
from cvosim.scenario.fields import MAX_DAYS
from cvosim.scenario.hints import number_hint
from cvosim.scenario.messages import problem_at
from cvosim.scenario.named_files import named_table, no_end
from cvosim.scenario.raw import Issue, nearest
from cvosim.scenario.references import Loc, number
from cvosim.scenario.yaml_nodes import MapNode, locate
from cvosim.scenario.yaml_scalars import plain_value

_MOST_BYTES = 64 * 1024 * 1024
_MOST_PROBLEMS = 20
_LONGEST_QUOTE = 40


class _UnreadableError(Exception):
    """A file that cannot be used at all; says why."""


@dataclass(frozen=True)
class _Table:
    """A CSV file's lines with their numbers; the header is the first."""

    source: str
    lines: list[tuple[int, list[str]]]
    delimiter: str

    def place(self, line: list[str], index: int) -> int:
        """Return the column, counted from 1, at which a cell without quotes begins."""
        return sum(len(cell) + len(self.delimiter) for cell in line[:index]) + 1


def fill_daily(tree: MapNode, data: dict[str, object]) -> list[Problem]:
    """Read the CSV files that channels name, and put what they count into the raw data.

    Parameters
    ----------
    tree : MapNode
        The scenario: it knows in which file, hence in which folder, a path was written. A
        path from an override starts from the working folder.
    data : dict
        The tree's raw data; gets ``weights`` for every channel with daily arrivals, and some
        that hold the place where they cannot be read.

    Returns
    -------
    list of Problem
        Everything that is wrong with the files, each with its place there or in the scenario.
    """
    problems: list[Problem] = []
    channels = data.get("channels")
    for index, channel in enumerate(channels if isinstance(channels, list) else ()):
        arrivals = channel.get("arrivals") if isinstance(channel, dict) else None
        if not isinstance(arrivals, dict) or arrivals.get("kind") != "daily":
            continue
        loc: Loc = ("channels", index, "arrivals")
        if "weights" in arrivals:
            message = "is no key to write: the numbers are read from the file; leave it out"
            problems.append(problem_at(tree, Issue((*loc, "weights"), message, of_key=True)))
        arrivals["weights"] = [1.0]
        name, column = arrivals.get("file"), arrivals.get("column")
        if isinstance(name, str) and isinstance(column, str) and name and column:
            weights, found = _read(tree, loc, name, column)
            arrivals["weights"] = arrivals["weights"] if found else weights
            problems += found
    return problems


def _read(tree: MapNode, loc: Loc, name: str, column: str) -> tuple[list[float], list[Problem]]:
    try:
        table = _table(_path(tree, loc, name))
    except _UnreadableError as error:
        return [], [problem_at(tree, Issue((*loc, "file"), f"{name}: {error}"))]
    header = [cell.strip() for cell in table.lines[0][1]]
    if header.count(column) != 1:
        listing = f"; it has: {', '.join(header)}" if len(header) <= 20 else ""
        words = f'{name} has no column "{column}"{nearest(column, header) or listing}'
        if column in header:
            words = f'{name} has {header.count(column)} columns called "{column}"; rename one'
        return [], [problem_at(tree, Issue((*loc, "column"), words))]
    problems = _shortened(_bad_cells(table, header.index(column), column), table.source, column)
    if problems:
        return [], problems
    cells = [cells[header.index(column)] for _, cells in table.lines[1:]]
    weights = [number(plain_value(cell.strip())) or 0.0 for cell in cells]
    if not any(weights):
        words = f'{name} counts nobody: the column "{column}" is 0 on every day'
        return [], [problem_at(tree, Issue((*loc, "column"), words))]
    return weights, []


def _path(tree: MapNode, loc: Loc, name: str) -> Path:
    """Return the file that is meant: paths start beside the file that states them.

    Raises
    ------
    _UnreadableError
        It lies where a scenario file may not look.
    """
    path, words = named_table(name, locate(tree, (*loc, "file")).mark, tree.asked)
    if words:
        raise _UnreadableError(words)
    return path


def _table(path: Path) -> _Table:
    """Read a file's lines; blank ones at its end are none.

    Raises
    ------
    _UnreadableError
        It is not there, no text, or has no line after the header.
    """
    text = _text(path)
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[tuple[int, list[str]]] = []
    begin = 1
    try:
        for cells in reader:
            if len(lines) > MAX_DAYS:
                words = f"has more than {MAX_DAYS:,.0f} lines; a day has one, and no more are read"
                raise _UnreadableError(words)
            if cells or lines:
                lines.append((begin, cells))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise _UnreadableError(f"line {begin} is no line of a CSV file ({error})") from None
    while lines and not any(cell.strip() for cell in lines[-1][1]):
        del lines[-1]
    if len(lines) < 2:
        what = "has a header but no days" if lines else "is empty"
        raise _UnreadableError(f"{what}; write a header line, then one line a day from day 0")
    return _Table(str(path), lines, delimiter)


def _text(path: Path) -> str:
    try:
        words = no_end(path, "a CSV file")
        if words:
            raise _UnreadableError(words)
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise _UnreadableError(f"no such file{_near(path)}") from None
    except IsADirectoryError:
        raise _UnreadableError("is a folder; name a CSV file") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "no such path"
        raise _UnreadableError(f"cannot be read: {words}") from None
    if len(data) > _MOST_BYTES:
        raise _UnreadableError(f"is too large for a column of days (over {_MOST_BYTES:,} bytes)")
    if data[:4] == b"PK\x03\x04":
        raise _UnreadableError("is a spreadsheet or an archive; save it as CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _UnreadableError("is not UTF-8 text; save it as CSV UTF-8") from None


def _near(path: Path) -> str:
    try:
        names = sorted(other.name for other in path.parent.iterdir())
    except (OSError, ValueError):
        return "; paths start from the folder of the scenario file"
    near = nearest(path.name, names)
    return near or "; paths start from the folder of the scenario file"


def _bad_cells(table: _Table, index: int, column: str) -> Iterator[Problem]:
    width = len(table.lines[0][1])
    for line, cells in table.lines[1:]:
        if cells and len(cells) != width:
            message = f"has {len(cells)} cells where the header has {width}"
            yield Problem(message, table.source, line, 1, column)
            continue
        message = _bad_number(cells[index].strip() if cells else "")
        if message:
            place = table.place(cells, index) if cells else 1
            yield Problem(message, table.source, line, place, column)


def _bad_number(cell: str) -> str:
    """Say what is wrong with a cell; nothing where it holds a number that can be used."""
    if not cell:
        return "is empty; every day needs its number: write 0 where nobody came"
    value = number(plain_value(cell))
    shown = cell if len(cell) <= _LONGEST_QUOTE else f"{cell[:_LONGEST_QUOTE]}..."
    if value is None:
        hint = number_hint(cell)
        return f'must be a number, at least 0 (got "{shown}"){f"; {hint}" if hint else ""}'
    return "" if 0 <= value <= MOST_WEIGHT else f"must be between 0 and 1e15 (got {shown})"


def _shortened(problems: Iterator[Problem], source: str, column: str) -> list[Problem]:
    """Keep the first problems, and only count the others."""
    kept = list(islice(problems, _MOST_PROBLEMS))
    more, line = 0, 0
    for problem in problems:
        more, line = more + 1, problem.line
    if more:
        kept.append(Problem(f"and {more:,} more lines like these", source, line, 1, column))
    return kept
