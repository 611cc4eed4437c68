"""``cvosim init``: a scenario of the library as a file of your own."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

import click

from cvosim.cli.files import print_result, replacing, require_writable
from cvosim.cli.options import force_option
from cvosim.errors import DataError

STARTER = "carpet_cleaning"


@click.command("init", short_help="Get a scenario to edit.")
@click.argument("name", default=None, required=False, metavar="[NAME]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR|FILE",
    help="Where to put it.  [default: this folder]",
)
@force_option
@click.option("--list", "listing", is_flag=True, help="Say what the library has; write nothing.")
def command(name: str | None, output: Path, force: bool, listing: bool) -> None:
    """Copy the library scenario NAME (carpet_cleaning if left out) to edit it.

    A variant brings the file that it extends, and schema.json comes along, so that an editor
    can complete and check what you type. Prints the files written.
    """
    if listing:
        print_result(_listing())
        return
    if name is None:
        click.echo(f"Taking {STARTER}; cvosim init --list says what else there is.", err=True)
    files = _to_write(name or STARTER, output)
    if _is_folder(output):
        _make(output)
    different = [path for path, text in files.items() if _holds_other_than(path, text)]
    if different and not force:
        there = ", ".join(str(path) for path in different)
        raise DataError(f"{there}: exists already; --force overwrites")
    for path in files:
        require_writable(path, "--output")
    for path, text in files.items():
        with replacing(path) as draft:
            draft.write_text(text, encoding="utf-8")
        print_result(str(path))


def _listing() -> str:
    """Every scenario of the library and what it is about, one line each."""
    from cvosim.scenario import library, load_scenario

    names = library()
    width = max(map(len, names))
    return "\n".join(f"{name:{width}}  {load_scenario(name).description}" for name in names)


def _to_write(name: str, output: Path) -> dict[Path, str]:
    """Every file to write, with its content."""
    from cvosim.scenario import library, library_path, scenario_schema

    if name not in library():
        near = get_close_matches(name, library(), n=1)
        names = f"there are {', '.join(library())} (--list says what they are about)"
        hint = f'did you mean "{near[0]}"?' if near else names
        raise DataError(f'NAME: no scenario "{name}" in the library; {hint}')
    folder = output if _is_folder(output) else output.parent
    own = folder / f"{name}.yaml" if _is_folder(output) else output
    text = library_path(name).read_text(encoding="utf-8")
    files = {own: text}
    while base := _extended(text):
        text = library_path(Path(base).stem).read_text(encoding="utf-8")
        files[folder / base] = text
    schema = json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
    files[folder / "schema.json"] = schema
    return files


def _extended(text: str) -> str | None:
    """Name of the file that a library scenario extends; the library writes it on a line."""
    for line in text.splitlines():
        if line.startswith("extends:"):
            return line.removeprefix("extends:").split("#")[0].strip().strip("'\"")
    return None


def _is_folder(output: Path) -> bool:
    return output.is_dir() or output.suffix.lower() not in (".yaml", ".yml")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"--output {folder}: cannot be made ({error.strerror})") from None


def _holds_other_than(path: Path, text: str) -> bool:
    """Whether something else stands there; the same text again is in nobody's way."""
    try:
        return path.exists() and path.read_text(encoding="utf-8") != text
    except (OSError, UnicodeDecodeError):
        return True
