"""A funnel of one offer whose best price is known in closed form."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

LIST_PRICE, LIST_CONVERSION, SENSITIVITY = 40.0, 0.3, 2.0
UNIT_COST, PER_PROSPECT = 10.0, 1.5


def acceptance(price: float) -> float:
    """Probability of accepting at a price, when the conversion was observed at the list price."""
    log_odds = math.log(LIST_CONVERSION / (1.0 - LIST_CONVERSION))
    return 1.0 / (1.0 + math.exp(-(log_odds - SENSITIVITY * math.log(price / LIST_PRICE))))


def contribution(price: float) -> float:
    """Expected contribution of a prospect."""
    return (price - UNIT_COST) * acceptance(price) - PER_PROSPECT


def cac(price: float) -> float:
    """Acquisition cost of a buyer, of infinitely many customers."""
    return PER_PROSPECT / acceptance(price)


def best_price(highest: float = 200.0) -> float:
    """The price that earns most, up to a highest one."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda price: -contribution(price),
        bounds=(UNIT_COST, highest),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(found.x)


def standard_deviation_of_difference(one: float, other: float) -> float:
    """Of a customer's contributions at two prices, met with the same luck.

    With one uniform u a customer buys at the lower price if u < a, at the higher if u < b < a.
    """
    low, high = sorted((one, other))
    a, b = acceptance(low), acceptance(high)
    only_low, both = low - UNIT_COST, low - high
    mean = (a - b) * only_low + b * both
    return float(np.sqrt((a - b) * only_low**2 + b * both**2 - mean**2))


def write_scenario(path: Path, levers: dict[str, object], **further: object) -> Path:
    """Write the scenario with a sweep over its price (JSON is YAML)."""
    raw = {
        "name": "One price",
        "horizon_days": 30,
        "customers": 20_000,
        "seed": 5,
        "market": {"segments": [{"name": "all", "share": 1, "price_sensitivity": SENSITIVITY}]},
        "channels": [
            {"name": "ads", "kind": "paid", "share": 1, "cost_per_prospect": PER_PROSPECT}
        ],
        "journey": {
            "core_offer": {
                "name": "course",
                "price": LIST_PRICE,
                "unit_cost": UNIT_COST,
                "conversion": LIST_CONVERSION,
            }
        },
        "sweep": {"levers": levers, **further},
    }
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path
