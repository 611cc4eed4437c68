"""``cvosim lab segments``: what may be claimed of segments, where the truth is known?"""

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
from cvosim.cli.usage import Whole

if TYPE_CHECKING:
    from cvosim.experiment.insight.segment_truth import SegmentLab
    from cvosim.scenario import Scenario


class Trial(NamedTuple):
    """The split test that is imagined."""

    metric: str
    units: int
    replications: int
    follow_days: float | None


EXAMPLES = """\b
Try:
  cvosim lab segments carpet_cleaning -S journey.tripwire.price=19
"""


@click.command("segments", short_help="Score claims about segments.", epilog=EXAMPLES)
@click.argument("scenario")
@click.argument("variant", required=False)
@overrides_option
@population_options
@bundled(
    "trial",
    Trial,
    click.option(
        "--metric",
        default="contribution",
        show_default=True,
        help="Outcome of a customer, such as orders or conversion.core_offer.",
    ),
    click.option(
        "--units",
        type=Whole(least=1),
        default=20_000,
        show_default=True,
        help="Customers of the split test, half of them with the change.",
    ),
    click.option(
        "--replications",
        type=Whole(least=2),
        default=1000,
        show_default=True,
        help="Split tests to draw.",
    ),
    click.option(
        "--follow-days",
        type=float,
        metavar="DAYS",
        help="Days that each customer is followed.  [default: to the horizon]",
    ),
)
@result_options
def command(
    scenario: str,
    variant: str | None,
    overrides: tuple[str, ...],
    population: Population,
    trial: Trial,
    result: Result,
) -> None:
    """Say what a split test of SCENARIO against a variant would claim of each segment.

    The same customers meet both, so the true effect on every segment is known: how often a test
    finds it, how often it has the sign wrong, by how much it exaggerates, how many customers it
    needs, and what it is worth to treat only segments that look better.

    Without VARIANT, SCENARIO with the -S changes is the variant, or the first treatment of its
    experiment, or the one variant that it lists.
    """
    result.check([scenario, variant])
    from cvosim.experiment.insight.segment_truth import SegmentTest, segment_lab

    arms = baseline_and_variant(scenario, variant, overrides)
    warn(*arms)
    total = (population.customers or arms[0].customers) * len(arms)
    with progress_bar("Customers", total) as progress:
        lab = segment_lab(
            *arms, test=SegmentTest(*trial), progress=progress, **population._asdict()
        )
    if result.picture is not None:
        from cvosim.report.insight_segments import segments_picture

        save_picture(segments_picture(lab), result.picture)
    write_result(_render(lab, arms, result.form()), result.output)


def _render(lab: SegmentLab, arms: tuple[Scenario, Scenario], format_: str) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_segments import lab_segments_document
        from cvosim.report.documents.shared import made_of

        made = made_of(arms, seed=lab.seed, customers=lab.customers)
        return as_html(lab_segments_document(lab, made))
    if format_ == "json":
        return as_json(lab.to_dict())
    from cvosim.report.insight_segments import segment_table, segments_tables

    if format_ == "csv":
        return segment_table(lab).to_csv()
    tables = [table.render(format_) for table in segments_tables(lab)]
    return "\n\n".join([told(lab.summary(), format_), *tables])
