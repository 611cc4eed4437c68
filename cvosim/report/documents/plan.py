"""Reports of planned tests: from numbers, and from the customers of a scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.duration_text import amount, change
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.plan import answer_table, duration_table, milestones
from cvosim.report.plan_picture import (
    PowerCurve,
    customers_by_days,
    customers_by_days_of,
    effect_by_days,
    effect_by_days_of,
    power_by_days_of,
    power_curve,
    power_curve_of,
)
from cvosim.stats.planning.answer import effect_in_words

if TYPE_CHECKING:
    from cvosim.experiment.duration import DurationPlan
    from cvosim.report.tables import Table
    from cvosim.stats.planning.answer import Answer


def plan_document(plan: DurationPlan, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of a test planned on a scenario together.

    Parameters
    ----------
    plan : DurationPlan
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    summary = plan.summary()
    exhibits = [_effects(plan), _customers(plan)]
    curve = power_by_days_of(plan)
    if curve is not None:
        exhibits.append(_power(plan, curve))
    return Document(
        f"{plan.scenario}: how long to test {plan.metric}",
        summary,
        (Section("By days", "", tuple(exhibits), (duration_table(plan),)),),
        (_question(plan),),
        dict(made or made_of()),
        {"summary": summary, **plan.to_dict()},
    )


def answer_document(
    found: Answer, note: str = "", made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of a test planned from numbers together.

    Parameters
    ----------
    found : Answer
    note : str, optional
        Where the numbers come from.
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document

    Examples
    --------
    >>> from cvosim.stats.planning.answer import Known, answer
    >>> document = answer_document(answer(Known(0.05), effect=0.01))
    >>> document.verdict.splitlines()[0][:45]
    'To find a change of 1.00 points (20.0 %, from'
    """
    said = f"{found.summary()}\n{note}".rstrip()
    table = answer_table(found)
    titles = {
        "sample": "How many units a test needs",
        "effect": "What a test can find",
        "power": "How sure a test is to find a change",
    }
    return Document(
        titles[found.asked],
        said,
        (Section(table.title, "", (_curve(found, table),), ()),),
        (_numbers(found),),
        dict(made or made_of()),
        {"summary": said, **found.to_dict()},
    )


def _effects(plan: DurationPlan) -> Exhibit:
    """Smallest change by days."""
    data, power = effect_by_days_of(plan), f"{100 * plan.question.power:.3g} %"
    days = [one for one in milestones(plan) if math.isfinite(plan.at(one)["mde"])]
    rows = [(one, plan.at(one)["mde"], plan.at(one)["relative_mde"]) for one in days]
    shown = [(f"{one:,.0f}", _change(plan, one)) for one in days]
    alt = (
        f"The longer the test, the smaller the change in {plan.metric} that it finds with {power} "
        f"power: {_change(plan, days[0])} after {days[0]:g} days, {_change(plan, days[-1])} after "
        f"{days[-1]:g} days."
    )
    if plan.days_needed is not None:
        alt += f" The change asked for is found from day {plan.days_needed:g} on."
    elif plan.question.effect is not None:
        alt += " The change asked for is not found within the scenario."
    table = figure_table(("days", "smallest change"), rows, shown)
    return Exhibit("effect_by_days", "Smallest change that is found", alt, effect_by_days, data,
                   table)  # fmt: skip


def _change(plan: DurationPlan, days: float) -> str:
    at = plan.at(days)
    return change(plan, at["mde"], at["value"])


def _customers(plan: DurationPlan) -> Exhibit:
    data, days = customers_by_days_of(plan), milestones(plan)
    rows = [(one, plan.at(one)["enrolled"], plan.at(one)["matured"]) for one in days]
    shown = [tuple("" if math.isnan(x) else f"{x:,.0f}" for x in row) for row in rows]
    follow = f"{plan.question.follow_days:g} days"
    last = rows[-1]
    alt = (
        f"After {last[0]:,.0f} days {last[2]:,.0f} customers have been followed for {follow}; "
        f"after {rows[0][0]:,.0f} days {rows[0][2]:,.0f}. Those who entered less than {follow} ago "
        "do not count yet."
    )
    table = figure_table(("days", "entered", "followed"), rows, shown)
    return Exhibit("customers_by_days", "Customers in the test", alt, customers_by_days, data,
                   table)  # fmt: skip


def _power(plan: DurationPlan, data: PowerCurve) -> Exhibit:
    days = [one for one in milestones(plan) if math.isfinite(plan.at(one)["power"])]
    rows = [(one, plan.at(one)["power"]) for one in days]
    shown = [(f"{one:,.0f}", f"{100 * power:.1f} %") for one, power in rows]
    alt = (
        f"{data.title} by days: {shown[0][1]} after {shown[0][0]} days, {shown[-1][1]} after "
        f"{shown[-1][0]} days; {100 * plan.question.power:.3g} % is asked for."
    )
    if plan.days_needed is not None:
        alt += f" That is reached on day {plan.days_needed:g}."
    table = figure_table(("days", "power"), rows, shown)
    return Exhibit("power_by_days", data.title, alt, power_curve, data, table)


def _curve(found: Answer, table: Table) -> Exhibit:
    """Power by customers, or by the change."""
    lines = sorted(found.table, key=lambda one: one.power)
    first, last = lines[0], lines[-1]
    data = power_curve_of(found)
    if found.asked == "sample":
        ends = (f"with {math.ceil(one.total - 1e-6):,} units" for one in (first, last))
    else:
        ends = (f"for a change of {effect_in_words(one, found.known)}" for one in (first, last))
    low, high = (
        f"{100 * one.power:.3g} % {words}" for one, words in zip((first, last), ends, strict=True)
    )
    line = found.line
    total = found.units if found.asked == "sample" else line.total
    alt = (
        f"Power: {low}, {high}. The answer: {total:,.0f} units find "
        f"{effect_in_words(line, found.known)} with {100 * line.power:.3g} %."
    )
    return Exhibit("power", data.title, alt, power_curve, data, table)


def _question(plan: DurationPlan) -> Table:
    ask = plan.question
    effect = None
    if ask.effect is not None:
        effect = f"{100 * ask.effect:+.4g} %" if ask.relative else amount(plan, ask.effect)
    return settings_table(
        "What was asked",
        {
            "metric": plan.metric,
            "change to find": effect,
            "days there are": ask.days,
            "power": f"{100 * ask.power:.4g} %",
            "error rate": f"{100 * ask.alpha:.4g} %",
            "alternative": ask.alternative,
            "share of each treatment": f"{100 * ask.share:.4g} %",
            "treatments": ask.treatments,
            "looks": ask.looks,
            "how looks share the error rate": ask.spending if ask.looks != 1 else "",
            "assigned at": ask.assign_at or "arrival",
            "days that each is followed": ask.follow_days,
            "first day": ask.start_day,
            "prospects that the market brings": ask.market,
        },
    )


def _numbers(found: Answer) -> Table:
    known, design = found.known, found.design
    value = None if math.isnan(known.value) else known.value
    return settings_table(
        "What was given",
        {
            "rate" if known.is_rate else "mean": value,
            "standard deviation": known.sd,
            "correlation with a covariate": known.correlation or None,
            "units a day": known.per_day,
            "error rate": f"{100 * design.alpha:.4g} %",
            "alternative": design.alternative,
            "units of a treatment for one of control": design.ratio,
            "treatments": design.treatments,
            "looks": design.looks,
            "how looks share the error rate": str(design.spending) if design.looks != 1 else "",
        },
    )
