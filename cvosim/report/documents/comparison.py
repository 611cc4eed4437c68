"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.key_numbers import key_numbers
from cvosim.report.documents.made import lasting, made
from cvosim.report.documents.settings import differences_table, settings_tables
from cvosim.report.exhibits import exhibits_of

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.report.tables import Table
    from cvosim.scenario import Scenario


def comparison_document(found: Illustrated) -> Document:
    """Make the report of a comparison: which earns more, by how much, and why.

    Parameters
    ----------
    found : Illustrated
        Of two scenarios or more.

    Examples
    --------
    >>> from cvosim.experiment.illustrated import illustrate
    >>> from cvosim import load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> found = illustrate([load_scenario(name) for name in names], customers=2000)
    >>> document = comparison_document(found)
    >>> document.assumptions[0].title
    'What differs'
    """
    from cvosim.report.text import comparison_tables, verdict

    assert found.comparison is not None  # a run has a report of its own
    comparison = found.comparison
    tables = tuple(comparison_tables(comparison))
    return Document(
        title=_title(comparison),
        verdict=verdict(comparison),
        sections=(
            Section("Key numbers", _people(comparison), tables=(key_numbers(found),)),
            Section("Pictures", PICTURES, exhibits_of(found)),
            Section("All numbers", DIFFERENCES, tables=tables),
        ),
        assumptions=_assumptions(found.scenarios),
        manifest=made(found),
        data=_data(comparison),
    )


PICTURES = "Under each picture it is told in words, with the numbers that are drawn."
DIFFERENCES = (
    "A star marks a difference whose 95 % interval does not hold 0. The column with the sign for "
    "division says how many times as many customers two separate samples would need for an "
    "interval as narrow."
)


def _title(comparison: Comparison) -> str:
    if len(comparison.variants) > 3:
        return f"{comparison.baseline} and {len(comparison.variants)} variants of it"
    return f"{comparison.baseline} against {', '.join(comparison.variants)}"


def _people(comparison: Comparison) -> str:
    return (
        f"The same {comparison.customers:,} prospects, with the same luck, meet each scenario, so "
        "most chance cancels out of the differences."
    )


def _assumptions(scenarios: Sequence[Scenario]) -> tuple[Table, ...]:
    """List what differs first, then all that the baseline assumes."""
    found = differences_table(scenarios)
    baseline = scenarios[0]
    return (*((found,) if found else ()), *settings_tables(baseline, baseline.name))


def _data(comparison: Comparison) -> Mapping[str, object]:
    """Give what ``cvosim compare --format json`` prints, less how long it took."""
    from cvosim.report.text import verdict

    manifests = {name: lasting(one) for name, one in comparison.manifests.items()}
    return {"verdict": verdict(comparison), **comparison.to_dict(), "manifests": manifests}
