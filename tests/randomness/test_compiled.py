"""The one place with the compiler's flags."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cvosim.randomness import formulas
from cvosim.randomness.compiled import (
    compiled,
    compiled_within,
    inlined,
    spare_linear_algebra,
)


@pytest.mark.parametrize("wrap", [compiled, compiled_within, inlined])
def test_flags(wrap: Any) -> None:
    options = wrap(formulas.share).targetoptions
    assert options["nogil"]
    assert options["error_model"] == "numpy"
    assert not options.get("fastmath")
    assert not options.get("parallel")
    assert not options["_nrt"]
    assert bool(options.get("forceinline")) == (wrap is inlined)
    for way_in in ("no_cpython_wrapper", "no_cfunc_wrapper"):
        assert bool(options.get(way_in)) == (wrap is not compiled)


def test_a_division_by_zero_is_infinite() -> None:
    def ratio(x: float, y: float) -> float:
        return x / y

    assert compiled(ratio)(1.0, 0.0) == np.inf


@pytest.mark.parametrize("wrap", [compiled, compiled_within, inlined])
def test_compiled_code_calls_it_and_keeps_the_error_model(wrap: Any) -> None:
    def ratio(x: float, y: float) -> float:
        return x / y

    inner = wrap(ratio)

    def twice(x: float, y: float) -> float:
        return inner(x, y) + inner(x, y)  # type: ignore[no-any-return]

    assert compiled(twice)(3.0, 4.0) == 1.5
    assert compiled(twice)(-3.0, 0.0) == -np.inf


def test_threads_share_out_an_array() -> None:
    """As the driver does: the same code at the same time, each thread on a part of its own."""

    def double(out: NDArray[np.float64]) -> None:
        for i in range(len(out)):
            out[i] *= 2.0

    out = np.arange(1000.0)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(compiled(double), np.array_split(out, 16)))
    assert (out == 2.0 * np.arange(1000.0)).all()


def test_without_a_folder_to_write_to_it_compiles_all_the_same() -> None:
    """As in a read-only installation; code without a file has no folder either."""
    scope: dict[str, Any] = {}
    exec("def half(x):\n    return 0.5 * x", scope)  # noqa: S102
    assert compiled(scope["half"])(3.0) == 1.5


AFTERWARDS = """
import sys
import numba, numpy as np
from cvosim import load_scenario, simulate

simulate(load_scenario("cdnow"), customers=10)
assert "scipy.linalg" not in sys.modules, "imported for nothing"
square = np.eye(2) * 3.0
assert (numba.njit(lambda a: np.dot(a, a))(square) == square @ square).all()
assert "scipy.linalg.cython_blas" in sys.modules
"""


def test_linear_algebra_is_loaded_only_by_whoever_compiles_some() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("gone", ["numba.core.compiler_lock", "numba.np.linalg"])
def test_a_numba_that_is_laid_out_otherwise_is_left_alone(
    gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, gone, None)
    spare_linear_algebra()
