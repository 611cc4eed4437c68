"""The report of what moves an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cvosim.report.document import Document, Section
from cvosim.report.documents.lever_names import in_words, with_words
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.sensitivity import WORDS
from cvosim.report.sensitivity_exhibits import EXHIBITS
from cvosim.report.sensitivity_tables import TABLES
from cvosim.report.settings_text import setting
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.question import Question

TITLES: Mapping[str, str] = {
    "tornado": "One factor at a time",
    "elasticity": "One percent of each number",
    "sobol": "Where the differences come from",
    "dependence": "Along each factor",
    "discover": "Where the plan loses",
}
"""Headings by method."""


def sensitivity_document(found: Mapping[str, Any], question: Question) -> Document:
    """Make the report of a sensitivity study.

    Parameters
    ----------
    found : mapping
        What each method found, by its name: ``tornado``, ``elasticity``, ``sobol``,
        ``dependence`` or ``discover``.
    question : Question
        What was asked.

    Examples
    --------
    >>> from cvosim.experiment.sensitivity.question import Question
    >>> from cvosim.experiment.sensitivity.one_at_a_time import tornado
    >>> asked = Question.of("carpet_cleaning", paths=["journey.tripwire.price"], customers=2000)
    >>> made = sensitivity_document({"tornado": tornado(asked)}, asked)
    >>> made.sections[0].title, made.sections[0].exhibits[0].key
    ('One factor at a time', 'tornado')
    """
    scenario = question.template.scenario
    said = "\n".join(f"{WORDS[name](one)}" for name, one in found.items())
    paths = [factor.path for factor in question.factors]
    return Document(
        title=f"{scenario.name}: what moves {question.outcomes[0]}",
        verdict=with_words(said, paths, question.template),
        sections=tuple(_section(name, one) for name, one in found.items()),
        assumptions=(_asked(found, question), _factors(question)),
        manifest=made_of(
            [scenario],
            seed=scenario.seed,
            customers=question.customers,
            methods=", ".join(found),
        ),
        data={name: one.to_dict() for name, one in found.items()},
    )


def _section(name: str, one: Any) -> Section:
    """One method: its figures, and the tables that stand under none of them."""
    exhibits = EXHIBITS[name](one)
    under = [exhibit.table for exhibit in exhibits]
    tables = TABLES[name](one)
    if name == "dependence" and len(one.curves) == len(exhibits):
        tables = []  # all factors are drawn, each with its own
    return Section(TITLES[name], "", exhibits, tuple(t for t in tables if t not in under))


def _asked(found: Mapping[str, Any], question: Question) -> Table:
    scenario = question.template.scenario
    return settings_table(
        "What was asked",
        {
            "scenario": scenario.name,
            "methods": ", ".join(found),
            "outcomes": ", ".join(question.outcomes),
            "customers at each point": question.customers,
            "seed": str(scenario.seed),
        },
    )


def _factors(question: Question) -> Table:
    """Make one row a factor: what stands there in the scenario as written."""
    rows = tuple(
        (factor.path, in_words(factor.path, question.template), factor.role, setting(value))
        for factor, value in zip(question.factors, question.base, strict=True)
    )
    header = ("factor", "in words", "role", "as written")
    return Table(header, rows, rows, "What may differ")
