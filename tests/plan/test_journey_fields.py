"""Every field of every record of a plan, worked out by hand from `helpers.full_bazaar`.

What `test_fields` does for the sections of the spine, this does for those around them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR
from helpers.scenarios import from_raw

from cvosim.plan import compile_plan
from cvosim.plan.plan import END, LOST, NONE, ChurnKind, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.sites import site_id

# Rows of the tables, by name.
HELLO, GUIDE, WORKS, CALL, WEBINAR, CLUB, BOX, DIET, TOUR, RUG = range(10)
FLYERS, POSTS, BANNER, RADIO, TALK, REFERRAL = range(6)
KEEN, COOL = range(2)
UNAWARE, PROBLEM, SOLUTION, PRODUCT = range(4)
WE_MISS_YOU, TEN_OFF, A_MONTH, LETTERS, WISHES = range(5)
LETTERS_HELLO, TEN_RUG, MISSED, MONTHLY, WISHED, TRIAL, JOKE, PROOF = (*range(10, 17), 20)
"""Rows of decisions after those of the ten offers; content has four each."""
UNLIMITED = 2**31 - 1
FIXED, UNIFORM = Distribution.FIXED, Distribution.UNIFORM
MAGNET, MONEY, TIME, SUBSCRIPTION, ENGAGE = OfferKind


def site(*names: str) -> list[int]:
    """Numbers of decision sites."""
    return [site_id(name) for name in names]


def slots(decision: str) -> list[int]:
    """Sites of a decision that every stage has."""
    return site(
        f"engage/{decision}",
        f"lead_magnet/guide/{decision}",
        f"core_offer/works/{decision}",
        f"excite/first_call/{decision}",
        f"tripwire/webinar/{decision}",
        f"subscription/club/{decision}",
        f"subscription/box/{decision}",
        f"affiliate/diet/{decision}",
        f"joint_venture/tour/{decision}",
        f"cross_sell/rug/{decision}",
    )


def served(decision: str) -> list[int]:
    """Sites of a decision that every service has."""
    return site(f"follow_up/letters/engage/{decision}", f"exit_offer/ten_off/rug/{decision}")


def kept(decision: str) -> list[int]:
    """Sites of a decision that every retention program has."""
    return site(
        f"win_back/we_miss_you/{decision}",
        f"anniversary/a_month/{decision}",
        f"birthday/wishes/{decision}",
    )


def own(section: str, *decisions: str) -> dict[str, list[int]]:
    """The sites of a section of one row."""
    return {f"{decision}_site": site(f"{section}/{decision}") for decision in decisions}


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability)) if 0 < probability < 1 else 0.0


CONVERSIONS = [
    *(0, 0.2, 0.24, 0.55, 0.34, 0.4, 0.46, 0.35, 0.14, 0.27),
    *(0.17, 0.03, 0.23, 0.04, 0.06, 0.36),
    *(0.31, 0.13, 0.045, 0.045),  # the joke entertains: it suits the unaware
    *(0.21, 0.045, 0.13, 0.66),  # the proof has numbers of its own for two rungs
]
EXPECTED: dict[str, dict[str, Sequence[float]]] = {
    "world": {
        "horizon": [80.5],
        "discount": [math.log(1.12) / 365],
        "propensity_sd": [0],
        "looks_back": [1],
        "keeps_extras": [1],
        "tiers_by_orders": [1],
        **own("market", "segment", "channel", "awareness", "arrival", "propensity", "reach"),
    },
    "channels": {
        # 0.4 of the market is left for banner and radio, whose audiences are as 3 to 1
        "cumulative_share": [0.25, 0.4, 0.7, 0.8, 1, 1],
        # 1.8 = 900 for half of a thousand people
        "cost": [0.7, 8 * 35 / 1000, 500 / (3000 * 0.2), 1.8, 0, 0],
        "arrival_kind": [UNIFORM, Distribution.EXPONENTIAL, *[FIXED] * 4],
        "arrival_a": [0, 6, 0, 0, 0, 0],
        "arrival_b": [2000 * 0.25 / 25, 0, 0, 0, 0, 0],
        "reached": [1, 1, 500**2 / (1000**2 + 500**2), 0.5, 1, 1],
        # 77 days are left after the launch, and one entry is for who comes too late
        "first_day": [0, 20, 20 + 78, 98 + 10, 108 + 110, 218],
        "n_days": [20, 78, 10, 110, 0, 0],
        "start": [0, 4, 0, 0, 0, 0],
        "day_length": [1, 1, 1, 1, 1, 1],
    },
    "offers": {
        "kind": [ENGAGE, MAGNET, MONEY, TIME, TIME, *[SUBSCRIPTION] * 2, *[MONEY] * 3],
        "is_tripwire": [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        "aim": [NONE, NONE, 0, NONE, NONE, NONE, NONE, NONE, NONE, 1],
        "attended": [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        "price": [0, 0, 240, 0, 0, 9, 19, 600 * 0.2, 910 * 0.35, 45],
        "unit_cost": [0, 0.02, 110, 2.5, 4.5, 2, 6, 0, 0, 8],
        "trust": [0, 0.5, 0.9, 0.8, 1.5, 0.2, 0, 0.1, 0, 0],
        "referral_reward": [0, 0, 17.5, 0, 0, 0, 0, 0, 0, 0],
        "delay_kind": [*[FIXED] * 7, Distribution.WEIBULL, FIXED, FIXED],
        "delay_a": [0, 0, 0, 1.5, 0, 0, 0, 5, 0, 0],
        "delay_b": [0, 0, 0, 0, 0, 0, 0, 1.5, 0, 0],
        "accept_site": slots("accept"),
        "delay_site": slots("delay"),
        "consumed": [0, 0.6, 0, 0, 0.42, 0, 0, 0, 0, 0],
        "consumption_kind": [FIXED, UNIFORM, FIXED, FIXED, UNIFORM, *[FIXED] * 5],
        "consumption_a": [0, 1, 0, 0, 3, 0, 0, 0, 0, 0],
        "consumption_b": [0, 4, 0, 0, 9, 0, 0, 0, 0, 0],
        "consumed_site": slots("consumed"),
        "consumption_site": slots("consumption"),
        "subscription": [*[NONE] * 5, 0, 1, NONE, NONE, NONE],
        "starts_repeat": [0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        "first_service": [0, *[1] * 9],
        "n_services": [1, *[0] * 8, 1],
        "next_accept": [GUIDE, WORKS, CALL, WEBINAR, CLUB, BOX, DIET, TOUR, RUG, END],
        "after_decline": [GUIDE, LOST, LOST, WEBINAR, LOST, BOX, DIET, TOUR, RUG, END],
    },
    "decisions": {
        "conversion": CONVERSIONS,
        "logit": [log_odds(conversion) for conversion in CONVERSIONS],
        "trust_weight": [
            *(0.75, 1, 0.85, 1, 1, 0.65, 1, 1, 1, 1),
            *(0.75, 1, 1, 1, 1, 0.65),
            *[0.75] * 8,
        ],
        "reference_trust": [
            # 0.5 x 0.6, then 0.9, 0.8, 1.5 x 0.42, 0.2 and 0.1 more
            *(0, 0, 0.3, 1.2, 2.0, 2.63, 2.83, 2.83, 2.93, 2.93),
            # of services their stage's; of customers what buying the works left them with
            *(0, 2.93, 1.2, 1.2, 1.2, 2.83),
            *[0] * 8,
        ],
    },
    "services": {
        "program": [LETTERS, TEN_OFF],
        "decision": [LETTERS_HELLO, TEN_RUG],
        "price": [0, 45 * 0.9],
        **{f"{d}_site": served(d) for d in ("accept", "open", "click", "unsubscribe")},
    },
    "programs": {
        "kind": [
            ProgramKind.WIN_BACK,
            ProgramKind.EXIT_OFFER,
            ProgramKind.ANNIVERSARY,
            ProgramKind.FOLLOW_UP,
            ProgramKind.BIRTHDAY,
        ],
        "cost": [0.004, 0.12, 0.005, 0.006, 0.003],
        "click": [0.11, 0, 1, 0.16, 0.91],
        "unsubscribe": [0.01, 0, 0, 0.013, 0.002],
        "first_touch": [0, 0, 2, 3, 4],
        "n_touches": [2, 0, 1, 1, 1],
        **{field: [0] * 5 for field in ("window", "click_rate", "cost_rate")},
        "aim": [2, NONE, NONE, 3, NONE],
    },
    "touches": {
        "gap": [0.5, 4.5, 0, 2, 0],
        "open": [0.25, 0.25 * 0.8, 0.5, 0.72, 0.37],
    },
    "subscriptions": {
        "stage": [CLUB, BOX],
        "price": [9, 19],
        "unit_cost": [2, 6],
        "period": [30, 7],
        "trial": [14, 0],
        "max_cycles": [UNLIMITED, 11],
        "churn_kind": [ChurnKind.GEOMETRIC, ChurnKind.SBG],
        "churn_a": [0.08, 0.7],
        "churn_b": [0, 3.8],
        "propensity_site": site(
            "subscription/club/churn_propensity", "subscription/box/churn_propensity"
        ),
        "churn_site": site("subscription/club/churn", "subscription/box/churn"),
        "trial_decision": [TRIAL, NONE],
        "trial_site": site("subscription/club/trial", "subscription/box/trial"),
        "contract": [4, 1],
        "notice": [6, 0],
    },
    "repeat": {
        "model": [RepeatModel.MBG_NBD],
        "r": [0.26],
        "alpha": [33],
        "a": [0.83],
        "b": [2.7],
        "spend_kind": [Distribution.LOGNORMAL],
        "spend_p": [29],
        "spend_q": [0.55],
        "spend_v": [0],
        "cost_share": [0.53],
        "season_peak": [2],
        **own("repeat_purchases", "rate", "drop_out", "level", "gap", "stay", "life", "spend"),
        **own("repeat_purchases", "won", "season"),
    },
    "engage": {
        "exposures": [3],
        "targeting": [0.8],
        "lift": [0.26],
        "every_kind": [Distribution.GAMMA],
        "every_a": [4 / 2],
        "every_b": [2],
        **own("engage", "every", "targeting", "piece", "lift"),
    },
    "content": {
        "rung": [UNAWARE, PRODUCT],
        "reach": [0.9, 1],
        "unit_cost": [0.011, 0.03],
        "trust": [0.05, 0.07],
        "first_decision": [JOKE, PROOF],
        "reach_site": site("engage/joke/reach", "engage/proof/reach"),
        "accept_site": site("engage/joke/accept", "engage/proof/accept"),
    },
    "experience": {
        "delivery_kind": [Distribution.GAMMA],
        "delivery_a": [3 / 4],
        "delivery_b": [4],
        "satisfaction": [7.8],
        "satisfaction_sd": [1.8],
        "effort": [2.4],
        "effort_sd": [0.9],
        "ticket": [0.09],
        "resolved": [0.85],
        "answer_kind": [Distribution.EXPONENTIAL],
        "answer_a": [2.2],
        "answer_b": [0],
        "resolved_effect": [0.32],
        "unresolved_effect": [-2.5],
        "returned": [0.044],
        "refund": [0.95],
        "trust_effect": [0.18],
        "drop_out_effect": [-0.081],
        **own("experience", "delivery", "satisfaction", "effort", "ticket", "resolved"),
        **own("experience", "answer", "returned"),
    },
    "tiers": {
        "threshold": [3, 6],
        "log_drop_out": [math.log(0.86), math.log(0.73)],
        "reward_share": [0.021, 0.043],
    },
    "referral": {
        "promoter": [0.33],
        "passive": [0.055],
        "detractor": [0.015],
        "testimonial": [0.19],
        "partner": [0.071],
        "invitations": [1.25],
        "partner_invitations": [4.5],
        "delay_kind": [Distribution.LOGNORMAL],
        "delay_a": [28],
        "delay_b": [0.6],
        "cap": [12],
        **own("referral", "advocate", "testimonial", "partner", "invitations", "delay"),
    },
    "retention": {
        "program": [WE_MISS_YOU, A_MONTH, WISHES],
        "kind": [ProgramKind.WIN_BACK, ProgramKind.ANNIVERSARY, ProgramKind.BIRTHDAY],
        "decision": [MISSED, MONTHLY, WISHED],
        "after": [20, 31, 365],
        **{f"{d}_site": kept(d) for d in ("accept", "open", "click", "unsubscribe", "phase")},
    },
    "aims": {
        "min_orders": [0, 2, 0, 0],
        "min_spend": [0, 150, 0, 0],
        "max_days_since_order": [math.inf, math.inf, 300, math.inf],
    },
}


def bazaar(*overrides: str) -> Plan:
    return compile_plan(from_raw(BAZAAR, overrides))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return bazaar()


@pytest.mark.parametrize(
    ("table", "field"), [(table, field) for table, fields in EXPECTED.items() for field in fields]
)
def test_field(plan: Plan, table: str, field: str) -> None:
    found = getattr(plan, table)[field].tolist()
    assert found == pytest.approx(list(EXPECTED[table][field]), rel=1e-12, abs=1e-15)


def test_no_field_is_left_out(plan: Plan) -> None:
    tables = {name: array for name, array in plan._asdict().items() if array.dtype.names}
    assert {name: set(array.dtype.names) for name, array in tables.items()} == {
        table: set(fields) for table, fields in EXPECTED.items()
    }


def test_names(plan: Plan) -> None:
    channels = ["flyers", "posts", "banner", "radio", "talk", "referral"]
    assert plan.channel_names.tolist() == channels
    slots = ["engage", "lead_magnet", "core_offer", "excite", "tripwire"]
    assert plan.stage_names.tolist() == [*slots, "club", "box", "diet", "tour", "rug"]
    programs = ["we_miss_you", "ten_off", "a_month", "letters", "wishes"]
    assert plan.program_names.tolist() == programs
    assert plan.tier_names.tolist() == ["silver", "gold"]


def test_a_channel_may_have_an_awareness_of_its_own(plan: Plan) -> None:
    keen, cool = [0.1, 0.3, 0.6, 1], [0, 0.75, 0.75, 1]
    for segment, usual in ((KEEN, keen), (COOL, cool)):
        found = plan.awareness_cumulative[segment].tolist()
        for channel in (FLYERS, POSTS, RADIO, TALK, REFERRAL):
            assert found[channel] == pytest.approx(usual)
        assert found[BANNER] == pytest.approx([0.4, 0.7, 0.9, 1])


def test_whom_an_aim_allows(plan: Plan) -> None:
    expected = np.zeros((4, 2, 6, 3))
    expected[0, :, [BANNER, REFERRAL], :] = 1
    expected[1, :, :, 1:] = 1
    expected[2, COOL, :, 2] = 1
    expected[3, KEEN, [TALK, REFERRAL], :] = 1
    assert plan.aimed.dtype == np.uint8
    assert plan.aimed.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("decision", "segment", "channel", "rung", "shift"),
    [
        (HELLO, KEEN, TALK, UNAWARE, 0.75 * 0.24 + 0.45),
        (JOKE, KEEN, TALK, UNAWARE, 0.75 * 0.24 + 0.45),
        (PROOF + PRODUCT, COOL, TALK, SOLUTION, 0.45),
        (PROOF + PRODUCT, COOL, RADIO, SOLUTION, 0),
        (LETTERS_HELLO, KEEN, TALK, PRODUCT, 0.75 * 0.24 + 0.45),
        (CALL, KEEN, FLYERS, SOLUTION, 0.24 + 0.7 - 0.2),
        (CALL, COOL, FLYERS, PROBLEM, 0),
        (GUIDE, KEEN, REFERRAL, PROBLEM, 0.24 + 1.1),
        (WEBINAR, COOL, REFERRAL, PROBLEM, 0.6),
        (WORKS, COOL, REFERRAL, PROBLEM, 0),
        (TRIAL, KEEN, REFERRAL, PROBLEM, 0.65 * 0.24),
        (MISSED, KEEN, TALK, PRODUCT, 0.24),
        (WISHED, COOL, TALK, PRODUCT, 0),
    ],
)
def test_shift(
    plan: Plan, decision: int, segment: int, channel: int, rung: int, shift: float
) -> None:
    assert plan.shifts[decision, segment, channel, rung] == pytest.approx(shift, abs=1e-14)
