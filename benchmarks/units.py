"""What a Philox block and a transcendental cost on this machine, compiled as the kernel is.

Arguments and addresses are those of real customers, read from small arrays, so that nothing
can be worked out beforehand. Results are added up, so that nothing can be left out. Not cached
on disk: Numba would not notice a change in `cvosim.randomness`. The seed has to be uint64, as the
kernel has it: of an int64 the compiler makes slower code.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.philox import uniform

_compiled = numba.njit(nogil=True, error_model="numpy")

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


@_compiled
def blocks(
    seed: np.uint64, customers: Words, sites: Words, occurrences: Words, passes: int
) -> float:
    """Independent draws: the processor works on several at a time."""
    total = 0.0
    for _ in range(passes):
        for i in range(len(customers)):
            total += uniform(seed, customers[i], sites[i], occurrences[i])
    return total


@_compiled
def chained_blocks(seed: np.uint64, customers: Words, sites: Words, passes: int) -> float:
    """Draws that wait for one another, as a decision waits for the draw before it."""
    u = 0.0
    for _ in range(passes):
        for i in range(len(customers)):
            u = uniform(seed, customers[i], sites[i], np.int64(u * 8.0))
    return u


@_compiled
def vector_blocks(
    out: Floats, seed: np.uint64, customers: Words, sites: Words, occurrences: Words, passes: int
) -> None:
    """Independent draws written to an array: the compiler makes vector instructions of them."""
    for _ in range(passes):
        for i in range(len(out)):
            out[i] = uniform(seed, customers[i], sites[i], occurrences[i])


@_compiled
def exp(arguments: Floats, passes: int) -> float:
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.exp(arguments[i])
    return total


@_compiled
def log(arguments: Floats, passes: int) -> float:
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.log(arguments[i])
    return total


@_compiled
def sqrt(arguments: Floats, passes: int) -> float:
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.sqrt(arguments[i])
    return total


TRANSCENDENTALS: dict[str, Any] = {"exp": exp, "log": log, "sqrt": sqrt}


@_compiled
def spin(results: Floats) -> None:
    """Arithmetic that needs no memory: 10,000 logarithms an element."""
    for i in range(len(results)):
        total = 0.0
        for j in range(10_000):
            total += math.log(1.0 + j)
        results[i] = total
