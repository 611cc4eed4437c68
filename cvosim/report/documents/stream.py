"""The report of a streamed run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.made import lasting
from cvosim.report.documents.names import timeless
from cvosim.report.documents.run_verdict import run_verdict
from cvosim.report.documents.settings import settings_tables
from cvosim.report.figures.funnel import measured_funnel
from cvosim.report.figures.retention_map import cohorts_exhibit
from cvosim.report.streaming import SKETCHED, cohort_table, stream_title
from cvosim.report.text import metrics_tables

if TYPE_CHECKING:
    from cvosim.experiment.streaming import Stream
    from cvosim.report.exhibit import Exhibit


def stream_document(done: Stream) -> Document:
    """Make the report of a streamed run: what it earns, who takes each step, who comes back.

    Parameters
    ----------
    done : Stream

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.streaming import stream
    >>> made = stream_document(stream(load_scenario("carpet_cleaning"), customers=2000))
    >>> made.title, [one.title for one in made.sections]
    ('Carpet cleaning', ['Pictures', 'All numbers'])
    """
    first = run_verdict(done.scenario, done.metrics(), None)
    return Document(
        title=done.scenario.name,
        verdict=f"{first}\n{stream_title(done)}",
        sections=stream_sections(done),
        assumptions=settings_tables(done.scenario),
        manifest=stream_manifest(done),
        data=timeless(done.to_dict()),
    )


def stream_sections(done: Stream) -> tuple[Section, ...]:
    """Give the figures, then every metric in tables."""
    exhibits: list[Exhibit | None] = [
        measured_funnel({done.scenario.name: done.metrics()}, scenarios=[done.scenario])
    ]
    tables = metrics_tables(done.metrics())
    if done.aggregate.cohorts is not None:
        cohorts = done.aggregate.cohorts.retention()
        exhibits.append(cohorts_exhibit([(done.scenario.name, cohorts)]))
        tables.append(cohort_table(cohorts))
    return (
        Section("Pictures", "", tuple(one for one in exhibits if one is not None)),
        Section("All numbers", SKETCHED.replace("\n", " "), tables=tuple(tables)),
    )


def stream_manifest(done: Stream) -> dict[str, object]:
    """Say how it was made, flat."""
    entries = lasting(done.manifest)
    versions = {f"version of {name}": one for name, one in entries.pop("versions").items()}
    return {**entries, **versions}
