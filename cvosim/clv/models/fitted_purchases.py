"""A fitted model of buying and leaving, and what it projects for its customers or others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.arguments import checked_discount
from cvosim.clv.models.fit import maximise
from cvosim.clv.models.fit_task import Centres, Task, seasonal
from cvosim.clv.models.fitted import Finding, Fitted, report_fields
from cvosim.clv.models.purchase_model import PurchaseLaw, PurchaseModel
from cvosim.clv.orders.history import Floats, Patterns
from cvosim.clv.orders.season import SeasonClock
from cvosim.clv.orders.summary import Summary

if TYPE_CHECKING:
    from cvosim.clv.models.gamma_gamma import Gg
    from cvosim.clv.value.lifetime_value import LifetimeValue

DAYS_PER_YEAR = 365.0


def daily(discount_rate: float) -> float:
    """Turn a yearly discount rate into a continuous one a day, ln(1 + rate) / 365.

    Examples
    --------
    >>> round(daily(0.10), 9)
    0.000261124
    """
    return math.log1p(checked_discount(discount_rate)) / DAYS_PER_YEAR


@dataclass(frozen=True)
class FittedPurchases(Fitted[PurchaseLaw]):
    """A purchase model with its parameters and the customers it was fitted to.

    Every projection takes other customers as `data`, and means those of the fit without. All
    times are days from the end of the data's period.

    Attributes
    ----------
    model : PurchaseModel
        The settings.
    data : Summary
        The customers.
    centres : Centres
        Means of the covariates; the parameters are those of a customer who is there.
    """

    model: PurchaseModel
    data: Summary
    centres: Centres

    @classmethod
    def of(cls, model: PurchaseModel, data: Summary, task: Task) -> FittedPurchases:
        """Search and report."""
        scaled, by = task.scaled()
        starts = [(*start, *(0.0 for _ in task.effects)) for start in model.family.starts]
        optimum = task.unscaled(maximise(scaled.problem(), starts), by)
        values = dict(zip(task.names, optimum.parameters.tolist(), strict=True))
        counts = (data.n_customers, len(task.weights))
        finding = Finding(values, optimum, optimum.log_likelihood, counts, task.meaning)
        k = len(model.family.names)
        law = model.family.law(*optimum.parameters[:k].tolist())
        return cls(
            law=law, model=model, data=data, centres=task.centres, **report_fields(finding, k)
        )

    def law_of(self, data: Summary | None = None, rows: ArrayLike | None = None) -> PurchaseLaw:
        """Give the law of each customer: where there are covariates, parameters are arrays.

        Parameters
        ----------
        data : Summary, optional
        rows : array_like of int, optional
            Which customers; all of them if left out.
        """
        model, family = self.model, self.model.family
        if not (model.purchase_covariates or model.dropout_covariates):
            return self.law
        data = self.data if data is None else data
        effects = np.array(list(self.params_.values())[len(family.names) :])
        buying = len(model.purchase_covariates)
        kept = np.arange(data.n_customers) if rows is None else np.asarray(rows)
        parameters = [self.params_[name] for name in family.names]
        purchase, dropout = self.centres.taken_off(model, data)
        parameters[family.purchase] *= np.exp(-purchase[kept] @ effects[:buying])
        shift = dropout[kept] @ effects[buying:]
        parameters[family.dropout] *= np.exp(family.dropout_sign * shift)
        return model.family.law(*parameters)  # type: ignore[no-any-return]

    def at(self, parameters: ArrayLike) -> FittedPurchases:
        """Give the same fit with other parameters, in the order of `params_`."""
        values = [float(value) for value in np.asarray(parameters, np.float64)]
        law = self.model.family.law(*values[: len(self.model.family.names)])
        return replace(self, law=law, params_=dict(zip(self.params_, values, strict=True)))

    def probability_alive(self, data: Summary | None = None) -> Floats:
        """Probability that each customer has not left by the end of the period."""
        return self._of_each(data, lambda law, unique: law.probability_alive(unique))

    def expected_purchases(self, days: float, data: Summary | None = None) -> Floats:
        """Mean number of purchases of each customer in the days to come."""
        ahead = self.ahead(days, data)
        return self._of_each(data, lambda law, unique: law.expected_purchases(unique, ahead))

    def expected_purchases_new_customer(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases of a new customer.

        Its covariates are at their means, and the season is even.
        """
        return self.law.expected_purchases_new_customer(days)

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability that a new customer makes n repeat purchases in so many days."""
        return self.law.probability_of(n, days)

    def discounted_purchases(
        self, discount_rate: float, days: float = math.inf, data: Summary | None = None
    ) -> Floats:
        """Mean discounted number of purchases of each customer in the days to come (DERT).

        Parameters
        ----------
        discount_rate : float
            A year; 0.10 for 10 %. With a season, discounting runs on its clock, too, whose
            years are about as long as the calendar's.
        days : float
            How far ahead; without end if left out.
        data : Summary, optional
        """
        ahead, delta = self.ahead(days, data), daily(discount_rate)
        return self._of_each(
            data, lambda law, unique: law.discounted_purchases(unique, delta, ahead)
        )

    def discounted_purchases_new_customer(
        self, discount_rate: float, days: float = math.inf
    ) -> Floats:
        """Mean discounted number of repeat purchases of a new customer."""
        return self.law.discounted_purchases_new_customer(daily(discount_rate), days)

    def customer_lifetime_value(
        self, spend: Fitted[Gg] | Gg | float, data: Summary | None = None, **settings: float | None
    ) -> LifetimeValue:
        """Value of each customer's purchases to come.

        Parameters
        ----------
        spend : Fitted of Gg, Gg or float
            What a purchase is worth: by customer, or the same for all.
        data : Summary, optional
        **settings
            Of `cvosim.clv.value.lifetime_value.Settings`: margin, discount_rate, days, level …

        Returns
        -------
        LifetimeValue
            With prediction intervals if `level` is given.
        """
        from cvosim.clv.value.lifetime_value import Settings, lifetime_value

        return lifetime_value(self, spend, Settings(**settings), data)  # type: ignore[arg-type]

    def forecast(self, days: float, data: Summary | None = None) -> tuple[float, float]:
        """Forecast all customers' purchases in the days to come.

        Returns
        -------
        total, deviation : float
            The mean, and the standard deviation of what may happen around it if the model is
            right: the customers' own chance, and the parameters' errors by the delta method.
        """
        ahead = self.ahead(days, data)

        def moments(fit: FittedPurchases) -> tuple[float, float]:
            unique, law = fit._patterns(data)
            mean, variance = law.conditional_moments(unique, ahead)
            return float(mean @ unique.weights), float(variance @ unique.weights)

        total, spread = moments(self)
        if self.log_covariance_ is not None:
            slope = np.array(self._slopes(lambda fit: moments(fit)[0]))
            spread += float(slope @ np.array(self.log_covariance_) @ slope)
        return total, math.sqrt(spread)

    def expected_counts(self, most: int = 7, data: Summary | None = None) -> Floats:
        """Mean number of customers with 0, 1, … repeat purchases, the last being `most` or more.

        Customers are taken as new at their first purchase, each followed for its own age.
        """
        unique, law = self._patterns(data)
        below = [unique.weights @ law.probability_of(n, unique.age) for n in range(most)]
        return np.append(below, unique.weights.sum() - np.sum(below))

    def ahead(self, days: float, data: Summary | None = None) -> float:
        """Turn days after the period's end into days of the model's season."""
        if not self.model.season or math.isinf(days):
            return days
        end = (self.data if data is None else data).end
        return float(SeasonClock(self.model.season).elapsed(end, end + days))

    def _slopes(self, value: Callable[[FittedPurchases], float], step: float = 1e-4) -> list[float]:
        """Differentiate by the coordinates of `log_covariance_`."""
        place, k = np.array(list(self.params_.values())), len(self.model.family.names)
        slopes = []
        for index in range(len(place)):
            sides = []
            for sign in (step, -step):
                moved = place.copy()
                moved[index] = moved[index] * math.exp(sign) if index < k else moved[index] + sign
                sides.append(value(self.at(moved)))
            slopes.append((sides[0] - sides[1]) / (2 * step))
        return slopes

    def _patterns(self, data: Summary | None) -> tuple[Patterns, PurchaseLaw]:
        """Give the different histories on the model's clock, and the law of each."""
        chosen = self.data if data is None else data
        unique = seasonal(self.model, chosen).patterns
        return unique, self.law_of(chosen, unique.customers)

    def _of_each(
        self, data: Summary | None, value: Callable[[PurchaseLaw, Patterns], Floats]
    ) -> Floats:
        """Compute a value once for each different history and give it to its customers."""
        unique, law = self._patterns(data)
        return value(law, unique)[unique.inverse]
