"""A scenario with every section and kind of stage, as the file that a strategist writes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from cvosim.scenario import Scenario, load_scenario

WHOLE_JOURNEY = """\
schema_version: 1
name: Everything at once
horizon_days: 500
customers: 2000
seed: 3
calendar: {start: 2026-01-01}
seasonality:
  arrivals: [1, 1, 1, 1, 1, 1, 0.8, 0.8, 1, 1, 1.3, 1.4]
  purchases: [0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.5]
market:
  segments:
    - {name: pet_owners, share: 0.35, fit: 0.4, awareness: {unaware: 0.2, problem: 0.8}}
    - {name: households, share: 0.65, awareness: {unaware: 0.6, solution: 0.3, product: 0.1}}
channels:
  - name: facebook
    kind: paid
    budget: 27000
    reach: {kind: hill, saturation: 90000, half_spend: 9000}
    arrivals: {kind: weekly, over_days: 200, pattern: [1, 1, 1, 1, 1, 2, 2]}
  - name: instagram
    kind: paid
    share: 0.2
    cpc: 0.6
    awareness: {unaware: 0.5, problem: 0.5}
    arrivals: {kind: burst, at_day: 10, mean_days: 5}
  - {name: organic, kind: earned, share: 0.15}
journey:
  engage:
    content:
      - {name: what_lives_in_carpets, style: educate, unit_cost: 0.01, trust: 0.1}
      - {name: beyond_vinegar, style: contrast, unit_cost: 0.02, reach: 0.7}
    targeting: 0.8
    lift: 0.25
    exposures: 3
    every: {kind: exponential, mean_days: 4}
  lead_magnet:
    name: guide
    conversion: 0.22
    consumed: 0.6
    trust: 0.5
    time_to_value: {kind: exponential, mean_days: 1}
  tripwire:
    name: webinar
    commitment: time
    conversion: 0.3
    attendance: 0.45
    starts_after: {kind: fixed, days: 3}
    trust: 2
  excite: {name: first_win, conversion: 0.5, delay: {kind: fixed, days: 1}, trust: 0.8}
  core_offer: {name: clean, price: 249, unit_cost: 120, conversion: 0.25}
  profit_maximizers:
    - kind: upsell
      name: stain_guard
      price: 79
      conversion: 0.25
      aim: {segments: [pet_owners], tiers: [gold], min_orders: 2}
    - kind: subscription
      name: care
      price: 19
      unit_cost: 6
      conversion: 0.3
      period_days: 30
      trial_days: 14
      trial_conversion: 0.5
      contract: {cycles: 12, notice_days: 10}
      churn: {kind: geometric, probability: 0.2}
    - {kind: affiliate, name: partner, price: 100, commission: 0.2, conversion: 0.1}
  repeat_purchases:
    after: core_offer
    frequency: {model: mbg_nbd, r: 0.243, alpha_days: 30.9, a: 0.793, b: 2.426}
    spend: {model: gamma_gamma, p: 6.25, q: 3.74, v: 60.0}
    margin: 0.45
  experience:
    delivery: {kind: gamma, mean_days: 3, shape: 4}
    satisfaction: {mean: 7.8, sd: 1.8}
    effort: {mean: 2.4, sd: 0.9}
    ticket: {probability: 0.08, resolved: 0.85, resolved_effect: 0.3, unresolved_effect: -2.5}
    returned: {probability: 0.04, refund: 0.9}
    effects: {trust: 0.15, drop_out: -0.1}
  loyalty:
    measure: spend
    tiers:
      - {name: silver, from: 300}
      - {name: gold, from: 1000, drop_out: 0.7, reward_share: 0.04}
  return_path:
    - {kind: exit_offer, name: ten_off, at: [core_offer, partner], discount: 0.1, conversion: 0.03}
    - kind: follow_up
      name: nurture
      at: [lead_magnet, tripwire, core_offer]
      days: [1, 3, 7]
      open: 0.35
      click: 0.12
      conversion: 0.15
    - kind: remarketing
      name: display
      at: [engage, lead_magnet]
      window_days: 30
      impressions_per_day: 1.5
      click: 0.004
      conversion: 0.2
      cpm: 6.0
      aim: {channels: [facebook, referral]}
    - kind: win_back
      name: we_miss_you
      after_days: 180
      days: [0, 14]
      open: 0.25
      click: 0.1
      conversion: 0.2
      cost: 0.004
    - {kind: anniversary, name: a_year, every_days: 365, open: 0.5, conversion: 0.04}
    - kind: birthday
      name: cake
      open: 0.5
      conversion: 0.04
      aim: {max_days_since_order: 200}
  referral:
    advocates: {promoter: 0.3, passive: 0.05}
    invitations: {mean: 1.2, delay: {kind: exponential, mean_days: 30}}
    testimonials: 0.2
    partner: {probability: 0.05, invitations: 6}
    reward: {advocate: 10, friend: 15, at: core_offer}
"""


def whole_journey(*overrides: str) -> Scenario:
    """The scenario; loading needs a file, which is gone afterwards."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "everything.yaml")
        file.write_text(WHOLE_JOURNEY, "utf-8")
        return load_scenario(file, list(overrides))


def endless_growth() -> list[str]:
    """Overrides by which everybody brings three friends, and so on."""
    return [
        "journey.lead_magnet.conversion=1",
        "journey.tripwire.conversion=1",
        "journey.tripwire.attendance=null",
        "journey.tripwire.starts_after=null",
        "journey.core_offer.conversion=1",
        "journey.experience.delivery=null",
        "journey.referral.advocates={promoter: 1, passive: 1, detractor: 1}",
        "journey.referral.invitations={mean: 3}",
        "journey.referral.partner=null",
    ]
