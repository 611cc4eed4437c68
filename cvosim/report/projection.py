"""Customers' value to come: as a table of customers and as a picture by tenths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.clv.orders.days import format_day
from cvosim.report.numbers import percent
from cvosim.report.style import FAINT, INK, bar_style, headed, new_axes, new_figure, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.value.projection import Projection

SHOWN = {
    "customer": "customer",
    "repeats": "repeats",
    "probability_alive": "P(alive)",
    "expected_purchases": "purchases",
    "spend": "spend",
    "value": "value",
    "low": "low",
    "high": "high",
}
"""Columns that people see, and what they call them; CSV has all."""


class Tenths(NamedTuple):
    """Customers in ten groups by expected value, the most valuable first.

    Attributes
    ----------
    value : tuple of float
        Mean expected value of each group.
    share : tuple of float
        Of all value.
    alive : tuple of float
        Mean probability of still being a customer.
    """

    value: tuple[float, ...]
    share: tuple[float, ...]
    alive: tuple[float, ...]


def customers_table(done: Projection, top: int | None = None) -> Table:
    """One row a customer, the most valuable first.

    Parameters
    ----------
    done : Projection
    top : int, optional
        How many; all, with all columns, if left out.
    """
    columns, order = done.columns(), done.order[:top]
    names = list(columns) if top is None else [name for name in SHOWN if name in columns]
    table = {name: np.asarray(columns[name])[order].tolist() for name in names}
    rows: list[tuple[Cell, ...]] = list(zip(*table.values(), strict=True))
    shown = [tuple(_cell(n, v) for n, v in zip(names, row, strict=True)) for row in rows]
    header = tuple(SHOWN.get(name, name) for name in names)
    title = "" if top is None else f"The {len(rows)} most valuable customers:"
    return Table(header, tuple(rows), tuple(shown), title, tuple(names))


def _cell(name: str, value: Cell) -> str:
    """Write money and counts to two digits, names as they are."""
    if isinstance(value, float):
        return f"{value:.2f}" if name == "probability_alive" else f"{value:,.2f}"
    return str(value)


def tenths_of(done: Projection) -> Tenths:
    """Group customers into tenths by expected value; fewer than ten are a group each."""
    groups = np.array_split(done.order, min(10, len(done.order)))
    value, total = done.value.value, max(float(done.value.value.sum()), 1e-300)
    return Tenths(
        tuple(float(value[group].mean()) for group in groups),
        tuple(float(value[group].sum()) / total for group in groups),
        tuple(float(done.alive[group].mean()) for group in groups),
    )


def value_by_tenth(data: Tenths, ax: Axes | None = None) -> Axes:
    """Draw the mean value of each tenth, with its share of all value.

    Examples
    --------
    >>> ax = value_by_tenth(Tenths((30.0, 10.0), (0.75, 0.25), (0.9, 0.4)))
    >>> [text.get_text() for text in ax.texts]
    ['75.0 %', '25.0 %']
    """
    ax = new_axes(8.0, 3.8) if ax is None else ax
    places = np.arange(1, len(data.value) + 1)
    ax.bar(places, data.value, 0.75, **bar_style(0))
    for place, height, share in zip(places.tolist(), data.value, data.share, strict=True):
        words = percent(share)
        ax.annotate(
            words,
            (place, height),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=INK,
        )
    ax.set_xticks(places)
    ax.set_xlabel("tenth of the customers, the most valuable first", fontsize=9, color=INK)
    ax.set_ylabel("in the orders' currency", fontsize=9, color=INK)
    tidy(ax, "Expected mean a customer, and share of the total")
    return ax


def alive_by_tenth(data: Tenths, ax: Axes | None = None) -> Axes:
    """Draw the mean probability of still being a customer of each tenth.

    Examples
    --------
    >>> ax = alive_by_tenth(Tenths((30.0, 10.0), (0.75, 0.25), (0.9, 0.4)))
    >>> ax.get_ylabel()
    'probability of still being a customer'
    """
    ax = new_axes(8.0, 3.8) if ax is None else ax
    places = np.arange(1, len(data.alive) + 1)
    ax.plot(places, data.alive, color=INK, marker="o", linewidth=1.5)
    ax.set_ylim(0.0, 1.0)
    ax.set_xticks(places)
    ax.grid(axis="y", color=FAINT, alpha=0.3)
    ax.set_xlabel("tenth of the customers, the most valuable first", fontsize=9, color=INK)
    ax.set_ylabel("probability of still being a customer", fontsize=9, color=INK)
    tidy(ax, "Who is still a customer, as the model infers")
    return ax


def projection_picture(done: Projection) -> Figure:
    """Draw value and probability of being alive by tenth, side by side."""
    from cvosim.clv.models.by_name import TITLES

    data, figure = tenths_of(done), new_figure(11.0, 4.4)
    left, right = figure.subplots(1, 2)
    value_by_tenth(data, left)
    alive_by_tenth(data, right)
    settings, end = done.value.settings, format_day(done.fit.summary_.end)
    what = "Revenue" if settings.margin == 1.0 else "Margin"
    ahead = "without end" if math.isinf(settings.days) else f"in {settings.days:,.0f} days"
    title = TITLES[done.fit.best.law.name]
    headed(figure, f"{what} of {len(done.order):,} customers {ahead} from {end}, by {title}")
    return figure
