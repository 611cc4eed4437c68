"""What a Philox block and a transcendental cost on this machine, compiled as the kernel is.

Arguments and addresses are those of real customers, read from small arrays, so that nothing
can be worked out beforehand. Results are added up, so that nothing can be left out. The seed
has to be uint64, as the kernel has it: of an int64 the compiler makes slower code.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.compiled import compiled, discard_stale
from cvosim.randomness.philox import uniform

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


@compiled
def blocks(
    seed: np.uint64, customers: Words, sites: Words, occurrences: Words, passes: int
) -> float:
    """Independent draws: the processor works on several at a time."""
    total = 0.0
    for _ in range(passes):
        for i in range(len(customers)):
            total += uniform(seed, customers[i], sites[i], occurrences[i])
    return total


@compiled
def chained_blocks(seed: np.uint64, customers: Words, sites: Words, passes: int) -> float:
    """Draws that wait for one another, as a decision waits for the draw before it."""
    u = 0.0
    for _ in range(passes):
        for i in range(len(customers)):
            u = uniform(seed, customers[i], sites[i], np.int64(u * 8.0))
    return u


@compiled
def vector_blocks(
    out: Floats, seed: np.uint64, customers: Words, sites: Words, occurrences: Words, passes: int
) -> None:
    """Independent draws written to an array: the compiler makes vector instructions of them."""
    for _ in range(passes):
        for i in range(len(out)):
            out[i] = uniform(seed, customers[i], sites[i], occurrences[i])


@compiled
def exp(arguments: Floats, passes: int) -> float:
    """Exponentials of the arguments, ``passes`` times."""
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.exp(arguments[i])
    return total


@compiled
def log(arguments: Floats, passes: int) -> float:
    """Logarithms of the arguments, ``passes`` times."""
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.log(arguments[i])
    return total


@compiled
def sqrt(arguments: Floats, passes: int) -> float:
    """Square roots of the arguments, ``passes`` times."""
    total = 0.0
    for _ in range(passes):
        for i in range(len(arguments)):
            total += math.sqrt(arguments[i])
    return total


TRANSCENDENTALS: dict[str, Any] = {"exp": exp, "log": log, "sqrt": sqrt}


@compiled
def spin(results: Floats) -> None:
    """Arithmetic that needs no memory: 10,000 logarithms an element."""
    for i in range(len(results)):
        total = 0.0
        for j in range(10_000):
            total += math.log(1.0 + j)
        results[i] = total


def forget_stale() -> None:
    """Remove machine code of these functions that is older than the draws in it."""
    discard_stale(blocks)


COPIED = 1 << 27
"""Bytes of an array that no cache of a usual processor holds, nor two of them."""


def large_arrays() -> tuple[Words, Words]:
    """Two arrays of `COPIED` bytes, all of their memory in use."""
    return np.ones(COPIED // 8, np.uint64), np.zeros(COPIED // 8, np.uint64)


def copy(source: Words, target: Words) -> None:
    """Read an array and write another: what the memory can do, as STREAM's copy measures it."""
    np.copyto(target, source)
