"""What an order log tells of buying, leaving and value, as figures with their words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cvosim.clv.backtest.scores import coarser
from cvosim.report import backtest as tested
from cvosim.report import order_fit, projection
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import MONEY, number, percent
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.clv.backtest.backtest import Backtest
    from cvosim.clv.models.order_fit import OrderFit
    from cvosim.clv.value.projection import Projection
    from cvosim.report.backtest import Curves

BANDS = 10
"""Of probabilities, in a table."""


def fit_exhibits(done: OrderFit) -> tuple[Exhibit, ...]:
    """Give how often customers came back, and who is still one."""
    return _counts(done), _alive(done)


def _counts(done: OrderFit) -> Exhibit:
    data = order_fit.counts_of(done)
    last = len(data.actual) - 1
    names = [*map(str, range(last)), f"{last}+"]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for place, (name, came) in enumerate(zip(names, data.actual, strict=True)):
        values = [some[place] for some in data.expected.values()]
        rows.append((name, came, *values))
        shown.append((name, f"{came:,.0f}", *(f"{x:,.1f}" for x in values)))
    table = Table(("repeat purchases", "actual", *data.expected), tuple(rows), tuple(shown))
    best, (expected, *_) = next(iter(data.expected.items()))
    alt = (
        f"{data.actual[0]:,.0f} customers never came back ({best} expects {expected:,.0f}), "
        f"{data.actual[1]:,.0f} came back once, and {data.actual[last]:,.0f} {last} times or more."
    )
    title = "Customers by repeat purchases, and what the models expect"
    return Exhibit("fit_counts", title, alt, order_fit.counts, data, table)


def _alive(done: OrderFit) -> Exhibit:
    data = order_fit.alive_of(done)
    chances = {name: np.array(values) for name, values in data.probabilities.items()}
    ends = np.linspace(0.0, 1.0, BANDS + 1)
    rows: list[tuple[Cell, ...]] = [
        (
            f"at most {100 * end:.0f} %",
            *(float(np.mean(values <= end)) for values in chances.values()),
        )
        for end in ends[1:]
    ]
    shown = tuple((str(name), *(percent(float(str(x))) for x in more)) for name, *more in rows)
    table = Table(("probability", *chances), tuple(rows), shown, "Share of customers with it")
    means = ", ".join(f"{data.mean(name):.2f} by {name}" for name in chances)
    alt = f"Mean probability of still being a customer: {means}."
    note = "Nobody sees a customer leave: models that fit alike may differ here."
    title = "Who is still a customer"
    return Exhibit("fit_alive", title, alt, order_fit.alive, data, table, note)


def projection_exhibits(done: Projection) -> tuple[Exhibit, ...]:
    """Give value to come and the probability of still being a customer, by tenth."""
    data = projection.tenths_of(done)
    parts = range(len(data.value))
    tenths = [str(place + 1) for place in parts]
    worth = Table(
        ("tenth", "mean a customer", "of the total"),
        tuple(zip(tenths, data.value, data.share, strict=True)),
        tuple((t, number(v, MONEY), percent(s)) for t, v, s in
              zip(tenths, data.value, data.share, strict=True)),
    )  # fmt: skip
    alive = Table(
        ("tenth", "probability of still being a customer"),
        tuple(zip(tenths, data.alive, strict=True)),
        tuple((t, f"{a:.2f}") for t, a in zip(tenths, data.alive, strict=True)),
    )
    first = (
        f"The most valuable tenth of {len(done.order):,} customers is expected to bring "
        f"{number(data.value[0], MONEY)} each, {percent(data.share[0])} of the total; the least "
        f"valuable {number(data.value[-1], MONEY)}, {percent(data.share[-1])}."
    )
    second = (
        f"Mean probability of still being a customer: {data.alive[0]:.2f} in the most valuable "
        f"tenth, {data.alive[-1]:.2f} in the least valuable."
    )
    return (
        Exhibit("value_by_tenth", "Value to come by tenth of the customers", first,
                projection.value_by_tenth, data, worth),
        Exhibit("alive_by_tenth", "Who is still a customer, by tenth", second,
                projection.alive_by_tenth, data, alive),
    )  # fmt: skip


def backtest_exhibits(test: Backtest) -> tuple[Exhibit, ...]:
    """Give the forecasts over time, by past purchases, and by predicted chance."""
    each = ", ".join(f"{model.errors.total:,.0f} by {model.title}" for model in test.models)
    came = f"{test.actual:,} purchases came in the days held out; expected were {each}."
    weekly = tested.over_weeks(test.tracking, test)
    added = tested.over_weeks(test.tracking, test, added=True)
    split = "Right of the line are the weeks that no model was fitted to."
    title = "Repeat purchases so far, and what the models expected"
    return (
        Exhibit("backtest_cumulative", title, _track(added, came), tested.cumulative, added,
                _weeks(added), split),
        Exhibit("backtest_weekly", "Repeat purchases a week, and what the models expected", came,
                tested.weekly, weekly, _weeks(weekly), split),
        _by_repeats(test),
        _chances(test),
    )  # fmt: skip


def _track(added: Curves, came: str) -> str:
    ends = ", ".join(f"{values[-1]:,.0f} by {name}" for name, values in added.expected.items())
    return (
        f"Until week {added.places[-1]:.0f} {added.actual[-1]:,.0f} repeat purchases came; "
        f"expected were {ends}. {came}"
    )


def _weeks(data: Curves) -> Table:
    """Make one row a week."""
    split = data.split or 0.0
    rows = tuple(
        (week, week > split + 1e-9, came, *(values[i] for values in data.expected.values()))
        for i, (week, came) in enumerate(zip(data.places, data.actual, strict=True))
    )
    shown = tuple(
        (f"{week:.0f}", "held out" if held else "fitted", f"{came:,.0f}",
         *(f"{x:,.1f}" for x in more))
        for week, held, came, *more in rows
    )  # fmt: skip
    return Table(("week", "part", "actual", *data.expected), rows, shown)


def _by_repeats(test: Backtest) -> Exhibit:
    data = tested.classes_of(test)
    names = [f"{place:.0f}" for place in data.places]
    names[-1] += "+"
    people = [count for count in test.customers_by_repeats if count]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for i, (name, count, came) in enumerate(zip(names, people, data.actual, strict=True)):
        values = [some[i] for some in data.expected.values()]
        rows.append((name, count, came, *values))
        shown.append((name, f"{count:,}", f"{came:.2f}", *(f"{x:.2f}" for x in values)))
    header = ("repeat purchases before", "customers", "actual", *data.expected)
    table = Table(header, tuple(rows), tuple(shown), "Mean purchases held out")
    expected = ", ".join(f"{some[-1]:.2f} by {name}" for name, some in data.expected.items())
    alt = (
        f"Customers with {names[-1]} repeat purchases before made {data.actual[-1]:.2f} each in "
        f"the days held out; expected were {expected}."
    )
    title = "Purchases held out, by purchases before"
    return Exhibit("backtest_repeats", title, alt, tested.by_repeats, data, table)


def _chances(test: Backtest) -> Exhibit:
    data = tested.chances_of(test)
    rows: list[tuple[Cell, ...]] = []
    for name, some in data.groups.items():
        rows += [(name, *group) for group in coarser(tuple(some))]
    shown = tuple(
        (
            str(name), f"{customers:,}",
            *(f"{100 * float(str(x)):.1f} %" for x in (predicted, happened)),
            f"{100 * float(str(low)):.1f} to {100 * float(str(high)):.1f} %",
        )
        for name, customers, predicted, happened, low, high in rows
    )  # fmt: skip
    table = Table(
        ("model", "customers", "chance", "did buy", "95 % interval"), tuple(rows), shown,
        columns=("model", "customers", "predicted", "happened", "low", "high"),
    )  # fmt: skip
    each = ", ".join(
        f"{model.groups_held} of {len(model.groups)} groups of {model.title}"
        for model in test.models
    )
    alt = f"Predicted chances to buy at all agree with what happened in {each}."
    note = "On the thin line a model is right. Groups hold about equally many customers."
    title = "Predicted chances against what happened"
    return Exhibit("backtest_chances", title, alt, tested.calibration, data, table, note)
