"""Shifted beta-geometric: subscribers who leave at a renewal by a probability of their own.

The probability is Beta(alpha, beta) over subscribers, so that those who stay longest are those
who were least likely to leave, and retention rises with tenure though nobody changes (Fader &
Hardie, 2007, Journal of Interactive Marketing 21:76-90; 2010, Marketing Science 29:85-93).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.cohort_counts import CohortCounts
from cvosim.clv.models.fit import Problem, maximise
from cvosim.clv.models.fitted import Finding, Fitted, report_fields
from cvosim.clv.models.renewals import renewals_to_come
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.value.discrete_value import DiscreteValue

Floats = NDArray[np.float64]

_STARTS = ((1.0, 1.0), (0.5, 4.0), (5.0, 20.0))
_MEANING = dict.fromkeys(("alpha", "beta"), "how subscribers differ in loyalty")
_ALIKE, _OPPOSITE = 1e3, 1e-3
"""Parameters beyond which subscribers are as good as all alike, or all for ever or never."""


@dataclass(frozen=True)
class Sbg:
    """A shifted beta-geometric law with its parameters. Time is counted in renewals.

    Attributes
    ----------
    alpha, beta : float
        Of the beta distribution of the probability to leave at a renewal, whose mean is
        alpha / (alpha + beta).

    Examples
    --------
    The "regular" subscribers of Fader & Hardie (2007), after one renewal and after twelve:

    >>> Sbg(alpha=0.704, beta=1.182).survival([1, 12]).round(3)
    array([0.627, 0.17 ])
    """

    alpha: float
    beta: float
    name: ClassVar[str] = "sbg"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters."""
        return {"model": self.name, "alpha": self.alpha, "beta": self.beta}

    def survival(self, renewals: ArrayLike, after: ArrayLike = 0) -> Floats:
        """Share of subscribers who make so many renewals.

        Parameters
        ----------
        renewals : array_like of int
            How many more.
        after : array_like of int
            How many they have made so far.

        Returns
        -------
        ndarray of float64
            B(α, β + t) / B(α, β), equation 6 of Fader & Hardie (2007); of those who have made
            n so far, the same with β + n for β (2010, equation 9).
        """
        from scipy.special import betaln

        beta = self.beta + np.asarray(after, np.float64)
        more = np.asarray(renewals, np.float64)
        return np.asarray(np.exp(betaln(self.alpha, beta + more) - betaln(self.alpha, beta)))

    def retention_rate(self, renewal: ArrayLike) -> Floats:
        """Share of those facing the first renewal (1), the second … who renew.

        Returns
        -------
        ndarray of float64
            (β + t − 1) / (α + β + t − 1), equation 8 of Fader & Hardie (2007).
        """
        stays = self.beta + np.asarray(renewal, np.float64) - 1.0
        return np.asarray(stays / (self.alpha + stays))

    def probability_of(self, n: ArrayLike) -> Floats:
        """Probability to leave at renewal n, from 1: equation 5 of Fader & Hardie (2007)."""
        from scipy.special import betaln

        at = np.asarray(n, np.float64)
        value = np.exp(betaln(self.alpha + 1.0, self.beta + at - 1.0) - self._log_scale())
        return np.asarray(np.where(at >= 1, value, 0.0))

    def expected_lifetime(self, discount_rate: float = 0.0, periods: float = math.inf) -> float:
        """Mean discounted number of payments of a new subscriber, the first one included.

        Parameters
        ----------
        discount_rate : float
            From one payment to the next; 0.10 for 10 %.
        periods : float
            Renewals looked ahead; without end if left out.

        Returns
        -------
        float
            2F1(1, β; α + β; 1/(1 + d)), equation 5 of Fader & Hardie (2010), called DEL there;
            infinite without discount and end if α is 1 or less.
        """
        to_come = self.expected_remaining(0, discount_rate, periods)
        return 1.0 + float(to_come) / (1.0 + discount_rate)

    def expected_remaining(
        self, renewals: ArrayLike, discount_rate: float = 0.0, periods: float = math.inf
    ) -> Floats:
        """Mean discounted number of payments to come of a subscriber whose next is just due.

        Parameters
        ----------
        renewals : array_like of int
            Renewals made so far; whether the next one is made is not known.
        discount_rate : float
            From one payment to the next; the one just due, if it is made, counts in full.
        periods : float
            Renewals looked ahead, the one just due included; without end if left out.

        Returns
        -------
        ndarray of float64
            (β + n)/(α + β + n) · 2F1(1, β + n + 1; α + β + n + 1; 1/(1 + d)) after n renewals,
            equation 6 of Fader & Hardie (2010), called DERL there, whose n is one more.
        """
        made = np.asarray(renewals, np.float64)
        return renewals_to_come((self.alpha, self.beta), made, discount_rate, periods)

    def log_likelihood(self, counts: CohortCounts) -> float:
        """Log-likelihood of all subscribers together: equation 7 of Fader & Hardie (2007)."""
        return _likelihood(np.array([self.alpha, self.beta]), counts)[0]

    def _log_scale(self) -> float:
        from scipy.special import betaln

        return float(betaln(self.alpha, self.beta))


@dataclass(frozen=True)
class FittedSbg(Fitted[Sbg]):
    """A shifted beta-geometric law and the subscribers that it was fitted to.

    The law's own methods project; those here add what the fit knows: how sure it is.

    Attributes
    ----------
    data : CohortCounts
        The subscribers.
    """

    data: CohortCounts

    def survival(self, renewals: ArrayLike) -> Floats:
        """Share of subscribers who make so many renewals."""
        return self.law.survival(renewals)

    def retention_rate(self, renewal: ArrayLike) -> Floats:
        """Share of those facing the first renewal (1), the second … who renew."""
        return self.law.retention_rate(renewal)

    def probability_of(self, n: ArrayLike) -> Floats:
        """Probability to leave at renewal n, from 1."""
        return self.law.probability_of(n)

    def expected_lifetime(self, discount_rate: float = 0.0, periods: float = math.inf) -> float:
        """Mean discounted number of payments of a new subscriber, the first one included."""
        return self.law.expected_lifetime(discount_rate, periods)

    def expected_remaining(
        self, renewals: ArrayLike, discount_rate: float = 0.0, periods: float = math.inf
    ) -> Floats:
        """Mean discounted number of payments to come of a subscriber whose next is just due."""
        return self.law.expected_remaining(renewals, discount_rate, periods)

    def customer_lifetime_value(self, bill: ArrayLike, **settings: Any) -> DiscreteValue:
        """Value the payments to come of a subscriber still there after so many renewals.

        Parameters
        ----------
        bill : float, or array_like of float
            A payment: the same for all, or one for each number of renewals that somebody of
            the data is still there after, from the fewest. The one just due counts in full.
        **settings
            `margin`, `discount_rate` from one payment to the next, `periods` (renewals),
            `level`, `draws` and `seed`: see `PeriodSettings` in
            `cvosim.clv.value.discrete_value`.

        Raises
        ------
        DataError
            If nobody is still there, a setting means nothing, or the value is infinite.
        """
        from cvosim.clv.value.discrete_value import PeriodSettings, discrete_value, renewals_case

        chosen = PeriodSettings(**settings)
        return discrete_value(renewals_case(self, self.data, chosen), bill, chosen)

    def survival_interval(self, renewals: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
        """Interval for the survival, by the delta method on its log-odds.

        Parameters
        ----------
        renewals : array_like of int
            At least 1.
        level : float
            Between 0 and 1.

        Returns
        -------
        low, high : ndarray of float64

        Raises
        ------
        DataError
            If the fit has no clear maximum, which knows no errors.
        """
        from scipy.special import expit, logit

        low, high = self._interval(lambda law: logit(law.survival(renewals)), level)
        return np.asarray(expit(low)), np.asarray(expit(high))

    def lifetime_interval(
        self, discount_rate: float, periods: float = math.inf, level: float = 0.95
    ) -> tuple[float, float]:
        """Interval for the expected lifetime, by the delta method on its logarithm.

        Parameters
        ----------
        discount_rate, periods : float
            As in `Sbg.expected_lifetime`.
        level : float
            Between 0 and 1.

        Raises
        ------
        DataError
            If the fit has no clear maximum, or the lifetime is infinite.
        """
        if math.isinf(self.expected_lifetime(discount_rate, periods)):
            raise DataError(
                "the expected lifetime without discount and end is infinite, for alpha is not "
                "above 1; give a discount rate or a number of periods"
            )

        def value(law: Sbg) -> Floats:
            return np.array(math.log(law.expected_lifetime(discount_rate, periods)))

        low, high = self._interval(value, level)
        return math.exp(float(low)), math.exp(float(high))

    def _interval(
        self, value: Callable[[Sbg], Floats], level: float, step: float = 1e-4
    ) -> tuple[Floats, Floats]:
        from scipy.special import ndtri

        if self.log_covariance_ is None:
            raise DataError(f"there is no interval: {self.message_}")
        if not 0 < level < 1:
            raise DataError(f"level: {level:g} is not between 0 and 1; write 0.95 for 95 %")
        a, b, up = self.law.alpha, self.law.beta, math.exp(step)
        pairs = [(Sbg(a * up, b), Sbg(a / up, b)), (Sbg(a, b * up), Sbg(a, b / up))]
        slopes = np.array([(value(more) - value(less)) / (2 * step) for more, less in pairs])
        covariance = np.array(self.log_covariance_)
        variance = np.einsum("i...,ij,j...->...", slopes, covariance, slopes)
        reach = float(ndtri((1.0 + level) / 2.0)) * np.sqrt(variance)
        centre = value(self.law)
        return np.asarray(centre - reach), np.asarray(centre + reach)


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """The estimator of `Sbg`; it has no settings."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name, as scikit-learn's estimators do; there are none."""
        return {}

    def fit(self, data: CohortCounts) -> FittedSbg:
        """Fit by maximum likelihood.

        Parameters
        ----------
        data : CohortCounts
            Of cohorts or individuals. At least two renewals must have been faced.

        Returns
        -------
        FittedSbg
            Where subscribers do not differ there is no maximum: its message then says so.

        Raises
        ------
        DataError
            If the data are of another kind, nobody left, everybody left at once, or only one
            renewal was faced.

        Examples
        --------
        >>> counts = CohortCounts.of_survivors([1000, 631, 468, 382, 326])
        >>> fitted = ShiftedBetaGeometric().fit(counts)
        >>> fitted.law.alpha, fitted.law.beta  # doctest: +ELLIPSIS
        (0.76366..., 1.2958...)
        >>> round(fitted.log_likelihood_, 4)
        -1401.5594
        """
        _require_variety(data)
        n = max(round(data.n_customers), 1)
        optimum = maximise(Problem(lambda at: _likelihood(at, data), n), _STARTS)
        law = Sbg(*optimum.parameters.tolist())
        values = {"alpha": law.alpha, "beta": law.beta}
        different = int(np.count_nonzero(data.churned) + np.count_nonzero(data.stayed))
        finding = Finding(values, optimum, optimum.log_likelihood, (n, different), _MEANING)
        fitted = FittedSbg(law=law, data=data, **report_fields(finding))
        return replace(fitted, message_=_why_unclear(law, data)) if optimum.weak else fitted


def _require_variety(data: CohortCounts) -> None:
    """Raise unless there is something to fit to."""
    if not isinstance(data, CohortCounts):
        raise DataError(
            f"sBG needs CohortCounts, not {type(data).__name__}: make them of survivors with "
            "CohortCounts.of_survivors([1000, 631, 468]), or of subscribers with "
            "CohortCounts.of_individuals(renewals, churned)"
        )
    faced, left, n = data.facing, float(data.churned.sum()), data.n_customers
    if len(faced) == 0 or left == 0:
        who = "the only subscriber has not" if n == 1 else f"none of the {n:,.0f} subscribers"
        raise DataError(f"{who} left: there is no churn to fit")
    if len(faced) == 1 and left == faced[0] and not data.stayed.any():
        who = "the only subscriber" if n == 1 else f"all {n:,.0f} subscribers"
        raise DataError(
            f"{who} left at the first renewal: nobody's staying tells how subscribers differ"
        )
    if len(faced) == 1:
        raise DataError(
            "the counts show one renewal only; how retention changes with tenure takes at "
            "least two, as in [1000, 631, 468]"
        )


def _why_unclear(law: Sbg, data: CohortCounts) -> str:
    """Say what no clear maximum means here."""
    if law.alpha + law.beta > _ALIKE:
        share = float(data.churned.sum() / data.facing.sum())
        return (
            "retention does not rise with tenure, so subscribers do not differ in loyalty: a "
            f"constant churn of {100 * share:.3g} % a renewal says as much, and alpha and beta "
            "have no finite best values"
        )
    if min(law.alpha, law.beta) < _OPPOSITE:
        return (
            "subscribers leave at their first renewal or not at all: the counts do not settle "
            "alpha and beta, and say little of who will leave later"
        )
    return "the counts do not settle how subscribers differ in loyalty (alpha, beta)"


def _likelihood(parameters: Floats, data: CohortCounts) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by (alpha, beta)."""
    from scipy.special import betaln, psi

    alpha, beta = parameters.tolist()
    k = np.arange(len(data.churned), dtype=np.float64)
    left = np.log(alpha) - np.log(alpha + beta + k)  # leaving at renewal k + 1, having come there
    there = betaln(alpha, beta + k) - betaln(alpha, beta)
    seen = data.churned + data.stayed
    value = float(data.churned @ left + seen @ there)
    both = psi(alpha + beta) - psi(alpha + beta + k)
    late = 1.0 / (alpha + beta + k)
    by_alpha = data.churned @ (1.0 / alpha - late) + seen @ both
    by_beta = -data.churned @ late + seen @ (both + psi(beta + k) - psi(beta))
    return value, np.array([by_alpha, by_beta])
