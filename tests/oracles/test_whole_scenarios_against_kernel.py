"""Files with the sections of the whole journey, as far as theory goes, against the kernel.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6 by a correct normal z; about 600
comparisons, 4e-3 together. The seed is fixed.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from helpers.scenarios import from_raw
from helpers.theory_scores import CELLS, per_customer, scores

from cvosim.engine.driver import run_kernel
from cvosim.plan import compile_plan
from cvosim.theory import expected

CUSTOMERS = 100_000
SEED = 31
BAZAAR = """
schema_version: 1
name: All that theory knows
horizon_days: 300
calendar: {start: 2026-03-14}
seasonality:
  arrivals: [1, 1, 1, 1, 1, 1, 0.4, 0.4, 1, 1, 1.3, 1.4]
  purchases: [0.5, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 2]
market:
  segments:
    - {name: owners, share: 0.35, fit: 0.4, awareness: {unaware: 0.2, problem: 0.8}}
    - name: renters
      share: 0.65
      price_sensitivity: 0.8
      awareness: {unaware: 0.6, solution: 0.3, product: 0.1}
      effects: {core_offer: -0.3, engage: 0.5}
channels:
  - name: facebook
    kind: paid
    budget: 27000
    reach: {kind: hill, saturation: 90000, half_spend: 9000, shape: 1.2}
    arrivals: {kind: weekly, over_days: 200, pattern: [1, 1, 1, 1, 1, 2, 2]}
  - name: instagram
    kind: paid
    share: 0.2
    cpc: 0.6
    awareness: {unaware: 0.5, problem: 0.5}
    arrivals: {kind: burst, at_day: 10, mean_days: 5}
    effects: {lead_magnet: 0.4}
  - {name: organic, kind: earned, share: 0.15, arrivals: {kind: poisson, per_day: 90}}
journey:
  engage:
    content:
      - {name: stains, style: educate, unit_cost: 0.01, trust: 0.1}
      - {name: vinegar, style: contrast, unit_cost: 0.02, reach: 0.7, conversion: {product: 0.6}}
    targeting: 0.8
    lift: 0.25
    exposures: 3
    trust_weight: 0.5
    every: {kind: exponential, mean_days: 4}
  lead_magnet:
    {name: guide, conversion: 0.4, consumed: 0.6, trust: 0.5, by_awareness: {unaware: -0.8}}
  tripwire:
    name: webinar
    commitment: time
    conversion: 0.5
    attendance: 0.45
    starts_after: {kind: lognormal, median_days: 3, sigma: 0.5}
    trust: 2
  excite:
    name: first_win
    conversion: 0.5
    delay: {kind: fixed, days: 1}
    trust: 0.8
    unit_cost: 2
    aim: {segments: [owners]}
  core_offer: {name: clean, price: 249, list_price: 199, unit_cost: 120, conversion: 0.35}
  profit_maximizers:
    - {kind: affiliate, name: sofa, price: 900, commission: 0.1, conversion: 0.2, trust_weight: 0.4}
    - kind: subscription
      name: care
      price: 20
      unit_cost: 8
      conversion: 0.4
      period_days: 30
      trial_days: 14
      trial_conversion: 0.6
      contract: {cycles: 3, notice_days: 10}
      churn: {kind: sbg, alpha: 1, beta: 3}
    - {kind: joint_venture, name: rugs, price: 90, commission: 0.4, conversion: 0.3,
       aim: {channels: [facebook, organic]}}
  repeat_purchases:
    after: core_offer
    frequency: {model: mbg_nbd, r: 0.8, alpha_days: 40, a: 0.8, b: 2.5}
    spend: {model: gamma_gamma, p: 6, q: 12, v: 90}
    margin: 0.4
  return_path:
    - {kind: exit_offer, name: tenth, at: [engage, core_offer], discount: 0.1, conversion: 0.2,
       aim: {segments: [renters]}}
    - {kind: follow_up, name: nurture, at: [engage, tripwire, core_offer, sofa], days: [1, 3, 7],
       open: 0.6, click: 0.6, conversion: 0.3, unsubscribe: 0.05, cost: 0.01}
"""
CARE = """
delivery: {kind: gamma, mean_days: 3, shape: 4}
satisfaction: {mean: 7.8, sd: 1.8}
effort: {mean: 2.4, sd: 0.9}
ticket: {probability: 0.2, resolved: 0.7, delay: {kind: exponential, mean_days: 9},
         resolved_effect: 0.3, unresolved_effect: -2.5}
returned: {probability: 0.2, refund: 0.9}
"""


def bazaar() -> Any:
    raw = yaml.safe_load(BAZAAR)
    raw["calendar"]["start"] = str(raw["calendar"]["start"])
    return raw


def without_seasons() -> Any:
    """Deliveries, tickets and returns of orders that come at any time of the year."""
    raw = bazaar()
    raw["seasonality"].pop("purchases")
    raw["journey"]["experience"] = yaml.safe_load(CARE)
    raw["journey"]["loyalty"] = {"measure": "spend", "tiers": [{"name": "silver", "from": 300}]}
    return raw


def another_order() -> Any:
    """The sale first, then what would have led to it."""
    raw = bazaar()
    journey = raw["journey"]
    journey["order"] = ["core_offer", "engage", "excite", "lead_magnet", "profit_maximizers"]
    journey["core_offer"]["on_decline"] = "continue"
    journey["core_offer"]["trust"] = 1.0
    journey["return_path"][0]["at"] = ["engage"]
    journey["return_path"][1]["at"] = ["engage", "sofa"]
    return raw


@pytest.mark.parametrize("build", [bazaar, without_seasons, another_order])
def test_every_metric_agrees(build: Any) -> None:
    plan = compile_plan(from_raw(build()))
    theory = expected(plan, cells=CELLS)
    run = run_kernel(plan, SEED, 0, CUSTOMERS, events=True)
    assert run.events is not None
    samples = per_customer(plan, run.customers, run.events, 0)
    assert set(theory) <= set(samples)
    found = list(scores(plan, theory, samples))
    failures = [f"{name}: z = {z:.2f}" for name, z in found if z is not None and not abs(z) < 4.5]
    assert not failures, "\n".join(failures)
    assert sum(z is not None for _, z in found) > 0.8 * len(found)
    # in another order some come to the rugs with a trial that may bring their first order
    unknown = {"a trial may order first"} if build is another_order else set()
    assert {
        why.removeprefix("repeat buying or ") for why in theory.out_of_reach.values()
    } == unknown


def test_the_parts_are_lived_through() -> None:
    theory = expected(compile_plan(from_raw(without_seasons())), cells=CELLS)
    for name in ("exposures", "rungs_climbed", "deliveries", "returns", "refunds", "resolved"):
        assert theory[f"{name}_per_prospect"].mean > 0.005
    assert 0.9 < theory["arrived_share"].mean + 0.65 * (1 - 1 / (1 + 3**-1.2)) < 1.01
    assert theory["reach.excite"].mean < 0.5 * theory["reach.core_offer"].mean
    assert theory["bills.care"].mean > 0.0
