"""The report of an experiment in somebody's own data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cvosim.report.abtest import Wording, abtest_table, abtest_verdict, adjustments
from cvosim.report.abtest_picture import effects, effects_of
from cvosim.report.document import Document, Section
from cvosim.report.documents.names import file_name, keys_of
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import p_text
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.stats.abtest.result import ABTest
    from cvosim.stats.effect import Effect

NOTE = (
    "A line is an interval. A full mark is an effect that chance hardly explains; a hollow one "
    "may be chance."
)


def abtest_document(
    done: ABTest, wording: Wording, made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of an analysed experiment together.

    Parameters
    ----------
    done : ABTest
    wording : Wording
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    verdict = abtest_verdict(done, wording)
    keys = keys_of("effect", done.metrics)
    exhibits = tuple(
        _exhibit(done, metric, wording, key) for key, metric in zip(keys, done.metrics, strict=True)
    )
    found = {"verdict": verdict, **done.to_dict(), "source": file_name(done.source)}
    return Document(
        f"What the experiment in {file_name(done.source)} found",
        verdict,
        (
            Section("Effects", NOTE, exhibits, (_finding_first(abtest_table(done, wording)),)),
            Section("What was done to the numbers", "\n".join(adjustments(done))),
            Section("Sizes of the arms", "", (), (_sizes(done),)),
        ),
        (_asked(done),),
        dict(made or made_of()),
        found,
    )


def _exhibit(done: ABTest, metric: str, wording: Wording, key: str) -> Exhibit:
    """Every treatment's effect on one metric."""
    some = [one for one in done.effects if one.metric == metric]
    whole = _finding_first(abtest_table(done, wording))
    rows = [place for place, one in enumerate(done.effects) if one.metric == metric]
    table = Table(
        whole.header,
        tuple(whole.rows[place] for place in rows),
        tuple(whole.shown[place] for place in rows),
        columns=whole.columns,
    )
    alt = " ".join(_said(done, one, wording) for one in some)
    data = effects_of(done, metric, wording)
    return Exhibit(key, data.title, alt, effects, data, table)


def _finding_first(table: Table) -> Table:
    """Put the verdict after the metric: the end of so wide a table is often out of sight."""
    place = table.header.index("verdict")

    def moved(cells: tuple[str, ...]) -> tuple[str, ...]:
        return cells[0], cells[place], *cells[1:place], *cells[place + 1 :]

    return replace(table, header=moved(table.header), shown=tuple(map(moved, table.shown)))


def _said(done: ABTest, one: Effect, wording: Wording) -> str:
    low, high = (
        wording.change(one.metric, end) if math.isfinite(end) else "any"
        for end in (one.low, one.high)
    )
    return (
        f"{one.treatment} against {one.control}: {wording.change(one.metric, one.difference)} in "
        f"{one.metric} ({100 * one.level:.4g} % interval {low} to {high}, p "
        f"{p_text(one.p_value)}), {done.verdict(one)}."
    )


def _sizes(done: ABTest) -> Table:
    lines = tuple(zip(done.arms, done.units, strict=True))
    shown = tuple((arm, f"{units:,}") for arm, units in lines)
    return Table(("arm", "units"), lines, shown)


def _asked(done: ABTest) -> Table:
    settings = done.settings
    return settings_table(
        "How it was analysed",
        {
            "data": file_name(done.source),
            "control": done.arms[0],
            "metrics, the first decides": ", ".join(done.metrics),
            "level": f"{100 * settings.level:g} %",
            "alternative": settings.alternative,
            "method": settings.method,
            "correction for many comparisons": settings.correction,
            "missing values": settings.missing,
            "units observed too briefly": "kept" if settings.keep_immature else "left out",
            "capped at percentile": settings.cap,
            "designed shares": settings.shares,
            "must not get worse": ", ".join(settings.guardrails),
            "less is better": ", ".join(sorted(settings.lower_is_better)),
        },
    )
