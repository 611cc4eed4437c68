"""``cvosim doctor``: is this installation in order."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import click

from cvosim import __version__
from cvosim.cli.files import print_result
from cvosim.cli.options import format_option

PACKAGES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "pydantic", "simpy", "matplotlib")

EXTRAS = {
    "distributed": "dask",
    "optuna": "optimise",
    "scikit-learn": "discovery",
    "starlette": "app",
    "uvicorn": "app",
}
"""Packages that only some commands need, and the extras that bring them."""


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    found: str
    good: bool


@click.command("doctor", short_help="Look at the installation.")
@format_option
@click.pass_context
def command(context: click.Context, format_: str | None) -> None:
    """Look at the installation: versions, threads, folders.

    Exits with 1 if something is broken.
    """
    findings = [_looked(what, look) for what, look in CHECKS]
    print_result(_render(findings, format_ or "table"))
    if not all(finding.good for finding in findings):
        context.exit(1)


def _looked(what: str, look: Callable[[], str]) -> Finding:
    """Look at one thing; a check that falls over is a finding too."""
    try:
        return Finding(what, look(), True)
    except Exception as error:  # noqa: BLE001  whatever is broken, the others are still looked at
        return Finding(what, f"{type(error).__name__}: {' '.join(str(error).split())}", False)


def _packages() -> str:
    missing, found = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        raise RuntimeError(f"not installed: {', '.join(missing)}")
    return ", ".join(found)


def _extras() -> str:
    found = []
    for name, extra in EXTRAS.items():
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed: pip install 'cvosim[{extra}]'")
    return ", ".join(found)


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} usable of {os.cpu_count()}"


def _engines() -> str:
    """Both engines on a few customers: the installation computes, and computes the same."""
    from cvosim.experiment.simulate import simulate
    from cvosim.scenario import load_scenario

    scenario = load_scenario("carpet_cleaning")
    kernel = simulate(scenario, customers=200, engine="kernel").customers.columns
    reference = simulate(scenario, customers=200, engine="reference").customers.columns
    for field in kernel._fields:
        if getattr(kernel, field).tobytes() != getattr(reference, field).tobytes():
            raise RuntimeError(f"kernel and reference differ in {field}")
    return "kernel and reference agree to the bit"


def _threads() -> str:
    numba: Any = import_module("numba")
    return f"{numba.get_num_threads()}, layer {numba.threading_layer()}"


def _cache() -> str:
    """Look where Numba keeps compiled code: without it, every process compiles again."""
    kernel: Any = import_module("cvosim.engine.kernel")
    folder = Path(kernel.live_all.stats.cache_path)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        return f"{folder} (writable)"


def _library() -> str:
    from cvosim.scenario import library, library_path, load_scenario

    names = library()
    if not names:
        raise RuntimeError("no scenarios found")
    for name in names:
        load_scenario(name)
    return f"{library_path(names[0]).parent}: {', '.join(names)}"


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("cvosim", lambda: f"{__version__} in {Path(__file__).parents[2]}"),
    ("Python", lambda: f"{platform.python_version()} at {sys.executable}"),
    ("system", platform.platform),
    ("packages", _packages),
    ("extras", _extras),
    ("cores", _cores),
    ("compiled code", _cache),
    ("scenarios", _library),
    ("engines", _engines),
    ("threads", _threads),
)


def _render(findings: list[Finding], format_: str) -> str:
    if format_ == "json":
        checks = [finding._asdict() for finding in findings]
        return json.dumps({"schema_version": 1, "checks": checks}, indent=2) + "\n"
    from cvosim.report.tables import Table

    rows = tuple((f.what, "ok" if f.good else "BROKEN", f.found) for f in findings)
    return Table(("what", "state", "found"), rows, rows).render(format_).rstrip("\n") + "\n"
