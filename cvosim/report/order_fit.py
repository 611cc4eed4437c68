"""Models fitted to an order log: their parameters as a table, their fit as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.backtest import line_style
from cvosim.report.numbers import digits
from cvosim.report.style import INK, headed, new_axes, new_figure, tidy
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.order_fit import OrderFit
    from cvosim.clv.orders.history import Floats

MOST = 7
"""Customers with this many repeat purchases or more are one bar."""
STEPS = 400
"""Of a curve over more customers than that."""
NO_ERROR = frozenset(
    {"log_likelihood", "aic", "bic", "converged", "share_alive"}
    | {"holdout_forecast", "holdout_low", "holdout_high", "holdout_actual"}
)
"""Rows that have no standard error; a parameter's is n/a where the orders do not settle it."""


class Counts(NamedTuple):
    """Customers by their repeat purchases: 0, 1, … and the last class for all above.

    Attributes
    ----------
    actual : tuple of float
    expected : mapping of str to tuple of float
        By the model's name as people write it.
    """

    actual: tuple[float, ...]
    expected: Mapping[str, tuple[float, ...]]


class Alive(NamedTuple):
    """Probabilities of still being a customer, ascending, by model.

    Attributes
    ----------
    probabilities : mapping of str to tuple of float
        Of all customers, or of equally many out of each step, where they are many.
    means : mapping of str to float, optional
        Of all customers.
    """

    probabilities: Mapping[str, tuple[float, ...]]
    means: Mapping[str, float] | None = None

    def mean(self, name: str) -> float:
        """Mean over all customers; of the probabilities if it is not given."""
        values = self.probabilities[name]
        return math.fsum(values) / len(values) if self.means is None else self.means[name]


def counts(data: Counts, ax: Axes | None = None) -> Axes:
    """Draw how many customers came back how often, and what models expect.

    Examples
    --------
    >>> ax = counts(Counts((60.0, 30.0, 10.0), {"BG/NBD": (59.0, 31.0, 10.0)}))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['0', '1', '2+']
    """
    ax = new_axes(8.0, 4.0) if ax is None else ax
    places = np.arange(len(data.actual))
    ax.bar(places, data.actual, 0.8, label="actual", facecolor="#d4d4d4")
    for index, (name, values) in enumerate(data.expected.items()):
        beside = places + 0.2 * (index - (len(data.expected) - 1) / 2)
        ax.plot(beside, values, label=name, **line_style(index) | {"linestyle": ""})
    ax.set_xticks(places, [*(str(n) for n in places[:-1]), f"{places[-1]}+"])
    ax.set_xlabel("repeat purchases", fontsize=9, color=INK)
    ax.set_ylabel("customers", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9)
    tidy(ax, "Customers by repeat purchases")
    return ax


def alive(data: Alive, ax: Axes | None = None) -> Axes:
    """Draw which share of the customers a model gives at most so much of a chance.

    Examples
    --------
    >>> ax = alive(Alive({"BG/NBD": (0.2, 0.9, 1.0)}))
    >>> ax.get_xlabel()
    'probability of still being a customer'
    """
    ax = new_axes(8.0, 4.0) if ax is None else ax
    for index, (name, values) in enumerate(data.probabilities.items()):
        heights = np.arange(1, len(values) + 1) / len(values)
        style = line_style(index) | {"marker": "", "drawstyle": "steps-post"}
        mean = data.mean(name)
        ax.plot(
            (0.0, *values, 1.0), (0.0, *heights, 1.0), label=f"{name}, mean {mean:.2f}", **style
        )
    ax.set_xlim(-0.01, 1.01)
    ax.set_ylim(0.0, 1.02)
    ax.set_xlabel("probability of still being a customer", fontsize=9, color=INK)
    ax.set_ylabel("share of customers with at most that", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9, loc="upper left")
    tidy(ax, "Who is still a customer?")
    return ax


def counts_of(result: OrderFit) -> Counts:
    """Count customers by repeat purchases, and what each model expects."""
    repeats = result.summary_.repeats
    actual = np.bincount(np.minimum(repeats, MOST), minlength=MOST + 1).astype(np.float64)
    expected = {
        name: tuple(fit.expected_counts(MOST).tolist()) for name, fit in _by_title(result).items()
    }
    return Counts(tuple(actual.tolist()), expected)


def alive_of(result: OrderFit) -> Alive:
    """Collect the probabilities of still being a customer; of very many customers, some of each."""
    fits = {name: np.sort(fit.probability_alive()) for name, fit in _by_title(result).items()}
    chances = {
        name: tuple((some if len(some) <= STEPS else _steps(some)).tolist())
        for name, some in fits.items()
    }
    return Alive(chances, {name: float(some.mean()) for name, some in fits.items()})


def _steps(ascending: Floats) -> Floats:
    """Pick the middle one of each of so many equal parts: half a step off at most."""
    places = (np.arange(STEPS) + 0.5) * len(ascending) / STEPS
    picked: Floats = ascending[places.astype(np.int64)]
    return picked


def _by_title(result: OrderFit) -> dict[str, FittedPurchases]:
    from cvosim.clv.models.by_name import TITLES

    return {TITLES[fit.law.name]: fit for fit in result.fits}


def fit_picture(result: OrderFit) -> Figure:
    """Draw counts and probabilities of being alive side by side."""
    figure = new_figure(11.0, 4.4)
    left, right = figure.subplots(1, 2)
    counts(counts_of(result), left)
    alive(alive_of(result), right)
    headed(figure, f"Models fitted to {result.summary_.n_customers:,} customers")
    return figure


def parameters_table(result: OrderFit) -> Table:
    """One row a fitted parameter and a figure of each fit."""
    rows: list[tuple[str, str, float, float | None]] = []
    for fit in result.fits:
        errors = fit.standard_errors_ or {}
        name = fit.law.name
        rows += [(name, k, value, errors.get(k)) for k, value in fit.params_.items()]
        rows += [(name, k, value, None) for k, value in _figures(result, fit)]
    if result.spend is not None:
        errors = result.spend.standard_errors_ or {}
        found = result.spend.params_.items()
        rows += [("gamma_gamma", k, value, errors.get(k)) for k, value in found]
        rows.append(("gamma_gamma", "log_likelihood", result.spend.log_likelihood_, None))
    shown = tuple(
        (model, name, digits(value, 6), "" if name in NO_ERROR else digits(error, 3))
        for model, name, value, error in rows
    )
    return Table(("model", "parameter", "value", "standard_error"), tuple(rows), shown)


def _figures(result: OrderFit, fit: FittedPurchases) -> list[tuple[str, float]]:
    figures = [
        ("log_likelihood", fit.log_likelihood_),
        ("aic", fit.aic_),
        ("bic", fit.bic_),
        ("converged", float(fit.converged_)),
        ("share_alive", float(fit.probability_alive().mean())),
    ]
    held = result.held_out(fit)
    if held is None:
        return figures
    names = ("forecast", "low", "high", "actual")
    return [*figures, *((f"holdout_{name}", float(getattr(held, name))) for name in names)]
