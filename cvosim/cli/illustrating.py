"""Simulating scenarios for a report with figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.cli.options import Population
from cvosim.cli.progress import progress_bar
from cvosim.cli.sizes.run import advise_on_memory

if TYPE_CHECKING:
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.report.document import Document
    from cvosim.scenario import Scenario


def illustrated(scenarios: Sequence[Scenario], population: Population, title: str) -> Illustrated:
    """Simulate scenarios on the same customers, with all that their figures need."""
    from cvosim.experiment.illustrated import illustrate

    advise_on_memory(scenarios[0], population.customers, reported=len(scenarios))
    total = (population.customers or scenarios[0].customers) * len(scenarios)
    with progress_bar(title, total) as progress:
        return illustrate(scenarios, **population._asdict(), progress=progress)


def document_of(found: Illustrated) -> Document:
    """Make the report of a run, or of a comparison if there is anything to compare."""
    if found.comparison is None:
        from cvosim.report.documents.run import run_document

        return run_document(found)
    from cvosim.report.documents.comparison import comparison_document

    return comparison_document(found)
