"""The report of stopping rules raced against each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import Z
from cvosim.experiment.stopping.arena_text import money, percent, unbeaten
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.stopping import alarms, durations, losses, stopping_table

if TYPE_CHECKING:
    from cvosim.experiment.stopping.arena import Arena
    from cvosim.report.tables import Table

FAIR = "All rules see the same customers in the same order."


def lab_stopping_document(arena: Arena, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of a race of stopping rules together.

    Parameters
    ----------
    arena : Arena
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    return Document(
        f"{arena.treatment}: which stopping rule loses least money",
        arena.summary(),
        (
            Section("Money lost", FAIR, (_losses(arena),), (stopping_table(arena),)),
            Section("False alarms", "", (_alarms(arena),)),
            Section("How long it takes", "", (_durations(arena),)),
        ),
        (_design(arena),),
        dict(made or made_of(seed=arena.seed)),
        {"verdict": arena.lines(), **arena.to_dict()},
    )


def _losses(arena: Arena) -> Exhibit:
    rows = [
        (one.title, one.testing.value, one.deciding.value, one.regret.value, one.regret.error)
        for one in arena.scores
    ]
    shown = [
        (row[0], *(f"{value:,.0f}" for value in row[1:4]), f"{Z * row[4]:,.0f}") for row in rows
    ]
    best, worst = arena.scores[0], arena.scores[-1]
    alt = (
        f"Of {len(arena.scores)} rules, {best.title} loses least, {money(best.regret, arena)}, and "
        f"{worst.title} most, {money(worst.regret, arena)}. Never to change anything would lose "
        f"{arena.currency} {arena.never:,.0f}, to ship at once {arena.currency} "
        f"{arena.at_once:,.0f}."
    )
    if said := unbeaten(arena):
        alt = f"{said}. {alt}"
    header = ("rule", "until the decision", "by wrong decisions", "in all", "± 95 %")
    title = f"Money lost in {arena.design.horizon_days:g} days"
    note = f"In {arena.currency}; plain bars: by wrong decisions, dotted bars: until the decision."
    return Exhibit("losses", title, alt, losses, arena, figure_table(header, rows, shown), note)


def _alarms(arena: Arena) -> Exhibit:
    rows = [(one.title, one.same.above.value, one.same.below.value) for one in arena.scores]
    shown = [(name, _percent(above), _percent(below)) for name, above, below in rows]
    most = max(arena.scores, key=lambda one: one.alarms.value)
    least = min(arena.scores, key=lambda one: one.alarms.value)
    alt = (
        f"Without an effect, {most.title} raises most false alarms, in {percent(most.alarms)} of "
        f"tests, and {least.title} fewest, in {percent(least.alarms)}; {arena.design.alpha:.3g} "
        "of all are promised by tests, in both directions together."
        if arena.design.sides > 1
        else f"Without an effect, {most.title} raises most false alarms, in "
        f"{percent(most.alarms)} of tests, and {least.title} fewest, in {percent(least.alarms)}."
    )
    header = ("rule", "for the treatment", "against it")
    return Exhibit(
        "alarms", "False alarms without an effect", alt, alarms, arena,
        figure_table(header, rows, shown),
    )  # fmt: skip


def _durations(arena: Arena) -> Exhibit:
    runs = [(one.title, one.under(arena.sign)) for one in arena.scores]
    rows = [(name, run.days.value, run.late_days.value, run.power.value) for name, run in runs]
    shown = [
        (name, f"{days:.1f}", f"{late:.0f}", _percent(power)) for name, days, late, power in rows
    ]
    first, last = (pick(rows, key=lambda row: row[1]) for pick in (min, max))
    alt = (
        f"{first[0]} decides first, after {first[1]:.1f} days on average, and finds the effect in "
        f"{_percent(first[3])} of tests; {last[0]} last, after {last[1]:.1f} days, "
        f"{_percent(last[3])}."
    )
    header = ("rule", "days, mean", "nine in ten by day", "finds the effect")
    table = figure_table(header, rows, shown)
    return Exhibit("durations", "Days until the decision", alt, durations, arena, table)


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f} %"


def _design(arena: Arena) -> Table:
    design = arena.design
    effects = ", ".join(f"{one.size:g} times ({100 * one.weight:.3g} %)" for one in design.weighted)
    return settings_table(
        "The contest",
        {
            "control": arena.control,
            "treatment": arena.treatment,
            "metric": arena.metric,
            "customers of the test": design.units,
            "share with the change": f"{100 * design.share:.4g} %",
            "looks": design.looks,
            "error rate of the tests": f"{100 * design.alpha:.4g} %",
            "days of arrivals that count": design.horizon_days,
            "days until a result is known": design.delay_days,
            "effects, of the simulated one": effects,
            "loss below which Bayesian rules stop": design.care,
            "tests drawn": arena.replications,
        },
    )
