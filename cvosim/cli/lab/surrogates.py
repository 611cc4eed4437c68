"""``cvosim lab surrogates``: which early metric tells what comes of a change in the end?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.lab.trial import days_listed
from cvosim.cli.options import (
    Population,
    Result,
    bundled,
    overrides_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.usage import Whole
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.experiment.insight.levers import Lever
    from cvosim.experiment.insight.surrogates import SurrogateLab
    from cvosim.scenario import Scenario


class Design(NamedTuple):
    """What is changed, measured and tested."""

    levers: tuple[str, ...]
    early: str
    days: float
    units: int
    replications: int


EXAMPLES = """\b
Try:
  cvosim lab surrogates carpet_cleaning
  cvosim lab surrogates cdnow --lever "discount: journey.repeat_purchases.margin=0.2"
"""


@click.command(
    "surrogates", short_help="Say which early metric to trust for which lever.", epilog=EXAMPLES
)
@click.argument("scenario")
@overrides_option
@population_options
@bundled(
    "design",
    Design,
    click.option(
        "--lever",
        "levers",
        multiple=True,
        metavar='"NAME: PATH=VALUE"',
        help="A change to try; may be repeated, with the same name for one of several values. "
        " [default: every stage a little better]",
    ),
    click.option(
        "--early",
        default="14,28,56",
        show_default=True,
        metavar="DAYS",
        help="Days after arrival at which one would like to decide.",
    ),
    click.option(
        "--days",
        type=float,
        default=365.0,
        show_default=True,
        help="Days after arrival at which the truth is known.",
    ),
    click.option(
        "--units",
        type=Whole(least=20),
        default=20_000,
        show_default=True,
        help="Customers of each simulated split test.",
    ),
    click.option(
        "--replications",
        type=Whole(least=1),
        default=200,
        show_default=True,
        help="Split tests to draw for each lever.",
    ),
)
@result_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    population: Population,
    design: Design,
    result: Result,
) -> None:
    """Say which early metric of SCENARIO predicts late contribution, lever by lever.

    The same customers live without and with each change, so its true effect is known. Early
    metrics, and an index of all of them, are turned into predictions learnt without the change;
    they are safe where the prediction holds under the change, and misleading where it does not.
    """
    result.check([scenario])
    from cvosim.experiment.insight.levers import levers_of
    from cvosim.experiment.insight.surrogates import Plan, surrogate_lab
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    warn(loaded)
    levers = _own(scenario, overrides, design.levers) if design.levers else levers_of(loaded)
    early = days_listed("--early", design.early, "14,28,56")
    plan = Plan(design.days, early, design.units, design.replications)
    people = population.customers or loaded.customers
    arms = sum(1 + len(lever.scenarios) for lever in levers)
    with progress_bar("Customers", people * arms) as progress:
        lab = surrogate_lab(loaded, levers, plan=plan, progress=progress, **population._asdict())
    if result.picture is not None:
        from cvosim.report.insight_surrogates import surrogates_picture

        save_picture(surrogates_picture(lab), result.picture)
    write_result(_render(lab, loaded, result.form()), result.output)


def _own(scenario: str, overrides: tuple[str, ...], words: tuple[str, ...]) -> list[Lever]:
    """Levers as a person names them; those of the same name are one."""
    from cvosim.experiment.insight.levers import Lever
    from cvosim.scenario import load_scenario

    changes: dict[str, list[str]] = {}
    for word in words:
        name, colon, change = word.partition(":")
        if not (colon and name.strip() and "=" in change):
            raise DataError(
                '--lever: must be "NAME: PATH=VALUE", such as '
                f'"cheap: journey.tripwire.price=19" (got "{word}")'
            )
        changes.setdefault(name.strip(), []).append(change.strip())
    return [
        Lever(name, "own", (1.0,), (load_scenario(scenario, [*overrides, *some]),))
        for name, some in changes.items()
    ]


def _render(lab: SurrogateLab, scenario: Scenario, format_: str) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_surrogates import lab_surrogates_document
        from cvosim.report.documents.shared import made_of

        made = made_of([scenario], seed=lab.seed, customers=lab.customers)
        return as_html(lab_surrogates_document(lab, made))
    if format_ == "json":
        return as_json(lab.to_dict())
    from cvosim.report.insight_surrogates import surrogates_csv, surrogates_tables

    if format_ == "csv":
        return surrogates_csv(lab).to_csv()
    tables = [table.render(format_) for table in surrogates_tables(lab)]
    return "\n\n".join([told(lab.summary(), format_), *tables])
