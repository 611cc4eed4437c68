"""BG/BB: customers who take opportunities to buy, one a period, until they leave.

Before each opportunity a customer leaves with its own probability, Beta(gamma, delta) over
customers; if it is still there it buys with its own probability, Beta(alpha, beta) (Fader,
Hardie & Shang, 2010, Marketing Science 29:1086-1108). Time is counted in opportunities.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.bg_bb_likelihood import (
    Ends,
    likelihood,
    probability_there,
    total_likelihood,
)
from cvosim.clv.models.fit import Problem, maximise
from cvosim.clv.models.fitted import Finding, Fitted, report_fields
from cvosim.clv.models.opportunities import Opportunities
from cvosim.clv.models.renewals import pairs_to_come, renewals_to_come, whole_periods
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.value.discrete_value import DiscreteValue

Floats = NDArray[np.float64]

_STARTS = ((1.0, 1.0, 1.0, 3.0), (0.5, 2.0, 0.5, 5.0), (3.0, 3.0, 1.0, 10.0))
_BUYING, _LEAVING = "how customers differ in buying", "how many customers leave, and when"
_MEANING = {"alpha": _BUYING, "beta": _BUYING, "gamma": _LEAVING, "delta": _LEAVING}


@dataclass(frozen=True)
class BgBb:
    """A BG/BB law with its parameters.

    Attributes
    ----------
    alpha, beta : float
        Of the beta distribution of the probability to buy at an opportunity.
    gamma, delta : float
        Of the beta distribution of the probability to leave before one.

    Examples
    --------
    The donors of Fader, Hardie & Shang (2010): gifts of a new one in six years.

    >>> donors = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> round(float(donors.expected_purchases_new_customer(6)), 2)
    2.22
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    name: ClassVar[str] = "bg_bb"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters."""
        values = {"alpha": self.alpha, "beta": self.beta, "gamma": self.gamma, "delta": self.delta}
        return {"model": self.name, **values}

    def log_likelihood(self, data: Opportunities) -> Floats:
        """Log-likelihood of one customer with each history, equation 5 of the paper."""
        unique, inverse = data.patterns
        return likelihood(np.array(astuple(self)), Ends.of(unique))[0][inverse]

    def probability_alive(self, data: Opportunities, ahead: int = 1) -> Floats:
        """Probability that a customer has not left.

        Parameters
        ----------
        data : Opportunities
        ahead : int
            By which opportunity to come: the next one (1), as equation 11 has it, or the last
            one of the data (0).

        Returns
        -------
        ndarray of float64, one element a history
        """
        stays = _survival(self.gamma, self.delta + data.periods, ahead)
        return np.asarray(self._there(data) * stays)

    def expected_purchases(self, data: Opportunities, periods: float) -> Floats:
        """Mean number of opportunities that each customer will take of those to come.

        Parameters
        ----------
        data : Opportunities
        periods : float
            How many are to come: a whole number, or infinity.

        Returns
        -------
        ndarray of float64
            Equation 13, as a sum that also holds at γ = 1; infinite where `periods` is and γ
            is 1 or less.
        """
        return self.discounted_purchases(data, 0.0, periods)

    def discounted_purchases(
        self, data: Opportunities, discount_rate: float, periods: float = math.inf
    ) -> Floats:
        """Mean discounted number of opportunities that each customer will take (DERT).

        Parameters
        ----------
        data : Opportunities
        discount_rate : float
            A period; 0.10 for 10 %. The next opportunity is a period away.
        periods : float
            How many are to come; without end if left out.

        Returns
        -------
        ndarray of float64
            Equation 14.
        """
        value, to_come = self._there(data), self.purchases_if_there(data, discount_rate, periods)
        # Nobody is there with probability 0 exactly; where it underflows, nothing is to come.
        with np.errstate(invalid="ignore"):
            return np.where(value > 0, value * to_come, 0.0)

    def purchases_if_there(
        self, data: Opportunities, discount_rate: float, periods: float
    ) -> Floats:
        """As `discounted_purchases`, of those who were there at their last opportunity."""
        leaving = (self.gamma, self.delta)
        sums = renewals_to_come(leaving, data.periods, discount_rate, periods)
        chance = (self.alpha + data.repeats) / (self.alpha + self.beta + data.periods)
        return np.asarray(chance * sums / (1.0 + discount_rate))

    def conditional_moments(self, data: Opportunities, periods: float) -> tuple[Floats, Floats]:
        """Mean and variance of the opportunities that each customer will take.

        Parameters
        ----------
        data : Opportunities
        periods : float
            How many are to come, not infinity.

        Returns
        -------
        mean, variance : ndarray of float64, one element a history
            Of the K to come before it leaves a customer takes Binomial(K, p): E[X(X−1)] =
            E[p²] E[K(K−1)], p and K being independent given that it is there now.
        """
        mean = self.expected_purchases(data, periods)
        total = self.alpha + self.beta + data.periods
        chance = (self.alpha + data.repeats) / total
        both = chance * (self.alpha + data.repeats + 1.0) / (total + 1.0)
        pairs = pairs_to_come((self.gamma, self.delta), data.periods, periods)
        variance = self._there(data) * both * pairs + mean - np.square(mean)
        return mean, np.asarray(np.maximum(variance, 0.0))

    def expected_purchases_new_customer(self, periods: ArrayLike) -> Floats:
        """Mean number of opportunities that a new customer takes of so many: equation 8."""
        return self.discounted_purchases_new_customer(0.0, periods)

    def discounted_purchases_new_customer(
        self, discount_rate: float, periods: ArrayLike = math.inf
    ) -> Floats:
        """Mean discounted number of opportunities that a new customer takes.

        The purchase that made it a customer is not counted; the first opportunity is a period
        away.
        """
        ahead = np.asarray(periods, np.float64)
        leaving = (self.gamma, self.delta)
        sums = [float(renewals_to_come(leaving, 0, discount_rate, m)) for m in np.ravel(ahead)]
        chance = self.alpha / (self.alpha + self.beta) / (1.0 + discount_rate)
        return np.asarray(chance * np.array(sums).reshape(ahead.shape))

    def probability_of(self, n: ArrayLike, periods: float) -> Floats:
        """Probability that a new customer takes n of so many opportunities.

        Parameters
        ----------
        n : array_like of int
        periods : float
            A whole number.

        Returns
        -------
        ndarray of float64
            Equation 7; they add up to 1 over n from 0 to `periods`.
        """
        from scipy.special import betaln, gammaln

        whole = whole_periods(periods)
        if math.isinf(whole):
            raise DataError("periods: give the number of opportunities, not infinity")
        x = np.asarray(n, np.float64)
        possible = (x >= 0) & (x <= whole) & (x == np.floor(x))
        k = np.where(possible, x, 0.0)[..., np.newaxis]
        met = np.arange(whole + 1.0)  # opportunities met before leaving; the last means none left
        taken = np.where(met >= k, met, k)
        ways = gammaln(taken + 1) - gammaln(k + 1) - gammaln(taken - k + 1)
        buys = betaln(self.alpha + k, self.beta + taken - k) - betaln(self.alpha, self.beta)
        ends = betaln(self.gamma + (met < whole), self.delta + met)
        terms = np.exp(ways + buys + ends - betaln(self.gamma, self.delta))
        return np.asarray(np.where(possible, np.where(met >= k, terms, 0.0).sum(axis=-1), 0.0))

    def _there(self, data: Opportunities) -> Floats:
        """Probability of having been there at the last opportunity of the data."""
        unique, inverse = data.patterns
        return probability_there(np.array(astuple(self)), Ends.of(unique))[inverse]


@dataclass(frozen=True)
class FittedBgBb(Fitted[BgBb]):
    """A BG/BB law with the customers that it was fitted to.

    Every projection takes other customers as `data`, and means those of the fit without; it
    gives one element a history, and looks so many opportunities ahead.

    Attributes
    ----------
    data : Opportunities
        The customers.
    """

    data: Opportunities

    def probability_alive(self, data: Opportunities | None = None, ahead: int = 1) -> Floats:
        """Probability that each customer will be there at the next opportunity (or a later)."""
        return self.law.probability_alive(self._known(data), ahead)

    def expected_purchases(self, periods: float, data: Opportunities | None = None) -> Floats:
        """Mean number of opportunities to come that each customer will take."""
        return self.law.expected_purchases(self._known(data), periods)

    def probability_of(self, n: ArrayLike, periods: float) -> Floats:
        """Probability that a new customer takes n of so many opportunities."""
        return self.law.probability_of(n, periods)

    def expected_purchases_new_customer(self, periods: ArrayLike) -> Floats:
        """Mean number of opportunities that a new customer takes of so many."""
        return self.law.expected_purchases_new_customer(periods)

    def discounted_purchases(
        self, discount_rate: float, periods: float = math.inf, data: Opportunities | None = None
    ) -> Floats:
        """Mean discounted number of opportunities to come that each customer will take.

        Parameters
        ----------
        discount_rate : float
            A period, not a year: 0.10 for 10 %.
        periods : float
            How many are to come; without end if left out.
        data : Opportunities, optional
        """
        return self.law.discounted_purchases(self._known(data), discount_rate, periods)

    def discounted_purchases_new_customer(
        self, discount_rate: float, periods: ArrayLike = math.inf
    ) -> Floats:
        """Mean discounted number of opportunities that a new customer takes."""
        return self.law.discounted_purchases_new_customer(discount_rate, periods)

    def customer_lifetime_value(
        self,
        value_per_purchase: ArrayLike,
        *,
        data: Opportunities | None = None,
        **settings: Any,
    ) -> DiscreteValue:
        """Value the purchases to come of a customer with each history.

        Parameters
        ----------
        value_per_purchase : float, or array_like of float
            The same for all, or one a history.
        data : Opportunities, optional
        **settings
            `margin`, `discount_rate` a period, `periods`, `level`, `draws` and `seed`: see
            `PeriodSettings` in `cvosim.clv.value.discrete_value`.

        Raises
        ------
        DataError
            If a setting means nothing, or the value is infinite: for ever without discounting.
        """
        from cvosim.clv.value.discrete_value import (
            PeriodSettings,
            discrete_value,
            opportunities_case,
        )

        chosen = PeriodSettings(**settings)
        case = opportunities_case(self, self._known(data), chosen)
        return discrete_value(case, value_per_purchase, chosen)

    def forecast(self, periods: float, data: Opportunities | None = None) -> tuple[float, float]:
        """Forecast all customers' purchases at the opportunities to come.

        Returns
        -------
        total, deviation : float
            The mean, and the standard deviation of what may happen around it if the model is
            right: the customers' own chance, and the parameters' errors by the delta method.
        """
        known = self._known(data)
        mean, variance = self.law.conditional_moments(known, periods)
        spread = float(variance @ known.weights)
        if self.log_covariance_ is not None:
            slope = np.array([self._slope(name, periods, known) for name in self.params_])
            spread += float(slope @ np.array(self.log_covariance_) @ slope)
        return float(mean @ known.weights), math.sqrt(spread)

    def _slope(self, name: str, periods: float, data: Opportunities, step: float = 1e-4) -> float:
        """Differentiate the forecast by the logarithm of a parameter."""
        totals = []
        for sign in (step, -step):
            law = replace(self.law, **{name: self.params_[name] * math.exp(sign)})
            totals.append(float(law.expected_purchases(data, periods) @ data.weights))
        return (totals[0] - totals[1]) / (2 * step)

    def _known(self, data: Opportunities | None) -> Opportunities:
        return self.data if data is None else Opportunities.required(data)


@dataclass(frozen=True)
class BetaGeometricBetaBinomial:
    """The estimator of `BgBb`; it has no settings."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name, as scikit-learn's estimators do; there are none."""
        return {}

    def fit(self, data: Opportunities) -> FittedBgBb:
        """Fit by maximum likelihood.

        Parameters
        ----------
        data : Opportunities

        Returns
        -------
        FittedBgBb

        Raises
        ------
        DataError
            If the data are of another kind, nobody took an opportunity, or everybody has the
            same history.

        Examples
        --------
        >>> x, t_x, n = [0, 1, 1, 2, 2, 3, 3], [0, 1, 3, 2, 3, 3, 3], [3] * 7
        >>> data = Opportunities.of(x, t_x, n, weights=[60, 20, 9, 12, 8, 30, 4])
        >>> fitted = BetaGeometricBetaBinomial().fit(data)
        >>> fitted.n_customers_, fitted.n_patterns_, list(fitted.params_)
        (143, 6, ['alpha', 'beta', 'gamma', 'delta'])
        """
        unique, _ = Opportunities.required(data).patterns
        n = max(round(data.n_customers), 1)
        _require_variety(unique, n)
        ends = Ends.of(unique)

        def objective(parameters: Floats) -> tuple[float, Floats]:
            return total_likelihood(parameters, ends, unique.weights)

        optimum = maximise(Problem(objective, n), _STARTS)
        law = BgBb(*optimum.parameters.tolist())
        values = dict(zip(_MEANING, astuple(law), strict=True))
        counts = (n, len(unique.repeats))
        finding = Finding(values, optimum, optimum.log_likelihood, counts, _MEANING)
        return FittedBgBb(law=law, data=data, **report_fields(finding))


def _require_variety(unique: Opportunities, n: int) -> None:
    """Raise unless n customers with these different histories are something to fit to."""
    if not unique.repeats.any():
        who = "the only customer took no" if n == 1 else f"none of the {n} customers took an"
        raise DataError(f"{who} opportunity to buy again: there is no repeat buying to fit")
    if len(unique.repeats) == 1:
        who = "there is one customer" if n == 1 else f"all {n} customers have the same history"
        raise DataError(
            f"{who} ({unique.repeats[0]:g} of {unique.periods[0]:g} opportunities taken): a fit "
            "needs customers who differ"
        )


def _survival(gamma: float, delta: Floats, more: ArrayLike) -> Floats:
    """Probability of not leaving before so many more opportunities."""
    from scipy.special import betaln

    return np.asarray(np.exp(betaln(gamma, delta + np.asarray(more)) - betaln(gamma, delta)))
