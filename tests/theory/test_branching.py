"""Word of mouth: branching formulas against distributions, and the K factor of plans.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6; 12 comparisons, 8e-5 together.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers.peopled import peopled
from helpers.small_plans import ENGAGE, LEAD, SUBSCRIBE, TIME, fixed, make_plan
from helpers.story_enumeration import moments
from scipy import special, stats
from scipy.integrate import quad

from cvosim.plan.plan import Plan, ProgramKind, RepeatModel
from cvosim.randomness import draws_plain as draw
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.formulas import poisson_quantile
from cvosim.randomness.philox_plain import uniform
from cvosim.theory import (
    Growth,
    NoClosedForm,
    Offspring,
    ever_orders,
    extinction_probability,
    generation_mean,
    growth,
    progeny_of_root,
    total_progeny,
)
from cvosim.theory.at_most import ever_orders_at_most
from cvosim.theory.branching import advocates

LAWS = [
    Offspring((1.0,), (0.7,)),
    Offspring((0.7, 0.3), (0.0, 2.0)),
    Offspring((0.6, 0.3, 0.1), (0.0, 1.0, 4.0)),
]
LOUD = Offspring((0.6, 0.4), (0.0, 4.0))  # K = 1.6
HAPPY = {"satisfaction": 8.2, "satisfaction_sd": 1.3, "ticket": 0.4, "resolved": 0.7}
HAPPY |= {"resolved_effect": 0.6, "unresolved_effect": -2.5}
KIND = {"promoter": 0.6, "passive": 0.2, "detractor": 0.05, "partner": 0.25, "cap": 5.0}
KIND |= {"invitations": 1.5, "partner_invitations": 4.0}


def pmf_of(law: Offspring, n: np.ndarray) -> np.ndarray:
    parts = zip(law.chances, law.means, strict=True)
    return np.asarray(sum(c * stats.poisson.pmf(n, m) for c, m in parts))


def progeny_pmf(law: Offspring, most: int) -> np.ndarray:
    """P(T = n) = P(S_n = n - 1) / n, S_n being n numbers of offspring (Dwass 1969)."""
    one, many = pmf_of(law, np.arange(most)), np.zeros(most)
    many[0] = 1.0
    found = np.zeros(most)
    for n in range(1, most):
        many = np.convolve(many, one)[:most]
        found[n] = many[n - 1] / n
    return found


@pytest.mark.parametrize("law", LAWS)
def test_moments_of_offspring(law: Offspring) -> None:
    n = np.arange(80)
    pmf = pmf_of(law, n)
    assert law.mean == pytest.approx(pmf @ n, rel=1e-12)
    assert law.variance == pytest.approx(pmf @ n**2 - (pmf @ n) ** 2, rel=1e-12)
    assert law.pgf(0.3) == pytest.approx(pmf @ 0.3**n, rel=1e-12)


@pytest.mark.parametrize("law", LAWS)
def test_total_progeny_by_its_distribution(law: Offspring) -> None:
    n = np.arange(900)
    pmf = progeny_pmf(law, 900)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-7)
    mean, variance = total_progeny(law)
    assert mean == pytest.approx(pmf @ n, rel=1e-5)
    assert variance == pytest.approx(pmf @ n**2 - (pmf @ n) ** 2, rel=1e-3)
    assert mean == pytest.approx(sum(generation_mean(law.mean, g) for g in range(99)), rel=1e-9)


@pytest.mark.parametrize("law", [*LAWS, LOUD])
def test_extinction_is_the_limit_of_generations(law: Offspring) -> None:
    """P(no generation n) is G applied n times to 0; and all of the progeny's probability."""
    extinct = 0.0
    for _ in range(3000):
        extinct = law.pgf(extinct)
    assert extinction_probability(law) == pytest.approx(extinct, abs=1e-10)
    assert progeny_pmf(law, 500).sum() == pytest.approx(extinct, abs=1e-5)


def test_on_the_verge() -> None:
    assert extinction_probability(Offspring((1.0,), (1.0,))) == 1.0
    assert total_progeny(Offspring((1.0,), (1.0,))) == (math.inf, math.inf)
    near = extinction_probability(Offspring((1.0,), (1.0 + 1e-6,)))
    # (1 + e) d - (1 + e)**2 d**2 / 2 + d**3 / 6 = d has the root d = 2 e - 8 e**2 / 3 + ...
    assert near == pytest.approx(1.0 - 2e-6 + 8e-12 / 3, abs=1e-15)
    assert extinction_probability(Offspring((1.0,), (30.0,))) == pytest.approx(math.exp(-30))


def test_a_root_of_another_kind_drawn_one_by_one() -> None:
    """20,000 families; of each, everybody refers a Poisson number by inversion."""
    root, later, n = Offspring((0.5, 0.5), (0.0, 3.0)), LAWS[1], 20_000
    sizes = np.zeros(n)
    for family in range(n):
        waiting, size = [root], 0
        while waiting:
            law, size = waiting.pop(), size + 1
            pick = draw.categorical(np.cumsum(law.chances), 4, family, 1, size)
            count = poisson_quantile(law.means[pick], uniform(4, family, 2, size))
            waiting += [later] * count
        sizes[family] = size
    mean, variance = progeny_of_root(root, later)
    assert abs(sizes.mean() - mean) < 4.5 * math.sqrt(variance / n)
    spread = ((sizes - mean) ** 2).std()
    assert abs(((sizes - mean) ** 2).mean() - variance) < 4.5 * spread / math.sqrt(n)
    assert progeny_of_root(later, later) == pytest.approx(total_progeny(later))
    assert progeny_of_root(Offspring((1.0,), (0.0,)), LOUD) == (1.0, 0.0)
    assert progeny_of_root(root, LOUD) == (math.inf, math.inf)


@pytest.mark.parametrize(
    ("chances", "means"), [((0.5,), (1.0,)), ((0.5, 0.5), (1.0,)), ((1.0,), (-1.0,))]
)
def test_offspring_must_make_sense(chances: Any, means: Any) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        Offspring(chances, means)


# ------------------------------------------------------------------------------ of plans


def shop(**world: float) -> Plan:
    """Content, a webinar, a trial and a sale; half reach it, some are won back."""
    offers = [
        {"kind": ENGAGE, "after_decline": 1, "services": [{"program": 0, "conversion": 0.3}]},
        {"kind": TIME, "conversion": 0.5, "attended": 1, "consumed": 0.6, "trust": 1.0}
        | {"after_decline": 2, **fixed(2.0, "consumption")},
        {"kind": SUBSCRIBE, "conversion": 0.3, "price": 9.0, "subscription": 0, "aim": 0}
        | {"after_decline": 3, "services": [{"program": 1, "conversion": 0.2}]},
        {"conversion": 0.2, "price": 20.0, "decision": {"trust_weight": 1.0}}
        | {"services": [{"program": i, "conversion": 0.3} for i in (1, 0)]},
    ]
    trial = {"stage": 2, "price": 9.0, "period": 7.0, "trial": 3.0, "trial_conversion": 0.5}
    row = {"exposures": 1, "targeting": 0.8, "lift": 0.5, **fixed(1.0, "every")}
    plan = make_plan(
        *offers,
        programs=[
            {"kind": ProgramKind.EXIT_OFFER, "aim": 1},
            {"kind": ProgramKind.FOLLOW_UP, "click": 0.7, "n_touches": 2, "unsubscribe": 0.2},
        ],
        touches=[{"gap": gap, "open": 0.6} for gap in (1.0, 2.0)],
        subscriptions=[trial | {"churn_a": 1.0, "max_cycles": 2}],
        care={
            "engage": row,
            "content": [{"rung": 1, "conversion": 0.4}, {"rung": 2, "conversion": 0.6}],
            "aims": [{}, {}],
            "experience": HAPPY | {"delivery_kind": Distribution.GAMMA, "delivery_a": 1.0},
            "referral": KIND,
        },
        horizon=200.0,
        **world,
    )
    return peopled(plan)


@pytest.mark.parametrize("referred", [False, True])
def test_whoever_ever_orders_by_all_stories(referred: bool) -> None:
    """200 days are enough for the last bill; experience follows orders and makes none."""
    plan = shop()
    told = moments(plan._replace(experience=plan.experience[:0]), referred)
    ever = ever_orders(plan, referred=referred)
    assert ever == pytest.approx(told["buyers_share"][0], rel=1e-12)
    assert 0.1 < ever < 0.6


def test_propensity_is_one_for_all_decisions() -> None:
    """Half come to the sale; those who say no there are those whom an offer hardly wins."""
    sale = {"conversion": 0.3, "price": 9.0, "services": [{"program": 0, "conversion": 0.2}]}
    webinar = {"kind": TIME, "conversion": 0.5}
    plan = make_plan(webinar, sale, programs=[{"kind": ProgramKind.EXIT_OFFER}], propensity_sd=1.4)

    def buys(z: float) -> float:
        comes, buys, back = (
            float(special.expit(special.logit(c) + 1.4 * z)) for c in (0.5, 0.3, 0.2)
        )
        return comes * (buys + (1 - buys) * back) * float(stats.norm.pdf(z))

    assert ever_orders(plan) == pytest.approx(quad(buys, -9, 9, epsabs=1e-12)[0], abs=1e-9)


@pytest.mark.parametrize("sd", [0.5, 3.0, 8.0])
def test_propensity_of_one_decision(sd: float) -> None:
    plan = make_plan({"conversion": 0.1, "price": 1.0}, propensity_sd=sd)

    def yes(z: float) -> float:
        return float(special.expit(math.log(1 / 9) + sd * z)) * stats.norm.pdf(z)

    exact = quad(yes, -9, 9, points=[0, 2.2 / sd], epsabs=1e-12)[0]
    assert ever_orders(plan) == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize(
    ("row", "ever"),
    [
        ({"model": RepeatModel.BG_NBD, "r": 0.01, "alpha": 3.0, "a": 1.0, "b": 3.0}, 1.0),
        ({"model": RepeatModel.MBG_NBD, "r": 0.5, "alpha": 3.0, "a": 1.0, "b": 3.0}, 0.75),
        ({"model": RepeatModel.POISSON, "r": 0.01}, 1.0),
        ({"model": RepeatModel.POISSON, "r": 0.0}, 0.0),
    ],
)
def test_repeat_buying_after_a_lead(row: Any, ever: float) -> None:
    """Half become leads, a tenth of whom buy the core offer too."""
    lead = {"kind": LEAD, "conversion": 0.5, "starts_repeat": 1}
    plan = make_plan(lead, {"conversion": 0.1, "price": 2.0}, repeat=row)
    assert ever_orders(plan) == pytest.approx(0.5 * (1 - (1 - ever) * 0.9), rel=1e-9)


def test_whom_an_advertisement_ever_brings_back() -> None:
    """Shown for 20 days, 0.3 clicks a day, a tenth of which convince: a thinned Poisson process."""
    shown = {"kind": ProgramKind.REMARKETING, "click_rate": 0.3, "window": 20.0}
    service = {"program": 0, "conversion": 0.1, "price": 9.0}
    plan = make_plan({"conversion": 0.2, "price": 9.0, "services": [service]}, programs=[shown])
    assert ever_orders(plan) == pytest.approx(0.2 + 0.8 * -math.expm1(-0.6), rel=1e-12)


def test_pareto_nbd_may_die_before_it_buys() -> None:
    """P(a first purchase before death), integrated over both rates."""
    r, alpha, s, beta = 1.5, 4.0, 2.0, 9.0
    row = {"model": RepeatModel.PARETO_NBD, "r": r, "alpha": alpha, "a": s, "b": beta}
    plan = make_plan({"kind": LEAD, "conversion": 1.0, "starts_repeat": 1}, repeat=row)
    first = quad(
        lambda u: r / alpha * (1 + u / alpha) ** (-r - 1) * (1 + u / beta) ** -s, 0, math.inf
    )[0]
    assert ever_orders(plan) == pytest.approx(first, rel=1e-6)


def test_advocates_drawn_one_by_one() -> None:
    """100,000 first surveys: ticket, score, clipping, class, advocate."""
    n, plan = 100_000, shop()
    said = 0
    for person in range(n):
        luck = [uniform(6, person, site, 0) for site in range(3)]
        score = 8.2 + 1.3 * draw.normal(6, person, 9, 0)
        if luck[0] < 0.4:
            score += 0.6 if luck[1] < 0.7 else -2.5
        score = min(max(score, 0.0), 10.0)
        said += luck[2] < (0.6 if score >= 9.0 else 0.05 if score <= 6.0 else 0.2)
    share, is_bound = advocates(plan)
    assert not is_bound
    assert abs(said / n - share) < 4.5 * math.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize(("mean", "share"), [(9.0, 0.6), (8.99, 0.2), (6.0, 0.05), (6.01, 0.2)])
def test_certain_scores_have_a_class(mean: float, share: float) -> None:
    care = {"experience": {"satisfaction": mean}, "referral": KIND}
    assert advocates(make_plan({}, care=care)) == (pytest.approx(share), False)


def test_a_late_answer_leaves_a_bound() -> None:
    """Two orders: the one without a ticket is surveyed first, more often than not."""
    late = HAPPY | fixed(2.0, "answer")
    offer = {"conversion": 0.5, "price": 9.0}
    one = make_plan(offer, care={"experience": late, "referral": KIND})
    two = make_plan(offer, offer, care={"experience": late, "referral": KIND})
    alike = {"resolved_effect": 0.0, "unresolved_effect": 0.0}
    same = make_plan(offer, offer, care={"experience": late | alike, "referral": KIND})
    assert not advocates(one)[1]
    assert advocates(two)[1]
    assert advocates(two)[0] > advocates(one)[0]
    assert not advocates(same)[1]
    assert growth(two).is_bound
    assert not growth(one).is_bound


def test_growth_of_a_plan() -> None:
    plan = shop()
    share, _ = advocates(plan)
    found = growth(plan)
    each = 0.75 * 1.5 + 0.25 * 4.0
    assert found.market.mean == pytest.approx(ever_orders(plan) * share * each, rel=1e-12)
    assert found.k == pytest.approx(ever_orders(plan, referred=True) * share * each, rel=1e-12)
    assert found.k < 1.0
    assert found.people == pytest.approx(1 + found.market.mean / (1 - found.k), rel=1e-12)
    generations = [found.generation(n) for n in range(60)]
    assert sum(generations) == pytest.approx(found.people, rel=1e-12)
    assert found.extinction == 1.0
    assert (found.warning, found.is_bound, found.cap) == (None, False, 5.0)
    assert found.variance > 0.0


def test_growth_without_end_is_warned_of() -> None:
    loud = KIND | {"invitations": 9.0}
    care = {"experience": HAPPY, "referral": loud}
    found = growth(make_plan({"conversion": 0.9, "price": 1.0}, care=care))
    assert found.k > 1.0
    assert math.isinf(found.people)
    assert found.extinction < 1.0
    assert found.warning is not None
    for words in (f"brings {found.k:.2f} others", "only the horizon ends it", "more than 5 refer"):
        assert words in found.warning


def test_where_nobody_can_tell_the_bound_says_so() -> None:
    lead = {"kind": LEAD, "conversion": 0.5, "consumed": 0.5, "trust": 1.0}
    sale = {"conversion": 0.2, "price": 9.0, "decision": {"trust_weight": 1.0}}
    care = {"experience": HAPPY, "referral": KIND | {"invitations": 9.0}}
    plan = make_plan(lead | fixed(1.0, "consumption"), sale, care=care)
    with pytest.raises(NoClosedForm, match="consumed"):
        ever_orders(plan)
    found = growth(plan)
    assert found.is_bound
    most = 1.0 / (1.0 + 4.0 * math.exp(-1.0))  # of those who buy, with all trust there is
    each = advocates(plan)[0] * (0.75 * 9.0 + 0.25 * 4.0)
    assert (found.buying, found.k) == (pytest.approx(most), pytest.approx(most * each))
    assert found.warning is None
    unlike = growth(plan._replace(world=make_plan({}, propensity_sd=0.5).world))
    assert (unlike.buying, unlike.k) == (1.0, pytest.approx(each))
    at_once = growth(make_plan(lead, sale, care=care))
    assert not at_once.is_bound
    assert at_once.k < found.k


@pytest.mark.parametrize(("buying", "who"), [(1.0, "everybody whom"), (0.41, "41 % (more is")])
def test_a_bound_is_no_growth(buying: float, who: str) -> None:
    law = Offspring((0.1, 0.9), (0.0, 1.32))
    words = Growth(law, law, 10.0, True, buying).warning
    assert words is not None
    for part in (who, "1.19 times the one before", "only a bound", "k_of_friends", "10 people"):
        assert part in words
    assert "only the horizon ends it" not in words


def test_nobody_orders_more_often_than_the_bound() -> None:
    """Of plans whose share of buyers is known; whoever may only say yes once meets it."""
    for plan in (shop(), make_plan({"conversion": 0.4, "price": 1.0})):
        assert max(ever_orders(plan, referred=r) for r in (False, True)) <= (
            ever_orders_at_most(plan) + 1e-12
        )
    assert ever_orders_at_most(shop()) < 1.0
    assert ever_orders_at_most(make_plan({"conversion": 0.4, "price": 1.0})) == pytest.approx(0.4)
    lead = {"kind": LEAD, "conversion": 0.4, "starts_repeat": 1}
    assert ever_orders_at_most(make_plan(lead)) == 0.0
    often = make_plan(lead, repeat={"model": RepeatModel.POISSON, "r": 1.0})
    assert ever_orders_at_most(often) == pytest.approx(0.4)


def test_more_than_the_cap_without_growth() -> None:
    law = Offspring((0.1, 0.9), (0.0, 1.05))
    found = Growth(law, law, 5.0, False)
    assert found.k < 1.0
    assert found.warning is not None
    assert "leads to 17.2 referred people" in found.warning
    assert Growth(law, law, 20.0, False).warning is None


def test_nobody_refers() -> None:
    found = growth(make_plan({"conversion": 0.5}))
    assert (found.k, found.people, found.extinction, found.warning) == (0.0, 1.0, 1.0, None)
