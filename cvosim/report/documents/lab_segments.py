"""The report of what tests say of segments, beside the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.insight_segments import (
    gain_by_treated,
    largest_segments,
    segments_tables,
    truth_and_claims,
    wrong_signs,
)

if TYPE_CHECKING:
    from cvosim.experiment.insight.segment_result import SegmentLab


def lab_segments_document(lab: SegmentLab, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of claims about segments together.

    Parameters
    ----------
    lab : SegmentLab
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    truth, claims, policies = segments_tables(lab)
    return Document(
        f"{lab.variant} against {lab.baseline}: what may be said of segments",
        lab.summary(),
        (
            Section("What a test would say", "", (_truth(lab),), (truth,)),
            Section("How often it would be wrong", "", (_wrong(lab),), (claims,)),
            Section("Whom to treat", "", (_gain(lab),), (policies,)),
        ),
        (
            settings_table(
                "The test that is imagined",
                {
                    "baseline": lab.baseline,
                    "variant": lab.variant,
                    "metric": lab.metric,
                    "customers of a split test": lab.units,
                    "split tests": lab.replications,
                },
            ),
        ),
        dict(made or made_of(seed=lab.seed, customers=lab.customers)),
        lab.to_dict(),
    )


def _truth(lab: SegmentLab) -> Exhibit:
    rows = [(s.name, s.effect, *s.raw_range, *s.shrunk_range) for s in lab.segments]
    shown = []
    for s in lab.segments:
        raw, shrunk = (
            " to ".join(amount(end, lab.unit, sign=True) for end in ends)
            for ends in (s.raw_range, s.shrunk_range)
        )
        shown.append((s.name, amount(s.effect, lab.unit, sign=True), raw, shrunk))
    said = "; ".join(f"{name} {true} (tests say {raw})" for name, true, raw, _ in shown)
    alt = (
        f"True effect on {lab.metric} by segment, and where 95 % of tests of {lab.units:,} "
        f"customers see it: {said}."
    )
    header = ("segment", "truth", "a test's estimates", "the same, shrunk")
    title = f"What {lab.units:,} customers would say"
    table = figure_table(header, rows, shown)
    return Exhibit("claims", title, alt, truth_and_claims, lab, table)


def _wrong(lab: SegmentLab) -> Exhibit:
    some = largest_segments(lab)
    rows = [(s.name, c.units, c.wrong_look, c.type_s) for s in some for c in s.claims]
    shown = [
        (name, f"{units:,}", _percent(looks), _percent(wrong)) for name, units, looks, wrong in rows
    ]
    first = some[0]
    few, many = first.claims[0], first.claims[-1]
    alt = (
        f"Share of tests that see the wrong sign, by size of the test, of the {len(some)} largest "
        f"segments. Of {first.name}: {_percent(few.wrong_look)} of tests of {few.units:,} "
        f"customers, {_percent(many.wrong_look)} of tests of {many.units:,}."
    )
    header = ("segment", "customers of the test", "all tests", "significant ones")
    table = figure_table(header, rows, shown)
    return Exhibit("wrong_signs", "Claims with the wrong sign", alt, wrong_signs, lab, table)


def _gain(lab: SegmentLab) -> Exhibit:
    curves = (("true order", lab.oracle_curve), ("order of a test", lab.tested_curve))
    rows = [(name, step.treated, step.gain) for name, steps in curves for step in steps]
    shown = [(name, _percent(part), amount(gain, lab.unit, sign=True)) for name, part, gain in rows]
    best = max(lab.oracle_curve, key=lambda step: step.gain)
    whole = lab.oracle_curve[-1].gain
    alt = (
        f"To treat everybody gains {amount(whole, lab.unit, sign=True)} per prospect; the most is "
        f"gained by treating {_percent(best.treated)} of them, the best segments first: "
        f"{amount(best.gain, lab.unit, sign=True)}."
    )
    table = figure_table(("segments in the", "treated", "gain per prospect"), rows, shown)
    return Exhibit("gain", "Gain by who is treated", alt, gain_by_treated, lab, table)


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.0f} %"
