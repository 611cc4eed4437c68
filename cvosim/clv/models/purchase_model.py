"""What the models of buying and leaving have in common: laws, families and estimators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from numpy.typing import ArrayLike

from cvosim.clv.orders.history import Floats, Histories
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.fitted_purchases import FittedPurchases

Values = float | Floats
"""A parameter: one for all customers, or one for each."""

DAYS_PER_WEEK = 7.0


class PurchaseLaw(Protocol):
    """When customers buy and leave, at given parameters."""

    name: ClassVar[str]

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""

    def log_likelihood(self, history: Histories) -> Floats:
        """Log-likelihood of each history, of times in weeks."""

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age."""

    def expected_purchases(self, history: Histories, days: ArrayLike) -> Floats:
        """Mean number of purchases in the days to come."""

    def conditional_moments(self, history: Histories, days: ArrayLike) -> tuple[Floats, Floats]:
        """Mean and variance of the purchases in the days to come."""

    def expected_purchases_new_customer(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases since the first."""

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability of n repeat purchases since the first."""

    def discounted_purchases(
        self, history: Histories, delta: float, days: float = math.inf
    ) -> Floats:
        """Mean discounted number of purchases in the days to come."""

    def discounted_purchases_new_customer(self, delta: float, days: float = math.inf) -> Floats:
        """Mean discounted number of repeat purchases since the first."""


class Family(NamedTuple):
    """What the search needs to know of a law.

    Attributes
    ----------
    law : callable
        Makes the law of its parameters, in order, times in days.
    likelihood : callable
        (parameters, histories) -> log-likelihoods (n,) and gradient by the parameters (k, n),
        in any unit of time; each parameter is a number or an array (n,).
    starts : tuple of tuple of float
        Where searches begin, the longest age being 1.
    timed : tuple of bool
        Which parameters are times.
    meaning : mapping of str to str
        What each parameter says about customers.
    purchase : int
        The parameter that a covariate z of buying multiplies by exp(−γz).
    dropout, dropout_sign : int, float
        The parameter that a covariate z of leaving multiplies by exp(sign·γz).
    leaving : str
        What exp(γz) multiplies, in words.
    """

    law: Callable[..., Any]
    likelihood: Callable[[Sequence[Any], Histories], tuple[Floats, Floats]]
    starts: tuple[tuple[float, ...], ...]
    timed: tuple[bool, ...]
    meaning: Mapping[str, str]
    purchase: int
    dropout: int
    dropout_sign: float
    leaving: str

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return tuple(self.meaning)


@dataclass(frozen=True)
class PurchaseModel:
    """Settings of an estimator; each model is a class of its own below this one.

    Attributes
    ----------
    purchase_covariates : tuple of str
        Covariates of the summary that raise (γ > 0) or lower the purchase rate.
    dropout_covariates : tuple of str
        Covariates that raise or lower drop-out.
    season : tuple of float
        Known multipliers of the purchase rate by month, January first; empty for none. They
        are scaled to mean 1 and stretch time itself: for BG/NBD and MBG/NBD, whose customers
        leave only when they buy, that is exact; in Pareto/NBD lives run on the same clock.
    """

    purchase_covariates: tuple[str, ...] = ()
    dropout_covariates: tuple[str, ...] = ()
    season: tuple[float, ...] = ()
    family: ClassVar[Family]

    def __post_init__(self) -> None:
        for field in ("purchase_covariates", "dropout_covariates"):
            names = getattr(self, field)
            if isinstance(names, str):
                raise DataError(f"{field}: write a tuple of names, such as ({names!r},)")
            twice = next((name for name in names if list(names).count(name) > 1), None)
            if twice is not None:
                raise DataError(f"{field}: {twice!r} is named twice; once is enough")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name, as scikit-learn's estimators do."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def fit(self, data: Summary) -> FittedPurchases:
        """Fit by maximum likelihood.

        Parameters
        ----------
        data : Summary
            Of an order log that begins with every customer's first purchase.

        Returns
        -------
        FittedPurchases
            Its log-likelihood is of times in weeks, as the literature has it.

        Raises
        ------
        DataError
            If a covariate is missing, or the customers are too much alike for a fit to mean
            anything.

        Examples
        --------
        >>> from cvosim.clv import BetaGeometricNBD, Summary
        >>> x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
        >>> fitted = BetaGeometricNBD().fit(Summary.of(x, t_x, age))
        >>> fitted.n_customers_, sorted(fitted.params_)
        (6, ['a', 'alpha_days', 'b', 'r'])
        """
        from cvosim.clv.models.fit_task import Task
        from cvosim.clv.models.fitted_purchases import FittedPurchases

        given: object = data
        if not isinstance(given, Summary):
            kind = type(given).__name__
            raise DataError(f"fit: needs a Summary (see summarise, Summary.of), not a {kind}")

        task = Task.of(self, data)
        task.require_variety()
        return FittedPurchases.of(self, data, task)
