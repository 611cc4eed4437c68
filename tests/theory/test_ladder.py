"""The awareness ladder against enumeration of all climbs, and against exposures drawn one by one.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6; 12 comparisons, 8e-5 together.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from helpers.peopled import peopled
from helpers.small_plans import ENGAGE, make_plan

from cvosim.plan.plan import END, Plan
from cvosim.randomness.philox_plain import uniform
from cvosim.theory import expected, ladder_occupation
from cvosim.theory.ladder import piece_shares, showings

CLIMBS = (0.3, 0.12, 0.5, 0.4)
PIECES = [
    {"rung": 1, "reach": 0.8, "unit_cost": 0.5, "conversion": (0.1, 0.4, 0.2, 0.1)},
    {"rung": 1, "reach": 0.6, "unit_cost": 0.1, "conversion": (0.3, 0.6, 0.1, 0.1)},
    {"rung": 2, "reach": 1.0, "unit_cost": 0.2, "conversion": (0.2, 0.2, 0.5, 0.3)},
]


@pytest.mark.parametrize("exposures", [0, 1, 5])
def test_all_climbs_enumerated(exposures: int) -> None:
    start = np.array([0.5, 0.2, 0.2, 0.1])
    found = np.zeros(4)
    for rung, moves in product(range(4), product((False, True), repeat=exposures)):
        chance, at = start[rung], rung
        for climbs in moves:
            up = CLIMBS[at] if at < 3 else 0.0
            chance *= up if climbs else 1 - up
            at += climbs if at < 3 else 0
        found[at] += chance
    np.testing.assert_allclose(ladder_occupation(start, CLIMBS, exposures), found, rtol=1e-13)


def test_equal_climbs_are_binomial() -> None:
    """Nobody is at the top after 3 exposures unless all lift; below, k of n lift."""
    found = ladder_occupation([1, 0, 0, 0], [0.3] * 4, 6)
    binomial = [math.comb(6, k) * 0.3**k * 0.7 ** (6 - k) for k in range(3)]
    np.testing.assert_allclose(found, [*binomial, 1 - sum(binomial)], rtol=1e-13)


def test_in_the_end_everybody_knows_the_product() -> None:
    assert ladder_occupation([1, 0, 0, 0], CLIMBS, 300)[3] == pytest.approx(1.0, abs=1e-12)
    assert ladder_occupation([0, 0, 0, 1], CLIMBS, 9).tolist() == [0, 0, 0, 1]


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="exposures >= 0"):
        ladder_occupation([1, 0, 0, 0], CLIMBS, -1)
    with pytest.raises(ValueError, match="every rung"):
        ladder_occupation([1, 0, 0], CLIMBS, 1)


def shown(lift: float = 0.6, exposures: int = 4) -> Plan:
    row = {"exposures": exposures, "targeting": 0.7, "lift": lift}
    plan = make_plan(
        {"kind": ENGAGE, "after_decline": 1},
        {"conversion": 0.5, "after_decline": END},
        care={"engage": row, "content": PIECES},
    )
    return peopled(plan, spread=1.0)


def test_pieces_are_picked_by_rung() -> None:
    plan = shown()
    np.testing.assert_allclose(piece_shares(plan, 1), [0.45, 0.45, 0.1])
    np.testing.assert_allclose(piece_shares(plan, 2), [0.1, 0.1, 0.8])
    np.testing.assert_allclose(piece_shares(plan, 0), [1 / 3] * 3)


def test_what_an_exposure_does_adds_up() -> None:
    plan = shown()
    for rung in range(4):
        found = showings(plan, rung, lambda row: 0.1 + 0.03 * row)
        assert sum(showing.chance for showing in found) == pytest.approx(1.0, rel=1e-14)
        seen = sum(showing.chance * showing.shown for showing in found)
        assert seen == pytest.approx(float(piece_shares(plan, rung) @ [0.8, 0.6, 1.0]), rel=1e-14)
        cost = sum(showing.chance * showing.cost for showing in found)
        assert cost == pytest.approx(float(piece_shares(plan, rung) @ [0.4, 0.06, 0.2]), rel=1e-13)


def test_the_journey_climbs_the_ladder() -> None:
    """Rungs climbed by the walk are those of the occupation, kind of person by kind."""
    plan = shown()
    climbed = arrived = 0.0
    channels = [0.6, 0.4 * 0.7]
    for (segment, channel), rungs in np.ndenumerate(np.empty((2, 2))):
        del rungs
        share = (0.3, 0.7)[segment] * channels[channel]
        start = np.diff(plan.awareness_cumulative[segment, channel], prepend=0.0)
        climbs = []
        for rung in range(4):
            yes = [
                odds(plan.decisions["conversion"][row], plan.shifts[row, segment, channel, rung])
                for row in plan.content["first_decision"] + rung
            ]
            reach = plan.content["reach"]
            climbs.append(0.6 * float(piece_shares(plan, rung) @ (reach * np.array(yes))))
        after = ladder_occupation(start, climbs, 4)
        climbed += share * float((after - start) @ np.arange(4.0))
        arrived += share
    theory = expected(plan)
    assert theory["rungs_climbed_per_prospect"].mean == pytest.approx(climbed, rel=1e-12)
    assert theory["arrived_share"].mean == pytest.approx(arrived, rel=1e-12)


def odds(conversion: float, shift: float) -> float:
    return 1 / (1 + (1 / conversion - 1) * math.exp(-shift))


@pytest.mark.parametrize("rung", [0, 1, 2])
def test_exposures_drawn_one_by_one(rung: int) -> None:
    """8,000 people and 4 exposures, by the story: pick, show, decide, lift."""
    n, exposures, plan = 8_000, 4, shown()
    ranks = np.zeros(n)
    for person in range(n):
        at = rung
        for k in range(exposures):
            luck = [uniform(5, person, site, 10 * rung + k) for site in range(5)]
            suited = [i for i, piece in enumerate(PIECES) if piece["rung"] == at]
            pool = suited if suited and luck[0] < 0.7 else [0, 1, 2]
            piece = PIECES[pool[int(luck[1] * len(pool))]]
            engages = luck[2] < piece["reach"] and luck[3] < piece["conversion"][at]
            at += bool(engages and at < 3 and luck[4] < 0.6)
        ranks[person] = at
    climbs = []
    for at in range(4):
        yes = np.array([piece["reach"] * piece["conversion"][at] for piece in PIECES])
        climbs.append(0.6 * float(piece_shares(plan, at) @ yes))
    start = np.eye(4)[rung]
    for at, share in enumerate(ladder_occupation(start, climbs, exposures)):
        deviation = (ranks == at).mean() - share
        assert abs(deviation) <= 4.5 * math.sqrt(share * (1 - share) / n)
