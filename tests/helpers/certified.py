"""Pools whose laws are known, for certificates: even spreads of points in the place of luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from cvosim.experiment.certificate.worlds import pool_of_columns
from cvosim.experiment.pool import Pool

N = 20_000
ROOTS = (0.6180339887498949, 0.41421356237309515, 0.7320508075688772)
"""Fractions of the golden ratio and of the roots of 2 and 3: multiples spread evenly together."""


def spread(place: int, n: int = N) -> NDArray[np.float64]:
    """Points of (0, 1), evenly spread, jointly with the other places."""
    return np.clip((np.arange(n) * ROOTS[place] + 0.5) % 1.0, 1e-6, 1.0 - 1e-6)


U, V, W = (spread(place) for place in range(3))
LIFE = -np.log(V) * 200.0 * (0.5 + W)


def _world(name: str, **columns: NDArray[np.float64]) -> Pool:
    orders = columns["orders"]
    more = {"revenue": orders * (1.0 + W), "days": np.ceil(np.minimum(LIFE, 365.0))}
    return pool_of_columns({**columns, **more, "left": (LIFE < 365.0) * 1.0}, name)


WORLDS = {
    "normal": _world(
        "normal",
        y=10.0 + 0.8 * ndtri(V) + ndtri(U),
        x=ndtri(V),
        one=(U < 0.5) * 1.0,
        orders=1.0 + np.floor(3.0 * V),
    ),
    "gamma": _world(
        "gamma",
        y=-np.log(U) - np.log(V),
        x=-np.log(V) + 0.3 * W,
        one=(U < 0.3) * 1.0,
        orders=1.0 + np.floor(-2.0 * np.log(V)),
    ),
    "buyers": _world(
        "buyers",
        y=np.where(U < 0.3, -10.0 * np.log(W), 0.0),
        x=(U < 0.3) * 1.0 + V,
        one=(U < 0.1) * 1.0,
        orders=(U < 0.3) * (1.0 + np.floor(2.0 * V)),
    ),
}
"""Three kinds of customers on whom every sound procedure works with two thousand of them."""


def heavy(payers: float = 0.02, sigma: float = 1.5, n: int = 100_000) -> Pool:
    """Nothing from most, lognormal amounts from a few; with other columns that are as bad."""
    rank = (np.arange(round(n * payers)) + 0.5) / round(n * payers)
    clv = np.zeros(n)
    clv[: len(rank)] = np.exp(sigma * ndtri(rank))
    orders = (clv > 0.0) + (np.arange(n) % 7 == 0) * 1.0
    columns = {"clv": clv, "bought": (clv > 0.0) * 1.0, "orders": orders, "noise": spread(1, n)}
    return pool_of_columns(columns, "heavy")
