"""One side of a comparison: a process that simulates with the cvosim it was given.

It is started by path and imports nothing of this folder, for the side may be of another time.
A request is a line of JSON, and so is the answer::

    {"ask": "hello"}                             versions, seconds of compiling
    {"ask": "prepare", "case": ..., "files": []} hash of every column, once the engines agree,
                                                 and seconds of the first run
    {"ask": "warm", "case": ..., "files": []}    the same without a proof, which it has had
    {"ask": "time", "case": name}                seconds of CPU and on the wall

What a side cannot do is answered by ``{"problem": "why"}``.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CHECKED = 300
"""Customers whom both engines of a side live through before anything is timed."""

PACKAGES = ("numpy", "numba", "llvmlite")


class Ready(NamedTuple):
    """A case that may be timed."""

    live: Callable[[], Any]


def hello() -> dict[str, Any]:
    """Load or compile the kernel, and say how long that took: it is in no other time."""
    import cvosim
    from cvosim.engine.driver import run_kernel

    scenario = cvosim.load_scenario("carpet_cleaning")
    started = time.process_time()
    run_kernel(cvosim.compile_plan(scenario), scenario.seed, 0, 1, threads=1)
    return {
        "package": str(cvosim.__file__),
        "trajectory_version": _trajectory_version(),
        "compile_seconds": time.process_time() - started,
        "cpu": _processor(),
        "versions": {"python": platform.python_version(), "cvosim": cvosim.__version__}
        | {name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    """The processor's name; on Linux its family and model tell apart what the name does not."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in info.read_text("utf-8").splitlines())
    facts = {key.strip(): value.strip() for key, _, value in reversed(list(lines))}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def _trajectory_version() -> int | None:
    try:
        from cvosim.tables.manifest import TRAJECTORY_VERSION
    except ImportError:
        return None
    return int(TRAJECTORY_VERSION)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def prepare(case: dict[str, Any], files: list[str]) -> tuple[Ready, dict[str, Any]]:
    """Prove that the kernel repeats the reference engine, then live through everybody once.

    Raises
    ------
    ValueError
        The engines of this side disagree: how fast a wrong number comes means nothing.
    """
    from cvosim import compile_plan
    from cvosim.engine.driver import run_kernel
    from cvosim.engine.reference import run_reference

    scenario, file = _first_readable(files)
    plan, seed = compile_plan(scenario), scenario.seed
    expected = columns_of(run_reference(plan, seed, 0, CHECKED))
    found = columns_of(
        run_kernel(plan, seed, 0, CHECKED, events=True, threads=int(case["threads"]))
    )
    differing = sorted(name for name in expected if found.get(name) != expected[name])
    if differing or not expected:
        raise ValueError(f"its kernel and its reference engine differ in {', '.join(differing)}")

    ready = _ready(case, plan, seed)
    started = time.perf_counter()
    run = ready.live()
    seconds = time.perf_counter() - started
    hashes = columns_of(run)
    return ready, {
        "seconds": seconds,
        "columns": hashes,
        "hash": hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest(),
        "customers": len(run.customers.revenue),
        "file": file,
    }


def warm(case: dict[str, Any], files: list[str]) -> Ready:
    """Live through everybody twice.

    After the first run the allocator learns to keep such memory, in the second it fetches it
    from the system, and from the third on a process takes as long each time.
    """
    from cvosim import compile_plan

    scenario, _ = _first_readable(files)
    ready = _ready(case, compile_plan(scenario), scenario.seed)
    for _ in range(2):
        ready.live()
    return ready


def _ready(case: dict[str, Any], plan: Any, seed: int) -> Ready:
    from cvosim.engine.driver import run_kernel

    n, threads, events = int(case["customers"]), int(case["threads"]), bool(case["events"])
    return Ready(lambda: run_kernel(plan, seed, 0, n, events=events, threads=threads))


def _first_readable(files: list[str]) -> tuple[Any, str]:
    """Load the scenario of BASE; a release that reads it no longer has one of its own."""
    from cvosim import load_scenario

    problems = []
    for file in files:
        try:
            return load_scenario(file), file
        except Exception as error:  # noqa: BLE001 - whatever this release raises
            problems.append(f"{file}: {error}")
    raise ValueError("; ".join(problems))


def columns_of(tables: Iterable[Any]) -> dict[str, str]:
    """Hash every column of every table, by its name: a new column changes no old one."""
    found = {}
    for table in tables:
        for name in getattr(table, "_fields", ()):
            found[f"{type(table).__name__}.{name}"] = _hash(getattr(table, name))
    return found


def _hash(column: Any) -> str:
    """All bits but those of a NaN, of which there are many."""
    column = np.asarray(column)
    values = np.where(np.isnan(column), np.nan, column) if column.dtype.kind == "f" else column
    digest = hashlib.sha256(f"{column.dtype} {column.shape}".encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def timed(ready: Ready) -> dict[str, Any]:
    """One run; tidying up before and giving the tables back afterwards are not part of it."""
    gc.collect()
    gc.disable()
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        run = ready.live()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    finally:
        gc.enable()
    return {"cpu": cpu, "wall": wall, "customers": len(run.customers.revenue)}


def answer(request: dict[str, Any], prepared: dict[str, Ready]) -> dict[str, Any]:
    match request["ask"]:
        case "hello":
            return hello()
        case "prepare":
            ready, found = prepare(request["case"], request["files"])
            prepared[request["case"]["name"]] = ready
            return found
        case "warm":
            prepared[request["case"]["name"]] = warm(request["case"], request["files"])
            return {}
        case "time":
            return timed(prepared[request["case"]])
    raise ValueError(f"no such request: {request['ask']}")


def main() -> None:
    """Answer until there are no more requests; whatever a library prints goes elsewhere."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    prepared: dict[str, Ready] = {}
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), prepared)
        except Exception as error:  # noqa: BLE001 - the other side must hear of it, whatever it is
            reply = {"problem": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
