"""Files a command writes: refused early when they cannot work, complete or absent afterwards."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import click

from cvosim.errors import DataError


class Output(NamedTuple):
    """A file that a command will write, the option that named it and the endings it may have."""

    path: Path | None
    option: str
    endings: tuple[str, ...] = ()


def check_outputs(
    outputs: Iterable[Output], *, inputs: Iterable[str | Path | None] = (), force: bool
) -> None:
    """Refuse before a long run whatever would be refused, or regretted, after it.

    Parameters
    ----------
    outputs : iterable of Output
        Those without a path are not asked for.
    inputs : iterable of str or Path
        Files that nothing may overwrite, ``force`` or not.
    force : bool
        Whether other files may be overwritten.

    Raises
    ------
    DataError
        In words.
    """
    asked = [(output, output.path) for output in outputs if output.path is not None]
    for output, path in asked:
        require_writable(path, output.option, endings=output.endings)
    require_distinct(inputs, [path for _, path in asked])
    require_absent([path for _, path in asked], force=force)


def require_writable(path: Path, option: str, *, endings: tuple[str, ...] = ()) -> None:
    """Refuse a path that a long run could not be saved to, before the run.

    Parameters
    ----------
    path : Path
        The file to be written.
    option : str
        The option that named it, for the message.
    endings : tuple of str, optional
        Allowed suffixes, such as ``(".parquet",)``; any when empty. They keep a slip of the
        hand from overwriting something else.

    Raises
    ------
    DataError
        In words, when the folder is missing or closed, or the path is a folder.
    """
    if endings and path.suffix.lower() not in endings:
        raise DataError(f"{option} {path}: must end in {' or '.join(endings)}")
    try:
        if path.is_dir():
            raise DataError(f"{option} {path}: is a folder; name a file")
        if is_special(path):
            return
        if not path.parent.is_dir():
            raise DataError(f"{option} {path}: the folder {path.parent} does not exist")
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise DataError(f"{option} {path}: cannot write there ({error.strerror})") from None


def require_distinct(inputs: Iterable[str | Path | None], outputs: Iterable[Path | None]) -> None:
    """Refuse an output that would overwrite an input, or another output.

    Raises
    ------
    DataError
        Naming the file.
    """
    taken = {Path(path).resolve() for path in inputs if path is not None and _is_file(Path(path))}
    for path in outputs:
        if path is None or is_special(path):
            continue
        if path.resolve() in taken:
            raise DataError(f"{path}: would be overwritten; name another file for the output")
        taken.add(path.resolve())


def _is_file(path: Path) -> bool:
    """Whether it is a file; where nobody can tell, whoever reads it says why."""
    try:
        return path.is_file()
    except OSError:
        return False


def require_absent(paths: Iterable[Path], *, force: bool) -> None:
    """Refuse to overwrite a file that a person may have edited, unless told to.

    Raises
    ------
    DataError
        Naming every file that is in the way.
    """
    present = [path for path in paths if path.exists() and not is_special(path)]
    if present and not force:
        there = ", ".join(str(path) for path in present)
        raise DataError(f"{there}: exists already; --force overwrites")


def is_special(path: Path) -> bool:
    """Whether the path is a device or a pipe (``/dev/null``), which nothing may replace."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place when all went well.

    Raises
    ------
    DataError
        In words, when the disk refuses.
    """
    target = path.resolve()
    draft = target if is_special(path) else target.with_name(f".{os.getpid()}-{target.name}")
    try:
        yield draft
        if draft != target:
            draft.replace(target)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        if draft != target:
            with suppress(OSError):
                draft.unlink()


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of ``folder`` when all went well.

    What was there before goes; where nothing is written, there is no folder afterwards.

    Raises
    ------
    DataError
        In words, when the disk refuses.
    """
    target = folder.resolve()
    draft, old = (target.with_name(f".{os.getpid()}-{end}-{target.name}") for end in ("new", "old"))
    try:
        draft.mkdir()
        yield draft
        if target.exists():
            target.replace(old)
        if any(draft.iterdir()):
            draft.replace(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.replace(target)
        raise DataError(f"{folder}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, and say so on standard error."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
    say_written(path)


def say_written(path: Path) -> None:
    """Say on standard error that a file is there."""
    click.echo(f"Wrote {path}", err=True)


def print_result(text: str) -> None:
    """Print to standard output; what is refused there is the user's to know.

    Raises
    ------
    DataError
        When the disk behind standard output is full or gone.
    """
    if sys.stdout is None:
        raise DataError("standard output: cannot be written (it is closed)")
    try:
        click.echo(text.removesuffix("\n"))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DataError(f"standard output: cannot be written ({error.strerror})") from None


def write_result(text: str, output: Path | None) -> None:
    """Hand the result over: to ``output``, or to standard output."""
    if output is None:
        print_result(text)
    else:
        write_text(output, text.removesuffix("\n") + "\n")
