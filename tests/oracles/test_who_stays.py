"""Win-back, tiers and satisfaction by formulas of a line or two, worked out by hand.

Theory gives no closed form where these act together; each of them alone, on a bare journey where
everybody buys on day 0, has one. 200,000 customers a scenario.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6 by a correct normal z; 16 comparisons
are made, so a correct kernel fails anywhere with probability 1.1e-4 at most. The seed is fixed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers.scenarios import Raw, from_raw
from scipy import integrate, stats

from cvosim.engine.driver import run_kernel
from cvosim.plan import compile_plan
from cvosim.tables.columns import CustomerColumns

CUSTOMERS = 200_000
SEED = 16


def lives(horizon: float, frequency: Raw, **journey: Any) -> CustomerColumns:
    """Everybody buys at once; what follows is up to ``frequency`` and ``journey``."""
    repeat = {"frequency": frequency, "spend": {"model": "fixed", "amount": 5}, "margin": 0.5}
    core = {"name": "works", "price": 10, "conversion": 1}
    journey |= {"core_offer": core, "repeat_purchases": repeat}
    raw = {"schema_version": 1, "name": "Bare", "horizon_days": horizon, "journey": journey}
    return run_kernel(compile_plan(from_raw(raw)), SEED, 0, CUSTOMERS).customers


def z_of(seen: np.ndarray, chance: float) -> float:
    """How far a share is from its probability, in standard errors."""
    error = math.sqrt(chance * (1.0 - chance) / len(seen))
    return (float(seen.mean()) - chance) / error


def test_which_message_wins_somebody_back() -> None:
    """The k-th if no earlier one won or drove away; the next series begins past the horizon.

    By themselves 3 in 100,000 would buy, which moves no z by more than 0.1.
    """
    opened, clicked, convinced, fatigue, leaving = 0.8, 0.7, 0.6, 0.5, 0.1
    messages = {"open": opened, "click": clicked, "fatigue": fatigue, "unsubscribe": leaving}
    program = {"kind": "win_back", "name": "we_miss_you", "after_days": 20, "days": [0, 5, 12]}
    series = program | messages | {"conversion": convinced}
    rows = lives(33, {"model": "poisson", "mean_days": 1e6}, return_path=[series])
    listening = 1.0
    for touch, day in enumerate((20.0, 25.0, 32.0)):
        wins = opened * fatigue**touch * clicked * convinced
        assert abs(z_of(rows.last_order_time == day, listening * wins)) < 4.5
        listening *= (1.0 - wins) * (1.0 - leaving)


@pytest.mark.parametrize("multiplier", [0.4, 2.5])
def test_a_tier_multiplies_the_odds_of_dropping_out(multiplier: float) -> None:
    """From the order on after which it is held: the third, so the third reorder is the first."""
    rows = lives(
        20,  # days, on each of which the slowest order a dozen times
        {"model": "bg_nbd", "r": 50, "alpha_days": 1, "a": 2, "b": 3},
        loyalty={
            "measure": "orders",
            "tiers": [{"name": "gold", "from": 3, "drop_out": multiplier}],
        },
    )
    reorders = rows.orders - 1
    for last in range(1, 6):

        def drops(p: float, last: int = last) -> float:
            held = multiplier * p / (1.0 - p + multiplier * p)
            before = (1.0 - p) ** min(last - 1, 2)
            now = p if last <= 2 else (1.0 - held) ** (last - 3) * held
            return before * now * float(stats.beta.pdf(p, 2, 3))

        assert abs(z_of(reorders == last, integrate.quad(drops, 0.0, 1.0)[0])) < 4.5


@pytest.mark.parametrize(("score", "horizon"), [(9.0, 40.0), (9.0, 120.0), (4.0, 40.0)])
def test_satisfaction_multiplies_the_hazard_of_dropping_out(score: float, horizon: float) -> None:
    """From the first delivery on; mu is Gamma(s, beta), so E exp(-mu t) = (beta/(beta + t))^s."""
    s, beta, per_point, delivered = 1.5, 60.0, -0.4, 10.0
    rows = lives(
        horizon,
        {"model": "pareto_nbd", "r": 2, "alpha_days": 20, "s": s, "beta_days": beta},
        experience={
            "delivery": {"kind": "fixed", "days": delivered},
            "satisfaction": {"mean": score, "sd": 0},
            "effects": {"drop_out": per_point},
        },
    )
    felt = delivered + (horizon - delivered) * math.exp(per_point * (score - 7.0))
    assert abs(z_of(rows.alive, (beta / (beta + felt)) ** s)) < 4.5
