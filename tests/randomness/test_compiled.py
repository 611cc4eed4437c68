"""The one place with the compiler's flags."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from cvosim.randomness import formulas
from cvosim.randomness.compiled import compiled, compiled_parallel, inlined


@pytest.mark.parametrize("wrap", [compiled, compiled_parallel, inlined])
def test_flags(wrap: Any) -> None:
    options = wrap(formulas.share).targetoptions
    assert options["nogil"]
    assert options["error_model"] == "numpy"
    assert not options.get("fastmath")
    assert bool(options.get("parallel")) == (wrap is compiled_parallel)
    assert bool(options.get("forceinline")) == (wrap is inlined)


def test_a_division_by_zero_is_infinite() -> None:
    def ratio(x: float, y: float) -> float:
        return x / y

    assert compiled(ratio)(1.0, 0.0) == np.inf


def test_a_loop_runs_on_every_index() -> None:
    def double(out: NDArray[np.float64]) -> None:
        for i in numba.prange(len(out)):
            out[i] *= 2.0

    out = np.arange(1000.0)
    compiled_parallel(double)(out)
    assert (out == 2.0 * np.arange(1000.0)).all()


def test_without_a_folder_to_write_to_it_compiles_all_the_same() -> None:
    """As in a read-only installation; code without a file has no folder either."""
    scope: dict[str, Any] = {}
    exec("def half(x):\n    return 0.5 * x", scope)  # noqa: S102
    assert compiled(scope["half"])(3.0) == 1.5
