"""Pools that several tests look at."""

from __future__ import annotations

import pytest

from cvosim import Scenario, load_scenario
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.outcomes import outcomes

EVENLY = ["channels.search.arrivals={kind: uniform, over_days: 365}"]


def carpet(name: str, *changes: str) -> Scenario:
    return load_scenario("carpet_cleaning", [*EVENLY, f"name={name}", *changes])


@pytest.fixture(scope="session")
def pool() -> Pool:
    """Two arms, assigned at the tripwire, followed for 60 days."""
    arms = [carpet("control"), carpet("cheap", "journey.tripwire.price=9")]
    return outcomes(
        arms, ["contribution", "conversion.tripwire", "orders"],
        assign_at="tripwire", enrol_days=120, follow_days=60, customers=40_000,
    )  # fmt: skip
