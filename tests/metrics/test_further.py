"""Content, experience, loyalty and advocacy: five customers worked out on paper."""

import math

import numpy as np
import pytest
from helpers.customer_tables import NAMES, blank, plausible

from cvosim.metrics import catalogue, influence, measure
from cvosim.metrics.registry import MONEY, UNITS
from cvosim.tables.columns import CustomerTable, Names
from cvosim.tables.schema import ExitReason

EXTRA = Names(
    segments=("all",),
    channels=("ads",),
    stages=("engage", "core_offer"),
    programs=("win_back",),
    subscriptions=(),
    tiers=("silver", "gold"),
    extras=True,
    experience=True,
)


def five() -> CustomerTable:
    """A looker; a promoter; a detractor who returned; a passive one; one who never came."""
    table = blank(5, EXTRA)
    c = table.columns
    c.reached[:] = 0b01, 0b11, 0b11, 0b11, 0
    c.stage_time[0] = 1, 2, np.nan, np.nan, np.nan
    c.stage_time[1] = np.nan, 3, 3, 3, np.nan
    c.exit_reason[4] = ExitReason.NOT_ARRIVED
    c.awareness[:] = 0, 1, 3, 0, 0
    c.rungs_climbed[:] = 1, 2, 0, 0, 0
    c.exposures[:] = 3, 2, 1, 1, 0
    c.orders[:] = 0, 4, 2, 1, 0
    c.revenue[:] = 0, 400, 200, 100, 0
    c.cost_of_goods[:] = c.revenue / 4
    c.acquisition_cost[:] = 2, 2, 2, 2, 0
    c.touch_cost[1] = 1
    c.deliveries[:] = 0, 4, 2, 1, 0
    c.tickets[:] = 0, 1, 2, 0, 0
    c.resolved[:] = 0, 1, 1, 0, 0
    c.returns[2], c.refunds[2] = 1, 80
    c.reward_cost[1] = 8
    c.tier[:] = 0, 2, 1, 0, 0
    c.satisfaction[:] = np.nan, 9, 6, 7.5, np.nan
    c.effort[:] = np.nan, 1, 5, 3, np.nan
    c.advocated_time[1], c.invited[1], c.testimonials[1], c.partner[1] = 5, 3, 1, 1
    c.program_cost[0, 2], c.recoveries[0, 2] = 0.5, 1
    c.discounted_revenue[:] = c.revenue - c.refunds
    c.discounted_acquisition_cost[:] = c.acquisition_cost
    c.discounted_cost[:] = c.cost_of_goods + c.acquisition_cost + c.touch_cost + c.reward_cost
    return table


VALUES = {
    "exposures_per_prospect": (7 / 5, "exposures"),
    "engaged_per_prospect": (2 / 5, "share"),
    "rungs_climbed_per_prospect": (3 / 5, "ratio"),
    "awareness_at_end.unaware": (1 / 4, "share"),
    "awareness_at_end.problem": (1 / 4, "share"),
    "awareness_at_end.solution": (0.0, "share"),
    "awareness_at_end.product": (2 / 4, "share"),
    "nps": (0.0, "points"),
    "satisfaction": (7.5, "points"),
    "ces": (3.0, "points"),
    "ticket_rate": (3 / 7, "share"),
    "resolution_rate": (2 / 3, "share"),
    "return_rate": (1 / 7, "share"),
    "refunds": (80.0, "USD"),
    "reward_cost": (8.0, "USD"),
    "tier_share.silver": (1 / 3, "share"),
    "tier_share.gold": (1 / 3, "share"),
    # the spine's, after refunds and rewards
    "revenue": (700.0, "USD"),
    "contribution": (700 - 175 - 8 - 1 - 8 - 80, "USD"),
    "contribution_per_buyer": ((700 - 175 - 1 - 8 - 80) / 3, "USD"),
    "clv_per_prospect": ((700 - 175 - 8 - 1 - 8 - 80) / 5, "USD"),
    "return_on_cost.win_back": ((200 - 50 - 80) / 0.5, "ratio"),
    "margin_share_top_20": (0.6 * (400 - 100 - 1 - 8) / (700 - 175 - 1 - 8 - 80), "share"),
    "leads": (3.0, "customers"),
}


@pytest.mark.parametrize(("name", "wanted"), VALUES.items(), ids=VALUES)
def test_value(name: str, wanted: tuple[float, str]) -> None:
    found = measure(five(), currency="USD")[name]
    assert (found.value, found.unit) == (pytest.approx(wanted[0], rel=1e-12), wanted[1])


def test_who_answered_a_program_at_the_content_is_not_known() -> None:
    table = five()
    assert measure(table)["leads"].value == 3
    table.columns.recoveries[0, 0] = 1
    assert measure(table)["leads"].value == 3


def test_net_promoter_score_goes_from_minus_to_plus_100() -> None:
    for score, wanted in ((9.0, 100.0), (6.0, -100.0), (6.01, 0.0), (8.99, 0.0)):
        table = blank(3, EXTRA)
        table.columns.satisfaction[1:] = score
        assert measure(table)["nps"].value == wanted


def test_error_of_the_net_promoter_score() -> None:
    """Of promoters p and detractors d: 100 sqrt((p + d - (p - d)**2) / n)."""
    table = blank(200, EXTRA)
    table.columns.satisfaction[:100] = 10.0
    table.columns.satisfaction[100:140] = 3.0
    table.columns.satisfaction[140:160] = 8.0
    p, d, n = 100 / 160, 40 / 160, 160
    wanted = 100.0 * math.sqrt((p + d - (p - d) ** 2) / n * 200 / 199)
    assert measure(table)["nps"] == pytest.approx((37.5, wanted, "points"))


def test_a_rate_of_exactly_none_or_all_is_not_certain() -> None:
    """Agresti & Coull (1998), as for shares of people."""
    table = blank(60, EXTRA)
    table.columns.deliveries[:50], table.columns.tickets[:50] = 1, 1
    p, n = 2 / 54, 54
    error = math.sqrt(p * (1 - p) / n)
    assert measure(table)["return_rate"] == pytest.approx((0.0, error, "share"))
    assert measure(table)["ticket_rate"] == pytest.approx((1.0, error, "share"))
    assert measure(table)["resolution_rate"] == pytest.approx((0.0, error, "share"))
    metric = next(one for one in catalogue(EXTRA) if one.name == "return_rate")
    assert not influence(metric, table).any()


def test_rates_take_thirty_customers() -> None:
    for count in (29, 30):
        table = blank(60, EXTRA)
        table.columns.deliveries[:count], table.columns.tickets[:3] = 1, 1
        assert math.isnan(measure(table)["ticket_rate"].standard_error) == (count < 30)


def test_nobody_was_asked() -> None:
    found = measure(blank(50, EXTRA))
    for name in ("nps", "satisfaction", "ces", "ticket_rate", "resolution_rate", "return_rate"):
        assert math.isnan(found[name].value), name
    assert found["refunds"].value == found["reward_cost"].value == 0.0


def names_of(names: Names) -> set[str]:
    return {metric.name for metric in catalogue(names)}


SECTIONS = {
    "content": {"exposures_per_prospect", "awareness_at_end.product"},
    "experience": {"nps", "ces", "resolution_rate", "refunds"},
    "loyalty": {"tier_share.silver", "tier_share.gold"},
    "referral": {"k_factor", "k_of_friends", "clv_with_referrals", "advocates", "referral_share"},
}


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({}, set()),
        ({"extras": True, "experience": True}, {"experience"}),
        ({"extras": True, "tiers": ("silver", "gold")}, {"loyalty"}),
        ({"extras": True, "stages": ("engage", "core_offer")}, {"content"}),
        ({"extras": True, "channels": ("ads", "referral")}, {"referral"}),
    ],
)
def test_only_what_the_scenario_has(change: dict[str, object], there: set[str]) -> None:
    found = names_of(NAMES._replace(**change))
    for section, names in SECTIONS.items():
        assert (names & found) == (names if section in there else set()), section


def test_every_unit_is_known_and_used() -> None:
    names = EXTRA._replace(channels=("ads", "referral"), subscriptions=("core_offer",))
    assert {metric.unit for metric in catalogue(names)} == UNITS | {MONEY}


def test_without_extras_nothing_is_taken_off() -> None:
    table = plausible(500)
    c = table.columns
    wanted = c.revenue.sum() - c.cost_of_goods.sum() - c.touch_cost.sum()
    found = measure(table)
    margin = found["contribution_per_buyer"].value * found["buyers"].value
    assert margin == pytest.approx(wanted)
