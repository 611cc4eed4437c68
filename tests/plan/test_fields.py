"""Every field of every record of a plan, worked out by hand from one scenario.

Nearly all numbers of `helpers.full_shop` differ, so that a field filled from the wrong place shows.
`test_journey_fields` does the same with a second shop, which has what this one lacks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import pytest
from helpers.full_shop import SHOP
from helpers.scenarios import from_raw

from cvosim.plan import compile_plan
from cvosim.plan.plan import END, LOST, NONE, ChurnKind, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.sites import site_id

# Rows of the tables, by name.
GUIDE, SAMPLE, DEMO, GOLD, CLUB, BOX, PARTNER, VILLA = range(8)
ADS, TALK = KEEN, COOL = range(2)
UNAWARE, PROBLEM, SOLUTION, PRODUCT = range(4)
TEN_OFF, MAILS, DISPLAY, CAPPED, LETTERS = range(5)
# Services, by stage and then by program; their decisions follow those of the eight offers.
DISPLAY_GUIDE, TEN_SAMPLE, MAILS_SAMPLE, TEN_PARTNER, CAPPED_VILLA, LETTERS_VILLA = range(6)
UNLIMITED = 2**31 - 1
DRAWS = ("rate", "drop_out", "level", "gap", "stay", "life", "spend")


def site(*names: str) -> list[int]:
    """Numbers of decision sites; 0 where there is no name."""
    return [site_id(name) if name else 0 for name in names]


def slots(decision: str) -> list[int]:
    """Sites of a decision that every offer has."""
    return site(
        f"lead_magnet/guide/{decision}",
        f"tripwire/sample/{decision}",
        f"core_offer/demo/{decision}",
        f"upsell/gold/{decision}",
        f"subscription/club/{decision}",
        f"subscription/box/{decision}",
        f"affiliate/partner/{decision}",
        f"slack_adjuster/villa/{decision}",
    )


def served(decision: str) -> list[int]:
    """Sites of a decision that every service has."""
    return site(
        f"remarketing/display/lead_magnet/{decision}",
        f"exit_offer/ten_off/tripwire/{decision}",
        f"follow_up/mails/tripwire/{decision}",
        f"exit_offer/ten_off/partner/{decision}",
        f"remarketing/capped/villa/{decision}",
        f"follow_up/letters/villa/{decision}",
    )


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


MAGNET, MONEY, TIME, SUBSCRIPTION, _ENGAGE = OfferKind
CONVERSIONS = [0.2, 0.1, 0.25, 0.3, 0.4, 0.45, 0.35, 0.01, 0.22, 0.03, 0.15, 0.03, 0.02, 0.05]
EXPECTED: dict[str, dict[str, Sequence[float]]] = {
    "world": {
        "horizon": [400],
        "discount": [math.log(1.1) / 365],
        "propensity_sd": [0.35],
        "segment_site": site("market/segment"),
        "channel_site": site("market/channel"),
        "awareness_site": site("market/awareness"),
        "arrival_site": site("market/arrival"),
        "propensity_site": site("market/propensity"),
        "reach_site": site("market/reach"),
        "looks_back": [0],
        "keeps_extras": [0],
        "tiers_by_orders": [0],
    },
    "channels": {
        "cumulative_share": [0.6, 1],
        "cost": [1.5, 0],
        "arrival_kind": [Distribution.UNIFORM, Distribution.FIXED],
        "arrival_a": [0, 0],
        "arrival_b": [90, 0],
        "reached": [1, 1],
        "first_day": [0, 0],
        "n_days": [0, 0],
        "start": [0, 0],
        "day_length": [1, 1],
    },
    "offers": {
        "kind": [MAGNET, MONEY, TIME, MONEY, SUBSCRIPTION, SUBSCRIPTION, MONEY, MONEY],
        "is_tripwire": [0, 1, 0, 0, 0, 0, 0, 0],
        "aim": [NONE] * 8,
        "attended": [0] * 8,
        "referral_reward": [0] * 8,
        "price": [0, 40, 0, 79, 9, 19, 600 * 0.2, 2400],
        "unit_cost": [0.02, 21, 12, 15, 2, 6, 0, 0],
        "trust": [0.5, 3, 0.2, 0.1, 0, 0, 0, 0],
        "delay_kind": [
            Distribution.EXPONENTIAL,
            Distribution.LOGNORMAL,
            Distribution.GAMMA,
            Distribution.WEIBULL,
            *[Distribution.FIXED] * 4,
        ],
        "delay_a": [0.05, 3, 14 / 4, 7, 2, 0, 0, 0],  # gamma: scale = mean / shape
        "delay_b": [0, 1.25, 4, 1.5, 0, 0, 0, 0],
        "accept_site": slots("accept"),
        "delay_site": slots("delay"),
        "consumed": [0.6, 0, 0, 0, 0, 0, 0, 0],
        "consumption_kind": [Distribution.UNIFORM, *[Distribution.FIXED] * 7],
        "consumption_a": [1, 0, 0, 0, 0, 0, 0, 0],
        "consumption_b": [4, 0, 0, 0, 0, 0, 0, 0],
        "consumed_site": slots("consumed"),
        "consumption_site": slots("consumption"),
        "subscription": [NONE, NONE, NONE, NONE, 0, 1, NONE, NONE],
        "starts_repeat": [0, 0, 0, 1, 0, 0, 0, 0],
        "first_service": [0, 1, 3, 3, 3, 3, 3, 4],
        "n_services": [1, 2, 0, 0, 0, 0, 1, 2],
        "next_accept": [SAMPLE, DEMO, GOLD, CLUB, BOX, PARTNER, VILLA, END],
        "after_decline": [LOST, LOST, GOLD, LOST, BOX, PARTNER, VILLA, END],
    },
    "decisions": {
        "conversion": CONVERSIONS,
        "logit": [log_odds(conversion) for conversion in CONVERSIONS],
        "trust_weight": [1, 0.5, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1],
        # 0.5 x 0.6, then 3, 0.2 and 0.1 more; a service has its stage's
        "reference_trust": [0, 0.3, 3.3, 3.5, *[3.6] * 4, 0, 0.3, 0.3, *[3.6] * 3],
    },
    "services": {
        "program": [DISPLAY, TEN_OFF, MAILS, TEN_OFF, CAPPED, LETTERS],
        "decision": [8, 9, 10, 11, 12, 13],
        "price": [0, 40 * 0.75, 40, 600 * 0.75 * 0.2, 2400, 2400],
        "accept_site": served("accept"),
        "open_site": served("open"),
        "click_site": served("click"),
        "unsubscribe_site": served("unsubscribe"),
    },
    "programs": {
        "kind": [
            ProgramKind.EXIT_OFFER,
            ProgramKind.FOLLOW_UP,
            ProgramKind.REMARKETING,
            ProgramKind.REMARKETING,
            ProgramKind.FOLLOW_UP,
        ],
        "cost": [0.1, 0.006, 0, 0, 0],
        "click": [0, 0.12, 0, 0, 0.7],
        "unsubscribe": [0, 0.004, 0, 0, 0],
        "first_touch": [0, 0, 0, 0, 3],
        "n_touches": [0, 3, 0, 0, 2],
        "window": [0, 0, 33, 24 / 2, 0],  # 24 impressions at 2 a day
        "click_rate": [0, 0, 1.5 * 0.004, 2 * 0.01, 0],
        "cost_rate": [0, 0, 6 * 1.5 / 1000, 8 * 2 / 1000, 0],
        "aim": [NONE] * 5,
    },
    "touches": {
        "gap": [1, 3 - 1, 7 - 3, 0, 5],
        "open": [0.5, 0.5 * 0.9, 0.5 * 0.81, 0.8, 0.8],
    },
    "subscriptions": {
        "stage": [CLUB, BOX],
        "price": [9, 19],
        "unit_cost": [2, 6],
        "period": [30, 91],
        "trial": [14, 0],
        "max_cycles": [12, UNLIMITED],
        "churn_kind": [ChurnKind.SBG, ChurnKind.GEOMETRIC],
        "churn_a": [0.7, 0.08],
        "churn_b": [3.8, 0],
        "propensity_site": site(
            "subscription/club/churn_propensity", "subscription/box/churn_propensity"
        ),
        "churn_site": site("subscription/club/churn", "subscription/box/churn"),
        "trial_decision": [NONE, NONE],
        "trial_site": site("subscription/club/trial", "subscription/box/trial"),
        "contract": [1, 1],
        "notice": [0, 0],
    },
    "repeat": {
        "model": [RepeatModel.BG_NBD],
        "r": [0.243],
        "alpha": [30.9],
        "a": [0.793],
        "b": [2.4],
        "spend_kind": [Distribution.GAMMA],
        "spend_p": [6.25],
        "spend_q": [3.74],
        "spend_v": [15.5],
        "cost_share": [0.55],
        "season_peak": [0],
        **{
            f"{decision}_site": site(f"repeat_purchases/{decision}")
            for decision in (*DRAWS, "won", "season")
        },
    },
}
EMPTY = ("engage", "content", "experience", "tiers", "referral", "retention", "aims")


def shop(*overrides: str) -> Plan:
    return compile_plan(from_raw(SHOP, overrides))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return shop()


@pytest.mark.parametrize(
    ("table", "field"), [(table, field) for table, fields in EXPECTED.items() for field in fields]
)
def test_field(plan: Plan, table: str, field: str) -> None:
    found = getattr(plan, table)[field].tolist()
    assert found == pytest.approx(list(EXPECTED[table][field]), rel=1e-12, abs=1e-15)


def test_no_field_is_left_out(plan: Plan) -> None:
    tables = {name: array for name, array in plan._asdict().items() if array.dtype.names}
    assert {name for name, array in tables.items() if not len(array)} == set(EMPTY)
    assert {n: set(array.dtype.names) for n, array in tables.items() if n not in EMPTY} == {
        table: set(fields) for table, fields in EXPECTED.items()
    }


def test_arrays_without_fields(plan: Plan) -> None:
    assert plan.segment_cumulative.tolist() == pytest.approx([0.3, 1])
    for channel in (ADS, TALK):
        keen, cool = plan.awareness_cumulative[:, channel].tolist()
        assert keen == pytest.approx([0.1, 0.3, 0.6, 1])
        assert cool == pytest.approx([0, 0.75, 0.75, 1])
    assert plan.awareness_cumulative.shape == (2, 2, 4)
    assert plan.segment_names.tolist() == ["keen", "cool"]
    assert plan.channel_names.tolist() == ["ads", "talk"]
    required = ["lead_magnet", "tripwire", "core_offer"]
    assert plan.stage_names.tolist() == [*required, "gold", "club", "box", "partner", "villa"]
    assert plan.program_names.tolist() == ["ten_off", "mails", "display", "capped", "letters"]
    assert len(plan.aimed) == len(plan.arrival_days) == len(plan.season) == 0
    assert len(plan.tier_names) == 0


PRICE = -2 * math.log(40 / 50)  # sensitivity 2 to a price of 40 instead of 50


@pytest.mark.parametrize(
    ("decision", "segment", "channel", "rung", "shift"),
    [
        (SAMPLE, COOL, TALK, PROBLEM, 0),
        (SAMPLE, COOL, TALK, UNAWARE, -1),
        (SAMPLE, COOL, TALK, PRODUCT, 0.6),
        (SAMPLE, COOL, ADS, SOLUTION, -0.3),
        (SAMPLE, KEEN, TALK, SOLUTION, 0.4 + 0.5 * 0.25 + 0.7 + PRICE),
        (SAMPLE, KEEN, ADS, UNAWARE, 0.4 + 0.5 * 0.25 + 0.7 + PRICE - 0.3 - 1),
        (GUIDE, KEEN, ADS, PRODUCT, 0.4 + 0.25),
        (DEMO, KEEN, ADS, UNAWARE, 0.4 + 0.25),
        (VILLA, COOL, ADS, UNAWARE, 0),
        (8 + TEN_SAMPLE, KEEN, ADS, PRODUCT, 0.4 + 0.125 + 0.7 - 2 * math.log(0.6) - 0.3 + 0.6),
        (8 + TEN_SAMPLE, COOL, ADS, PRODUCT, -0.3 + 0.6),
        (8 + MAILS_SAMPLE, KEEN, TALK, PROBLEM, 0.4 + 0.125 + 0.7 + PRICE),
        (8 + DISPLAY_GUIDE, KEEN, TALK, PROBLEM, 0.4 + 0.25),
        (8 + TEN_PARTNER, KEEN, TALK, PROBLEM, 0.4 + 0.25 - 2 * math.log(0.75)),
        (8 + LETTERS_VILLA, KEEN, TALK, PROBLEM, 0.4 + 0.25),
    ],
)
def test_shift(
    plan: Plan, decision: int, segment: int, channel: int, rung: int, shift: float
) -> None:
    assert plan.shifts[decision, segment, channel, rung] == pytest.approx(shift, abs=1e-14)


FREQUENCY = "journey.repeat_purchases.frequency"
SPEND = "journey.repeat_purchases.spend"


@pytest.mark.parametrize(
    ("override", "row"),
    [
        (
            f"{FREQUENCY}={{model: poisson, mean_days: 40}}",
            {"model": RepeatModel.POISSON, "r": 1 / 40, "alpha": 0, "a": 0, "b": 0},
        ),
        (
            f"{FREQUENCY}={{model: pareto_nbd, r: 0.55, alpha_days: 74, s: 0.6, beta_days: 81}}",
            {"model": RepeatModel.PARETO_NBD, "r": 0.55, "alpha": 74, "a": 0.6, "b": 81},
        ),
        (
            f"{FREQUENCY}.model=mbg_nbd",
            {"model": RepeatModel.MBG_NBD, "r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.4},
        ),
        (
            f"{SPEND}={{model: lognormal, median: 30, sigma: 0.8}}",
            {"spend_kind": Distribution.LOGNORMAL, "spend_p": 30, "spend_q": 0.8, "spend_v": 0},
        ),
        (
            f"{SPEND}={{model: fixed, amount: 55}}",
            {"spend_kind": Distribution.FIXED, "spend_p": 55, "spend_q": 0, "spend_v": 0},
        ),
    ],
)
def test_other_models_of_repeat_buying(override: str, row: dict[str, float]) -> None:
    repeat = shop(override).repeat[0]
    assert {field: float(repeat[field]) for field in row} == pytest.approx(row, rel=1e-12)


def test_no_repeat_buying() -> None:
    without = shop("journey.repeat_purchases=null")
    assert without.repeat["model"].tolist() == [RepeatModel.NONE]
    assert not without.offers["starts_repeat"].any()


@pytest.mark.parametrize(
    ("stage", "row", "way", "to"),
    [
        ("core_offer", DEMO, "continue", GOLD),
        ("core_offer", DEMO, "exit", LOST),
        ("core_offer", DEMO, "return_path", LOST),
        ("core_offer", DEMO, "null", LOST),
        ("profit_maximizers.gold", GOLD, "continue", CLUB),
        ("profit_maximizers.gold", GOLD, "exit", LOST),
        ("profit_maximizers.gold", GOLD, "return_path", CLUB),
        ("profit_maximizers.gold", GOLD, "null", CLUB),
        ("profit_maximizers.villa", VILLA, "return_path", END),
    ],
)
def test_where_a_no_leads(stage: str, row: int, way: str, to: int) -> None:
    changed = shop(f"journey.{stage}.on_decline={way}")
    assert cast(int, changed.offers["after_decline"][row]) == to


@pytest.mark.parametrize(
    ("delay", "fields"),
    [
        ("{kind: fixed, days: 6}", (Distribution.FIXED, 6, 0)),
        ("{kind: exponential, mean_days: 6}", (Distribution.EXPONENTIAL, 6, 0)),
        ("{kind: lognormal, median_days: 6, sigma: 0.7}", (Distribution.LOGNORMAL, 6, 0.7)),
        ("{kind: gamma, mean_days: 6, shape: 0.5}", (Distribution.GAMMA, 12, 0.5)),
        ("{kind: weibull, scale_days: 6, shape: 0.7}", (Distribution.WEIBULL, 6, 0.7)),
        ("{kind: uniform, low_days: 6, high_days: 8}", (Distribution.UNIFORM, 6, 8)),
        ("null", (Distribution.FIXED, 0, 0)),
    ],
)
@pytest.mark.parametrize(
    ("path", "prefix", "row"),
    [
        ("lead_magnet.time_to_value", "consumption", GUIDE),
        ("lead_magnet.delay", "delay", GUIDE),
        ("profit_maximizers.gold.delay", "delay", GOLD),
    ],
)
def test_delays(delay: str, fields: tuple[float, ...], path: str, prefix: str, row: int) -> None:
    offer = shop(f"journey.{path}={delay}").offers[row]
    assert [offer[f"{prefix}_{part}"] for part in ("kind", "a", "b")] == list(fields)


@pytest.mark.parametrize(("conversion", "logit"), [(0, 0), (1, 0), (0.5, 0), (0.8, math.log(4))])
def test_log_odds_of_certain_and_other_conversions(conversion: float, logit: float) -> None:
    row = shop(f"journey.core_offer.conversion={conversion}").decisions[DEMO]
    assert (row["conversion"], row["logit"]) == pytest.approx((conversion, logit), abs=1e-15)


def test_a_cap_that_is_never_reached_changes_nothing() -> None:
    capped = shop("journey.return_path.capped.frequency_cap=101").programs
    assert capped["window"][CAPPED] == 50


@pytest.mark.parametrize("way", ["continue", "exit"])
def test_who_goes_on_or_leaves_at_once_meets_no_program(way: str) -> None:
    """A file that says both is refused; a copy of a scenario is not checked again."""
    scenario = from_raw(SHOP)
    assert scenario.journey.tripwire is not None
    tripwire = scenario.journey.tripwire.model_copy(update={"on_decline": way})
    journey = scenario.journey.model_copy(update={"tripwire": tripwire})
    changed = compile_plan(scenario.model_copy(update={"journey": journey}))
    assert changed.offers["n_services"].tolist() == [1, 0, 0, 0, 0, 0, 1, 2]
