"""``cvosim report``: the answer with figures, in one file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import (
    Output,
    check_outputs,
    is_special,
    print_result,
    replacing,
    replacing_folder,
    require_absent,
    say_written,
    write_text,
)
from cvosim.cli.illustrating import document_of, illustrated
from cvosim.cli.options import (
    ENDINGS,
    STANDARD_OUTPUT,
    Population,
    bundled,
    check_ending,
    ending_of,
    force_option,
    overrides_option,
    path_option,
    population_options,
)
from cvosim.cli.orders import Orders, read_log
from cvosim.cli.rendering import as_html, as_typed, told
from cvosim.cli.sides import load_sides
from cvosim.cli.usage import OneOf
from cvosim.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvosim.report.document import Document

FORMS = ("html", "md")
EXAMPLES = """\b
Try:
  cvosim report carpet_cleaning
  cvosim report carpet_cleaning carpet_cleaning_no_tripwire -o tripwire.html
  cvosim report carpet_cleaning -S journey.tripwire.price=19 -o cheaper.md
  cvosim report orders.csv -o customers.html
"""
ORDER_LOGS = (".csv", ".parquet")
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers leave in folders."""


class _File(NamedTuple):
    """Where the report goes and in which form."""

    format_: str | None
    output: Path | None
    force: bool

    def form(self) -> str:
        """Give the form asked for, or the one that the file's ending says, or HTML."""
        if self.format_ is not None:
            return self.format_
        ending = ending_of(self.output) if self.output else ""
        return "md" if ending in ENDINGS["md"] else "html"

    def path(self) -> Path | None:
        """Give the file; None for standard output."""
        if str(self.output) in STANDARD_OUTPUT:
            return None
        return self.output or Path("report" + ENDINGS[self.form()][0])

    def pictures(self) -> Path | None:
        """Give the folder of the pictures of a Markdown file; None where there are none."""
        path = self.path()
        if path is None or self.form() != "md" or is_special(path):
            return None
        return path.with_name(f"{path.stem}_pictures")

    def check_ending(self) -> None:
        """Refuse a file whose ending says that no report, or one in another form, is in it."""
        path = self.path()
        if path is None:
            return
        forms = FORMS if self.format_ is None else (self.format_,)
        endings = [ending for form in forms for ending in ENDINGS[form]]
        if self.format_ is None and not ending_of(path) and not is_special(path):
            raise DataError(f"--output {path}: say in which form: write {path}.html or {path}.md")
        if ending_of(path) == ".pdf":
            words = "write the .html file; any browser prints it to a PDF"
            raise DataError(f"--output {path}: {words}")
        check_ending(path, endings, self.format_)


_file_options = bundled(
    "file",
    _File,
    click.option(
        "-f",
        "--format",
        "format_",
        type=OneOf(FORMS),
        help="HTML, or Markdown with its pictures as SVG files in a folder beside it.  "
        "[default: by the ending of --output, or html]",
    ),
    path_option(
        "-o",
        "--output",
        metavar="FILE",
        text="Write the report to this file; - is standard output, where Markdown has no "
        "pictures but tells each in words and numbers.  [default: report.html]",
    ),
    force_option,
)


@click.command("report", short_help="Write a report with figures, in one file.", epilog=EXAMPLES)
@click.argument("source", metavar="SCENARIO")
@click.argument("variants", nargs=-1, metavar="[VARIANT]...")
@overrides_option
@population_options
@_file_options
def command(
    source: str,
    variants: tuple[str, ...],
    overrides: tuple[str, ...],
    population: Population,
    file: _File,
) -> None:
    """Write a report with figures: of SCENARIO alone, or compared with each VARIANT.

    With variants, -S changes a value in all scenarios. Without any, the variants that SCENARIO
    itself lists are taken; if it lists none, SCENARIO with the -S changes is the variant; without
    changes it is reported alone.

    SCENARIO may also be the folder of a finished sweep (its --store), or an order log (a .csv or
    .parquet file): then the report is the sweep's, or that of the customers in the log.

    The HTML file needs nothing else: it can be mailed, and read without a network.
    """
    _check(file, [source, *variants])
    if (read := _reader(source)) is not None:
        _require_alone(source, variants, overrides, population)
        _write(read(Path(source)), file)
        return
    scenarios = load_sides(source, variants, overrides, alone=True)
    warn(*scenarios)
    title = scenarios[0].name if len(scenarios) == 1 else "Comparing"
    found = illustrated(scenarios, population, title)
    _write(document_of(found), file)


def _reader(source: str) -> Callable[[Path], Document] | None:
    """Tell what makes a report of something that is there already; None for a scenario."""
    if Path(source).is_dir():
        return _of_sweep
    return _of_orders if Path(source).suffix.lower() in ORDER_LOGS else None


def _of_sweep(folder: Path) -> Document:
    from cvosim.experiment.sweeps.stored import read_sweep
    from cvosim.report.documents.sweep import sweep_document

    return sweep_document(read_sweep(folder))


def _of_orders(path: Path) -> Document:
    from cvosim.cli.clv.settings import log_read
    from cvosim.report.documents.clv_orders import orders_document

    found = Orders(None, None, None, None, "UTC", None, ".")
    return orders_document(read_log(path, found), log_read(path, found))


def _require_alone(
    source: str, variants: tuple[str, ...], overrides: tuple[str, ...], population: Population
) -> None:
    """Refuse what has no meaning where nothing is simulated."""
    if variants:
        raise click.UsageError(f"{source} is no scenario: it is reported alone.")
    if overrides or any(one is not None for one in population):
        raise click.UsageError(
            f"{source} is no scenario: -S, --customers, --seed and --threads change nothing in it."
        )


def _check(file: _File, sources: list[str]) -> None:
    """Refuse, before a long run, files that could not be written after it."""
    file.check_ending()
    path, pictures = file.path(), file.pictures()
    check_outputs([Output(path, "--output")], inputs=sources, force=file.force)
    if pictures is None:
        return
    if pictures.exists() and not pictures.is_dir():
        raise DataError(f"{pictures}: is a file; the pictures need a folder of this name")
    require_absent([pictures], force=file.force)
    _require_own(pictures)


def _require_own(folder: Path) -> None:
    """Refuse to replace a folder in which somebody keeps other things than a report's pictures."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    others = [one.name for one in there if not one.is_file() or one.suffix != ".svg"]
    others = [name for name in others if name not in LITTER]
    if others:
        raise DataError(f"{folder}: would be replaced, but holds {others[0]}; move that elsewhere")


def _write(document: Document, file: _File) -> None:
    """Write the report; the verdict goes to standard output if the report does not."""
    from cvosim.report.markdown import markdown_of

    path, pictures = file.path(), file.pictures()
    if path is not None and pictures is not None:
        _write_with_pictures(document, path, pictures)
    else:
        text = as_html(document) if file.form() == "html" else markdown_of(as_typed(document))
        if path is None:
            print_result(text)
            return
        write_text(path, text.removesuffix("\n") + "\n")
    print_result(told(document.verdict, "table"))


def _write_with_pictures(document: Document, path: Path, pictures: Path) -> None:
    """Write a Markdown file and its folder of pictures: both, or neither."""
    from cvosim.report.markdown import markdown_of, standalone_svg

    exhibits = [one for section in document.sections for one in section.exhibits]
    links = {one.key: _link(pictures.name, f"{one.key}.svg") for one in exhibits}
    with replacing_folder(pictures) as folder:
        for exhibit in exhibits:
            picture = folder / f"{exhibit.key}.svg"
            picture.write_text(standalone_svg(exhibit), encoding="utf-8")
        with replacing(path) as draft:
            draft.write_text(f"{markdown_of(as_typed(document), links)}\n", encoding="utf-8")
    if exhibits:
        say_written(pictures)
    say_written(path)


def _link(folder: str, picture: str) -> str:
    """Write the way from the report to a picture; in angle brackets it may hold blanks."""
    way = f"{folder}/{picture}"
    return "<" + re.sub(r"([<>\\])", r"\\\1", way) + ">"
