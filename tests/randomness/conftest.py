"""Compiled loops that fill arrays, one draw per customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from cvosim.randomness import draws, philox

Floats = NDArray[np.float64]
Bulk = Callable[..., Floats]


def _loop(one: Callable[..., Any]) -> Any:
    """Compile a loop over customers; the occurrence cycles, as it does in a journey."""

    @numba.njit(nogil=True, error_model="numpy")
    def fill(out: Floats, seed: int, site: int, first: int, cycle: int, *parameters: float) -> None:
        for i in range(len(out)):
            k = first + i % cycle
            out[i] = one(*parameters, np.uint64(seed), np.uint64(i), np.uint32(site), k)

    return fill


_LOOPS = {
    name: _loop(getattr(draws if hasattr(draws, name) else philox, name))
    for name in [
        "uniform",
        "normal",
        "exponential",
        "gamma",
        "log_gamma_variate",
        "beta",
        "draw",
        "categorical",
    ]
}


@pytest.fixture(scope="session")
def bulk() -> Bulk:
    """``bulk(name, *parameters, n=…)``: n draws, for customers 0 to n - 1.

    Customer i draws at occurrence ``first + i % cycle``.
    """

    def many(
        name: str, *parameters: Any, n: int, site: int = 11, first: int = 0, cycle: int = 1
    ) -> Floats:
        out = np.empty(n)
        _LOOPS[name](out, 7, site, first, cycle, *parameters)
        return out

    return many
