"""The flags under which cvosim compiles to machine code, in one place.

They are what keeps the compiled engine equal to the plain-Python one to the bit: no
``fastmath`` (it may reorder a sum or contract ``a * b + c``), and NumPy's error model, so
that a division by zero gives inf or nan as IEEE 754 says, without a branch that raises.
Compiled code calls ``math`` on one number at a time; NumPy's transcendental functions and
``**`` differ from ``math`` in the last bit.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

_NO_REFERENCES = {"_nrt": False}
"""Our scalar code owns no memory. Counting references to the arrays it is handed, which
Numba does on every access otherwise, took two thirds of the kernel's time."""


def _compile(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    flags = {"nogil": True, "error_model": "numpy", **options}
    try:
        return cast("Callable[P, R]", numba.njit(cache=True, **flags)(function))
    except RuntimeError:  # no folder for the machine code can be written to
        return cast("Callable[P, R]", numba.njit(**flags)(function))


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` on its first call; the machine code is kept on disk if possible.

    The result has the signature of ``function`` for a type checker, releases the
    interpreter lock, and may be called from other compiled functions.

    Numba looks only at the file of the function itself to see whether what it kept is
    stale, not at the files of the functions it calls: whoever keeps a caller has to look
    after that.

    Examples
    --------
    >>> from cvosim.randomness import formulas
    >>> compiled(formulas.exp_or_inf)(1000.0)
    inf
    """
    return _compile(function, **_NO_REFERENCES)


_fresh: set[Path] = set()
"""Files whose machine code on disk was looked at by this process."""


def discard_stale(function: Any) -> None:
    """Remove the machine code kept on disk of a function's file if `randomness` is newer.

    Numba looks only at the file of a compiled function, not at those of the functions that it
    calls (numba/numba#3588). Looks once a process; does nothing where no code is kept.

    Parameters
    ----------
    function : compiled function
        Of a file outside `randomness` that calls the draws here.
    """
    source = Path(function.py_func.__code__.co_filename)
    folder = function.stats.cache_path
    if source in _fresh or folder is None:
        return
    _fresh.add(source)
    newest = max(file.stat().st_mtime for file in Path(__file__).parent.glob("*.py"))
    for index in Path(folder).glob(f"{source.stem}.*.nbi"):
        if index.stat().st_mtime < newest:
            index.unlink(missing_ok=True)


def spare_linear_algebra() -> None:
    """Let Numba begin without SciPy's linear algebra, so that a process begins sooner.

    Before it loads its first function Numba imports all of ``scipy.linalg``, to know whether
    ``np.dot`` could be compiled (``numba.np.arraymath``). Nothing of ours needs it; whatever
    does imports it when it is compiled. Does nothing where Numba is laid out otherwise.
    """
    with suppress(ImportError, AttributeError):
        lock = importlib.import_module("numba.core.compiler_lock").global_compiler_lock
        with lock:  # which Numba holds when it loads these modules, in whatever thread
            _load_without_linear_algebra()


def _load_without_linear_algebra() -> None:
    linalg: Any = importlib.import_module("numba.np.linalg")
    asked = linalg.ensure_blas
    if "numba.np.arraymath" in sys.modules:
        return
    linalg.ensure_blas = lambda: None
    try:
        arraymath: Any = importlib.import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = asked
    arraymath.ensure_blas = asked


_ONLY_WITHIN = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Nothing but compiled code calls it; the way in from Python would be compiled for nothing."""


def compiled_within(function: Callable[P, R]) -> Callable[P, R]:
    """Like :func:`compiled`, for a function that only other compiled functions call.

    It has no way in from Python: a call from there ends the process. In return it compiles
    faster, the more arrays it is handed the more so.
    """
    return _compile(function, **_NO_REFERENCES, **_ONLY_WITHIN)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Like :func:`compiled_within`, always copied into its caller.

    For a function with one caller and many arguments: a plan passed by value is a
    hundred machine words. Copying a function with many callers costs compile time.
    """
    return _compile(function, forceinline=True, **_NO_REFERENCES, **_ONLY_WITHIN)
