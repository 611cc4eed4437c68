"""``cvosim optimise``: what to set the levers to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import Output, replacing, say_written, write_result
from cvosim.cli.options import (
    Result,
    bundled,
    executor_option,
    overrides_option,
    path_option,
    result_options,
    store_option,
)
from cvosim.cli.progress import wanted
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.usage import Whole
from cvosim.errors import DataError, ScenarioError

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.question import Effort, Question
    from cvosim.experiment.optimisation.result import Optimum
    from cvosim.scenario.sweep import Sweep
    from cvosim.scenario.template import Template

_NOTHING = (
    "has no `sweep:` section that says what may be set; write one, such as `sweep: {levers: "
    "{journey.core_offer.price: [199, 249, 299]}}`, or see `cvosim init carpet_cleaning_prices`"
)

EXAMPLES = """\b
Try:
  cvosim optimise prices.yaml
  cvosim optimise prices.yaml --subject-to "cac <= 40" --subject-to "payback_time <= 6 months"
  cvosim optimise prices.yaml --maximise contribution_per_prospect --minimise cac
"""


class Aim(NamedTuple):
    """What is wanted."""

    maximise: tuple[str, ...]
    minimise: tuple[str, ...]
    constraints: tuple[str, ...]
    robust: int | None
    quantile: float | None

    def question(self) -> Question:
        """Put it as the experiment knows it."""
        from cvosim.experiment.optimisation.constraints import parse_constraint
        from cvosim.experiment.optimisation.question import DEFAULT_OUTCOME, Goal, Question

        goals = [
            *(Goal(name) for name in self.maximise),
            *(Goal(name, maximise=False) for name in self.minimise),
        ]
        return Question(
            tuple(goals or [Goal(DEFAULT_OUTCOME)]),
            tuple(parse_constraint(text) for text in self.constraints),
            self.robust or 0,
            self.quantile,
        )


class Expense(NamedTuple):
    """At what expense."""

    customers: int | None
    trials: int
    confidence: float
    indifference: float | None
    seed: int | None

    def effort(self) -> Effort:
        """Put it as the experiment knows it."""
        from cvosim.experiment.optimisation.question import Effort

        return Effort(
            customers=self.customers,
            trials=self.trials,
            confidence=self.confidence,
            indifference=self.indifference,
        )


class Place(NamedTuple):
    """Who computes, and where it is kept."""

    executor: str
    store: Path | None


aim_options = bundled(
    "aim",
    Aim,
    click.option(
        "--maximise",
        "--maximize",
        "maximise",
        multiple=True,
        metavar="OUTCOME",
        help="What shall be as great as can be.  [default: contribution_per_prospect]",
    ),
    click.option(
        "--minimise",
        "--minimize",
        "minimise",
        multiple=True,
        metavar="OUTCOME",
        help="What shall be as small as can be. Two outcomes in all give a Pareto front.",
    ),
    click.option(
        "--subject-to",
        "constraints",
        multiple=True,
        metavar="CONDITION",
        help='Such as "cac <= 40", "payback_time <= 6 months", "lowest_cash >= -20000" or '
        '"budget <= 50000". May be repeated.',
    ),
    click.option(
        "--robust",
        type=Whole(least=1),
        metavar="N",
        help="Let every plan meet the same N worlds, sampled from the uncertainties; their mean "
        "counts.",
    ),
    click.option(
        "--quantile",
        type=float,
        metavar="SHARE",
        help="With --robust: this quantile counts, such as 0.1 for bad worlds.",
    ),
)
expense_options = bundled(
    "expense",
    Expense,
    click.option(
        "-n",
        "--customers",
        type=Whole(least=1),
        help="Prospects that each plan meets in the search.  [default: the sweep's, or else the "
        "scenario's]",
    ),
    click.option(
        "--trials",
        type=Whole(least=1),
        default=64,
        show_default=True,
        help="Plans to try, where there are more than 64; else all are.",
    ),
    click.option(
        "--confidence",
        type=float,
        default=0.95,
        show_default=True,
        help="Probability of each promise.",
    ),
    click.option(
        "--indifference",
        type=float,
        metavar="X",
        help="Differences below this do not matter.  [default: 1 % of what the scenario has now]",
    ),
    click.option(
        "--seed",
        type=Whole(),
        help="Luck to draw; the same seed gives the same answer.  [default: the scenario's]",
    ),
)
place_options = bundled(
    "place",
    Place,
    executor_option(),
    store_option,
)


@click.command("optimise", short_help="Say what to set the levers to.", epilog=EXAMPLES)
@click.argument("scenario")
@overrides_option
@aim_options
@expense_options
@place_options
@path_option(
    "--variant",
    metavar="FILE",
    text="Also write the best plan as a variant of the scenario: a .yaml file.",
)
@result_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    aim: Aim,
    expense: Expense,
    place: Place,
    variant: Path | None,
    result: Result,
) -> int:
    """Find the best values of the levers that SCENARIO states under `sweep:`.

    A search finds candidates; further customers, new to all of them, tell which surely keep the
    conditions and which is the best, with a stated probability; and the last customers tell what
    it earns more than the scenario as written. The exit code is 1 if nothing surely keeps the
    conditions.
    """
    if variant is not None and overrides:
        raise click.UsageError("--variant would lose the -S changes: write them into the file.")
    result.check([scenario], Output(variant, "--variant", (".yaml", ".yml")))
    from cvosim.experiment.optimisation.optimise import optimise
    from cvosim.experiment.optimisation.simulator import Where

    question, effort = aim.question(), expense.effort()
    template, sweep = _loaded(scenario, overrides)
    if variant is not None:
        from cvosim.report.optimisation_variant import check_place

        check_place(template.source, variant)
    if expense.seed is not None:
        template = template.changed({"seed": expense.seed})
    warn(template.scenario)
    tell = _say if wanted() else None
    found = optimise(template, sweep, question, effort, Where(*place, tell))
    if result.picture is not None:
        from cvosim.report.optimisation_picture import optimisation_picture

        save_picture(optimisation_picture(found), result.picture)
    if variant is not None:
        _save_variant(found, template, variant)
    write_result(_render(found, template, result.form()), result.output)
    return int(all(one.place == "not allowed" for one in found.candidates))


def _loaded(scenario: str, overrides: tuple[str, ...]) -> tuple[Template, Sweep]:
    """Load what is asked about; where there are no levers, show how they are written."""
    from cvosim.scenario import load_scenario
    from cvosim.scenario.template import load_sweep

    try:
        return load_sweep(scenario, overrides)
    except ScenarioError:
        if load_scenario(scenario, overrides).sweep is None:
            raise DataError(f"{scenario}: {_NOTHING}") from None
        raise


def _say(words: str) -> None:
    click.echo(words, err=True)


def _save_variant(found: Optimum, template: Template, path: Path) -> None:
    """Write the winner; say so where there is nothing to write."""
    from cvosim.report.optimisation_variant import variant_text

    if not found.changes():
        click.echo(f"{path}: not written, nothing changes", err=True)
        return
    with replacing(path) as draft:
        draft.write_text(variant_text(found, template.source, path), encoding="utf-8")
    say_written(path)


def _render(found: Optimum, template: Template, format_: str) -> str:
    if format_ == "html":
        from cvosim.report.documents.optimisation import optimisation_document

        return as_html(optimisation_document(found, template))
    from cvosim.report.optimisation import optimisation_verdict
    from cvosim.report.optimisation_table import candidates_table, optimisation_csv, table_note

    if format_ == "json":
        return as_json({"verdict": optimisation_verdict(found), **found.to_dict()})
    if format_ == "csv":
        return optimisation_csv(found)
    answer = told(optimisation_verdict(found), format_)
    note = told(table_note(found), format_)
    return "\n\n".join([answer, candidates_table(found).render(format_), note])
