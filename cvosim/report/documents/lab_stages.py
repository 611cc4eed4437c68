"""The report of a lift split among stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import Z, amount
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import waterfall
from cvosim.report.insight_stages import next_test, next_test_of, shares_of, stages_tables

if TYPE_CHECKING:
    from cvosim.experiment.insight.attribution import Attribution
    from cvosim.report.tables import Table


def lab_stages_document(found: Attribution, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of a split lift together.

    Parameters
    ----------
    found : Attribution
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    first, *others = stages_tables(found)
    sections = [Section("Where the difference comes from", "", (_shares(found, first),))]
    if others:
        sections.append(Section("What to test next", "", (_next(found, others[0]),)))
    return Document(
        f"{found.variant}: which stage the difference comes from",
        found.summary(),
        tuple(sections),
        (
            settings_table(
                "What was split",
                {
                    "baseline": found.baseline,
                    "variant": found.variant,
                    "metric": found.metric,
                    "stages put together": ", ".join(found.together),
                    "scenarios between the two": found.scenarios,
                    "how much better a stage is made": f"{100 * found.improvement:g} %"
                    if found.room
                    else "",
                },
            ),
        ),
        dict(made or made_of(seed=found.seed, customers=found.customers)),
        found.to_dict(),
    )


def _shares(found: Attribution, table: Table) -> Exhibit:
    parts = ", ".join(
        f"{share.name} {amount(share.value, found.unit, sign=True)} "
        f"(± {amount(Z * share.standard_error, found.unit)})"
        for share in found.shares
    )
    alt = (
        f"Of {amount(found.difference, found.unit, sign=True)} in {found.metric}, each stage adds: "
        f"{parts}. ± is half of the 95 % interval."
    )
    data = shares_of(found)
    note = "The bars add up to the total. Lines are 95 % intervals; hatched bars are losses."
    return Exhibit("stages", data.title, alt, waterfall, data, table, note)


def _next(found: Attribution, table: Table) -> Exhibit:
    best, least = found.room[0], found.room[-1]
    alt = (
        f"Of {len(found.room)} stages, {best.name} would add most if it were "
        f"{100 * found.improvement:.0f} % better: {amount(best.value, found.unit, sign=True)}; "
        f"{least.name} least: {amount(least.value, found.unit, sign=True)}."
    )
    data = next_test_of(found)
    title = data.title.replace("\n", " ")
    note = ""
    if len(data.rooms) < len(found.room):
        note = f"Drawn are the {len(data.rooms)} largest; the table has all."
    return Exhibit("next_test", title, alt, next_test, data, table, note)
