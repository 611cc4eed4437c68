from __future__ import annotations

import math
from dataclasses import replace

import pytest
from helpers.comparisons import A, B, comparison, difference, metrics

from cvosim.experiment.compare import Comparison, Difference, compare
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.report.verdict import DROWNED, FACTORS, WORDS, headline, verdict
from cvosim.report.worth import worth_of
from cvosim.scenario import load_scenario


def sentences(text: str) -> int:
    return text.count(". ") + text.endswith(".")


def test_the_variant_earns_more() -> None:
    assert verdict(comparison(2.0, 0.5)) == (
        "Without earns EUR 2.00 more per prospect than With tripwire: EUR 20,000 over 10,000 "
        "prospects (95 % interval from EUR 15,000 to EUR 25,000). It sells the core offer to only "
        "2.0 of 1,000 prospects instead of 6.0, because 1.0 % of those who are offered it buy "
        "instead of 30.0 %, but more customer time is worth EUR 4.00 per prospect, and less "
        "frequent orders take EUR 1.40 of it back."
    )


def test_the_baseline_earns_more() -> None:
    assert verdict(comparison(-2.0, 0.5)) == (
        "With tripwire earns EUR 2.00 more per prospect than Without: EUR 20,000 over 10,000 "
        "prospects (95 % interval from EUR 15,000 to EUR 25,000). It sells the core offer to 6.0 "
        "of 1,000 prospects instead of 2.0, because 30.0 % of those who are offered it buy "
        "instead of 1.0 %: more customer time is worth EUR 4.00 per prospect, and less frequent "
        "orders take EUR 1.40 of it back."
    )


def test_more_people_may_be_offered_it() -> None:
    one = comparison(2.0, 0.5)
    ours = metrics(0.1, 0.2, tripwire=False)
    text = verdict(replace(one, metrics={**one.metrics, B: ours}))
    wanted = (
        "to 20.0 of 1,000 prospects instead of 6.0, because it is offered to 200.0 of them instead "
        "of 20.0: more customer time"
    )
    assert wanted in text


def test_chance_is_no_cause() -> None:
    one = comparison(-2.0, 0.5)
    unsure = Difference(0.3, 0.01, -0.29, 0.2, -0.6, 0.1, 1.0, "share")
    differences = {B: {**one.differences[B], "conversion.core_offer": unsure}}
    assert "core offer" not in verdict(replace(one, differences=differences))


@pytest.mark.parametrize("best", FACTORS)
@pytest.mark.parametrize("sign", [1, -1])
def test_every_factor_can_carry_or_take(best: str, sign: int) -> None:
    one = comparison(2.0 * sign, 0.5)
    worst = FACTORS[FACTORS.index(best) - 1]
    parts = {**dict.fromkeys(FACTORS, 0.0), best: 3.0 * sign, worst: -1.0 * sign}
    split = replace(one.decomposition[B], **parts)
    text = verdict(replace(one, decomposition={B: split}))
    verbs = {"time": ("is", "takes")}
    carries, takes = verbs.get(best, ("are", ""))[0], verbs.get(worst, ("", "take"))[1]
    assert f"{WORDS[best][0]} {carries} worth EUR 3.00 per prospect, and " in text
    assert text.endswith(f"{WORDS[worst][1]} {takes} EUR 1.00 of it back.")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_factor_that_chance_explains_is_no_reason(sign: int) -> None:
    one = comparison(2.0 * sign, 0.5)
    parts = {"time": 40.0, "frequency": -38.5, "monetary_value": 1.5, "cost": -1.0}
    errors = {"time": 30.0, "frequency": math.nan, "monetary_value": 0.1, "cost": 0.1, "total": 0.2}
    split = replace(
        one.decomposition[B],
        **{name: sign * value for name, value in parts.items()},
        standard_errors=errors,
    )
    text = verdict(replace(one, decomposition={B: split}))
    assert "time" not in text
    assert "frequent" not in text
    assert "more valuable orders are worth EUR 1.50 per prospect, and higher costs take" in text


def test_where_no_factor_is_certain_none_is_named() -> None:
    one = comparison(-2.0, 0.5)
    split = replace(one.decomposition[B], standard_errors=dict.fromkeys((*FACTORS, "total"), 50.0))
    unsure = replace(one, decomposition={B: split})
    assert verdict(unsure).endswith("30.0 % of those who are offered it buy instead of 1.0 %.")
    assert sentences(verdict(unsure)) == 2
    alike = replace(unsure, metrics=dict.fromkeys((A, B), metrics(0.3, 0.02, tripwire=True)))
    assert verdict(alike).endswith(". What carries the difference takes more prospects to tell.")


def test_the_verdict_names_the_amounts_of_the_table() -> None:
    one = comparison(-5.0624, 0.5)
    parts = (-10.2068, -4.6115, 4.2845, 5.4714, -5.0624)
    fields = dict(zip((*FACTORS, "total"), parts, strict=True))
    split = replace(one.decomposition[B], **fields)
    text = verdict(replace(one, decomposition={B: split}))
    assert "worth EUR 10.21 per prospect, and higher costs take EUR 5.47 of it back." in text
    # 7.4845 alone rounds to 7.48; beside the others it carries the missing cent
    fields = {"time": -10.2068, "frequency": -7.8115, "monetary_value": 5.4714, "cost": 7.4845}
    split = replace(one.decomposition[B], **fields, total=sum(fields.values()))
    assert "higher costs take EUR 7.49 of it" in verdict(replace(one, decomposition={B: split}))


@pytest.mark.parametrize("gain", [0.3, -0.3])
def test_no_difference_is_visible(gain: float) -> None:
    text = verdict(comparison(gain, 0.5))
    first, second = (B, A) if gain > 0 else (A, B)
    assert text.startswith(f"No difference is visible between {first} and {second}: over 10,000 ")
    assert "from −EUR 2,000 to EUR 8,000 more (95 % interval)" in text
    # (0.5 / 0.3)^2 * 10,000 * 1.2, rounded up to two digits
    assert text.endswith("needs about 34,000 prospects.")
    assert "earns EUR" not in text


def test_both_ends_of_an_interval_have_the_same_digits() -> None:
    text = verdict(replace(comparison(0.3, 0.5), customers=3000))
    assert "from −EUR 600 to EUR 2,400 more" in text


@pytest.mark.parametrize(
    ("gain", "half", "identical", "words"),
    [
        (2.0, 0.5, 0.5, "Without earns EUR 2.00 more per prospect than With tripwire"),
        (-2.0, 0.5, 0.5, "With tripwire earns EUR 2.00 more per prospect than Without"),
        (0.3, 0.5, 0.5, "No difference is visible between With tripwire and Without"),
        (1.0, math.nan, 0.5, "No difference is visible between With tripwire and Without"),
        (0.0, 0.0, 1.0, "Without changes nothing"),
    ],
)
def test_headline(gain: float, half: float, identical: float, words: str) -> None:
    assert headline(comparison(gain, half, identical=identical)) == words


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        (
            (2.0, 3.0),
            "Of 2 variants Third earns most: EUR 3.00 more per prospect than With tripwire",
        ),
        (
            (2.0, 0.4),
            "Of 2 variants Without earns most: EUR 2.00 more per prospect than With tripwire",
        ),
        ((-0.2, -3.0), "No variant visibly earns more than With tripwire"),
        ((-2.0, -3.0), "With tripwire earns more per prospect than every variant"),
        ((0.2, -3.0), "No variant visibly earns more than With tripwire"),
    ],
)
def test_headline_of_many(gains: tuple[float, float], words: str) -> None:
    both = dict(zip((B, "Third"), gains, strict=True))
    differences = {name: {"clv_per_prospect": difference(x, 0.5)} for name, x in both.items()}
    many = replace(comparison(2.0, 0.5), variants=tuple(both), differences=differences)
    assert headline(many) == words


def test_a_large_gain_by_chance_does_not_hide_a_sure_one() -> None:
    one = comparison(2.0, 0.5)
    differences = {
        B: {"clv_per_prospect": difference(2.0, 0.5)},
        "Third": {"clv_per_prospect": difference(3.0, 9.0)},
        "Fourth": {"clv_per_prospect": difference(-0.4, 0.1)},
    }
    many = replace(one, variants=tuple(differences), differences=differences)
    assert headline(many).startswith("Of 3 variants Without earns most: EUR 2.00 more")
    del differences[B]
    assert headline(replace(many, variants=("Fourth", "Third"))) == (
        "No variant visibly earns more than With tripwire"
    )


def test_an_interval_that_touches_zero_is_no_difference() -> None:
    assert verdict(comparison(0.5, 0.5)).startswith("No difference")
    assert verdict(comparison(0.5, 0.499)).startswith("Without earns")


def test_a_difference_of_nothing() -> None:
    assert "Both earn the same on average." in verdict(comparison(0.0, 0.5))
    assert "too small to matter" in verdict(comparison(1e-6, 0.5))


def test_identical_scenarios() -> None:
    text = verdict(comparison(0.0, 0.0, identical=1.0))
    assert text.startswith("Without changes nothing: exactly the same happens to all 10,000")
    assert "EUR 5.00 per prospect" in text


def test_too_few_to_tell() -> None:
    assert verdict(comparison(1.0, math.nan)).startswith("Too few prospects (10,000) to tell")


def test_a_core_offer_that_sells_alike_is_no_reason() -> None:
    same = comparison(2.0, 0.5)
    same = replace(same, metrics=dict.fromkeys((A, B), metrics(0.3, 0.02, tripwire=True)))
    assert "core offer" not in verdict(same)
    assert " to EUR 25,000). More customer time is worth" in verdict(same)


def test_every_variant_gets_its_line_and_every_line_two_sentences() -> None:
    two = comparison(2.0, 0.5)
    third = {
        "variants": (B, "Third"),
        "differences": {**two.differences, "Third": {"clv_per_prospect": difference(0.1, 0.5)}},
        "decomposition": {**two.decomposition, "Third": two.decomposition[B]},
        "identical": {B: 0.5, "Third": 0.5},
        "metrics": {**two.metrics, "Third": two.metrics[B]},
    }
    lines = verdict(replace(two, **third)).splitlines()
    assert [line.split()[0] for line in lines] == ["Without", "No"]
    assert [sentences(line) for line in lines] == [2, 2]


def brought_in(one: Comparison, error: float = 0.1) -> Comparison:
    """The split that goes with the differences: word of mouth is what is left of the whole."""
    found = one.differences[B]
    if "clv_with_referrals" not in found:
        return one
    whole, own = found["clv_with_referrals"].difference, found["clv_per_prospect"].difference
    assert whole is not None
    assert own is not None
    split = one.decomposition[B].with_word_of_mouth(whole - own, error, error)
    return replace(one, decomposition={B: split})


def with_referral(gain: float, half: float, whole: Difference | None, **others: Difference) -> str:
    """The verdict of a comparison in which referral has a part."""
    one = comparison(gain, half)
    found = {**one.differences[B], **others}
    if whole is not None:
        found["clv_with_referrals"] = whole
    return verdict(brought_in(replace(one, differences={B: found})))


def test_people_brought_by_referral_count_where_both_have_them() -> None:
    text = with_referral(0.0, 0.0, difference(2.0, 0.5))
    assert text.startswith(
        "Without earns EUR 2.00 more per prospect than With tripwire, people brought by referral "
        "included: EUR 20,000 over 10,000 prospects (95 % interval from EUR 15,000 to "
    )
    assert text.endswith("more word of mouth is worth EUR 2.00 per prospect.")
    assert sentences(text) == 2


def test_word_of_mouth_may_take_back() -> None:
    text = with_referral(3.0, 0.1, difference(2.0, 0.1))
    assert "more customer time is worth EUR 6.00 per prospect, and less frequent" in text
    text = with_referral(4.0, 0.1, difference(1.1, 0.1))
    assert "word of mouth" not in text, "time carries 8.00, far more than the gain"
    text = with_referral(4.0, 0.1, difference(1.7, 0.1))
    assert text.endswith("take EUR 2.80 of it back."), "frequency takes more"
    one = comparison(4.0, 0.1)
    found = {**one.differences[B], "clv_with_referrals": difference(1.0, 0.1)}
    parts = {"time": 4.0, "frequency": 0.0, "monetary_value": 0.0, "cost": 0.0}
    split = replace(one.decomposition[B], **parts)
    sure = brought_in(replace(one, differences={B: found}, decomposition={B: split}))
    assert verdict(sure).endswith("and less word of mouth takes EUR 3.00 of it back.")
    unsure = brought_in(replace(one, differences={B: found}, decomposition={B: split}), 1.6)
    assert "word of mouth" not in verdict(unsure)


def test_nobody_need_have_been_brought() -> None:
    """A scenario without referral beside one like it, where a third has it: one plain value."""
    same = difference(2.0, 0.5)
    assert with_referral(2.0, 0.5, same) == verdict(comparison(2.0, 0.5))


def test_referral_on_one_side_is_lifetime_value() -> None:
    one = comparison(0.0, 0.0)
    whole = Difference(6.0, 5.0, -1.0, 0.1, -1.2, -0.8, 3.0, "EUR")
    # whatever undiscounted money says
    earned = Difference(60_000.0, 90_000.0, 30_000.0, 1.0, 29_990.0, 30_010.0, 3.0, "EUR")
    found = {**one.differences[B], "clv_with_referrals": whole, "contribution": earned}
    changed = brought_in(replace(one, differences={B: found}))
    text = verdict(changed)
    assert text.startswith(
        "With tripwire earns EUR 1.00 more per prospect than Without, people brought by referral "
        "included: EUR 10,000 over 10,000 prospects (95 % interval from EUR 8,000 to EUR 12,000). "
    )
    assert text.endswith("more word of mouth is worth EUR 1.00 per prospect.")
    assert worth_of(changed, B)[:5] == (6.0, -1.0, 0.1, -1.2, -0.8)
    unsure = replace(whole, low=-1.2, high=0.1)
    text = verdict(replace(one, differences={B: found | {"clv_with_referrals": unsure}}))
    assert text.startswith(
        "No difference is visible between With tripwire and Without: over 10,000 prospects, people "
        "brought by referral included, the first earns from −EUR 1,000 to EUR 12,000 more (95 % "
        "interval). "
    )


def test_without_referral_nothing_is_said_of_it() -> None:
    worth = worth_of(comparison(2.0, 0.5), B)
    assert (worth.baseline, worth.difference, worth.low, worth.high) == (5.0, 2.0, 1.5, 2.5)
    assert worth.includes == ""
    assert "referral" not in verdict(comparison(2.0, 0.5))


def test_a_journey_without_a_core_offer_has_other_reasons() -> None:
    one = comparison(2.0, 0.5)
    lacking = metrics(0.1, 0.1, tripwire=True)
    found = {k: v for k, v in lacking.items() if not k.endswith(".core_offer")}
    without = Metrics(found)
    for sides in ({A: without, B: one.metrics[B]}, {A: one.metrics[A], B: without}):
        text = verdict(replace(one, metrics=sides))
        assert "core offer" not in text
        assert " to EUR 25,000). More customer time is worth" in text
        assert sentences(text) == 2


def test_a_core_offer_that_comes_first_is_put_to_all() -> None:
    one = comparison(2.0, 0.5)
    first = metrics(0.02, 1.0, tripwire=True)
    text = verdict(replace(one, metrics={**one.metrics, B: first}))
    assert "to 20.0 of 1,000 prospects instead of 6.0, because it is offered to all of them" in text
    assert "instead of 20.0: more customer time" in text


@pytest.mark.parametrize(
    "change",
    [
        "journey.order=[core_offer, lead_magnet, tripwire, profit_maximizers]",
        "journey.core_offer=null",
        "journey.order=[tripwire]",
    ],
)
def test_verdicts_on_changed_journeys_hold(change: str) -> None:
    """Real comparisons: a verdict is two sentences and claims what the table shows."""
    base = "carpet_cleaning"
    dropped = ["journey.repeat_purchases=null"] if "order=[tripwire]" in change else []
    dropped += ["journey.repeat_purchases.after=tripwire"] if "=null" in change else []
    variant = load_scenario(base, [change, *dropped, "name=Changed"])
    found = compare([load_scenario(base), variant], customers=20_000)
    text, value = verdict(found), found.differences["Changed"]["clv_per_prospect"]
    assert sentences(text) == 2
    assert value.significant
    assert value.difference is not None
    winner = "Changed" if value.difference > 0 else "Carpet cleaning"
    assert text.startswith(f"{winner} earns USD ")
    if change.endswith("null") or "order=[tripwire]" in change:
        assert "core offer" not in text


def test_factors_far_larger_than_the_gain_are_no_reason() -> None:
    """142.71 won and 125.73 lost say nothing of a gain of 0.96."""
    one = comparison(0.96, 0.1)
    parts = {"time": 142.71, "frequency": -125.73, "monetary_value": -16.0, "cost": -0.02}
    split = replace(one.decomposition[B], **parts)
    large = replace(one, decomposition={B: split})
    assert "worth EUR" not in verdict(large)
    assert verdict(large).endswith("of those who are offered it buy instead of 30.0 %.")
    alike = replace(large, metrics=dict.fromkeys((A, B), metrics(0.3, 0.02, tripwire=True)))
    assert verdict(alike).endswith("losses that are many times as large nearly cancel out.")
    assert sentences(verdict(alike)) == sentences(verdict(large)) == 2
    for factor, named in ((0.99, True), (1.01, False)):
        gain = DROWNED * 0.96 * factor
        parts = {"time": gain, "frequency": 0.96 - gain, "monetary_value": 0.0, "cost": 0.0}
        edge = replace(one, decomposition={B: replace(split, **parts)})
        assert ("more customer time is worth" in verdict(edge)) is named
    split = replace(split, time=1.0, frequency=5.1, monetary_value=-5.14, cost=0.0)
    unsure = {**split.standard_errors, "frequency": 9.0, "monetary_value": 9.0}
    sure = replace(one, decomposition={B: replace(split, standard_errors=unsure)})
    assert "more customer time is worth EUR 1.00" in verdict(sure), "chance drowns nothing"


def bought(one: Comparison, before: float, after: float, *, sure: bool = True) -> Comparison:
    """As many people buy anything in either scenario."""
    change = after - before
    half = 0.1 * abs(change) if sure else 2.0 * abs(change)
    counts = Difference(
        before, after, change, half / 2, change - half, change + half, 2.0, "customers"
    )
    return replace(one, differences={B: {**one.differences[B], "buyers": counts}})


def test_buyers_are_named_where_they_go_the_other_way() -> None:
    fewer = bought(comparison(-2.0, 0.5), 279.0, 2071.0)  # A wins, sells more, has fewer buyers
    assert (
        "because 30.0 % of those who are offered it buy instead of 1.0 %, but only 279 of 10,000 "
        "prospects buy anything instead of 2,071; more customer time is worth"
    ) in verdict(fewer)
    more = bought(comparison(2.0, 0.5), 279.0, 2071.0)  # B wins, sells less, has more buyers
    assert (
        "because 1.0 % of those who are offered it buy instead of 30.0 %, but 2,071 of 10,000 "
        "prospects buy anything instead of 279: more customer time is worth"
    ) in verdict(more)
    assert sentences(verdict(fewer)) == sentences(verdict(more)) == 2
    for same in (
        bought(comparison(2.0, 0.5), 2071.0, 279.0),
        bought(comparison(2.0, 0.5), 279.0, 2071.0, sure=False),
    ):
        assert "buy anything" not in verdict(same)


def test_buyers_are_named_where_the_core_offer_sells_alike() -> None:
    alike = dict.fromkeys((A, B), metrics(0.3, 0.02, tripwire=True))
    more = replace(bought(comparison(2.0, 0.5), 279.0, 2071.0), metrics=alike)
    assert "). 2,071 of 10,000 prospects buy anything instead of 279: more cust" in verdict(more)
    fewer = replace(bought(comparison(2.0, 0.5), 2071.0, 279.0), metrics=alike)
    words = "). Only 279 of 10,000 prospects buy anything instead of 2,071, but more customer"
    assert words in verdict(fewer)
    found = {**more.differences[B], "clv_with_referrals": difference(2.5, 0.5)}
    friends = brought_in(replace(more, differences={B: found}))
    words = "). 2,071 people, those brought by referral included, buy anything instead of 279: "
    assert words in verdict(friends)


def test_time_is_accepted_not_sold() -> None:
    for sign, words in (
        (1, "Only 2.0 of 1,000 prospects accept its core offer instead of 6.0, because 1.0 %"),
        (-1, "6.0 of 1,000 prospects accept its core offer instead of 2.0, because 30.0 %"),
    ):
        text = verdict(replace(comparison(2.0 * sign, 0.5), asking_time=frozenset({A})))
        assert words in text
        assert "of those who are offered it accept instead of" in text
        assert "sells" not in text
        assert " buy" not in text


@pytest.mark.parametrize("arrived", [0.5, 1.0])
def test_a_larger_budget_reaches_more(arrived: float) -> None:
    one = comparison(2.0, 0.5)
    reached = {
        name: Metrics(
            {
                **metrics(0.3, 0.1 * share, tripwire=True),
                "reach.lead_magnet": Estimate(share, 0.0, "share"),
            }
        )
        for name, share in ((A, 0.25), (B, arrived))
    }
    wanted = {0.5: "500.0", 1.0: "all"}[arrived]
    text = verdict(replace(one, metrics=reached))
    assert f"because it reaches {wanted} of them instead of 250.0: more" in text


def test_asking_time_is_read_from_the_scenarios() -> None:
    changes = [
        "journey.core_offer.price=0",
        "journey.core_offer.list_price=0",
        "journey.core_offer.commitment=time",
        "name=Visit",
    ]
    visit = load_scenario("carpet_cleaning", changes)
    found = compare([load_scenario("carpet_cleaning"), visit], customers=200)
    assert found.asking_time == {"Visit"}


def losing(one: Comparison, before: float, after: float, error: float = 0.2) -> Comparison:
    """Neither or one or both sides lose money for certain."""
    worth = {A: before, B: after}
    sides = {
        name: Metrics({**one.metrics[name], "clv_per_prospect": Estimate(value, error, "EUR")})
        for name, value in worth.items()
    }
    return replace(one, metrics=sides)


def test_where_both_lose_nobody_earns() -> None:
    both = losing(comparison(2.0, 0.5), -5.0, -3.0)
    assert verdict(both).startswith(
        "Without loses EUR 2.00 less per prospect than With tripwire, and both lose money: "
        "EUR 20,000 over 10,000 prospects (95 % interval from EUR 15,000 to EUR 25,000). It sells"
    )
    assert headline(both) == "Without loses EUR 2.00 less per prospect than With tripwire"
    for other in (losing(both, -1.0, 1.0), losing(both, -5.0, -3.0, 2.0), losing(both, 1.0, 3.0)):
        assert verdict(other) == verdict(comparison(2.0, 0.5))
        assert headline(other) == headline(comparison(2.0, 0.5))
    same = losing(comparison(0.0, 0.0, identical=1.0), -5.0, -5.0)
    found = {B: {"clv_per_prospect": replace(difference(0.0, 0.0), baseline=-5.0)}}
    assert verdict(replace(same, differences=found)).endswith("Both lose EUR 5.00 per prospect.")


def with_buyers(one: Comparison, before: tuple[float, float], after: tuple[float, float]) -> str:
    """The verdict where so many buyers on either side weigh as much as so many alike."""
    sides = {}
    for name, (buyers, alike) in ((A, before), (B, after)):
        error = math.sqrt((1e6 / alike - 1e6 / 10_000) * 10_000 / 9_999)
        more = {
            "prospects": Estimate(10_000.0, 0.0, "customers"),
            "buyers": Estimate(buyers, 1.0, "customers"),
            "revenue": Estimate(1000.0, error, "EUR"),
        }
        sides[name] = Metrics({**one.metrics[name], **more})
    return verdict(replace(one, metrics=sides))


def test_a_handful_of_buyers_tells_no_scenario_from_another() -> None:
    one = comparison(2.0, 0.5)
    few = "Too few buyers (29) to tell Without from With tripwire: simulate more."
    assert with_buyers(one, (29, 29), (5, 5)) == few
    assert with_buyers(one, (100, 14), (5, 5)).startswith(
        "Too few buyers (100, so unequal that they count as 14) to tell"
    )
    text = with_buyers(one, (150, 90), (5, 5))
    assert text == f"{verdict(one)} These numbers are rough: carried by 150 buyers."
    assert with_buyers(one, (5000, 500), (5, 5)) == verdict(one), "one side carries it"


def test_no_small_comparison_claims_what_is_false() -> None:
    """The dear tripwire earns less; without a rule half of the runs of 200 were sure of more."""
    dear = load_scenario("carpet_cleaning", ["journey.tripwire.price=49", "name=Dear"])
    base = load_scenario("carpet_cleaning")
    for seed in range(5):
        found = compare([base, dear], customers=200, seed=seed)
        assert verdict(found).startswith("Too few buyers ("), seed
        assert headline(found).startswith("No difference is visible"), seed
