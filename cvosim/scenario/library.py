"""The scenarios that travel with cvosim, and finding a scenario by name or path."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from cvosim.errors import Problem, ScenarioError

SUFFIXES = (".yaml", ".yml")


def library_folder() -> Path:
    """Return the folder of an installed package, or that of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_library"
    return installed if installed.is_dir() else package.parent / "scenarios"


def library() -> tuple[str, ...]:
    """Return the names of the scenarios that travel with cvosim, in alphabetical order.

    Examples
    --------
    >>> "carpet_cleaning" in library()
    True
    """
    return tuple(sorted(path.stem for path in library_folder().glob("*.yaml")))


def library_path(name: str) -> Path:
    """Return the file of a library scenario.

    Parameters
    ----------
    name : str
        Such as ``carpet_cleaning``.

    Raises
    ------
    ScenarioError
        There is no scenario of that name; the message says which are near.

    Examples
    --------
    >>> library_path("cdnow").name
    'cdnow.yaml'
    """
    if name not in library():
        raise ScenarioError((Problem(f"no such library scenario{_suggest(name, {})}", name),))
    return library_folder() / f"{name}.yaml"


def library_base(name: str) -> Path:
    """Return the file of a library scenario, whose name may end in ``.yaml``; look nowhere else.

    Raises
    ------
    ScenarioError
        The library has none of that name.
    """
    bare = name
    for suffix in SUFFIXES:
        bare = bare.removesuffix(suffix)
    if bare not in library():
        names = ", ".join(library())
        words = f"is not in the library, and no other file is read here; the library has: {names}"
        raise ScenarioError((Problem(words, name),))
    return library_path(bare)


def find_scenario(source: str | Path, beside: Path | None = None) -> Path:
    """Return the file meant by a path or by the bare name of a library scenario.

    Parameters
    ----------
    source : str or Path
        A file, or the bare name of a library scenario, which goes before a file so called.
    beside : Path, optional
        The folder that a relative path starts from (that of the file that extends this one);
        a library name may then end in ``.yaml`` too, if no such file is there. Left out: the
        working folder.

    Raises
    ------
    ScenarioError
        There is neither such a file nor such a name; the message says what is near.
    """
    text = str(source)
    path = Path(source) if beside is None else beside / source
    bare = isinstance(source, str) and "/" not in text and "\\" not in text
    if bare and text in library():
        return library_path(text)
    try:
        if path.exists() or path.is_symlink():
            if path.is_file():
                refuse_other_files(path)
            return path
    except (OSError, ValueError):
        raise ScenarioError((Problem("not a path that can be read", text[:200]),)) from None
    if bare and path.stem in library() and path.suffix in SUFFIXES and beside is not None:
        return library_path(path.stem)
    suggestion = _suggest(text, _siblings(Path(source), path))
    raise ScenarioError((Problem(f"no such file{suggestion}", str(path)),))


def refuse_other_files(path: Path) -> None:
    """Refuse by its ending what is surely no scenario.

    Raises
    ------
    ScenarioError
        Says what the file is instead.
    """
    kind = _OTHER_FILES.get(path.suffix.lower())
    if kind is not None:
        words = f"is {kind}, not a scenario; a scenario is a YAML file, see cvosim init"
        raise ScenarioError((Problem(words, str(path)),))


_OTHER_FILES = {
    ".csv": "a table",
    ".parquet": "a table",
    ".xlsx": "a spreadsheet",
    ".md": "a text",
    ".png": "a picture",
    ".py": "a program",
}


def _siblings(source: Path, path: Path) -> dict[str, str]:
    """Return the scenario files in a path's folder: their names, and how to write them."""
    try:
        found = [other.name for other in path.parent.iterdir() if other.suffix in SUFFIXES]
    except OSError:
        return {}
    return {name: str(source.with_name(name)) for name in sorted(found)} if source.name else {}


def _suggest(source: str, siblings: dict[str, str]) -> str:
    """Return a did-you-mean clause; a bare word may mean a library name, with its ending.

    Endings are not compared: those of any two files are alike.
    """
    bare = "/" not in source and "\\" not in source
    names = library() if bare else ()
    # a file that is there goes before the library
    meant = {name: name for name in names}
    meant |= {_stem(name): written for name, written in siblings.items()}
    near = get_close_matches(_stem(Path(source).name), list(meant), n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{meant[near[0]]}"?'
    return f"; the library has: {', '.join(names)}" if names else ""


def _stem(name: str) -> str:
    return Path(name).stem if name.endswith(SUFFIXES) else name
