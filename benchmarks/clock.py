"""Timing of whole processes; within one, `cvosim.engine.speed.clock` keeps the time."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence

from cvosim.engine.speed.clock import Timing, best, interleaved, once

__all__ = ["Timing", "best", "child", "interleaved", "once"]


def child(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Timing, str]:
    """Run another process to its end; what it printed, and what it and its threads took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall, cpu), done.stdout
