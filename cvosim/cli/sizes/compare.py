"""``cvosim compare --precision``: one difference, as precisely as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.cli.files import write_result
from cvosim.cli.options import Population, Result
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json
from cvosim.cli.sizes.options import MOST, Precise
from cvosim.cli.sizes.run import end_as_found

if TYPE_CHECKING:
    from cvosim.experiment.precision.compare import PreciseComparison
    from cvosim.scenario import Scenario


def compare_precisely(
    scenarios: list[Scenario], population: Population, result: Result, precise: Precise
) -> None:
    """Compare scenarios until the difference is known well enough, and print it."""
    from cvosim.experiment.precision.compare import compare_to_precision
    from cvosim.experiment.precision.jobs import STEPS, Search
    from cvosim.metrics.metric import VALUE

    assert precise.precision is not None
    with progress_bar("Comparing", STEPS) as progress:
        done = compare_to_precision(
            scenarios,
            precise.precision,
            metric=precise.metric or VALUE,
            seed=population.seed,
            how=Search(
                precise.workers(population), most=precise.most_customers or MOST, progress=progress
            ),
        )
    write_result(_render(done, scenarios, result.form()), result.output)
    end_as_found(done)


def _render(done: PreciseComparison, scenarios: list[Scenario], form: str) -> str:
    if form == "html":
        from cvosim.report.documents.precision import precise_comparison_document

        return as_html(precise_comparison_document(done, scenarios))
    from cvosim.report.precision import precise_comparison_table, precise_comparison_text

    if form == "json":
        return as_json(done.to_dict())
    if form == "csv":
        return precise_comparison_table(done).to_csv()
    return precise_comparison_text(done, form)
