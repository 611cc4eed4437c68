"""Estimates of several groups at once, drawn towards what they have in common."""

from __future__ import annotations

import numpy as np

from cvosim.tables.columns import Floats

_STEPS = 60


def shrunk(estimates: Floats, errors: Floats) -> Floats:
    """Empirical-Bayes estimates of groups with known, unequal errors.

    ``theta_g ~ N(mu, A)`` and ``estimate_g ~ N(theta_g, V_g)``. ``A`` is the root of
    ``sum W_g ((estimate_g - mu)**2 G / (G - 1) - V_g - A) = 0`` with ``W_g = 1 / (V_g + A)`` and
    ``mu`` the mean weighted by ``W`` (Morris 1983, "Parametric empirical Bayes inference",
    the estimator for unequal variances); the estimate is ``mu + (1 - B_g)(estimate_g - mu)`` with
    ``B_g = (G - 3) / (G - 1) V_g / (V_g + A)``. With three groups or fewer that factor would leave
    nothing of the shrinkage (James & Stein 1961 need more), so it is 1.

    Parameters
    ----------
    estimates, errors : ndarray of float64, shape (G, ...)
        One row a group; an error of 0 is an estimate that is certain.

    Returns
    -------
    ndarray of float64, shape (G, ...)

    Examples
    --------
    >>> said, errors = np.array([[4.0], [0.0], [2.0]]), np.full((3, 1), 10.0)
    >>> shrunk(said, errors)[:, 0].round(6).tolist()
    [2.0, 2.0, 2.0]
    >>> shrunk(said, errors / 1e6)[:, 0].round(6).tolist()
    [4.0, 0.0, 2.0]
    """
    groups = len(estimates)
    if groups < 2:
        return estimates
    tiny = np.finfo(np.float64).tiny
    variances = np.maximum(errors**2, 1e-12 * np.mean(errors**2, axis=0) + tiny)
    factor = (groups - 3.0) / (groups - 1.0) if groups > 3 else 1.0

    def centre(spread: Floats) -> tuple[Floats, Floats]:
        weights = 1.0 / (variances + spread)
        return weights, (weights * estimates).sum(axis=0) / weights.sum(axis=0)

    # the left side falls as A rises: halve the interval in which its sign changes
    low = np.zeros(estimates.shape[1:])
    high = np.ptp(estimates, axis=0) ** 2 * groups + tiny
    for _ in range(_STEPS):
        spread = (low + high) / 2.0
        weights, mean = centre(spread)
        square = (estimates - mean) ** 2 * groups / (groups - 1.0)
        above = (weights * (square - variances - spread)).sum(axis=0) > 0.0
        low, high = np.where(above, spread, low), np.where(above, high, spread)
    weights, mean = centre(low)
    kept = 1.0 - factor * variances * weights
    found: Floats = mean + kept * (estimates - mean)
    return found
