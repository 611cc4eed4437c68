"""Where a file may lie that a scenario file names: scenarios are passed on, and read by machines.

A person who asks for a file may ask for any. What a scenario file asks for, by `extends` or as
data, is read only where its author may be meant to know it: beside the scenario asked for or
below, or in the working folder or below.
"""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from cvosim.scenario.library import SUFFIXES, library_folder
from cvosim.scenario.yaml_nodes import Mark

TABLES = (".csv",)
ELSEWHERE = (
    "lies elsewhere: a file that a scenario names must lie, links followed, in the folder of the "
    "scenario asked for or below, or in the working folder or below"
)


def refusal(name: str, folder: Path, asked: str, endings: tuple[str, ...] = SUFFIXES) -> str:
    """Say why a file that a scenario names is not read; empty where it may be.

    Nothing of the file is looked at before its place is known to be allowed, nor is it told
    whether there is one.

    Parameters
    ----------
    name : str
        As the scenario states it.
    folder : Path
        Where such names start: that of the file that states it.
    asked : str
        The scenario file that a person asked for, which may have extended the one that names it.
    endings : tuple of str
        Of names of such files.

    Examples
    --------
    >>> refusal("../base.yaml", Path("funnels/variants"), "funnels/variants/x.yaml")
    ''
    >>> refusal("~/base.yaml", Path("funnels"), "funnels/x.yaml").partition(":")[0]
    'starts at a root or with ~'
    """
    windows = PureWindowsPath(name)
    if name.startswith("~") or windows.drive or windows.root or Path(name).is_absolute():
        return "starts at a root or with ~: name the file as seen from the folder of this one"
    path = folder / name
    try:
        place = resolved(path)
        if not any(home == place or home in place.parents for home in _homes(asked, folder)):
            return ELSEWHERE
        words = no_end(path, "a file")
        if words:
            return words
        if path.is_file() and path.suffix.lower() not in endings:
            return f"must end in {' or '.join(endings)} to be read"
    except (OSError, ValueError):
        return ""  # whoever opens it says what is the matter
    return ""


def no_end(path: Path, wanted: str) -> str:
    """Say that a path is something from which one could read for ever; empty where it is not.

    Examples
    --------
    >>> no_end(Path("."), "a CSV file")
    ''
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        return f"is no file but a device, a pipe or a socket; name {wanted}"
    return ""


def named_table(name: str, mark: Mark, asked: str) -> tuple[Path, str]:
    """Find a file of data that is named at a place, and say why it is not read.

    Parameters
    ----------
    name : str
        As it is stated.
    mark : Mark
        Where. Names start beside the file that states them; those that a person says, in the
        working folder, and they may lead anywhere.
    asked : str
        As `refusal` takes it.

    Returns
    -------
    path : Path
    words : str
        Empty where it may be read.

    Examples
    --------
    >>> path, words = named_table("../visits.csv", Mark("-S seed", said=True), "funnels/x.yaml")
    >>> path.as_posix(), words
    ('../visits.csv', '')
    >>> named_table("/visits.csv", Mark("-S seed"), "funnels/x.yaml")[1].partition(":")[0]
    'starts at a root or with ~'
    """
    if mark.said:
        return Path(name), ""
    stated_in = mark.stated_in or mark.file
    folder = Path(stated_in).parent
    return folder / name, refusal(name, folder, asked or stated_in, TABLES)


def resolved(path: Path) -> Path:
    """Follow links as far as they lead."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _homes(asked: str, folder: Path) -> list[Path]:
    """Return the folder of the scenario asked for, and the working folder if it is no root.

    What a file of the library names is of the library, wherever that is.
    """
    homes = [resolved(Path(asked).parent)]
    if resolved(folder) == resolved(library_folder()):
        homes.append(resolved(folder))
    try:
        working = Path.cwd()
    except OSError:  # somebody removed it
        return homes
    return homes if working == Path(working.anchor) else [*homes, resolved(working)]
