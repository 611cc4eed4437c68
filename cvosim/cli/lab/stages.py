"""``cvosim lab stages``: which stage does a lift come from?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.lab.arms import baseline_and_variant
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

if TYPE_CHECKING:
    from cvosim.experiment.insight.attribution import Attribution
    from cvosim.scenario import Scenario


class Question(NamedTuple):
    """What is split, and among what."""

    metric: str | None
    together: tuple[str, ...]
    improve: float


EXAMPLES = """\b
Try:
  cvosim lab stages lead_magnet_checklist -S journey.lead_magnet.trust=1.5 \\
    -S journey.tripwire.price=9
  cvosim lab stages carpet_cleaning carpet_cleaning_no_tripwire
"""


@click.command("stages", short_help="Say which stage a lift comes from.", epilog=EXAMPLES)
@click.argument("base")
@click.argument("variant", required=False)
@overrides_option
@population_options
@bundled(
    "question",
    Question,
    click.option(
        "--metric",
        metavar="NAME",
        help="What is split.  [default: clv_per_prospect, with referrals where there are any]",
    ),
    click.option(
        "--together",
        multiple=True,
        metavar="STAGE,STAGE",
        help="Stages that count as one; may be repeated.",
    ),
    click.option(
        "--improve",
        type=float,
        default=0.1,
        show_default=True,
        help="How much better each stage is made to see what to test next; 0 for none of this.",
    ),
)
@result_options
def command(
    base: str,
    variant: str | None,
    overrides: tuple[str, ...],
    population: Population,
    question: Question,
    result: Result,
) -> None:
    """Split what VARIANT gains over BASE among the stages in which they differ.

    The same customers meet every combination of changed and unchanged stages, so the shares
    (Shapley values) add up to the whole difference without a remainder. Without VARIANT, BASE
    with the -S changes is the variant, or the first treatment of its experiment, or the one variant
    that BASE lists.
    """
    result.check([base, variant])
    from cvosim.experiment.insight.attribution import attribute, scenarios_needed
    from cvosim.experiment.insight.parts import Swap

    scenarios = baseline_and_variant(base, variant, overrides)
    warn(*scenarios)
    groups = [[word.strip() for word in group.split(",")] for group in question.together]
    swap = Swap.of(*scenarios, groups)
    with progress_bar("Scenarios", scenarios_needed(swap, question.improve)) as progress:
        found = attribute(
            swap,
            metric=question.metric,
            improvement=question.improve,
            progress=progress,
            **population._asdict(),
        )
    if result.picture is not None:
        from cvosim.report.insight_stages import stages_picture

        save_picture(stages_picture(found), result.picture)
    write_result(_render(found, scenarios, result.form()), result.output)


def _render(found: Attribution, arms: tuple[Scenario, Scenario], format_: str) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_stages import lab_stages_document
        from cvosim.report.documents.shared import made_of

        made = made_of(arms, seed=found.seed, customers=found.customers)
        return as_html(lab_stages_document(found, made))
    if format_ == "json":
        return as_json(found.to_dict())
    from cvosim.report.insight_stages import stages_tables

    first, *others = stages_tables(found)
    if format_ == "csv":
        return first.to_csv()
    tables = [table.render(format_) for table in (first, *others)]
    return "\n\n".join([told(found.summary(), format_), *tables])
