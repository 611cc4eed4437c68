"""``cvosim sensitivity``: what moves an outcome, and where does the plan lose money?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cvosim.cli import ExitCode
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, overrides_option, result_options
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.sensitivity_options import POINTED, Asked, Where, asked_options, where_options
from cvosim.cli.usage import Whole
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.losing import Losing
    from cvosim.experiment.sensitivity.question import Question

    Findings = dict[str, Any]

EXAMPLES = """\b
Methods:
  tornado     one factor at a time, from its low to its high end
  elasticity  percent of the outcome for one percent of each number
  sobol       parts of the variance, all factors moving at once
  dependence  mean outcome along each factor
  discover    region of the factors in which the plan loses

\b
Try:
  cvosim sensitivity carpet_cleaning --path journey.tripwire.price
  cvosim sensitivity plan.yaml --method sobol --points 512 --store store
  cvosim sensitivity plan.yaml --losing "clv_per_prospect < 0" --picture where.png
"""


@click.command("sensitivity", short_help="Say what moves an outcome, and where a plan loses money.",
               epilog=EXAMPLES)  # fmt: skip
@click.argument("scenario")
@overrides_option
@asked_options
@click.option("--seed", type=Whole(), help="Luck to draw.  [default: the scenario's]")
@where_options
@result_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    asked: Asked,
    seed: int | None,
    where: Where,
    result: Result,
) -> int:
    """Say which factors of SCENARIO move an outcome most.

    Its `sweep:` section says which are levers and which are uncertainties; --path names numbers
    that are factors too. All points meet the same customers.
    """
    result.check([scenario])
    _check_picture(asked, result)
    from cvosim.experiment.executors import check_executor
    from cvosim.experiment.sensitivity.losing import Losing

    check_executor(where.executor)
    _check_points(asked)
    _check_where(where)
    losing = Losing.of(asked.losing or f"{asked.outcome or 'clv_per_prospect'} < 0")
    question = _question(scenario, overrides, asked, seed, losing)
    try:
        found = _found(question, asked, where, losing)
    except KeyboardInterrupt:
        there = f"What is done is in {where.store}; the same command goes on."
        nowhere = "Nothing is kept without --store FOLDER."
        click.echo(there if where.store is not None else nowhere, err=True)
        raise
    _picture(found, result)
    write_result(_render(found, question, result.form()), result.output)
    return ExitCode.PARTIAL if any(map(_failed, found.values())) else ExitCode.OK


def _check_picture(asked: Asked, result: Result) -> None:
    """Refuse a picture of several methods: only tornado and elasticities share a sheet."""
    together = set(asked.chosen) <= {"tornado", "elasticity"} or len(asked.chosen) == 1
    if result.picture is not None and not together:
        names = " and ".join(asked.chosen)
        raise DataError(f"--picture: draws one --method at a time (got {names})")


def _check_points(asked: Asked) -> None:
    if asked.losing and "discover" not in asked.chosen:
        raise DataError("--losing: says what a loss is to --method discover; add that")
    if asked.points is not None and not set(asked.chosen) & set(POINTED):
        raise DataError("--points: is for --method sobol, dependence and discover; add one of them")
    if asked.points is not None and asked.points & (asked.points - 1):
        below = 1 << (asked.points.bit_length() - 1)
        raise DataError(
            f"--points: must be a power of two, such as {below} or {2 * below} (got {asked.points})"
        )


def _check_where(where: Where) -> None:
    """Refuse what makes no sense when nothing is kept, and folders that are somebody else's."""
    from cvosim.experiment.sensitivity.storing import check_store

    if where.store is not None:
        check_store(where.store)
        return
    for option, given in (("--fresh", where.fresh), ("--retry-failed", where.retry_failed)):
        if given:
            raise click.UsageError(f"{option} needs --store FOLDER: without one nothing is kept")


def _question(
    scenario: str, overrides: tuple[str, ...], asked: Asked, seed: int | None, losing: Losing
) -> Question:
    from dataclasses import replace

    from cvosim.experiment.sensitivity.question import Question, check_outcomes

    question = Question.of(
        scenario,
        paths=asked.paths,
        overrides=overrides,
        outcomes=(asked.outcome,) if asked.outcome else (),
        customers=asked.customers,
        seed=seed,
    )
    if asked.fix_levers:
        question = question.without_levers(asked.paths)
    if "discover" in asked.chosen and losing.outcome not in question.outcomes:
        question = replace(question, outcomes=(*question.outcomes, losing.outcome))
    named = {losing.outcome: "--losing"} if asked.losing else {}
    check_outcomes(question, named | ({asked.outcome: "--outcome"} if asked.outcome else {}))
    return question


def _found(question: Question, asked: Asked, where: Where, losing: Losing) -> Findings:
    """Answer by every method that is asked for."""
    from cvosim.cli.sweep.progress import sweep_progress
    from cvosim.experiment.sensitivity.boxes import tree_maker
    from cvosim.experiment.sensitivity.dependence import partial_dependence
    from cvosim.experiment.sensitivity.discovery import discover
    from cvosim.experiment.sensitivity.drawn import draw
    from cvosim.experiment.sensitivity.elasticity import elasticities
    from cvosim.experiment.sensitivity.one_at_a_time import tornado
    from cvosim.experiment.sensitivity.question import Running
    from cvosim.experiment.sensitivity.sobol import sobol_indices

    def run(method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with sweep_progress(question.template.scenario.name) as progress:
            running = Running(*where, progress=progress)
            return method(question, *args, running=running, **options)

    found: Findings = {}
    chosen, points = asked.chosen, {} if asked.points is None else {"points": asked.points}
    if "discover" in chosen:
        tree_maker()  # missing, it is said before a long run and not after it
    simulated: tuple[tuple[str, Callable[..., Any], dict[str, int]], ...] = (
        ("tornado", tornado, {}),
        ("elasticity", elasticities, {}),
        ("sobol", sobol_indices, points),
    )
    for name, method, options in simulated:
        if name in chosen:
            found[name] = run(method, **options)
    drawn: dict[str, Any] = {}
    if "dependence" in chosen:
        if "sobol" not in chosen:
            drawn[question.outcomes[0]] = run(draw, **points)
        sample = drawn[question.outcomes[0]] if drawn else found["sobol"].sample
        found["dependence"] = partial_dependence(sample)
    if "discover" in chosen:
        sample = drawn.get(losing.outcome) or run(draw, losing.outcome, **points)
        found["discover"] = discover(sample, losing)
    return found


def _failed(one: Any) -> bool:
    """Whether some points had no value."""
    if hasattr(one, "bars"):
        return any(tried.error for bar in one.bars for tried in bar.tries)
    return bool(getattr(one, "missing", 0) or getattr(one, "lost", 0))


def _picture(found: Findings, result: Result) -> None:
    if result.picture is None:
        return
    from cvosim.report import sensitivity_picture as pictures
    from cvosim.report.sensitivity_discovery import discovery_picture

    name, one = next(iter(found.items()))
    if name == "tornado":
        figure = pictures.one_at_a_time_picture(one, found.get("elasticity"))
    elif name == "elasticity":
        figure = pictures.elasticity_picture(one)
    elif name == "sobol":
        figure = pictures.sobol_picture(one)
    elif name == "dependence":
        figure = pictures.dependence_picture(one)
    else:
        figure = discovery_picture(one)
    save_picture(figure, result.picture)


def _render(found: Findings, question: Question, format_: str) -> str:
    if format_ == "json":
        return as_json({name: one.to_dict() for name, one in found.items()})
    if format_ == "html":
        from cvosim.report.documents.sensitivity import sensitivity_document

        return as_html(sensitivity_document(found, question))
    from cvosim.report.sensitivity import WORDS
    from cvosim.report.sensitivity_tables import ROWS, TABLES, tidy_table

    if format_ == "csv":
        return tidy_table(row for name, one in found.items() for row in ROWS[name](one)).to_csv()
    parts = []
    for name, one in found.items():
        parts.append(told(WORDS[name](one), format_))
        parts += [table.render(format_) for table in TABLES[name](one)]
    return "\n\n".join(parts)
