"""A scenario that uses every section, cost, arrival and program that `full_shop` leaves out.

No two numbers alike, so that a field of the plan that is filled from the wrong place shows.
"""

from __future__ import annotations

from typing import Any

_CHANNELS: list[dict[str, Any]] = [
    {
        "name": "flyers",
        "kind": "paid",
        "share": 0.25,
        "cpc": 0.7,
        "arrivals": {"kind": "poisson", "per_day": 25},
    },
    {
        "name": "posts",
        "kind": "paid",
        "share": 0.15,
        "cpm": 8,
        "impressions": 35,
        "arrivals": {"kind": "burst", "at_day": 4, "mean_days": 6},
    },
    {
        "name": "banner",
        "kind": "paid",
        "budget": 500,
        "cpm": 5,
        "reach": {"kind": "hill", "saturation": 3000, "half_spend": 1000, "shape": 2},
        "awareness": {"unaware": 0.4, "problem": 0.3, "solution": 0.2, "product": 0.1},
        "arrivals": {"kind": "weekly", "over_days": 9.5, "pattern": [1, 2, 3, 4, 5, 6, 0]},
    },
    {
        "name": "radio",
        "kind": "paid",
        "budget": 900,
        "reach": {"kind": "hill", "saturation": 1000, "half_spend": 900},
        "arrivals": {"kind": "daily", "file": "visits.csv", "column": "launch"},
    },
    {"name": "talk", "kind": "earned", "share": 0.2, "effects": {"engage": 0.45}},
]

_ENGAGE: dict[str, Any] = {
    "content": [
        {
            "name": "joke",
            "style": "entertain",
            "reach": 0.9,
            "unit_cost": 0.011,
            "trust": 0.05,
        },
        {
            "name": "proof",
            "style": "prove",
            "unit_cost": 0.03,
            "trust": 0.07,
            "conversion": {"unaware": 0.21, "product": 0.66},
        },
    ],
    "targeting": 0.8,
    "conversion": {"matched": 0.31, "adjacent": 0.13, "mismatched": 0.045},
    "lift": 0.26,
    "exposures": 3,
    "every": {"kind": "gamma", "mean_days": 4, "shape": 2},
    "trust_weight": 0.75,
}

_MAXIMIZERS: list[dict[str, Any]] = [
    {
        "kind": "subscription",
        "name": "club",
        "price": 9,
        "unit_cost": 2,
        "conversion": 0.4,
        "trust": 0.2,
        "trust_weight": 0.65,
        "period_days": 30,
        "trial_days": 14,
        "trial_conversion": 0.36,
        "contract": {"cycles": 4, "notice_days": 6},
        "churn": {"kind": "geometric", "probability": 0.08},
    },
    {
        "kind": "subscription",
        "name": "box",
        "price": 19,
        "unit_cost": 6,
        "conversion": 0.46,
        "period_days": 7,
        "max_cycles": 11,
        "churn": {"kind": "sbg", "alpha": 0.7, "beta": 3.8},
    },
    {
        "kind": "affiliate",
        "name": "diet",
        "price": 600,
        "commission": 0.2,
        "conversion": 0.35,
        "trust": 0.1,
        "delay": {"kind": "weibull", "scale_days": 5, "shape": 1.5},
    },
    {
        "kind": "joint_venture",
        "name": "tour",
        "price": 910,
        "commission": 0.35,
        "conversion": 0.14,
    },
    {
        "kind": "cross_sell",
        "name": "rug",
        "price": 45,
        "unit_cost": 8,
        "conversion": 0.27,
        "aim": {"tiers": ["silver", "gold"], "min_orders": 2, "min_spend": 150},
    },
]

_RETURN_PATH: list[dict[str, Any]] = [
    {
        "kind": "win_back",
        "name": "we_miss_you",
        "after_days": 20,
        "days": [0.5, 5],
        "open": 0.25,
        "click": 0.11,
        "conversion": 0.23,
        "unsubscribe": 0.01,
        "fatigue": 0.8,
        "cost": 0.004,
        "aim": {"tiers": ["gold"], "segments": ["cool"], "max_days_since_order": 300},
    },
    {
        "kind": "exit_offer",
        "name": "ten_off",
        "at": ["rug"],
        "discount": 0.1,
        "conversion": 0.03,
        "cost": 0.12,
    },
    {
        "kind": "anniversary",
        "name": "a_month",
        "every_days": 31,
        "open": 0.5,
        "conversion": 0.04,
        "cost": 0.005,
    },
    {
        "kind": "follow_up",
        "name": "letters",
        "at": ["engage"],
        "days": [2],
        "open": 0.72,
        "click": 0.16,
        "conversion": 0.17,
        "unsubscribe": 0.013,
        "cost": 0.006,
        "aim": {"segments": ["keen"], "channels": ["talk", "referral"]},
    },
    {
        "kind": "birthday",
        "name": "wishes",
        "open": 0.37,
        "click": 0.91,
        "conversion": 0.06,
        "unsubscribe": 0.002,
        "cost": 0.003,
    },
]

_EXPERIENCE: dict[str, Any] = {
    "delivery": {"kind": "gamma", "mean_days": 3, "shape": 4},
    "satisfaction": {"mean": 7.8, "sd": 1.8},
    "effort": {"mean": 2.4, "sd": 0.9},
    "ticket": {
        "probability": 0.09,
        "resolved": 0.85,
        "delay": {"kind": "exponential", "mean_days": 2.2},
        "resolved_effect": 0.32,
        "unresolved_effect": -2.5,
    },
    "returned": {"probability": 0.044, "refund": 0.95},
    "effects": {"trust": 0.18, "drop_out": -0.081},
}

_REFERRAL: dict[str, Any] = {
    "advocates": {"promoter": 0.33, "passive": 0.055, "detractor": 0.015},
    "invitations": {"mean": 1.25, "delay": {"kind": "lognormal", "median_days": 28, "sigma": 0.6}},
    "testimonials": 0.19,
    "partner": {"probability": 0.071, "invitations": 4.5},
    "effects": {"lead_magnet": 1.1, "tripwire": 0.6},
    "reward": {"advocate": 10, "friend": 7.5, "at": "core_offer"},
    "cap": 12,
}

BAZAAR: dict[str, Any] = {
    "schema_version": 1,
    "name": "Bazaar",
    "horizon_days": 80.5,
    "customers": 2000,
    "calendar": {"start": "2026-03-25"},
    "seasonality": {
        "arrivals": [2, 2, 4, 1, 2, 2, 2, 2, 2, 2, 2, 1],
        "purchases": [3, 3, 1.5, 0, 3, 6, 3, 3, 3, 3, 4.5, 3],
    },
    "market": {
        "segments": [
            {
                "name": "keen",
                "share": 0.3,
                "trust": 0.24,
                "effects": {"excite": 0.7},
                "awareness": {"unaware": 0.1, "problem": 0.2, "solution": 0.3, "product": 0.4},
            },
            {"name": "cool", "share": 0.7, "awareness": {"problem": 0.75, "product": 0.25}},
        ],
    },
    "channels": _CHANNELS,
    "journey": {
        "order": [
            "engage",
            "lead_magnet",
            "core_offer",
            "excite",
            "tripwire",
            "profit_maximizers",
        ],
        "engage": _ENGAGE,
        "lead_magnet": {
            "name": "guide",
            "conversion": 0.2,
            "unit_cost": 0.02,
            "trust": 0.5,
            "consumed": 0.6,
            "time_to_value": {"kind": "uniform", "low_days": 1, "high_days": 4},
        },
        "core_offer": {
            "name": "works",
            "conversion": 0.24,
            "price": 240,
            "unit_cost": 110,
            "trust": 0.9,
            "trust_weight": 0.85,
            "aim": {"channels": ["banner", "referral"]},
        },
        "excite": {
            "name": "first_call",
            "conversion": 0.55,
            "unit_cost": 2.5,
            "trust": 0.8,
            "delay": {"kind": "fixed", "days": 1.5},
            "by_awareness": {"solution": -0.2},
        },
        "tripwire": {
            "name": "webinar",
            "conversion": 0.34,
            "commitment": "time",
            "attendance": 0.42,
            "starts_after": {"kind": "uniform", "low_days": 3, "high_days": 9},
            "unit_cost": 4.5,
            "trust": 1.5,
        },
        "profit_maximizers": _MAXIMIZERS,
        "repeat_purchases": {
            "after": "core_offer",
            "frequency": {"model": "mbg_nbd", "r": 0.26, "alpha_days": 33, "a": 0.83, "b": 2.7},
            "spend": {"model": "lognormal", "median": 29, "sigma": 0.55},
            "margin": 0.47,
        },
        "return_path": _RETURN_PATH,
        "experience": _EXPERIENCE,
        "loyalty": {
            "measure": "orders",
            "tiers": [
                {"name": "silver", "from": 3, "drop_out": 0.86, "reward_share": 0.021},
                {"name": "gold", "from": 6, "drop_out": 0.73, "reward_share": 0.043},
            ],
        },
        "referral": _REFERRAL,
    },
    "economics": {"discount_rate": 0.12},
}

BUSY = (
    "journey.order=[lead_magnet, engage, core_offer, excite, tripwire, profit_maximizers]",
    "journey.lead_magnet.on_decline=continue",
    "journey.core_offer.aim=null",
    "journey.core_offer.conversion=0.6",
    "journey.core_offer.on_decline=continue",
    "journey.tripwire.on_decline=continue",
    "journey.return_path.we_miss_you.aim=null",
    "journey.return_path.we_miss_you.after_days=5",
    "journey.return_path.we_miss_you.open=0.8",
    "journey.return_path.we_miss_you.click=0.8",
    "journey.return_path.letters.aim=null",
    "journey.referral.advocates.promoter=0.8",
    "journey.referral.advocates.passive=0.5",
    "journey.experience.ticket.probability=0.3",
    "market.propensity_sd=0.5",
)
"""Changes with which most people buy, so that everything in the bazaar happens to many."""
