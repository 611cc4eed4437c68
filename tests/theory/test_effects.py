"""Effects are walked where they can be known, and theory says why not where they cannot."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers.small_plans import make_plan

from cvosim.errors import CvosimError
from cvosim.plan.plan import END, LOST, OfferKind, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.theory import NoClosedForm, expected

LEAD, MONEY, TIME = OfferKind.LEAD_MAGNET, OfferKind.MONEY, OfferKind.TIME
HALF = {"conversion": 0.5}


def plain(**world: Any) -> Any:
    return make_plan(HALF, HALF, **world)


def test_propensity_is_refused() -> None:
    with pytest.raises(NoClosedForm, match="stage0 vary from customer to customer: propensity_sd"):
        expected(plain(propensity_sd=0.1))
    assert issubclass(NoClosedForm, CvosimError)


def test_effects_shift_the_odds() -> None:
    """Log-odds of 0.2 on a conversion of a half."""
    theory = expected(plain(shift=0.2))
    yes = 1 / (1 + math.exp(-0.2))
    assert theory["conversion.stage0"].mean == pytest.approx(yes, rel=1e-14)
    assert theory["reach.stage1"].mean == pytest.approx(yes, rel=1e-14)


def test_people_differ_and_those_who_say_yes_are_others_than_those_who_come() -> None:
    """Two kinds of people, half each: whoever likes the first offer likes the second."""
    plan = plain()
    shifts = np.zeros((2, 1, 1, 4))
    shifts[..., 3] = 2.0
    rungs = np.array([[[0.5, 0.5, 0.5, 1.0]]])
    theory = expected(plan._replace(shifts=shifts, awareness_cumulative=rungs))
    keen = 1 / (1 + math.exp(-2.0))
    assert theory["reach.stage1"].mean == pytest.approx((0.5 + keen) / 2, rel=1e-14)
    both = (0.25 + keen**2) / (0.5 + keen)
    assert theory["conversion.stage1"].mean == pytest.approx(both, rel=1e-14)


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
    ("plan", "with_trust"),
    [
        (trusting(1.5), 1.0),
        (trusting(1.5, after_decline=1), 0.5),  # half come without it
        (trusting(1.5, kind=LEAD, consumed=0.3), 0.3),
        (trusting(1.5, kind=LEAD, consumed=0.3, after_decline=1), 0.15),
        (trusting(1.5, kind=TIME, attended=1, consumed=0.3), 0.3),
    ],
)
def test_trust_that_some_have_is_a_mixture(plan: Any, with_trust: float) -> None:
    """Trust of 2 or of 0, where 1.5 was observed."""
    yes = with_trust / (1 + math.exp(-0.5)) + (1 - with_trust) / (1 + math.exp(1.5))
    assert expected(plan)["conversion.stage1"].mean == pytest.approx(yes, rel=1e-14)


@pytest.mark.parametrize("consumed", [0.5, 1.0])
def test_trust_that_comes_at_an_unknown_time_is_refused(consumed: float) -> None:
    slow = {"kind": LEAD, "consumed": consumed, "consumption_a": 3.0}
    with pytest.raises(NoClosedForm, match="stage1 depend on the trust gathered before"):
        expected(trusting(2.0, **slow))
    assert expected(trusting(2.0, **slow | {"trust": 0.0}))["reach.stage1"].mean == 0.5


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
    counts = {"decision": {"trust_weight": 1.0}}
    with pytest.raises(NoClosedForm, match="too many ways of gathering trust lead to stage"):
        expected(make_plan(*steps, idle | counts))
    few = expected(make_plan(*steps[:2], idle | counts | {"after_decline": LOST}))
    mix = sum(1 / (1 + math.exp(-0.1 * k)) for k in range(4)) / 4
    assert few["conversion.stage2"].mean == pytest.approx(mix, rel=1e-14)


def test_going_back_is_refused() -> None:
    plan = make_plan(HALF, HALF | {"after_decline": 0})
    with pytest.raises(NoClosedForm, match="goes back at stage1"):
        expected(plan)


def test_infinite_means_are_refused() -> None:
    spend = {"spend_kind": Distribution.GAMMA, "spend_p": 6.0, "spend_q": 0.9, "spend_v": 9.0}
    repeat = {"model": RepeatModel.POISSON, "r": 0.1} | spend
    with pytest.raises(NoClosedForm, match=r"q = 0\.9, needs q > 1"):
        expected(make_plan(HALF | {"starts_repeat": 1, "after_decline": LOST}, repeat=repeat))
