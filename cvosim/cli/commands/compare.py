"""``cvosim compare``: is the change worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.illustrating import document_of, illustrated
from cvosim.cli.options import (
    Population,
    Result,
    overrides_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.sides import load_sides
from cvosim.cli.sizes.compare import compare_precisely
from cvosim.cli.sizes.options import Precise, precise_comparison_options

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison


EXAMPLES = """\b
Try:
  cvosim compare carpet_cleaning carpet_cleaning_no_tripwire
  cvosim compare carpet_cleaning -S journey.tripwire.price=19
  cvosim compare carpet_cleaning carpet_cleaning_no_tripwire -o report.html
  cvosim compare carpet_cleaning carpet_cleaning_no_tripwire --precision 1%
"""


@click.command("compare", short_help="Say which scenario earns more, and why.", epilog=EXAMPLES)
@click.argument("base")
@click.argument("variants", nargs=-1, metavar="[VARIANT]...")
@overrides_option
@population_options
@click.option(
    "--all", "every", is_flag=True, help="Every metric in the table, not only the main ones."
)
@result_options
@precise_comparison_options
def command(
    base: str,
    variants: tuple[str, ...],
    overrides: tuple[str, ...],
    population: Population,
    every: bool,
    result: Result,
    precise: Precise,
) -> None:
    """Let the same customers meet BASE and each VARIANT, and say which earns more, and why.

    With variants, -S changes a value in all scenarios. Without any, the variants that BASE
    itself lists are taken; if it lists none, BASE with the -S changes is the variant.

    A star marks differences whose 95 % interval does not hold 0, unless they round to 0.
    """
    _check(precise, population, result, every=every)
    result.check([base, *variants])
    scenarios = load_sides(base, variants, overrides)
    warn(*scenarios)
    if precise.precision is not None:
        compare_precisely(scenarios, population, result, precise)
        return
    if result.form() == "html":
        found = illustrated(scenarios, population, "Comparing")
        _save_picture(found.comparison, result)
        write_result(as_html(document_of(found)), result.output)
        return
    from cvosim.experiment.compare import compare

    total = (population.customers or scenarios[0].customers) * len(scenarios)
    with progress_bar("Comparing", total) as progress:
        comparison = compare(scenarios, **population._asdict(), progress=progress)
    _save_picture(comparison, result)
    write_result(_render(comparison, result.form(), every=every), result.output)


def _save_picture(comparison: Comparison | None, result: Result) -> None:
    if result.picture is not None and comparison is not None:
        from cvosim.report.pictures import comparison_picture

        save_picture(comparison_picture(comparison), result.picture)


def _check(precise: Precise, population: Population, result: Result, *, every: bool) -> None:
    """Refuse options that do not go together."""
    precise.check(population)
    if precise.precision is None:
        if precise.executor is not None:
            raise click.UsageError("--executor belongs to --precision; give both.")
        return
    for given, option in ((every, "--all"), (result.picture is not None, "--picture")):
        if given:
            raise click.UsageError(f"{option} shows many metrics, --precision is about one.")


def _render(comparison: Comparison, format_: str, *, every: bool) -> str:
    from cvosim.report.text import comparison_csv, comparison_tables, verdict

    if format_ == "json":
        return as_json({"verdict": verdict(comparison), **comparison.to_dict()})
    if format_ == "csv":
        return comparison_csv(comparison)
    tables = comparison_tables(comparison, every=every)
    answer = told(verdict(comparison), format_)
    return "\n\n".join([answer, *(table.render(format_) for table in tables)])
