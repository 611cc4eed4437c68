"""The report of an optimisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.lever_names import in_words, with_words
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.optimisation import optimisation_verdict
from cvosim.report.optimisation_exhibits import optimisation_exhibits
from cvosim.report.optimisation_settings import setting
from cvosim.report.optimisation_table import candidates_table, minus_signs, table_note
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.levers import Lever
    from cvosim.experiment.optimisation.result import Optimum
    from cvosim.scenario.template import Template


def optimisation_document(found: Optimum, template: Template) -> Document:
    """Make the report of an optimisation.

    Parameters
    ----------
    found : Optimum
    template : Template
        The scenario that was optimised, with the seed that was used.
    """
    exhibits = optimisation_exhibits(found)
    table = candidates_table(found)
    hidden = 0 if found.pareto else len(found.levers) - len(exhibits)
    words = f"The first {len(exhibits)} levers are drawn, {hidden} not." if hidden > 0 else ""
    said, paths = optimisation_verdict(found), [lever.path for lever in found.levers]
    return Document(
        title=f"{found.name}: what to set the levers to",
        verdict=with_words(said, paths, template),
        sections=(
            Section("What was tried", words, exhibits),
            Section("Candidates", table_note(found), tables=(table,)),
        ),
        assumptions=(_asked(found, template), _levers(found, template)),
        manifest=made_of(
            [template.scenario],
            seed=template.scenario.seed,
            trials=found.effort.trials,
            customers_a_replicate=found.batch,
        ),
        data={"verdict": said, **found.to_dict()},
    )


def _asked(found: Optimum, template: Template) -> Table:
    question, effort = found.question, found.effort
    goals = [f"{'most' if one.maximise else 'least'} {one.outcome}" for one in question.goals]
    return settings_table(
        "What was asked",
        {
            "scenario": found.name,
            "wanted": " and ".join(goals),
            "conditions": "; ".join(minus_signs(one.text) for one in question.constraints),
            "sampled worlds": question.robust or None,
            "quantile of the worlds": question.quantile,
            "plans to try": effort.trials,
            "confidence": f"{100 * effort.confidence:.4g} %",
            "customers a replicate": found.batch,
            "customers simulated in all": found.used,
            "seed": str(template.scenario.seed),
        },
    )


def _levers(found: Optimum, template: Template) -> Table:
    """Make one row a lever: what it may be, and what stands there."""
    rows = tuple(
        (lever.path, in_words(lever.path, template), _may_be(lever), setting(value))
        for lever, value in zip(found.levers, found.base.plan, strict=True)
    )
    return Table(("lever", "in words", "may be", "as written"), rows, rows, "What may be set")


def _may_be(lever: Lever) -> str:
    if not lever.values:
        steps = "" if lever.step is None else f" in steps of {setting(lever.step)}"
        return f"{setting(lever.low)} to {setting(lever.high)}{steps}"
    return ", ".join(setting(value, lever.values) for value in lever.values)
