"""The kernel's source, read by plain Python instead of a compiler, says what the reference says.

So a difference between the engines is of the source, not of machine code; and a change of the
source is judged in seconds, with nothing to compile (`tests/mutation` does so).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_without_compiling_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", Path(__file__).with_name("plain_kernel.py")],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "CVOSIM_TESTS": "ci"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
