"""Means over a beta distribution by Gauss–Jacobi quadrature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def beta_nodes(a: float, b: float, n: int = 64) -> tuple[Floats, Floats]:
    """Give nodes and weights whose sum is the mean of a smooth function of a Beta(a, b).

    The nodes are the eigenvalues of the Jacobi polynomials' recurrence matrix and the weights
    the squared first components of its eigenvectors (Golub & Welsch, 1969), which stay finite
    at any a and b, where tabulated weights overflow.

    Parameters
    ----------
    a, b : float
        Both above 0.
    n : int
        Nodes; polynomials up to degree 2n − 1 are exact.

    Returns
    -------
    nodes, weights : ndarray of float64, shape (n,)
        Nodes inside (0, 1); the weights add up to 1.

    Examples
    --------
    >>> nodes, weights = beta_nodes(0.793, 2.426)
    >>> round(float(weights @ nodes), 6)  # a / (a + b)
    0.24635
    """
    from scipy.linalg import eigh_tridiagonal

    # Jacobi weight (1 - u)^alpha (1 + u)^beta on (-1, 1), with p = (1 + u) / 2.
    alpha, beta = b - 1.0, a - 1.0
    k = np.arange(1, n, dtype=np.float64)
    total = 2.0 * k + alpha + beta
    diagonal = np.empty(n)
    diagonal[0] = (beta - alpha) / (alpha + beta + 2.0)
    diagonal[1:] = (beta**2 - alpha**2) / (total * (total + 2.0))
    square = 4.0 * k * (k + alpha) * (k + beta) / (total**2 * (total + 1.0))
    # At k = 1 the factor (k + alpha + beta) / (total - 1) is 1, also where both are 0.
    rest = k[1:]
    square[1:] *= (rest + alpha + beta) / (total[1:] - 1.0)
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(square))
    inside = np.clip((1.0 + nodes) / 2.0, 1e-30, 1.0)
    return inside, np.square(vectors[0])
