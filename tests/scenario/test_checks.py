"""Do the parts fit together? Each check, its words, and what it lets pass.

An arrow in what is written marks where the problem is said to stand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Spoilt = Callable[[str, str], list[str]]
SEGMENT = "{name: all_of_them, share: 1}"
CHANNEL = "{name: street, kind: earned, share: 1}"
REPEAT = "{model: poisson, mean_days: 30}"
TRIPWIRE = "{name: sample, price: 29, conversion: 0.1, trust: 3}"
UPSELL = "{kind: upsell, name: gold, price: 79, conversion: 0.25}"
SENSITIVE = "{name: all_of_them, share: 1, price_sensitivity: 1}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "segments:\n    - {name: all_of_them, share: 1}",
            "→segments:\n    - {name: all_of_them, share: 0.999999}",
            "market.segments: the shares must add to 1 (they add to 0.999999)",
        ),
        (
            f"channels:\n  - {CHANNEL}",
            f"→channels:\n  - {CHANNEL}\n  - {{name: web, kind: paid, share: 0.1}}",
            "channels: the shares must add to 1 (they add to 1.1)",
        ),
        (
            SEGMENT,
            "{name: all_of_them, share: 1, →awareness: {problem: 0.5}}",
            "market.segments.all_of_them.awareness: the shares of unaware to product must add to 1 "
            "(they add to 0.5)",
        ),
        (
            SEGMENT,
            "{name: one, share: 0.5}\n    - {name: →one, share: 0.5}",
            'market.segments.1.name: the name "one" is given twice',
        ),
        (
            SEGMENT,
            "{name: all_of_them, share: 1, effects: {tripwyre: →1}}",
            'market.segments.all_of_them.effects.tripwyre: no stage has the key "tripwyre"; '
            'did you mean "tripwire"?',
        ),
        (
            CHANNEL,
            "{name: street, kind: earned, share: 1, effects: {thing: →1}}",
            'channels.street.effects.thing: no stage has the key "thing"; write core_offer, '
            "the key of that stage",
        ),
        (
            CHANNEL,
            "{name: street, kind: earned, share: 1, arrivals: {kind: uniform, over_days: →101}}",
            "channels.street.arrivals.over_days: must be at most horizon_days, 100 (got 101); "
            "prospects who arrive later would never be seen",
        ),
        (
            "at: [tripwire]",
            "at: [tripwire, →banana]",
            'journey.return_path.ten_off.at.1: no stage has the key "banana"; '
            "there are: lead_magnet, tripwire, core_offer, gold",
        ),
        (
            "at: [tripwire]",
            "at: [→sample]",
            'journey.return_path.ten_off.at.0: no stage has the key "sample"; '
            "write tripwire, the key of that stage",
        ),
        (
            "at: [tripwire]",
            "at: [tripwire, →tripwire]",
            'journey.return_path.ten_off.at.1: the stage "tripwire" is named twice',
        ),
        (
            "days: [1, 3]",
            "days: [3, →3, 4]",
            "journey.return_path.mails.days.1: must be later than the day before it in the list, 3 "
            "(got 3)",
        ),
        (
            "frequency:",
            "after: →second_purchase\n    frequency:",
            'journey.repeat_purchases.after: no stage has the key "second_purchase"; '
            "there are: lead_magnet, tripwire, core_offer, gold",
        ),
        (
            "name: ten_off",
            "name: →return_path",
            'journey.return_path.return_path.name: "return_path" is a word of the file format; '
            "choose a name of your own",
        ),
        (
            "name: ten_off",
            "name: →sample",
            'journey.return_path.sample.name: the name "sample" is given twice; '
            "stages and programs need their own",
        ),
        (
            f"tripwire: {TRIPWIRE}",
            "→tripwire: {name: sample, conversion: 0.1}",
            "journey.tripwire.price: required: write the price, or `commitment: time`",
        ),
        (
            TRIPWIRE,
            "{name: sample, price: →29, conversion: 0.1, commitment: time}",
            "journey.tripwire.price: must be left out or 0 (got 29): commitment is time, "
            "no money moves",
        ),
        (
            TRIPWIRE,
            TRIPWIRE.replace("}", ", delay: {kind: uniform, low_days: 2, high_days: →1}}"),
            "journey.tripwire.delay.high_days: must be at least low_days, 2 (got 1)",
        ),
        (
            REPEAT,
            "{model: bg_nbd, r: 2000, alpha_days: →1, a: 1, b: 1}",
            "journey.repeat_purchases.frequency.alpha_days: r / alpha_days is 2000 purchases a "
            "day; at most 1000",
        ),
    ],
)
def test_parts_that_do_not_fit(spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert spoilt(old, new) == [f"→{message}"]


@pytest.mark.parametrize(
    ("decline", "words"), [("continue", "go on at once"), ("exit", "are lost at once")]
)
def test_nobody_comes_to_the_program(spoilt: Spoilt, decline: str, words: str) -> None:
    lines = spoilt("conversion: 0.5}", f"conversion: 0.5, on_decline: {decline}}}")
    assert [line.partition("mails.")[2] for line in lines] == [
        f"at.1: people who decline core_offer {words} (its on_decline is {decline}), so no program "
        "can serve it; leave on_decline out there or the stage out here"
    ]


@pytest.mark.parametrize(
    ("frequency", "events"),
    [
        ("{model: poisson, mean_days: →0.5}", "2e+06"),
        ("{model: bg_nbd, r: 3, alpha_days: →1, a: 1, b: 1}", "3e+06"),
        ("{model: pareto_nbd, r: 0.001, alpha_days: →0.1, s: 1, beta_days: 9}", "1e+07"),
    ],
)
def test_too_many_purchases(
    said: Callable[..., list[str]], shop: str, frequency: str, events: str
) -> None:
    text = shop.replace(REPEAT, frequency.replace("→", ""))
    assert said(text) == []
    lines = said(text, ["horizon_days=1e6"])
    assert len(lines) == 1
    message = f"means up to {events} purchases a customer; at most 100000"
    assert lines[0].endswith(message)
    column = 16 + frequency.index("→")
    assert lines[0].startswith(f"s.yaml:15:{column}: journey.repeat_purchases.frequency.")


@pytest.mark.parametrize(
    ("frequency", "fine"),
    [
        ("{model: poisson, mean_days: 0.01}", True),
        ("{model: poisson, mean_days: 0.0099}", False),
        ("{model: bg_nbd, r: 1, alpha_days: 0.01, a: 1, b: 1}", True),
        ("{model: bg_nbd, r: 0.5, alpha_days: 0.0099, a: 1, b: 1}", False),
    ],
)
def test_a_hundred_thousand_purchases_are_allowed(
    said: Callable[..., list[str]], shop: str, frequency: str, fine: bool
) -> None:
    lines = said(shop.replace(REPEAT, frequency), ["horizon_days=1000"])
    assert (lines == []) is fine


@pytest.mark.parametrize("kind", ["follow_up", "remarketing"])
def test_exit_offers_come_first(said: Callable[..., list[str]], shop: str, kind: str) -> None:
    """They decide at the moment of declining, so nothing that takes days may be before them."""
    *head, offer, mails = shop.splitlines()
    show = (
        "    - {kind: remarketing, name: mails, at: [tripwire], window_days: 3, "
        "impressions_per_day: 1, click: 1, conversion: 1}"
    )
    slow = mails if kind == "follow_up" else show
    assert said("\n".join([*head, offer, slow])) == []
    second = offer.replace("ten_off", "twenty_off")
    assert said("\n".join([*head, offer, second, slow])) == []
    elsewhere = offer.replace("tripwire", "lead_magnet")
    assert said("\n".join([*head, slow, elsewhere])) == []
    late = offer.replace("[tripwire]", "[lead_magnet, tripwire]")
    assert said("\n".join([*head, slow, late])) == [
        "s.yaml:20:59: journey.return_path.ten_off.at.1: an exit offer is made at the moment of "
        "declining, but mails before it in the list takes days at tripwire; exit offers come first"
    ]


def test_tiny_beta_parameters_are_fine(said: Callable[..., list[str]], shop: str) -> None:
    """They mean that nearly everybody's probability is 0 or 1; draws work in logarithms."""
    tiny = "{model: bg_nbd, r: 1, alpha_days: 9, a: 1e-6, b: 1e-6}"
    assert said(shop.replace(REPEAT, tiny)) == []


def test_too_many_bills_and_clicks(said: Callable[..., list[str]], shop: str) -> None:
    club = (
        "{kind: subscription, name: gold, price: 9, conversion: 1, period_days: 0.01, "
        "churn: {kind: geometric, probability: 0}}"
    )
    show = (
        "{kind: remarketing, name: ten_off, at: [tripwire], window_days: 1e6, "
        "impressions_per_day: 10, click: 1, conversion: 1}"
    )
    text = shop.replace(UPSELL, club).replace(shop.splitlines()[18].strip("- "), show)
    assert [line.partition(": ")[2] for line in said(text, ["horizon_days=1e5"])] == [
        "journey.profit_maximizers.gold.period_days: means up to 1e+07 bills a customer; "
        "at most 100000",
        "journey.return_path.ten_off.impressions_per_day: means up to 1e+07 clicks a customer; "
        "at most 100000",
    ]


@pytest.mark.parametrize(
    ("price", "list_price", "sensitive", "fine"),
    [(0, 0, True, True), (0, 29, True, False), (29, 0, True, False), (0, 29, False, True)],
)
def test_free_and_paid_have_no_price_effect(
    spoilt: Spoilt, price: int, list_price: int, sensitive: bool, fine: bool
) -> None:
    sensitivity = ", price_sensitivity: 1" if sensitive else ""
    lines = spoilt(
        "tripwire: {name: sample, price: 29",
        f"tripwire: {{name: sample, price: →{price}, list_price: {list_price}",
    )
    assert lines == []
    market = f"  segments:\n    - {{name: all_of_them, share: 1{sensitivity}}}\n"
    both = (
        f"market:\n{market}channels:\n  - {CHANNEL}\njourney:\n"
        "  lead_magnet: {name: guide, conversion: 0.2, trust: 0.5, consumed: 0.6}\n"
        "  tripwire: {name: sample, price: "
    )
    old = both.replace(sensitivity, "") if sensitivity else both
    lines = spoilt(f"{old}29", f"{both}→{price}, list_price: {list_price}")
    message = (
        f"→journey.tripwire.price: is {price} while list_price is {list_price}: between free and "
        "paid the price effect on price-sensitive all_of_them has no finite value; set list_price "
        f"to {price} as well and state the conversion observed at that price"
    )
    assert lines == ([] if fine else [message])


def test_a_journey_needs_a_stage(said: Callable[..., list[str]]) -> None:
    assert said("name: a\nhorizon_days: 9\njourney: {tripwire: null}") == [
        "s.yaml:3:1: journey: needs at least one stage: lead_magnet, tripwire or core_offer"
    ]


def test_shares_of_thirds_add_to_one(spoilt: Spoilt) -> None:
    thirds = "\n    - ".join(f"{{name: s{i}, share: 0.3333333333}}" for i in range(3))
    assert spoilt(SEGMENT, thirds) == []


def test_a_problem_elsewhere_hides_no_check(spoilt: Spoilt) -> None:
    lines = spoilt(SEGMENT, "{name: all_of_them, share: 0.7, fit: high}")
    assert [line.split(": ")[1] for line in lines] == [
        "market.segments",
        "market.segments.all_of_them.fit",
    ]
