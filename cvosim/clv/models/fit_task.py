"""A purchase model and its data made ready for the search: time scaled, covariates centred."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.clv.models.fit import Objective, Optimum, Problem
from cvosim.clv.orders.history import Floats, History
from cvosim.clv.orders.season import SeasonClock, in_season
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.purchase_model import Family, PurchaseModel

_SKETCH = 2000
"""Histories on which the starts of a large fit are tried."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a search maximises.

    Attributes
    ----------
    family : Family
    history : History
        The different histories, the longest age being 1.
    weights : ndarray of float64
        Customers that share each.
    scale : float
        Days in that unit of time.
    purchase, dropout : ndarray of float64, shape (n, covariates)
        Covariates of each history, less their means.
    centres : Centres
        Those means.
    effects : tuple of str
        Names of their effects, those on buying first.
    """

    family: Family
    history: History
    weights: Floats
    scale: float
    purchase: Floats
    dropout: Floats
    centres: Centres
    effects: tuple[str, ...]

    @classmethod
    def of(cls, model: PurchaseModel, data: Summary) -> Task:
        """Make the data of a model ready."""
        data = seasonal(model, data)
        unique = data.patterns
        scale = float(unique.age.max(initial=0.0)) or 1.0
        history = History(unique.repeats, unique.last / scale, unique.age / scale)
        kinds = (("purchase", model.purchase_covariates), ("dropout", model.dropout_covariates))
        centres = Centres.of(model, data)
        purchase, dropout = centres.taken_off(model, data)
        return cls(
            family=model.family,
            history=history,
            weights=unique.weights,
            scale=scale,
            purchase=purchase[unique.customers],
            dropout=dropout[unique.customers],
            centres=centres,
            effects=tuple(f"{kind}.{name}" for kind, names in kinds for name in names),
        )

    @property
    def n(self) -> int:
        """Customers."""
        return round(float(self.weights.sum()))

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters' names."""
        return (*self.family.names, *self.effects)

    @property
    def meaning(self) -> dict[str, str]:
        """What each parameter says about customers."""
        return {**self.family.meaning, **{name: f"the effect {name}" for name in self.effects}}

    def require_variety(self) -> None:
        """Refuse customers too few or too much alike.

        Raises
        ------
        DataError
            In words.
        """
        x, age = self.history.repeats, self.history.age
        for name, values in zip(self.effects, (*self.purchase.T, *self.dropout.T), strict=True):
            if np.ptp(values) == 0:
                column = name.partition(".")[2]
                raise DataError(f"covariate {column!r} is the same for all customers: leave it out")
        if self.n == 1:
            raise DataError("there is only one customer: a fit compares many")
        if not x.any():
            raise DataError(
                f"none of the {self.n} customers bought on a second day by the end of the "
                "period: there is no repeat buying to fit"
            )
        if len(x) == 1:
            raise DataError(
                f"all {self.n} customers have the same history ({x[0]:g} repeat purchases in "
                f"{age[0] * self.scale:g} days): a fit needs customers who differ"
            )

    def problem(self) -> Problem:
        """Give the likelihood, and a sketch of it where there are many histories."""
        sketch = None
        if len(self.weights) > 2 * _SKETCH:
            sketch = self._sketch().objective()
        return Problem(self.objective(), self.n, len(self.family.names), sketch)

    def objective(self) -> Objective:
        """Give the log-likelihood and its gradient by all parameters."""
        family, weights, k = self.family, self.weights, len(self.family.names)
        buying = self.purchase.shape[1]

        def objective(theta: Floats) -> tuple[float, Floats]:
            parameters: list[Any] = theta[:k].tolist()
            effects = theta[k:]
            for at, factor in self._factors(effects):
                parameters[at] = parameters[at] * factor
            values, slopes = family.likelihood(parameters, self.history)
            slopes = slopes * weights
            by_log = [slopes[at] * parameters[at] for at in (family.purchase, family.dropout)]
            for at, factor in self._factors(effects):
                slopes[at] = slopes[at] * factor
            gradient = np.empty(len(theta))
            gradient[:k] = slopes.sum(axis=1)
            gradient[k : k + buying] = -by_log[0] @ self.purchase
            gradient[k + buying :] = family.dropout_sign * (by_log[1] @ self.dropout)
            return float(values @ weights), gradient

        return objective

    def _factors(self, effects: Floats) -> list[tuple[int, Floats]]:
        """Give what the covariates multiply, and by how much for each history."""
        buying = self.purchase.shape[1]
        factors = []
        if buying:
            factors.append((self.family.purchase, np.exp(-self.purchase @ effects[:buying])))
        if self.dropout.shape[1]:
            power = self.family.dropout_sign * (self.dropout @ effects[buying:])
            factors.append((self.family.dropout, np.exp(power)))
        return factors

    def _sketch(self) -> Task:
        """Draw a few histories, each as often as its weight says, at even distances."""
        total = float(self.weights.sum())
        places = (np.arange(_SKETCH) + 0.5) * total / _SKETCH
        drawn = np.searchsorted(np.cumsum(self.weights), places)
        rows, counts = np.unique(drawn, return_counts=True)
        return replace(
            self,
            history=History(*(column[rows] for column in self.history)),
            weights=counts * total / _SKETCH,
            purchase=self.purchase[rows],
            dropout=self.dropout[rows],
        )

    def scaled(self) -> tuple[Task, Floats]:
        """Measure covariates in standard deviations; what to divide coordinates found so by."""
        kinds = (self.purchase, self.dropout)
        total = self.weights.sum()
        spreads = [np.sqrt(self.weights @ values**2 / total) for values in kinds]
        spreads = [np.where(spread > 0, spread, 1.0) for spread in spreads]
        parts = [values / spread for values, spread in zip(kinds, spreads, strict=True)]
        by = np.concatenate([np.ones(len(self.family.names)), *spreads])
        return replace(self, purchase=parts[0], dropout=parts[1]), by

    def unscaled(self, found: Optimum, by: Floats) -> Optimum:
        """Give an optimum of the scaled task by the covariates' own units, in days and weeks."""
        k = len(self.family.names)
        effects = found.parameters[k:] / by[k:]
        covariance = None if found.covariance is None else found.covariance / np.outer(by, by)
        purchases = float(self.weights @ self.history.repeats)
        return replace(
            found,
            parameters=self.in_days(np.append(found.parameters[:k], effects)),
            covariance=covariance,
            log_likelihood=found.log_likelihood - purchases * math.log(self.scale / 7),
        )

    def in_days(self, parameters: Floats) -> Floats:
        """Turn parameters from the scaled time into days."""
        return np.where(self._timed(), parameters * self.scale, parameters)

    def in_scale(self, parameters: Floats) -> Floats:
        """Turn parameters from days into the scaled time."""
        return np.where(self._timed(), parameters / self.scale, parameters)

    def _timed(self) -> list[bool]:
        return [*self.family.timed, *(False for _ in self.effects)]


def seasonal(model: PurchaseModel, data: Summary) -> Summary:
    """Put a summary on the clock of the model's season."""
    return in_season(data, SeasonClock(model.season)) if model.season else data


class Centres(NamedTuple):
    """Means of the covariates of buying and of leaving, where a law's parameters hold.

    Attributes
    ----------
    purchase, dropout : ndarray of float64
        One element a covariate.
    """

    purchase: Floats
    dropout: Floats

    @classmethod
    def of(cls, model: PurchaseModel, data: Summary) -> Centres:
        """Take the means over customers."""
        return cls(
            _columns(data, model.purchase_covariates).mean(axis=0),
            _columns(data, model.dropout_covariates).mean(axis=0),
        )

    def taken_off(self, model: PurchaseModel, data: Summary) -> tuple[Floats, Floats]:
        """Give customers' covariates less these means, shape (customers, covariates) each."""
        return (
            _columns(data, model.purchase_covariates) - self.purchase,
            _columns(data, model.dropout_covariates) - self.dropout,
        )


def _columns(data: Summary, names: tuple[str, ...]) -> Floats:
    """Put covariates side by side, shape (customers, covariates).

    Raises
    ------
    DataError
        If the data have no covariate of that name.
    """
    known: Mapping[str, Floats] = data.covariates
    for name in names:
        if name not in known:
            there = ", ".join(map(repr, known)) or "none"
            raise DataError(f"no covariate {name!r} in the data: there is {there}")
    empty = np.empty((data.n_customers, 0))
    return np.column_stack([known[name] for name in names]) if names else empty
