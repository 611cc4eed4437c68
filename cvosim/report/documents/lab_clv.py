"""The report of the identifiability lab: which model finds the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.lab import title_of
from cvosim.experiment.lab_text import doubts
from cvosim.experiment.lab_verdict import verdict
from cvosim.report.backtest import calibration
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.lab import (
    Claims,
    alive_by_repeats,
    alive_calibration_of,
    alive_claims_of,
    claims,
    classes_of,
    lab_table,
    purchase_claims_of,
)

if TYPE_CHECKING:
    from cvosim.experiment.lab import LabResult

FIRST = "Of the first log."


def lab_clv_document(lab: LabResult, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of the lab together.

    Parameters
    ----------
    lab : LabResult
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    alive = _claimed("alive", alive_claims_of(lab))
    purchases = _claimed("purchases", purchase_claims_of(lab))
    said = [*(f"Warning: {doubt}" for doubt in doubts(lab)), *verdict(lab)]
    further = [line for line in lab.summary().splitlines() if line not in said]
    exhibits = (_by_repeats(lab), _calibration(lab), alive, purchases)
    return Document(
        f"{lab.scenario.name}: which model finds the truth",
        "\n".join(said),
        (
            Section("Models beside the truth", "", exhibits, (lab_table(lab),)),
            Section("What each model said", "\n".join(further)),
        ),
        (
            settings_table(
                "What was simulated and fitted",
                {
                    "scenario": lab.scenario.name,
                    "repeat buying as in": title_of(lab.world),
                    "last day of the log": lab.until,
                    "last day of the hold-out": lab.horizon,
                    "models": ", ".join(title_of(model) for model in lab.models),
                    "logs": len(lab.rounds),
                },
            ),
        ),
        dict(made or made_of([lab.scenario])),
        lab.to_dict(),
    )


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f} %"


def _by_repeats(lab: LabResult) -> Exhibit:
    data = classes_of(lab)
    lines = [data.truth, *data.said.values()]
    rows = list(zip(data.places, *lines, strict=True))
    shown = [(f"{row[0]}", *(_percent(share) for share in row[1:])) for row in rows]
    shown[-1] = (f"{shown[-1][0]} or more", *shown[-1][1:])
    said = ", ".join(f"{name} {_percent(values[0])}" for name, values in data.said.items())
    alt = (
        f"Of customers with {data.places[0]} repeat purchases {_percent(data.truth[0])} are still "
        f"customers; models say: {said}. Of those with {data.places[-1]} or more "
        f"{_percent(data.truth[-1])} are."
    )
    table = figure_table(("repeat purchases", "truth", *data.said), rows, shown)
    title = "Still customers at the end of the log"
    return Exhibit("alive_by_repeats", title, alt, alive_by_repeats, data, table, FIRST)


def _calibration(lab: LabResult) -> Exhibit:
    data = alive_calibration_of(lab)
    rows = [
        (name, group.predicted, group.happened, group.customers)
        for name, groups in data.groups.items()
        for group in groups
    ]
    shown = [(row[0], _percent(row[1]), _percent(row[2]), f"{row[3]:,.0f}") for row in rows]
    errors = ", ".join(
        f"{title_of(score.name)} {_percent(score.alive_error)}" for score in lab.rounds[0].scores
    )
    alt = (
        "Predicted chances of being a customer against the share that is. On the diagonal a model "
        f"is right; on average models are off by: {errors}."
    )
    table = figure_table(("model", "predicted", "happened", "customers"), rows, shown)
    note = f"{FIRST} On the thin line, what was predicted is what happened."
    return Exhibit("alive_calibration", data.title, alt, calibration, data, table, note)


def _claimed(key: str, data: Claims) -> Exhibit:
    def write(value: float) -> str:
        if math.isnan(value):
            return ""
        return _percent(value) if data.unit == "share" else f"{value:,.0f}"

    rows = [(name, value, math.nan, math.nan) for name, value in data.truths.items()]
    rows += [(claim.name, claim.value, claim.low, claim.high) for claim in data.claims]
    shown = [
        (name, write(value), f"{write(low)} to {write(high)}" if math.isfinite(low) else "")
        for name, value, low, high in rows
    ]
    truth = ", ".join(f"{name} {write(value)}" for name, value in data.truths.items())
    said = ", ".join(f"{claim.name} {write(claim.value)}" for claim in data.claims)
    alt = f"{data.title}: {truth}; models say: {said}."
    table = figure_table(("model", data.title.lower(), "90 % interval"), rows, shown)
    return Exhibit(key, data.title, alt, claims, data, table)
