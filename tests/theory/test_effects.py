"""Theory speaks only where every decision is as likely as its conversion, and says why not."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.small_plans import make_plan

from cvosim.errors import CvosimError
from cvosim.plan.plan import END, LOST, OfferKind, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.theory import NoClosedForm, expected

LEAD, MONEY, TIME, _ = OfferKind
HALF = {"conversion": 0.5}


def plain(**world: Any) -> Any:
    return make_plan(HALF, HALF, **world)


def test_refusals_name_the_reason() -> None:
    with pytest.raises(NoClosedForm, match="stage0 vary from customer to customer: propensity_sd"):
        expected(plain(propensity_sd=0.1))
    with pytest.raises(NoClosedForm, match="stage0 depend on segment, channel, awareness or price"):
        expected(plain(shift=0.2))
    assert issubclass(NoClosedForm, CvosimError)


def test_sure_decisions_have_no_effects() -> None:
    plan = make_plan({"conversion": 1.0}, {"conversion": 0.0}, shift=0.2, propensity_sd=1.0)
    theory = expected(plan)
    assert theory["reach.stage1"].mean == 1.0
    assert theory["conversion.stage1"].mean == 0.0


def test_a_program_decides_too() -> None:
    program = {"kind": ProgramKind.EXIT_OFFER}
    offer = {"conversion": 0.0, "services": [{"program": 0, "conversion": 0.5}]}
    with pytest.raises(NoClosedForm, match="propensity_sd"):
        expected(make_plan(offer, programs=[program], propensity_sd=0.1))


def trusting(reference: float, **first: Any) -> Any:
    decision = {"trust_weight": 1.0, "reference_trust": reference}
    return make_plan({"conversion": 0.5, "trust": 2.0} | first, HALF | {"decision": decision})


def test_trust_that_is_what_it_was_is_harmless() -> None:
    assert expected(trusting(2.0))["conversion.stage1"].mean == 0.5


@pytest.mark.parametrize(
    "plan",
    [
        trusting(1.5),
        trusting(2.0, after_decline=1),  # some come without it
        trusting(2.0, kind=LEAD, consumed=0.5),
        trusting(2.0, kind=LEAD, consumed=1.0, consumption_a=3.0),
    ],
)
def test_trust_in_doubt_is_refused(plan: Any) -> None:
    with pytest.raises(NoClosedForm, match="stage1 depend on the trust gathered before"):
        expected(plan)


def test_trust_without_weight_is_harmless() -> None:
    idle = HALF | {"decision": {"trust_weight": 0.0, "reference_trust": 9.0}}
    plan = make_plan({"conversion": 0.5, "trust": 2.0, "after_decline": 1}, idle)
    assert expected(plan)["conversion.stage1"].mean == 0.5


def test_a_lead_magnet_read_at_once_is_certain() -> None:
    now = {"kind": LEAD, "consumed": 1.0, "consumption_kind": Distribution.FIXED}
    assert expected(trusting(2.0, **now))["conversion.stage1"].mean == 0.5


def test_many_optional_steps_with_trust() -> None:
    """More ways of gathering trust than can be listed: refused only where it matters."""
    steps = [{"conversion": 0.5, "trust": 0.1 * 2**i, "after_decline": i + 1} for i in range(10)]
    idle = {"conversion": 0.5, "after_decline": END}
    assert expected(make_plan(*steps, idle))["reach.stage10"].mean == pytest.approx(1.0)
    with pytest.raises(NoClosedForm, match="trust"):
        expected(make_plan(*steps, idle | {"decision": {"trust_weight": 1.0}}))


def test_going_back_is_refused() -> None:
    plan = make_plan(HALF, HALF | {"after_decline": 0})
    with pytest.raises(NoClosedForm, match="goes back at stage1"):
        expected(plan)


def test_infinite_means_are_refused() -> None:
    spend = {"spend_kind": Distribution.GAMMA, "spend_p": 6.0, "spend_q": 0.9, "spend_v": 9.0}
    repeat = {"model": RepeatModel.POISSON, "r": 0.1} | spend
    with pytest.raises(NoClosedForm, match=r"q = 0\.9, needs q > 1"):
        expected(make_plan(HALF | {"starts_repeat": 1, "after_decline": LOST}, repeat=repeat))
