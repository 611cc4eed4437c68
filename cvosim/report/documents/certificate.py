"""The report of certificates: which test keeps its promises on these customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.certificate.certificate_text import percent
from cvosim.report.certificate import (
    NOTE,
    WORDS,
    Alarms,
    alarms_of,
    certificate_table,
    false_alarms,
)
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit

if TYPE_CHECKING:
    from cvosim.experiment.certificate.certificate import Certificate
    from cvosim.experiment.certificate.recommend import Recommendation
    from cvosim.report.tables import Table

READING = (
    "± is half of the 99 % Monte-Carlo interval. Type S: effects found with the wrong sign. Type "
    "M: how many times too large the effects are that are found. Bias: what estimates are off on "
    "average."
)


def certificate_document(
    found: Recommendation, asked: str | None = None, made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of certificates together.

    Parameters
    ----------
    found : Recommendation
    asked : str, optional
        Procedure that was asked about; it comes first.
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    some = sorted(found.certificates, key=lambda one: one.procedure.name != asked)
    first = some[0]
    exhibits = tuple(
        _exhibit(side, key)
        for side, key in zip(alarms_of(some), ("alarms_one_way", "alarms_other_way"), strict=True)
    )
    return Document(
        f"Which test to trust on {first.column} of {first.world}",
        found.summary(asked),
        (
            Section("False alarms", "Both figures have the same scale.", exhibits),
            Section("All scores", READING, (), (certificate_table(some),)),
        ),
        (_design(first),),
        dict(made or made_of(seed=first.seed)),
        {"verdict": list(found.lines(asked)), **found.to_dict()},
    )


def _exhibit(data: Alarms, key: str) -> Exhibit:
    rows = [(one.procedure, one.value, one.low, one.high, str(one.verdict)) for one in data.rates]
    shown = [
        (
            one.procedure,
            percent(one.value),
            f"{100 * one.low:.2f} to {100 * one.high:.2f} %",
            WORDS[one.verdict],
        )
        for one in data.rates
    ]
    promised = ""
    if data.allowed is not None:
        low, high = data.allowed
        promised = f" Promised are {percent((low + high) / 2.0)}, allowed up to {percent(high)}."
    rates = ", ".join(f"{name} {rate} ({said})" for name, rate, _, said in shown)
    alt = f"Without any effect, a test {data.title}, by procedure: {rates}.{promised}"
    table = figure_table(("procedure", "false alarms", "99 % interval", "verdict"), rows, shown)
    return Exhibit(key, f"Without reason it {data.title}", alt, false_alarms, data, table, NOTE)


def _design(one: Certificate) -> Table:
    design = one.design
    control, treated = (f"{100 * share:.4g} %" for share in design.shares)
    effect = None
    if design.effect is not None:
        effect = f"{100 * design.effect.lift:+.4g} % ({design.effect.kind})"
    return settings_table(
        "The test",
        {
            "customers of": one.world,
            "metric": one.column,
            "covariate": getattr(one.metric, "covariate", None),
            "treatment": one.arm,
            "customers in a test": design.units,
            "control and treatment": f"{control} and {treated}",
            "looks": design.looks,
            "how looks share the error rate": design.spending if design.looks > 1 else "",
            "level of confidence": f"{100 * design.level:g} %",
            "alternative": design.alternative,
            "effect put in": effect,
            "tests run": one.replications,
        },
    )
