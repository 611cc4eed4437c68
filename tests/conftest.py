"""What all tests share. Hypothesis: no deadline (compilation is slow once), repeatable in CI."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW_START = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "default", deadline=None, suppress_health_check=_SLOW_START, print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile(
    "thorough", settings.get_profile("default"), max_examples=2000, derandomize=False
)
settings.load_profile(os.environ.get("CVOSIM_TESTS", "ci" if os.environ.get("CI") else "default"))
