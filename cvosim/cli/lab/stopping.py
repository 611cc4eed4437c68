"""``cvosim lab stopping``: which rule for stopping a test loses least money?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.lab.trial import Entry, arms_of_trial, entry_options, metric_named
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
    from cvosim.experiment.stopping.arena import Arena
    from cvosim.experiment.stopping.design import Believed
    from cvosim.scenario import Scenario


class Contest(NamedTuple):
    """The experiment, the effects believed in, and the rules."""

    units: int | None
    share: float | None
    looks: int
    alpha: float
    horizon_days: float
    effects: str | None
    care: float | None
    rules: tuple[str, ...]
    replications: int


EXAMPLES = """\b
Try:
  cvosim lab stopping tripwire_price_test
  cvosim lab stopping carpet_cleaning -S journey.tripwire.price=19 --metric contribution@28
"""

_contest = bundled(
    "contest",
    Contest,
    click.option(
        "--units", type=Whole(least=1),
        help="Customers of the test.  [default: a quarter of those who come, at most 20000]",
    ),
    click.option(
        "--share", type=float, metavar="PART",
        help="Part of them with the change.  [default: the experiment's, or 0.5]",
    ),
    click.option(
        "--looks", type=Whole(least=2), default=10, show_default=True,
        help="Times the results are looked at, at equal distances.",
    ),
    click.option(
        "--alpha", type=float, default=0.05, show_default=True, help="Error rate of the tests."
    ),
    click.option(
        "--horizon-days", type=float, default=365.0, show_default=True,
        help="Days of arrivals for which the decision counts.",
    ),
    click.option(
        "--effects", metavar="SIZE:WEIGHT,...",
        help="What the change may do, in multiples of its simulated effect.  "
        "[default: -1:0.2,0:0.4,0.5:0.2,1:0.2]",
    ),
    click.option(
        "--care", type=float, metavar="LOSS",
        help="Expected loss per customer below which the Bayesian rules stop, in the metric's "
        "unit.  [default: a twentieth of the spread of effects]",
    ),
    click.option("--rule", "rules", multiple=True, metavar="NAME", help="Race only this one; may "
                 "be repeated.  [default: all]"),
    click.option(
        "--replications", type=Whole(least=100), default=2000, show_default=True,
        help="Tests to draw.",
    ),
)  # fmt: skip


@click.command("stopping", short_help="Say which stopping rule loses least money.", epilog=EXAMPLES)
@click.argument("scenario")
@click.argument("variant", required=False)
@overrides_option
@population_options
@entry_options
@_contest
@result_options
def command(
    scenario: str,
    variant: str | None,
    overrides: tuple[str, ...],
    population: Population,
    entry: Entry,
    contest: Contest,
    result: Result,
) -> None:
    """Race stopping rules on tests of SCENARIO against a variant, whose truth is known.

    All rules see the same customers in the same order: one look, group-sequential tests,
    confidence sequence, mixture SPRT, Bayesian expected loss, peeking until green. Scored are
    false alarms, power, days, exaggeration, and the money lost against always giving everybody
    the better arm.

    The treatment is VARIANT, the first one of the scenario's experiment, or the change by -S.
    """
    result.check([scenario, variant])
    from cvosim.experiment.stopping.design import USUAL_EFFECTS, StoppingDesign
    from cvosim.experiment.stopping.race import Luck, race
    from cvosim.experiment.stopping.rules import RULES, rules_named
    from cvosim.experiment.stopping.world import simulated

    metric, rules = metric_named(entry.metric), rules_named(contest.rules or tuple(RULES))
    believed = USUAL_EFFECTS if contest.effects is None else _effects(contest.effects)
    arms, study, share = arms_of_trial(scenario, variant, overrides, entry)
    design = StoppingDesign(
        contest.units, share if contest.share is None else contest.share, contest.looks,
        contest.alpha, horizon_days=contest.horizon_days, delay_days=study.delay(arms[0]),
        effects=believed, care=contest.care,
    )  # fmt: skip
    warn(*arms)
    passes = 2 + study.own_pace
    with progress_bar("Customers", passes * (population.customers or arms[0].customers)) as tick:
        pool, arrivals = simulated(arms, study, progress=tick, **population._asdict())
    luck = Luck(contest.replications, 1 if population.seed is None else population.seed)
    with progress_bar("Tests", contest.replications) as tick:
        arena = race(
            pool, metric, design, rules, arrivals=arrivals, luck=luck,
            threads=population.threads, progress=tick,
        )  # fmt: skip
    if result.picture is not None:
        from cvosim.report.stopping import stopping_picture

        save_picture(stopping_picture(arena), result.picture)
    people = population.customers or arms[0].customers
    write_result(_render(arena, result.form(), arms, people), result.output)


def _effects(text: str) -> tuple[Believed, ...]:
    from cvosim.experiment.stopping.design import Believed

    try:
        parts = [tuple(map(float, word.split(":"))) for word in text.split(",")]
        return tuple(Believed(size, weight) for size, weight in parts)
    except ValueError:
        raise DataError(
            f'--effects: must be sizes and weights such as -1:0.2,0:0.5,1:0.3 (got "{text}")'
        ) from None


def _render(arena: Arena, format_: str, arms: tuple[Scenario, Scenario], customers: int) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_stopping import lab_stopping_document
        from cvosim.report.documents.shared import made_of

        made = made_of(arms, seed=arena.seed, customers=customers)
        return as_html(lab_stopping_document(arena, made))
    if format_ == "json":
        return as_json({"verdict": arena.lines(), **arena.to_dict()})
    from cvosim.report.stopping import stopping_csv, stopping_table

    if format_ == "csv":
        return stopping_csv(arena).to_csv()
    return f"{told(arena.summary(), format_)}\n\n{stopping_table(arena).render(format_)}"
