"""The report of what a test is worth, by its duration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.testing_value import gains, parts, spread_days, value_table

if TYPE_CHECKING:
    from cvosim.experiment.value_of_information.value import ValueOfTesting
    from cvosim.report.tables import Table


def lab_testing_document(
    found: ValueOfTesting, made: Mapping[str, object] | None = None
) -> Document:
    """Put the report of the worth of a test together.

    Parameters
    ----------
    found : ValueOfTesting
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document
    """
    name = f"{found.setting.name}: what" if found.setting.name else "What"
    return Document(
        f"{name} a test is worth",
        found.summary(),
        (Section("By duration", "", (_gains(found), _parts(found)), (value_table(found),)),),
        (_asked(found),),
        dict(made or made_of()),
        {"verdict": found.lines(), **found.to_dict()},
    )


def _gains(found: ValueOfTesting) -> Exhibit:
    best = found.at(found.best_days)
    now, never = (_money(found, best[name]) for name in ("over_now", "over_never"))
    alt = (
        f"The best test runs {found.best_days:g} days: it gains {now} over shipping now and "
        f"{never} over never changing anything. {_range(found)}"
    )
    return Exhibit(
        "gains", "Expected gain of testing", alt, gains, found,
        _table(found, {"over_now": "over shipping now", "over_never": "over never changing"}),
    )  # fmt: skip


def _parts(found: ValueOfTesting) -> Exhibit:
    best = found.at(found.best_days)
    net, better, meanwhile, cost = (
        _money(found, best[name]) for name in ("net", "information", "exposure", "cost")
    )
    alt = (
        f"At the best duration, {found.best_days:g} days, a test gains {net}: {better} by better "
        f"decisions and {meanwhile} while testing, for a cost of {cost}. To know the effect today "
        f"would be worth {_money(found, found.perfect)}."
    )
    columns = {
        "information": "better decisions", "exposure": "while testing", "cost": "cost",
        "net": "in all",
    }  # fmt: skip
    title = "What the gain is made of"
    return Exhibit("parts", title, alt, parts, found, _table(found, columns))


def _range(found: ValueOfTesting) -> str:
    if found.break_even is None:
        return "No test pays."
    return f"Tests of {found.break_even[0]:g} to {found.break_even[1]:g} days pay."


def _money(found: ValueOfTesting, value: float) -> str:
    return amount(value, found.setting.currency, sign=True)


def _table(found: ValueOfTesting, columns: Mapping[str, str]) -> Table:
    rows = [(days, *(found.at(days)[name] for name in columns)) for days in spread_days(found)]
    shown = [(f"{row[0]:g}", *(_money(found, value) for value in row[1:])) for row in rows]
    return figure_table(("days", *columns.values()), rows, shown)


def _asked(found: ValueOfTesting) -> Table:
    s = found.setting
    return settings_table(
        "What was assumed of the test and of the effect",
        {
            "metric": s.metric,
            "effect expected": amount(s.prior.mean, s.currency, sign=True),
            "effects scatter by": amount(s.prior.sd, s.currency),
            "standard deviation of the metric": s.sd,
            "customers who come": s.market,
            "days of arrivals that count": s.horizon_days,
            "days until a result is known": s.delay_days,
            "share with the change": f"{100 * s.share:.4g} %",
            "cost of any test": s.fixed_cost,
            "cost of a day": s.day_cost,
            "cost of making the change": s.ship_cost,
            "error rate of the test compared": f"{100 * s.alpha:.4g} %",
        },
    )
