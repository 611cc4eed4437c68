"""The report of early metrics against the late truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import Z, amount
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.insight_surrogates import (
    SIGNS,
    predicted_and_true,
    shown_surrogate,
    surrogates_tables,
    verdict_grid,
)

if TYPE_CHECKING:
    from cvosim.experiment.insight.surrogates import SurrogateLab


def lab_surrogates_document(
    lab: SurrogateLab, made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of early metrics together.

    Parameters
    ----------
    lab : SurrogateLab
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    by_lever, by_surrogate = surrogates_tables(lab)
    return Document(
        f"{lab.scenario}: which early metric to trust",
        lab.summary(),
        (
            Section("Which early metric for which change", "", (_grid(lab),), (by_lever,)),
            Section("How good early metrics are", "", (_predicted(lab),), (by_surrogate,)),
        ),
        (
            settings_table(
                "What was changed, measured and tested",
                {
                    "scenario": lab.scenario,
                    "changes": ", ".join(lab.levers),
                    "days at which one would like to decide": lab.plan.early,
                    "days at which the truth is known": lab.plan.days,
                    "customers of a split test": lab.plan.units,
                    "split tests": lab.plan.replications,
                    "level of confidence": f"{100 * lab.plan.level:g} %",
                },
            ),
        ),
        dict(made or made_of(seed=lab.seed, customers=lab.customers)),
        lab.to_dict(),
    )


def _grid(lab: SurrogateLab) -> Exhibit:
    rows = [(one, *(lab.verdict(one, name) for name in lab.surrogates)) for one in lab.levers]
    shown = [(row[0], *(SIGNS[verdict] for verdict in row[1:])) for row in rows]
    whole = [verdict for row in rows for verdict in row[1:]]
    safe = sum(verdict == "safe" for verdict in whole)
    alt = (
        f"{len(lab.levers)} changes by {len(lab.surrogates)} early metrics: {safe} of "
        f"{len(whole)} pairs are safe, {sum(one == 'misleading' for one in whole)} have the wrong "
        f"sign. Safe most often is {lab.best}."
    )
    table = figure_table(("change", *lab.surrogates), rows, shown)
    title = "Does it tell what comes in the end?"
    return Exhibit("verdicts", title, alt, verdict_grid, lab, table)


def _predicted(lab: SurrogateLab) -> Exhibit:
    name = shown_surrogate(lab)
    scores = lab.of(name)
    rows = [
        (one.lever, one.size, one.true, one.true_error, one.predicted, one.predicted_error,
         one.verdict)
        for one in scores
    ]  # fmt: skip
    shown = [
        (
            one.lever,
            f"{100 * one.size:+.0f} %" if one.mechanism != "own" else "as given",
            *(
                text
                for value, error in (
                    (one.true, one.true_error),
                    (one.predicted, one.predicted_error),
                )
                for text in (
                    amount(value, lab.currency, sign=True),
                    amount(Z * error, lab.currency),
                )
            ),
            one.verdict,
        )
        for one in scores
    ]
    most = max(scores, key=lambda one: abs(one.true))
    alt = (
        f"What {name} predicts beside the true effect of {len(scores)} changes. The largest true "
        f"effect is that of {most.lever}: {amount(most.true, lab.currency, sign=True)}, predicted "
        f"{amount(most.predicted, lab.currency, sign=True)}. "
        f"{sum(one.verdict == 'safe' for one in scores)} of them are safe."
    )
    header = ("change", "size", "true effect", "± 95 %", "predicted", "± 95 %", "verdict")
    title = f"What {name} predicts, and the truth"
    table = figure_table(header, rows, shown)
    note = "On the dashed line a prediction is exact. Lines are 95 % intervals."
    return Exhibit("predicted", title, alt, predicted_and_true, lab, table, note)
