"""The report of twins: the same customers in every arm, and so the true effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.experiment import design_table
from cvosim.report.documents.names import keys_of
from cvosim.report.documents.shared import made_of
from cvosim.report.exhibit import Exhibit
from cvosim.report.experiment import Words, twins_verdict
from cvosim.report.experiment_picture import forest, twin_forest_of
from cvosim.report.experiment_tables import twins_table

if TYPE_CHECKING:
    from cvosim.experiment.trials.twin import TwinEffect, TwinResult

NOTE = "Intervals are for other customers of this kind: of these, the effect is known."


def twins_document(done: TwinResult, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of twins together.

    Parameters
    ----------
    done : TwinResult
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    verdict, table = twins_verdict(done), twins_table(done)
    words = Words(done.pool.currency, done.design.assign_at)
    keys = keys_of("effect", [f"{one.metric} {one.treatment}" for one in done.effects])
    exhibits = tuple(
        _exhibit(done, one, words, key) for key, one in zip(keys, done.effects, strict=True)
    )
    return Document(
        f"{done.design.name}: the true effects",
        verdict,
        (Section("What the treatments truly do", NOTE, exhibits, (table,)),),
        (design_table(done.design, done.pool.arms),),
        dict(made or made_of(seed=done.seed, customers=done.customers)),
        {"verdict": verdict, **done.to_dict()},
    )


def _exhibit(done: TwinResult, one: TwinEffect, words: Words, key: str) -> Exhibit:
    t = one.truth
    alt = (
        f"{one.treatment} against {one.control} in {one.metric}: "
        f"{words.change(one.metric, t.value)} for everybody (95 % interval "
        f"{words.range(one.metric, t.low, t.high)})."
    )
    if len(one.by_segment) > 1:
        parts = (
            f"{name} {words.change(one.metric, effect)}"
            for name, (_, effect, _) in one.by_segment.items()
        )
        alt += f" By segment: {', '.join(parts)}."
    table = replace(twins_table(replace(done, effects=(one,))), title="")
    data = twin_forest_of(one, words.currency)
    return Exhibit(key, data.title, alt, forest, data, table)
