"""``cvosim compare``: is the change worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.options import (
    Population,
    Result,
    overrides_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_json, save_picture, told
from cvosim.cli.sizes.compare import compare_precisely
from cvosim.cli.sizes.options import Precise, precise_comparison_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.compare import Comparison
    from cvosim.scenario import Scenario


EXAMPLES = """\b
Try:
  cvosim compare carpet_cleaning carpet_cleaning_no_tripwire
  cvosim compare carpet_cleaning -S journey.tripwire.price=19
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
    scenarios = _load(base, variants, overrides)
    warn(*scenarios)
    if precise.precision is not None:
        compare_precisely(scenarios, population, result, precise)
        return
    from cvosim.experiment.compare import compare

    total = (population.customers or scenarios[0].customers) * len(scenarios)
    with progress_bar("Comparing", total) as progress:
        comparison = compare(scenarios, **population._asdict(), progress=progress)
    if result.picture is not None:
        from cvosim.report.pictures import comparison_picture

        save_picture(comparison_picture(comparison), result.picture)
    write_result(_render(comparison, result.form(), every=every), result.output)


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


def _load(base: str, variants: tuple[str, ...], overrides: tuple[str, ...]) -> list[Scenario]:
    """Baseline first; see the command's help for what counts as a variant."""
    from cvosim.scenario import load_scenario, load_variants

    if variants:
        sources = (base, *variants)
        return _told_apart([load_scenario(source, overrides) for source in sources], sources)
    if listed := load_variants(base, overrides):
        return [load_scenario(base, overrides), *listed]
    if not overrides:
        raise click.UsageError(
            "Nothing to compare with: name a VARIANT, list variants in the file, "
            "or give a change such as -S journey.tripwire.price=19."
        )
    changed = load_scenario(base, overrides)
    name = f"{changed.name} with {', '.join(overrides)}"[:200]
    return [load_scenario(base), changed.model_copy(update={"name": name})]


def _told_apart(scenarios: list[Scenario], sources: Sequence[str]) -> list[Scenario]:
    """Add the file to a name that several scenarios have, as a calibrated copy and its original."""
    names = [scenario.name for scenario in scenarios]
    return [
        one.model_copy(update={"name": f"{one.name} ({source})"})
        if names.count(one.name) > 1 and sources.count(source) == 1
        else one
        for one, source in zip(scenarios, sources, strict=True)
    ]


def _render(comparison: Comparison, format_: str, *, every: bool) -> str:
    from cvosim.report.text import comparison_csv, comparison_tables, verdict

    if format_ == "json":
        return as_json({"verdict": verdict(comparison), **comparison.to_dict()})
    if format_ == "csv":
        return comparison_csv(comparison)
    tables = comparison_tables(comparison, every=every)
    answer = told(verdict(comparison), format_)
    return "\n\n".join([answer, *(table.render(format_) for table in tables)])
