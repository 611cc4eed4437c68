"""Reports of numbers that are as precise as was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.names import timeless
from cvosim.report.documents.settings import differences_table, settings_tables
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.documents.stream import stream_manifest, stream_sections
from cvosim.report.precision import (
    precise_comparison_lines,
    precise_comparison_table,
    precise_run_lines,
)
from cvosim.report.precision_picture import gaps_exhibit

if TYPE_CHECKING:
    from cvosim.experiment.precision.compare import PreciseComparison
    from cvosim.experiment.precision.run import PreciseRun
    from cvosim.report.tables import Table
    from cvosim.scenario import Scenario

WITHOUT = "The pictures and tables are of the same customers, without what theory knows."


def precise_run_document(done: PreciseRun) -> Document:
    """Make the report of a run that went on until one number was known well enough.

    Parameters
    ----------
    done : PreciseRun
    """
    said = precise_run_lines(done)
    sections = stream_sections(done.stream)
    if done.estimate.controls:
        said.append(WITHOUT)
    return Document(
        title=f"{done.stream.scenario.name}: {done.metric}",
        verdict="\n".join(said),
        sections=sections,
        assumptions=(_asked(done), *settings_tables(done.stream.scenario)),
        manifest=stream_manifest(done.stream),
        data=timeless(done.to_dict()),
    )


def precise_comparison_document(done: PreciseComparison, scenarios: Sequence[Scenario]) -> Document:
    """Make the report of a comparison that went on until the difference was known well enough.

    Parameters
    ----------
    done : PreciseComparison
    scenarios : sequence of Scenario
        That were compared, the baseline first.
    """
    exhibit = gaps_exhibit(done)
    # under the figure it stands already
    tables = (precise_comparison_table(done),) if exhibit is None else ()
    differing, baseline = differences_table(scenarios), scenarios[0]
    return Document(
        title=f"{done.metric} of {' and '.join(one.name for one in scenarios)}",
        verdict="\n".join(precise_comparison_lines(done)),
        sections=(Section("Differences", "", () if exhibit is None else (exhibit,), tables),),
        assumptions=(
            _asked(done),
            *([differing] if differing else []),
            *settings_tables(baseline, baseline.name),
        ),
        manifest=made_of(scenarios, seed=done.seed, customers=done.customers),
        data=done.to_dict(),
    )


def _asked(done: PreciseRun | PreciseComparison) -> Table:
    return settings_table(
        "What was asked",
        {
            "metric": done.metric,
            "half of the 95 % interval": str(done.goal),
            "customers that it took": done.customers,
            "customers allowed": done.most_customers,
            "reached": done.reached,
        },
    )
