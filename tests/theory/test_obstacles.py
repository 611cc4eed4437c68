"""What theory leaves out of an answer, or refuses to answer at all, and that it says why."""

from __future__ import annotations

import math
from typing import Any

import pytest
from helpers.small_plans import ENGAGE, LEAD, SUBSCRIBE, TIME, fixed, make_plan

from cvosim.plan.plan import END, ProgramKind, RepeatModel
from cvosim.theory import NoClosedForm, expected
from cvosim.theory.obstacles import certain_score
from cvosim.theory.sources import missing_names, sources_of

BG = {"model": RepeatModel.BG_NBD, "r": 0.8, "alpha": 12.0, "a": 0.9, "b": 2.0, "spend_p": 5.0}
POISSON = {"model": RepeatModel.POISSON, "r": 0.1, "spend_p": 5.0}
SALE = {"conversion": 0.5, "price": 20.0, "unit_cost": 4.0, "starts_repeat": 1}
LAST = {"conversion": 0.5, "price": 9.0, "after_decline": END}
TRUSTS = {"decision": {"trust_weight": 1.0}}
FAST = {"threshold": 2.0, "log_drop_out": -0.3}
BACK = {"kind": ProgramKind.WIN_BACK, "n_touches": 1, "click": 1.0, "unsubscribe": 0.1}
WRITE = {"kind": ProgramKind.FOLLOW_UP, "n_touches": 1, "click": 1.0}
MONEY = {"revenue_per_prospect", "contribution_per_prospect", "clv_per_prospect", "aov"}


def left_out(plan: Any, words: str, names: set[str]) -> set[str]:
    """Names out of reach, all for one reason; the others are there."""
    theory = expected(plan)
    assert names <= set(theory.out_of_reach)
    for name in names:
        with pytest.raises(NoClosedForm, match=words):
            theory[name]
    assert {"reach.stage0", "conversion.stage0", "arrived_share"} <= set(theory)
    return set(theory)


def test_tiers_that_multiply_drop_out() -> None:
    names = MONEY | {"orders_per_prospect", "alive_share", "cost_of_goods_per_prospect"}
    known = left_out(make_plan(SALE, repeat=BG, care={"tiers": [FAST]}), "tiers multiply", names)
    assert {"buyers_share", "time_to.stage0", "cac"} <= known
    for idle in ({"threshold": 2.0}, FAST):
        repeat = BG if idle is not FAST else POISSON  # who does not drop out has no drop-out
        assert not expected(make_plan(SALE, repeat=repeat, care={"tiers": [idle]})).out_of_reach


def test_tiers_that_multiply_churn() -> None:
    terms = {"stage": 1, "price": 9.0, "period": 10.0, "max_cycles": 9, "churn_a": 0.2}
    box = {"kind": SUBSCRIBE, "price": 9.0, "subscription": 0}

    def plan(**more: Any) -> Any:
        care = {"tiers": [FAST]}
        return make_plan(SALE, box, repeat=POISSON, subscriptions=[terms | more], care=care)

    bills = {"bills.stage1", "cancelled.stage1", "churned_share.stage1", "orders_per_prospect"}
    known = left_out(plan(), "tiers multiply", bills | {"bills_per_subscriber.stage1"})
    assert "subscribers.stage1" in known
    for sure in ({"churn_a": 0.0}, {"churn_a": 1.0}, {"max_cycles": 1}):
        assert not expected(plan(**sure)).out_of_reach


def test_tiers_that_reward() -> None:
    care = {"tiers": [{"threshold": 2.0, "reward_share": 0.05}]}
    names = {"reward_cost_per_prospect", "contribution_per_prospect", "cost_per_prospect"}
    known = left_out(make_plan(SALE, repeat=BG, care=care), "rewards depend on the tier", names)
    assert {"revenue_per_prospect", "orders_per_prospect", "alive_share"} <= known


@pytest.mark.parametrize("sd", [0.0, 1.0])
def test_satisfaction_that_multiplies_drop_out(sd: float) -> None:
    care = {"experience": {"satisfaction": 7.5, "satisfaction_sd": sd, "drop_out_effect": -0.1}}
    left_out(make_plan(SALE, repeat=BG, care=care), "satisfaction multiplies drop-out", MONEY)
    neutral = {"experience": {"satisfaction": 7.0, "drop_out_effect": -0.1}}
    assert not expected(make_plan(SALE, repeat=BG, care=neutral)).out_of_reach


def test_satisfaction_that_moves_trust() -> None:
    """Decisions before any order know nothing of it; those after it do."""
    care = {"experience": {"satisfaction": 8.0, "trust_effect": 0.2}}
    with pytest.raises(NoClosedForm, match="stage1 depend on trust that satisfaction has changed"):
        expected(make_plan(SALE, LAST | TRUSTS, care=care))
    before = {"kind": TIME, "conversion": 0.5, "trust": 1.0}
    theory = expected(make_plan(before, SALE | TRUSTS, LAST, care=care))
    assert theory["conversion.stage1"].mean == pytest.approx(1 / (1 + math.exp(-1)))
    assert theory["conversion.stage2"].mean == 0.5


def test_certain_scores() -> None:
    def score(**row: float) -> float | None:
        return certain_score(make_plan({}, care={"experience": row}))

    assert score(satisfaction=7.0) == 7.0
    assert score(satisfaction=7.0, satisfaction_sd=0.1) is None
    assert score(satisfaction=9.5, ticket=0.5, resolved_effect=3.0, resolved=1.0) is None
    assert score(satisfaction=9.5, ticket=1.0, resolved_effect=3.0, resolved=1.0) == 10.0
    assert score(satisfaction=7.0, ticket=0.5, resolved=0.5) == 7.0
    assert certain_score(make_plan({})) is None


def test_win_back() -> None:
    care = {"retention": [{"program": 1, "kind": ProgramKind.WIN_BACK, "conversion": 0.2}]}

    def plan(*offers: Any, **back: Any) -> Any:
        programs = [WRITE, BACK | back]
        return make_plan(*offers, repeat=BG, programs=programs, touches=[{"open": 1.0}], care=care)

    names = MONEY | {"orders_per_prospect", "touches_per_prospect", "program_cost.program1"}
    names |= {"recoveries.program1", "alive_share", "unsubscribed_share"}
    known = left_out(plan(SALE), "program1 touches customers", names)
    assert {"buyers_share", "cac", "recoveries.program0"} <= known
    polite = expected(plan(SALE, unsubscribe=0.0))
    assert "unsubscribed_share" in polite
    # repeat buying before any order: then not even who buys can be told
    lead = {"kind": LEAD, "conversion": 0.5, "starts_repeat": 1}
    assert {"buyers_share", "cac"} <= set(expected(plan(lead)).out_of_reach)
    # a follow-up on the journey ends when win-back has made somebody unsubscribe
    late = LAST | {"services": [{"program": 0, "conversion": 0.3}]}
    with pytest.raises(NoClosedForm, match="program0 at stage1 ends when a win-back"):
        expected(plan(SALE, late))
    assert expected(plan(SALE, late, unsubscribe=0.0))["recoveries.program0"].mean > 0.0


def test_aims_by_what_somebody_bought() -> None:
    for aim in ({"min_orders": 2.0}, {"min_spend": 5.0}, {"max_days_since_order": 9.0}):
        plan = make_plan(SALE, LAST | {"aim": 0}, repeat=BG, care={"aims": [aim]})
        with pytest.raises(NoClosedForm, match="stage1 is aimed at customers by their orders"):
            expected(plan)
    # a repeat buyer who came as a lead may have ordered, or not yet
    lead = {"kind": LEAD, "conversion": 0.5, "starts_repeat": 1}
    plan = make_plan(lead, LAST | {"aim": 0}, repeat=BG, care={"aims": [{"min_orders": 1.0}]})
    with pytest.raises(NoClosedForm, match="stage1 is aimed at customers by their orders"):
        expected(plan)
    plan = make_plan(SALE, LAST | {"aim": 0}, repeat=BG, care={"aims": [{"min_orders": 1.0}]})
    assert expected(plan)["reach.stage1"].mean == 0.5  # who comes here has ordered
    care = {"aims": [{"allowed": [0, 1]}], "tiers": [{"threshold": 2.0}]}
    with pytest.raises(NoClosedForm, match="stage1 is aimed at loyalty tiers"):
        expected(make_plan(SALE, LAST | {"aim": 0}, care=care))
    # a program's aim is checked when its turn comes
    won = LAST | {"services": [{"program": 0}]}
    exit_offer = {"kind": ProgramKind.EXIT_OFFER, "aim": 0}
    plan = make_plan(SALE, won, programs=[exit_offer], care={"aims": [{"min_spend": 5.0}]})
    with pytest.raises(NoClosedForm, match="program0 is aimed at customers"):
        expected(plan)


def test_trials_decided_with_trust_of_later_stages() -> None:
    terms = {"stage": 0, "price": 9.0, "period": 10.0, "trial": 7.0, "trial_conversion": 0.5}
    box = {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "subscription": 0}

    def plan(weight: float, trust: float) -> Any:
        built = make_plan(
            box,
            {"kind": TIME, "conversion": 0.5, "trust": trust},
            subscriptions=[terms | {"max_cycles": 3, "churn_a": 0.2}],
        )
        built.decisions["trust_weight"][int(built.subscriptions[0]["trial_decision"])] = weight
        return built

    names = {"bills.stage0", "cancelled.stage0", "orders_per_prospect", "buyers_share"}
    left_out(plan(1.0, 2.0), "trial of stage0 is decided with trust", names)
    for sure in (plan(0.0, 2.0), plan(1.0, 0.0)):
        assert expected(sure)["buyers_share"].mean == pytest.approx(0.25)


def test_trials_decided_on_a_rung_that_content_lifts() -> None:
    """Content after the trial has begun: the rung at its end is not the one at its start."""
    terms = {"stage": 0, "price": 9.0, "period": 10.0, "trial": 7.0, "trial_conversion": 0.5}
    box = {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "subscription": 0}
    care = {"engage": {"exposures": 2, "lift": 0.5}, "content": [{"rung": 0, "conversion": 0.4}]}
    plan = make_plan(
        box,
        {"kind": ENGAGE, "after_decline": END},
        subscriptions=[terms | {"max_cycles": 3, "churn_a": 0.2}],
        care=care,
    )
    assert not expected(plan).out_of_reach  # nothing depends on the rung
    plan.shifts[int(plan.subscriptions[0]["trial_decision"]), ..., 2] = 0.7
    left_out(plan, "trust or awareness that may change", {"bills.stage0", "buyers_share"})


def test_seasons_and_experience() -> None:
    care = {"season": [1.0] * 100, "experience": {"returned": 0.1, "refund": 1.0}}
    plan = make_plan(SALE, repeat=BG | {"season_peak": 1.0}, care=care)
    names = {"deliveries_per_prospect", "refunds_per_prospect", "contribution_per_prospect"}
    known = left_out(plan, "after a season has thinned", names | {"clv_per_prospect"})
    assert {"orders_per_prospect", "revenue_per_prospect", "alive_share"} <= known


def test_the_first_order_of_a_season() -> None:
    lead = {"kind": LEAD, "conversion": 0.5, "starts_repeat": 1}
    care = {"season": [1.0] * 100}
    pareto = BG | {"model": RepeatModel.PARETO_NBD, "season_peak": 1.0, "b": 30.0}
    left_out(make_plan(lead, repeat=pareto, care=care), "victim to the season", {"buyers_share"})
    bg = BG | {"season_peak": 1.0}
    assert "buyers_share" in expected(make_plan(lead, repeat=bg, care=care))


def test_content_that_starts_repeat_buying_is_refused() -> None:
    care = {"engage": {"exposures": 1}, "content": [{"rung": 0}]}
    with pytest.raises(NoClosedForm, match="repeat buying starts at stage0"):
        expected(make_plan({"kind": ENGAGE, "starts_repeat": 1}, repeat=BG, care=care))


def test_sources() -> None:
    assert sources_of("clv_per_buyer") == ("contribution", "acquisition_cost", "buyers")
    assert sources_of("reach.core_offer") == ("reach.core_offer",)
    names = ("cac", "reach.a", "aov")
    assert missing_names(names, {"buyers": "who?", "orders": "when?"}) == {
        "cac": "who?",
        "aov": "when?",
    }


def test_attendance_that_is_waited_for() -> None:
    """Half commit; the next stage is reached 30 days later, by whoever commits in time."""
    webinar = {"kind": TIME, "conversion": 0.5, "attended": 1, "consumed": 0.4}
    plan = make_plan(webinar | fixed(30.0, "consumption"), LAST, horizon=29.0)
    assert expected(plan)["reach.stage1"].mean == 0.0
    assert expected(plan)["conversion.stage0"].mean == 0.5
