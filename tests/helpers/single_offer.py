"""A funnel of a single offer, put to everybody at once: what it earns is conversion x margin."""

from __future__ import annotations

from pathlib import Path

TEXT = """
schema_version: 1
name: Single offer
currency: EUR
horizon_days: 10
customers: {customers}
seed: 11
market:
  before: Wants it.
  after: Has it.
channels:
  - {{name: mail, kind: earned, share: 1.0}}
journey:
  core_offer: {{name: thing, price: 50, unit_cost: 20, conversion: 0.4}}
{sweep}
"""

FACTORS = """
sweep:
  uncertainties:
    journey.core_offer.conversion: {kind: uniform, low: 0.2, high: 0.6}
    journey.core_offer.unit_cost: {kind: uniform, low: 0, high: 45}
"""


def written(folder: Path, sweep: str = FACTORS, customers: int = 4000) -> Path:
    """Write the scenario to a file."""
    path = folder / "single.yaml"
    path.write_text(TEXT.format(customers=customers, sweep=sweep), "utf-8")
    return path
