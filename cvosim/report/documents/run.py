"""The report of one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.metrics.carried import carried
from cvosim.report.document import Document, Section
from cvosim.report.documents.key_numbers import key_numbers
from cvosim.report.documents.made import lasting, made
from cvosim.report.documents.run_verdict import run_verdict
from cvosim.report.documents.settings import settings_tables
from cvosim.report.exhibits import exhibits_of

if TYPE_CHECKING:
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Metrics


def run_document(found: Illustrated) -> Document:
    """Make the report of one scenario: what it earns, where people are lost, and why.

    Parameters
    ----------
    found : Illustrated
        Of one scenario.

    Examples
    --------
    >>> from cvosim.experiment.illustrated import illustrate
    >>> from cvosim import load_scenario
    >>> found = illustrate([load_scenario("carpet_cleaning")], customers=2000)
    >>> document = run_document(found)
    >>> document.title, [section.title for section in document.sections]
    ('Carpet cleaning', ['Key numbers', 'Pictures', 'All numbers'])
    """
    from cvosim.report.text import metrics_tables

    (scenario,) = found.scenarios
    metrics = found.metrics[scenario.name]
    return Document(
        title=scenario.name,
        verdict=run_verdict(scenario, metrics, found.portraits[scenario.name].cash),
        sections=(
            Section("Key numbers", scenario.description or "", tables=(key_numbers(found),)),
            Section("Pictures", PICTURES, exhibits_of(found)),
            Section("All numbers", _about_all(metrics), tables=tuple(metrics_tables(metrics))),
        ),
        assumptions=settings_tables(scenario),
        manifest=made(found),
        data=_data(found),
    )


PICTURES = "Under each picture it is told in words, with the numbers that are drawn."
ALL_NUMBERS = "After each number stands the half-width of its 95 % interval."

TOO_NARROW = " So few buyers carry the money that its intervals are too narrow: do not go by them."


def _about_all(metrics: Metrics) -> str:
    rests_on = carried(metrics)
    few = rests_on is not None and rests_on.too_few
    return ALL_NUMBERS + TOO_NARROW if few else ALL_NUMBERS


def _data(found: Illustrated) -> Mapping[str, object]:
    """Give what ``cvosim run --format json`` prints, less how long it took."""
    (scenario,) = found.scenarios
    return {
        "scenario": scenario.model_dump(mode="json"),
        "manifest": lasting(found.manifests[scenario.name]),
        "metrics": found.metrics[scenario.name].to_dict(),
    }
