"""The compiler: what the strategist wrote is what the engines walk."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.scenarios import scenarios
from hypothesis import given, settings

from cvosim.errors import CvosimError
from cvosim.plan import compile_plan, plan_hash
from cvosim.plan import compiler as compiler_module
from cvosim.plan.plan import END, LOST, NONE, OFFER, OfferKind, Plan, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.scenario import Scenario, load_scenario


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load_scenario("carpet_cleaning"))


def test_stages_follow_each_other(plan: Plan) -> None:
    assert plan.offers["next_accept"].tolist() == [1, 2, 3, 4, 5, END]
    assert plan.offers["after_decline"].tolist() == [LOST, LOST, LOST, 4, 5, END]


def test_programs_serve_in_the_order_written(plan: Plan) -> None:
    tripwire = plan.offers[1]
    rows = slice(tripwire["first_service"], tripwire["first_service"] + tripwire["n_services"])
    programs = [str(plan.program_names[p]) for p in plan.services["program"][rows]]
    assert programs == ["ten_percent_off", "nurture"]
    assert plan.services["price"][rows].tolist() == pytest.approx([26.1, 29.0])


def test_touches_are_gaps_with_fatigue(plan: Plan) -> None:
    assert plan.touches["gap"].tolist() == [1, 2, 4, 7, 16]
    assert plan.touches["open"].tolist() == pytest.approx([0.35 * 0.9**k for k in range(5)])


def test_discounting_is_continuous_per_day(plan: Plan) -> None:
    assert math.exp(365 * plan.world["discount"][0]) == pytest.approx(1.10)


def test_price_moves_the_log_odds_by_sensitivity(plan: Plan) -> None:
    """The exit offer's discount: -0.8 ln(0.9) for households, nothing for pet owners."""
    service = plan.services[plan.offers[1]["first_service"]]
    shift = plan.shifts[service["decision"], :, 0, 0] - plan.shifts[1, :, 0, 0]
    assert shift.tolist() == pytest.approx([0.0, -0.8 * math.log(0.9)])


def test_effects_add_up(plan: Plan) -> None:
    """Pet owners fit by 0.4; search adds 0.5 to the lead magnet only."""
    assert plan.shifts[0, :, :, 0].tolist() == [[0.4, 0.9, 0.4], [0.0, 0.5, 0.0]]
    assert plan.shifts[1, :, 1, 0].tolist() == [0.4, 0.0]


def test_a_dropped_step_leaves_its_reference_behind() -> None:
    variant = compile_plan(load_scenario("carpet_cleaning_no_tripwire"))
    core = variant.decisions[1]
    assert core["reference_trust"] == pytest.approx(3.3)
    assert core["conversion"] == 0.25


def test_a_frequency_cap_shortens_the_window() -> None:
    capped = compile_plan(
        load_scenario("carpet_cleaning", ["journey.return_path.display.frequency_cap=9"])
    )
    assert capped.programs["window"].tolist()[-1] == 9 / 1.5


def test_a_commission_is_the_revenue() -> None:
    dating = compile_plan(load_scenario("dating_consultant"))
    row = [str(name) for name in dating.stage_names].index("partner_dietician")
    assert dating.offers["price"][row] == pytest.approx(0.2 * 600)


def test_sites_belong_to_names_not_to_places(plan: Plan) -> None:
    """Dropping the tripwire changes no other stage's luck."""
    variant = compile_plan(load_scenario("carpet_cleaning_no_tripwire"))
    for field in (name for name in OFFER.names or () if name.endswith("_site")):
        assert plan.offers[field][[0, 2, 3, 4, 5]].tolist() == variant.offers[field].tolist()


def test_two_decisions_never_share_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler_module, "site_id", len)
    with pytest.raises(CvosimError, match="rename one"):
        compile_plan(load_scenario("carpet_cleaning"))


def test_the_hash_sees_every_number(plan: Plan) -> None:
    cheaper = compile_plan(load_scenario("carpet_cleaning", ["journey.tripwire.price=28.99"]))
    renamed = compile_plan(load_scenario("carpet_cleaning", ["name=Other words"]))
    assert plan_hash(plan) == plan_hash(renamed) != plan_hash(cheaper)


@given(scenario=scenarios())
@settings(max_examples=80)
def test_every_index_points_at_a_row(scenario: Scenario) -> None:
    plan = compile_plan(scenario)
    check_stages(plan)
    check_decisions(plan)
    check_aims_and_curves(plan)


def check_stages(plan: Plan) -> None:
    n = len(plan.offers)
    assert ((plan.offers["next_accept"] >= END) & (plan.offers["next_accept"] < n)).all()
    assert ((plan.offers["after_decline"] >= LOST) & (plan.offers["after_decline"] < n)).all()
    assert plan.offers["n_services"].sum() == len(plan.services)
    assert plan.programs["n_touches"].sum() == len(plan.touches)
    subscribes = plan.offers["kind"] == OfferKind.SUBSCRIPTION
    assert (plan.offers["subscription"][~subscribes] == NONE).all()
    assert plan.offers["subscription"][subscribes].tolist() == list(range(subscribes.sum()))
    assert np.isin(plan.offers["delay_kind"], list(Distribution)).all()
    assert (plan.awareness_cumulative[..., -1] == 1).all()
    assert plan.channels["cumulative_share"][-1] == 1


def check_decisions(plan: Plan) -> None:
    """Offers, services, retention programs, ends of trials, then each piece on each rung."""
    trials = plan.subscriptions["trial_decision"]
    first = plan.content["first_decision"]
    owned = [*range(len(plan.offers)), *plan.services["decision"], *plan.retention["decision"]]
    owned += [*trials[trials != NONE], *(row + rung for row in first for rung in range(4))]
    assert owned == list(range(len(plan.decisions)))
    market = (len(plan.segment_names), len(plan.channel_names), 4)
    assert plan.shifts.shape == (len(owned), *market)
    assert plan.awareness_cumulative.shape == market
    assert len(plan.channels) == market[1]


def check_aims_and_curves(plan: Plan) -> None:
    aims = [*plan.offers["aim"], *plan.programs["aim"]]
    assert [aim for aim in aims if aim != NONE] == list(range(len(plan.aims)))
    shape = (len(plan.aims), len(plan.segment_names), len(plan.channels), len(plan.tiers) + 1)
    assert plan.aimed.shape == shape
    curves = plan.channels[plan.channels["n_days"] > 0]
    assert curves["n_days"].sum() == len(plan.arrival_days)
    for row in curves:
        days = plan.arrival_days[row["first_day"] : row["first_day"] + row["n_days"]]
        assert (np.diff(days, prepend=0.0) >= 0).all()
        assert days[-1] == 1.0
    assert ((plan.channels["reached"] >= 0) & (plan.channels["reached"] <= 1)).all()
    assert ((plan.season >= 0) & (plan.season <= 1)).all()
    assert len(plan.season) in (0, 90)
    if plan.repeat["model"][0] != RepeatModel.NONE:
        assert (len(plan.season) > 0) == (plan.repeat["season_peak"][0] > 0)
    assert plan.tiers["threshold"].tolist() == sorted(plan.tiers["threshold"].tolist())
    assert len(plan.engage) == min(1, len(plan.content))


def test_a_step_that_the_order_leaves_out_is_not_there() -> None:
    """Skipping by order, or by removing the section, is the same journey."""
    left_out = "journey.order=[lead_magnet, core_offer, profit_maximizers]"
    path = "journey.return_path=[]"
    skipped = compile_plan(load_scenario("carpet_cleaning", [path, left_out]))
    removed = compile_plan(load_scenario("carpet_cleaning", [path, "journey.tripwire=null"]))
    assert plan_hash(skipped) == plan_hash(removed)


def test_the_default_order_may_be_written_down(plan: Plan) -> None:
    order = "[engage, lead_magnet, tripwire, excite, core_offer, profit_maximizers]"
    written = compile_plan(load_scenario("carpet_cleaning", [f"journey.order={order}"]))
    assert plan_hash(written) == plan_hash(plan)


def test_the_season_has_a_plan_of_its_own(plan: Plan) -> None:
    """The hash sees every array, not only the tables."""
    months = "seasonality.purchases=[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]"
    dated = ["calendar.start=2026-01-01"]
    seasonal = compile_plan(load_scenario("carpet_cleaning", [*dated, months]))
    assert plan_hash(compile_plan(load_scenario("carpet_cleaning", dated))) == plan_hash(plan)
    assert plan_hash(seasonal) != plan_hash(plan)
    assert seasonal.repeat["season_peak"][0] == pytest.approx(24 / 13)
