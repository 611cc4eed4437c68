"""``cvosim lab clv``: which model finds the truth, where the truth is known?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.clv.settings import MODELS
from cvosim.cli.files import write_result
from cvosim.cli.options import (
    Population,
    Result,
    bundled,
    overrides_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.usage import OneOf, Whole

if TYPE_CHECKING:
    from cvosim.experiment.lab import LabResult


class Design(NamedTuple):
    """What is simulated and fitted."""

    until: int | None
    models: tuple[str, ...]
    replications: int
    refits: int


@click.command("clv", short_help="Simulate, hide the truth, fit every model, score them.")
@click.argument("scenario")
@overrides_option
@population_options
@bundled(
    "design",
    Design,
    click.option(
        "--until",
        type=Whole(least=1),
        metavar="DAY",
        help="Day at which the log ends that is fitted to.  [default: half the horizon]",
    ),
    click.option(
        "--model",
        "models",
        multiple=True,
        type=OneOf(MODELS),
        help="Model to fit; may be repeated.  [default: all of them]",
    ),
    click.option(
        "--replications",
        type=Whole(least=1),
        default=1,
        show_default=True,
        help="Logs to simulate, each with luck of its own.",
    ),
    click.option(
        "--refits",
        type=Whole(least=0),
        default=100,
        show_default=True,
        help="Bootstrap refits behind intervals of value; 0 for none of these, which is faster.",
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
    """Simulate the repeat buyers of SCENARIO, hide the truth, fit every model and score it.

    The models see the orders up to --until, as a real business does. What they say is then
    compared with what only the simulation knows: who is still a customer, everybody's own
    buying rate, what comes later, and the parameters of the world.
    """
    result.check([scenario])
    from cvosim.experiment.lab import clv_lab
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    warn(loaded)
    with progress_bar(loaded.name, design.replications) as progress:
        done = clv_lab(
            loaded,
            until=design.until,
            models=design.models or MODELS,
            replications=design.replications,
            refits=design.refits,
            progress=progress,
            **population._asdict(),
        )
    if result.picture is not None:
        from cvosim.report.lab import lab_picture

        save_picture(lab_picture(done), result.picture)
    further = {
        "seed": loaded.seed if population.seed is None else population.seed,
        "customers": population.customers or loaded.customers,
        "refits": design.refits,
    }
    write_result(_render(done, result.form(), further), result.output)


def _render(done: LabResult, format_: str, further: dict[str, Any]) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_clv import lab_clv_document
        from cvosim.report.documents.shared import made_of

        return as_html(lab_clv_document(done, made_of([done.scenario], **further)))
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.lab import lab_table

    table = lab_table(done).render(format_).rstrip("\n")
    return table if format_ == "csv" else f"{done.summary()}\n\n{table}"
