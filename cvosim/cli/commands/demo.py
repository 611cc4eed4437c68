"""``cvosim demo``: the first question answered, with nothing to write."""

from __future__ import annotations

from pathlib import Path

import click

from cvosim.cli.files import Output, check_outputs, print_result
from cvosim.cli.options import PICTURES, Population, force_option, path_option, population_options
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import save_picture, wrapped

PAIR = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
OWN_PICTURE = Path("cvosim-demo.png")
"""Where nobody says otherwise; demo wrote it, so demo may renew it."""


@click.command("demo", short_help="Compare two funnels and draw the result.")
@path_option(
    "-o",
    "--output",
    metavar="FILE",
    text="Where to save the picture.  [default: cvosim-demo.png, renewed]",
)
@force_option
@population_options
def command(output: Path | None, force: bool, population: Population) -> None:
    """Ask whether a carpet cleaner should sell a cheap one-room clean first, and answer.

    Compares two scenarios of the library on the same customers, says in two sentences what
    comes of it, and saves a picture.
    """
    picture = output or OWN_PICTURE
    outputs = [Output(picture, "--output", PICTURES)]
    check_outputs(outputs, force=force or output is None)
    from cvosim.experiment.compare import compare
    from cvosim.report.pictures import comparison_picture
    from cvosim.report.verdict import verdict
    from cvosim.scenario import load_scenario

    scenarios = [load_scenario(name) for name in PAIR]
    total = (population.customers or scenarios[0].customers) * len(scenarios)
    with progress_bar("Comparing", total) as progress:
        comparison = compare(scenarios, **population._asdict(), progress=progress)
    save_picture(comparison_picture(comparison), picture)
    print_result(wrapped(verdict(comparison)))
    click.echo("Next: cvosim init carpet_cleaning, and change what you like.", err=True)
