"""What all tests share. Hypothesis: no deadline (compilation is slow once), repeatable in CI.

BLAS: one thread. The matrices of fits have a handful of rows, over which its threads only wait
for each other, at the price of the process beside; their number is read when numpy is imported.

Processes that tests start find the cvosim that is installed, not that of the checkout in which they
start, whose kernel would be compiled once more.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHONSAFEPATH"] = "1"

_SLOW_START = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "default", deadline=None, suppress_health_check=_SLOW_START, print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile(
    "thorough", settings.get_profile("default"), max_examples=2000, derandomize=False
)
settings.load_profile(os.environ.get("CVOSIM_TESTS", "ci" if os.environ.get("CI") else "default"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernel before several processes would, each for itself and into one cache."""
    if getattr(session.config.option, "numprocesses", None):
        from cvosim import load_scenario, simulate

        simulate(load_scenario("cdnow"), customers=10)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the garbage collector the twelve thousand tests, which it would visit each time.

    Within a file it visits only what is young: to visit all takes longer than many a test.
    """
    gc.set_threshold(2_000, 10, 1_000)
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _kept() -> Iterator[None]:
    """And what a file leaves behind for good: libraries, parsed sources, caches."""
    yield
    gc.collect()
    gc.freeze()
