"""Options that several commands share, each written once.

Options that belong together reach a command as one argument: ``--customers``, ``--seed`` and
``--threads`` as a :class:`Population`, ``--format``, ``--output`` and ``--picture`` as a
:class:`Result`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from cvosim.cli.files import Output, check_outputs, is_special
from cvosim.cli.usage import OneOf, Whole
from cvosim.errors import DataError

Command = TypeVar("Command", bound=Callable[..., object])
Option = Callable[[Callable[..., object]], Callable[..., object]]

PLAIN_FORMATS = ("table", "json", "csv", "md")
"""How anything can be printed."""
FORMATS = (*PLAIN_FORMATS, "html")
"""How a result can be: in HTML it is a whole report, with figures."""

ENDINGS = {
    "table": (".txt",),
    "json": (".json",),
    "csv": (".csv",),
    "md": (".md",),
    "html": (".html", ".htm"),
}
"""Of a file that holds a result in this form."""
PICTURES = (".png", ".svg", ".pdf")
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class Population(NamedTuple):
    """Who is simulated; None for what the scenario says, or all cores."""

    customers: int | None
    seed: int | None
    threads: int | None


class Result(NamedTuple):
    """How the result is wanted: its form, its file and its picture; None for not asked for."""

    format_: str | None
    output: Path | None
    picture: Path | None
    force: bool

    def form(self) -> str:
        """Give the form asked for, or the one the file's ending says, or ``table``."""
        return chosen_format(self.format_, self.output)

    def in_json(self) -> Result:
        """Give the same as ``--json`` wants it.

        Raises
        ------
        click.UsageError
            Where another form is asked for as well.
        """
        if self.format_ not in (None, "json"):
            words = f"--json and --format {self.format_} are two forms; leave one out."
            raise click.UsageError(words)
        return self._replace(format_="json")

    def check(
        self,
        inputs: Iterable[str | Path | None],
        *further: Output,
        endings: tuple[str, ...] = (),
    ) -> None:
        """Refuse, before a long run, files that could not be written after it.

        Parameters
        ----------
        inputs : iterable of str or Path
            Files that nothing may overwrite.
        *further : Output
            Files that the command writes beside the result and its picture.
        endings : tuple of str
            Those of a result in a form of the command's own; else those of its form.

        Raises
        ------
        DataError
            In words.
        """
        if self.output is not None:
            self._check_ending(self.output, endings)
        own = (Output(self.output, "--output"), Output(self.picture, "--picture", PICTURES))
        check_outputs((*own, *further), inputs=inputs, force=self.force)

    def _check_ending(self, output: Path, endings: tuple[str, ...]) -> None:
        if ending_of(output) in PICTURES and not _special(output):
            words = f"--output {output}: words and numbers go there; --picture {output} draws them"
            raise DataError(words)
        forms = ENDINGS if self.format_ is None else {self.format_: ENDINGS[self.format_]}
        every = [ending for one in forms.values() for ending in one]
        check_ending(output, endings or every, self.format_)


def chosen_format(format_: str | None, output: Path | None) -> str:
    """Decide on the format: what was asked for, or what the file's ending says, or a table."""
    if format_ is not None:
        return format_
    by_ending = {ending: form for form, endings in ENDINGS.items() for ending in endings}
    return by_ending.get(output.suffix.lower(), "table") if output else "table"


def ending_of(path: Path) -> str:
    """Give the ending that says what is in a file; ``run-0.05`` has none."""
    ending = path.suffix.lower()
    return ending if ending[1:2].isalpha() and ending[1:].isalnum() else ""


def check_ending(path: Path, endings: Sequence[str], format_: str | None = None) -> None:
    """Refuse a file whose ending says that something else is in it.

    Parameters
    ----------
    path : Path
        Of ``--output``; a device, or a name without an ending, says nothing.
    endings : sequence of str
        That fit.
    format_ : str, optional
        The form asked for by ``--format``.

    Raises
    ------
    DataError
        With what to write in its place.
    """
    ending = ending_of(path)
    if not ending or ending in endings or _special(path):
        return
    fitting = " or ".join(filter(None, [", ".join(endings[:-1]), endings[-1]]))
    words = f"--output {path}: must end in {fitting}"
    if format_ is not None:
        words += f" with --format {format_}: write {path.with_suffix(endings[0])}"
    raise DataError(words)


def _special(path: Path) -> bool:
    with suppress(OSError):
        return is_special(path)
    return False  # no name that a file could have: that is refused elsewhere


def executor_option(default: str | None = "threads") -> Option:
    """Make the option that says who does the work; None tells that it was left out."""
    return click.option(
        "--executor",
        metavar="WHO",
        default=default,
        help="Who does the work: serial, threads:N, processes:N, or the address of a Dask "
        "scheduler, tcp://HOST:PORT; never changes a number.  [default: threads, all cores]",
    )


def path_option(*names: str, metavar: str, text: str, default: Path | None = None) -> Option:
    """Make an option that names a file or folder."""
    kind = _Named(path_type=Path)
    return click.option(*names, type=kind, metavar=metavar, help=text, default=default)


class _Named(click.Path):
    """A path with a name: an empty one, as of an unset variable, would mean the folder here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        if value == "":
            self.fail("must name a file or folder (got nothing)", param, ctx)
        return super().convert(value, param, ctx)


def _none_for_standard_output(
    _context: click.Context, _option: click.Parameter, path: Path | None
) -> Path | None:
    """Read ``-`` as every tool does; a device by name may be a file that the shell redirects."""
    return None if path is not None and str(path) in STANDARD_OUTPUT else path


def _format_option(words: tuple[str, ...]) -> Option:
    text = "How to print the result.  [default: by the ending of --output, or table]"
    return click.option("-f", "--format", "format_", type=OneOf(words), help=text)


format_option = _format_option(PLAIN_FORMATS)
report_format_option = _format_option(FORMATS)
"""The same for commands that have an HTML report."""
json_option = click.option("--json", "json_", is_flag=True, help="Short for --format json.")
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    callback=_none_for_standard_output,
    metavar="FILE",
    help="Write the result to this file in place of standard output.",
)
force_option = click.option("--force", is_flag=True, help="Overwrite files that exist.")
overrides_option = click.option(
    "-S",
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change one value, such as journey.tripwire.price=19. May be repeated.",
)
_customers_option = click.option(
    "-n",
    "--customers",
    type=Whole(least=1),
    help="Prospects to simulate.  [default: the scenario's]",
)
_seed_option = click.option(
    "--seed",
    type=Whole(),
    help="Luck to draw; the same seed gives the same numbers.  [default: the scenario's]",
)
_threads_option = click.option(
    "--threads",
    type=Whole(least=1),
    help="Threads to use; never changes a number.  [default: all cores]",
)
store_option = path_option(
    "--store",
    metavar="FOLDER",
    text="Keep what is simulated here; the same command goes on after any stop.",
)
fresh_option = click.option(
    "--fresh", is_flag=True, help="Start over: forget what the store holds."
)
retry_option = click.option(
    "--retry-failed", is_flag=True, help="Run points that failed once more."
)
_picture_option = path_option(
    "--picture", metavar="FILE", text="Also draw the result: a .png, .svg or .pdf file."
)


def bundled(argument: str, kind: type[Any], *options: Option) -> Callable[[Command], Command]:
    """Let several options reach a command as one argument.

    Parameters
    ----------
    argument : str
        Name of the command's argument.
    kind : NamedTuple class
        Its fields are the options' names.
    *options : click options
        In the order of the help page.

    Returns
    -------
    callable
        A decorator.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def call(*args: Any, **values: Any) -> object:
            values[argument] = kind(**{field: values.pop(field) for field in kind._fields})
            return command(*args, **values)

        wrapped: Any = call
        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[no-any-return]

    return decorate


population_options = bundled(
    "population", Population, _customers_option, _seed_option, _threads_option
)
result_options = bundled(
    "result", Result, report_format_option, output_option, _picture_option, force_option
)
