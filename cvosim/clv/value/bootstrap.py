"""Parametric bootstrap: how far parameters would come out elsewhere, had luck been another.

Histories are drawn from the fitted law, for the same customers observed as long, and the model
is fitted to them again from where it was (Efron & Tibshirani, 1993, sections 6.5 and 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.models.fit import Problem
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.orders.history import Floats
from cvosim.clv.value.redraw import Redraw, quick_refit
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.gamma_gamma import Gg

MOST_REFITS = 1 << 20
"""Replicates that the addresses of luck have room for."""


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Parameters of many refits.

    Attributes
    ----------
    names : tuple of str
        Of the parameters.
    positive : int
        How many of them, the first ones, are above 0; the others are effects of covariates.
    estimate : ndarray of float64, shape (k,)
        What the refits' data were drawn from.
    parameters : ndarray of float64, shape (refits, k)
        One row for each refit that came to a maximum.
    failed : int
        Refits that did not; they are not among the rows.

    Examples
    --------
    >>> three = np.array([[1.0], [2.0], [4.0]])
    >>> Bootstrap(("r",), 1, np.array([2.0]), three, 0).intervals(0.5)
    {'r': (1.5, 3.0)}
    """

    names: tuple[str, ...]
    positive: int
    estimate: Floats
    parameters: Floats
    failed: int

    def __post_init__(self) -> None:
        self.estimate.setflags(write=False)
        self.parameters.setflags(write=False)

    @property
    def coordinates(self) -> Floats:
        """The refits' parameters, positive ones by their logarithms."""
        return self._coordinates(self.parameters)

    def standard_errors(self) -> dict[str, float]:
        """Standard deviation over the refits, by parameter."""
        return dict(zip(self.names, self.parameters.std(axis=0, ddof=1).tolist(), strict=True))

    def intervals(
        self, level: float = 0.9, kind: Literal["percentile", "basic"] = "percentile"
    ) -> dict[str, tuple[float, float]]:
        """Give an interval for each parameter.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        kind : str
            ``percentile``: quantiles of the refits. ``basic``: quantiles of their distances
            from the estimate, taken off it; of logarithms where a parameter is positive, so
            that its interval is too (Davison & Hinkley, 1997, equations 5.6 and 5.18). The
            first keeps a bias of the estimator, the second takes it away.

        Returns
        -------
        dict of str to (low, high)

        Raises
        ------
        DataError
            If the level is not between 0 and 1.
        """
        tails = [(1.0 - checked_level(level)) / 2.0, (1.0 + level) / 2.0]
        if kind == "percentile":
            low, high = np.quantile(self.parameters, tails, axis=0)
        else:
            ends = np.quantile(self.coordinates, tails, axis=0)
            places = 2.0 * self._coordinates(self.estimate) - ends[::-1]
            places[:, : self.positive] = np.exp(places[:, : self.positive])
            low, high = places
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        return dict(zip(self.names, pairs, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Give estimates, standard errors and 90 % intervals as plain values, for JSON."""
        return {
            "refits": len(self.parameters),
            "failed": self.failed,
            "estimate": dict(zip(self.names, self.estimate.tolist(), strict=True)),
            "standard_errors": self.standard_errors(),
            "intervals": {name: list(ends) for name, ends in self.intervals().items()},
        }

    def _coordinates(self, parameters: Floats) -> Floats:
        places = np.array(parameters)
        places[..., : self.positive] = np.log(places[..., : self.positive])
        return places


def bootstrap(fitted: FittedPurchases, refits: int = 1000, seed: int = 1) -> Bootstrap:
    """Draw histories from a fitted purchase model and fit it to them again, many times.

    Parameters
    ----------
    fitted : FittedPurchases
        With or without covariates and a season.
    refits : int
        How many times.
    seed : int
        Of the luck.

    Returns
    -------
    Bootstrap

    Raises
    ------
    DataError
        If the fit has no clear maximum, or most refits have none.

    Examples
    --------
    >>> from cvosim.clv import BetaGeometricNBD
    >>> fitted = BetaGeometricNBD().fit(summary)  # doctest: +SKIP
    >>> bootstrap(fitted).intervals(0.9)["r"]  # doctest: +SKIP
    (0.223, 0.264)
    """
    start, covariance = _known(fitted)
    base = Redraw.of(fitted)
    begin = base.task.in_scale(start)

    def one(replicate: int) -> Floats | None:
        found = quick_refit(base.redrawn(seed, replicate).problem(), begin, covariance)
        return None if found is None else base.task.in_days(found)

    rows = [one(replicate) for replicate in range(checked_refits(refits))]
    positive = len(fitted.model.family.names)
    return _gathered((tuple(fitted.params_), positive, start), rows)


def bootstrap_spend(
    fitted: Fitted[Gg], paid: NDArray[Any], refits: int = 1000, seed: int = 1
) -> Bootstrap:
    """Draw customers' mean spends from a fitted Gamma-Gamma law and fit it to them again.

    Parameters
    ----------
    fitted : Fitted of Gg
    paid : ndarray
        How many purchases each customer paid for; those with none are left out.
    refits, seed : int
        How many times, and the luck.

    Returns
    -------
    Bootstrap

    Raises
    ------
    DataError
        If the fit has no clear maximum, or most refits have none.
    """
    from cvosim.clv.models.gamma_gamma import likelihood
    from cvosim.clv.value.futures import draw_spends

    start, covariance = _known(fitted)
    counts = np.sort(np.asarray(paid, np.float64))
    counts = counts[counts > 0]
    law = fitted.law
    # Amounts are scaled to about 1, as in the fit; v has their unit.
    scale = law.v
    begin = np.array([law.p, law.q, 1.0])

    def one(replicate: int) -> Floats | None:
        spend = draw_spends((law.p, law.q, 1.0), counts, seed, replicate)

        def objective(theta: Floats) -> tuple[float, Floats]:
            values, slopes = likelihood(theta.tolist(), counts, spend)
            return float(values.sum()), slopes.sum(axis=1)

        found = quick_refit(Problem(objective, len(counts), 3), begin, covariance)
        return None if found is None else found * np.array([1.0, 1.0, scale])

    rows = [one(replicate) for replicate in range(checked_refits(refits))]
    return _gathered((tuple(fitted.params_), 3, start), rows)


def normal_draws(fitted: Fitted[Any], positive: int, draws: int, seed: int) -> Bootstrap:
    """Draw parameters from the normal law that large samples give them, without any refit.

    Parameters
    ----------
    fitted : Fitted
        With a clear maximum.
    positive : int
        How many parameters, the first ones, are above 0; it is their logarithms that are
        normal.
    draws, seed : int
        How many, and the luck.

    Returns
    -------
    Bootstrap
        From the estimate and its observed information (Efron & Hinkley, 1978).
    """
    from cvosim.randomness.draws_plain import normal
    from cvosim.randomness.sites import site_id

    start, covariance = _known(fitted)
    site, k = site_id("clv/parameters"), len(start)
    z = np.array([[normal(seed, i, site, j) for j in range(k)] for i in range(draws)])
    places = z @ np.linalg.cholesky(covariance).T
    parameters = np.where(np.arange(k) < positive, start * np.exp(places), start + places)
    return Bootstrap(tuple(fitted.params_), positive, start, parameters, 0)


def checked_level(level: float) -> float:
    """Refuse a level that is none.

    Raises
    ------
    DataError
        If it is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise DataError(f"level: {level:g} is not between 0 and 1; write 0.9 for 90 %")
    return level


def checked_refits(refits: int) -> int:
    """Refuse too few or too many refits.

    Raises
    ------
    DataError
        If there are not between 20 and a million.
    """
    if not 20 <= refits <= MOST_REFITS:
        raise DataError(f"refits: {refits} is not between 20 and {MOST_REFITS}; write 1000")
    return refits


def _known(fitted: Fitted[Any]) -> tuple[Floats, Floats]:
    """Give the estimate and its coordinates' covariance, if the fit has a clear maximum."""
    if not fitted.converged_ or fitted.log_covariance_ is None:
        raise DataError(
            f"the fit has no clear maximum ({fitted.message_}): "
            "there is nothing to refit from, and no interval of its parameters"
        )
    return np.array(list(fitted.params_.values())), np.array(fitted.log_covariance_)


def _gathered(about: tuple[tuple[str, ...], int, Floats], rows: list[Floats | None]) -> Bootstrap:
    """Put the refits together."""
    found = [row for row in rows if row is not None]
    failed = len(rows) - len(found)
    if 2 * failed >= len(rows):
        raise DataError(
            f"{failed} of {len(rows)} refits to histories drawn from the fitted law have no "
            "clear maximum: the data say too little for intervals of the parameters"
        )
    return Bootstrap(*about, np.array(found), failed)
