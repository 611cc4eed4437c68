"""What threads could give at best on this machine now: arithmetic alone, shared out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cvosim.engine.speed.units import spin


def spun(elements: int, threads: int) -> None:
    """Spin 10,000 logarithms an element, on threads as the kernel uses them.

    Parameters
    ----------
    elements : int
        How much work in all; 10,000 logarithms take about 0.05 ms.
    threads : int
        Who share it.

    Examples
    --------
    >>> spun(4, 2)
    """
    results = np.empty(elements)
    if threads == 1:
        spin(results)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(spin, np.array_split(results, threads)))
