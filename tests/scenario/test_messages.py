"""Each mistake a strategist may make in a single value, and what is said about it.

An arrow in what is written marks where the problem is said to stand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Spoilt = Callable[[str, str], list[str]]
TRIPWIRE = "price: 29, conversion: 0.1"
NAMES = "must be small letters, digits and underscores, with a letter first, at most 63"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1.4", "must be between 0 and 1 (got 1.4)"),
        ("25", "must be between 0 and 1 (got 25); 25 % is 0.25"),
        ("-0.1", "must be between 0 and 1 (got -0.1)"),
        ("10%", 'must be a number between 0 and 1 (got "10%"); write 0.1 instead of 10%'),
        ("7.5 %", 'must be a number between 0 and 1 (got "7.5 %"); write 0.075 instead of 7.5 %'),
        ("yes", 'must be a number between 0 and 1 (got "yes"); write 1 for always, 0 for never'),
        ("Off", 'must be a number between 0 and 1 (got "Off"); write 1 for always, 0 for never'),
        ("true", "must be a number between 0 and 1 (got true); write 1 for always, 0 for never"),
        ('"0.1"', 'must be a number between 0 and 1 (got "0.1"); write 0.1 without quotes'),
        (".nan", "must be a finite number (got .nan)"),
        ("-.inf", "must be a finite number (got -.inf)"),
        ("9" * 400, f"must be a finite number (got {'9' * 20}...)"),
        ("a lot", 'must be a number between 0 and 1 (got "a lot")'),
    ],
)
def test_probability(spoilt: Spoilt, written: str, message: str) -> None:
    lines = spoilt(TRIPWIRE, f"price: 29, conversion: →{written}")
    assert lines == [f"→journey.tripwire.conversion: {message}"]


@pytest.mark.parametrize(("written", "got"), [("[0.1]", "a list"), ("{a: 1}", "a section")])
def test_no_single_value(spoilt: Spoilt, written: str, got: str) -> None:
    lines = spoilt(TRIPWIRE, f"price: 29, →conversion: {written}")
    message = f"must be a number between 0 and 1 (got {got})"
    assert lines == [f"→journey.tripwire.conversion: {message}"]


@pytest.mark.parametrize(
    ("written", "got", "hint"),
    [
        ("$29", "$29", "write 29 alone; `currency` names the unit"),
        ("29.90 EUR", "29.90 EUR", "write 29.90 alone; `currency` names the unit"),
        ("1_000", "1_000", "write 1000"),
        ('"1,000"', "1,000", "write 1000"),
        ("1'234'567.5", "1'234'567.5", "write 1234567.5"),
        ('"29,90"', "29,90", "write 29.90 with a point"),
        ("no", "no", "yes and no are no numbers"),
        ("10%", "10%", "it is an amount of money, not a part of one"),
    ],
)
def test_money(spoilt: Spoilt, written: str, got: str, hint: str) -> None:
    lines = spoilt(TRIPWIRE, f"conversion: 0.1, price: →{written}")
    assert lines == [f'→journey.tripwire.price: must be a number, at least 0 (got "{got}"); {hint}']


@pytest.mark.parametrize(
    ("written", "bounds"),
    [("-5", "at least 0"), ("1e13", "between 0 and 1,000,000,000,000")],
)
def test_money_out_of_bounds(spoilt: Spoilt, written: str, bounds: str) -> None:
    lines = spoilt(TRIPWIRE, f"conversion: 0.1, price: →{written}")
    assert lines == [f"→journey.tripwire.price: must be {bounds} (got {written})"]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1:30", "it is no clock time; 1:30 hours are 0.0625 days"),
        ("24:00:00", "it is no clock time; 24:00:00 hours are 1 days"),
        ("2 weeks", "write the days alone: 14"),
        ("36h", "write the days alone: 1.5"),
        ("3 days", "write the days alone: 3"),
        ("10%", "write 0.1 instead of 10%"),
    ],
)
def test_days(spoilt: Spoilt, written: str, hint: str) -> None:
    lines = spoilt("horizon_days: 100", f"horizon_days: →{written}")
    assert lines == [f'→horizon_days: must be a number, above 0 (got "{written}"); {hint}']


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("→name:", "name: is empty; must be text"),
        ("name: →2024", "name: must be text (got 2024); put it in quotes"),
        ("name: →true", "name: must be text (got true); put it in quotes"),
        ('→name: ""', "name: must have at least 1 and at most 200 characters"),
        ("name: →" + "x" * 201, "name: must have at least 1 and at most 200 characters"),
        ("name: a\nseed: →1.5", "seed: must be a whole number, at least 0 (got 1.5)"),
        ("name: a\nseed: →-1", "seed: must be at least 0 (got -1)"),
        (
            f"name: a\nseed: →{2**64}",
            f"seed: must be between 0 and {2**64 - 1:,} (got {2**64})",
        ),
        ("name: a\ncustomers: →0", "customers: must be at least 1 (got 0)"),
        ("name: a\nschema_version: →2", "schema_version: must be 1 (got 2)"),
        ("name: a\nschema_version: →true", "schema_version: must be 1 (got true)"),
        ("name: a\n→extend: b.yaml", 'extend: unknown key; did you mean "extends"?'),
        ("→nme: a", 'nme: unknown key; did you mean "name"?'),
    ],
)
def test_top_level(spoilt: Spoilt, written: str, message: str) -> None:
    assert f"→{message}" in spoilt("name: Shop", written)


def test_a_required_key_is_missing(spoilt: Spoilt) -> None:
    assert spoilt("name: Shop\n", "→") == ["→name: required: text"]
    lines = spoilt("  core_offer: {name: thing, price: 249, conversion: 0.5}", "  →core_offer: {}")
    assert lines == [
        "→journey.core_offer.conversion: required: a number between 0 and 1",
        "→journey.core_offer.name: required: text",
        "→journey.core_offer.price: required: write the price, or `commitment: time`",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "name: all_of_them",
            "name: →All of them!",
            f'market.segments.0.name: {NAMES} (got "All of them!"); write all_of_them',
        ),
        (
            "name: all_of_them",
            "name: →" + "a" * 64,
            f'market.segments.{"a" * 64}.name: {NAMES} (got "{"a" * 40}..."); write {"a" * 63}',
        ),
        (
            "kind: earned",
            "kind: →payed",
            "channels.street.kind: must be paid, earned or owned "
            '(got "payed"); did you mean "paid"?',
        ),
        (
            TRIPWIRE,
            "→prise: 29, price: 29, conversion: 0.1",
            'journey.tripwire.prise: unknown key; did you mean "price"?',
        ),
        (
            "margin: 0.5",
            "margin: 0.5\n    →zzz: 1",
            "journey.repeat_purchases.zzz: unknown key; known here: after, frequency, spend, "
            "margin",
        ),
        (
            TRIPWIRE,
            "price: 1,→500, conversion: 0.1",
            "journey.tripwire.500: unknown key; write decimals with a point, "
            "and thousands without a comma",
        ),
        (
            "lead_magnet: {name: guide, conversion: 0.2, trust: 0.5, consumed: 0.6}",
            "lead_magnet: →off",
            "journey.lead_magnet: must be a section with keys such as name, conversion "
            '(got "off"); to leave the section out, remove it or write null',
        ),
        (
            "at: [tripwire]",
            "at: →tripwire",
            'journey.return_path.ten_off.at: must be a list (got "tripwire"); write [tripwire]',
        ),
        (
            "at: [tripwire]",
            "→at: []",
            "journey.return_path.ten_off.at: must have at least 1 item (got 0)",
        ),
        (
            "kind: upsell",
            "kind: →upsel",
            "journey.profit_maximizers.gold.kind: must be one of affiliate, cross_sell, "
            'joint_venture, slack_adjuster, subscription, upsell (got "upsel"); '
            'did you mean "upsell"?',
        ),
        (
            "frequency: {model: poisson, mean_days",
            "→frequency: {mean_days",
            "journey.repeat_purchases.frequency.model: required: bg_nbd or mbg_nbd or pareto_nbd "
            "or poisson",
        ),
        (
            "{model: fixed, amount: 20}",
            "→20",
            "journey.repeat_purchases.spend: must be a section with model: fixed, "
            "gamma_gamma or lognormal (got 20)",
        ),
        (
            "{model: fixed, amount: 20}",
            "{model: gamma_gamma, p: 6, q: →1, v: 15}",
            "journey.repeat_purchases.spend.q: must be above 1 (got 1); "
            "at 1 or below, mean spend would be infinite",
        ),
        (
            "discount: 0.1",
            "discount: →1",
            "journey.return_path.ten_off.discount: must be at least 0 and below 1 (got 1)",
        ),
        (
            "mean_days: 30",
            "mean_days: →0.0001",
            "journey.repeat_purchases.frequency.mean_days: must be at least 0.001 (got 0.0001)",
        ),
        (
            TRIPWIRE,
            f"{TRIPWIRE}, by_awareness: {{→unawares: 1}}",
            'journey.tripwire.by_awareness.unawares: unknown key; did you mean "unaware"?',
        ),
        (
            TRIPWIRE,
            f"{TRIPWIRE}, delay: {{kind: exponential, mean_days: →0}}",
            "journey.tripwire.delay.mean_days: must be above 0 (got 0)",
        ),
        (
            TRIPWIRE,
            f"{TRIPWIRE}, delay: →3",
            "journey.tripwire.delay: must be a section with kind: exponential, fixed, "
            "gamma, lognormal, uniform or weibull (got 3)",
        ),
        (
            "kind: upsell, ",
            "kind: affiliate, commission: →0, ",
            "journey.profit_maximizers.gold.commission: must be above 0 and at most 1 (got 0)",
        ),
    ],
)
def test_one_mistake_one_line(spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert spoilt(old, new) == [f"→{message}"]


def test_subscription(spoilt: Spoilt) -> None:
    subscription = (
        "{kind: subscription, name: gold, price: 9, conversion: 1, period_days: 0.001, "
        "max_cycles: 0, commitment: time, churn: {kind: geometric, probability: 2}}"
    )
    lines = spoilt("{kind: upsell, name: gold, price: 79, conversion: 0.25}", subscription)
    assert sorted(line.partition("gold.")[2] for line in lines) == [
        "churn.probability: must be between 0 and 1 (got 2); 2 % is 0.02",
        'commitment: must be money (got "time")',
        "max_cycles: must be at least 1 (got 0)",
        "period_days: must be at least 0.01 (got 0.001)",
        "price: must be left out or 0 (got 9): commitment is time, no money moves",
    ]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "remarketing, window_days: 0, impressions_per_day: 1, click: 0",
            "window_days: must be above 0",
        ),
        (
            "remarketing, window_days: 1, impressions_per_day: -1, click: 0",
            "impressions_per_day: must",
        ),
        ("follow_up, days: [-1], open: 0, click: 0", "days.0: must be at least 0 (got -1)"),
        ("follow_up, days: [], open: 0, click: 0", "days: must have at least 1 item (got 0)"),
        (
            "follow_up, days: [1], open: 0, click: 0, fatigue: 1.5",
            "fatigue: must be between 0 and 1",
        ),
        ("exit_offer, discount: -0.1", "discount: must be at least 0 and below 1 (got -0.1)"),
    ],
)
def test_programs(spoilt: Spoilt, program: str, message: str) -> None:
    (line,) = spoilt(
        "exit_offer, name: ten_off, at: [tripwire], discount: 0.1",
        f"{program}, name: ten_off, at: [tripwire]",
    )
    assert line.partition("ten_off.")[2].startswith(message)


def test_too_many_of_a_list(spoilt: Spoilt) -> None:
    segments = "\n".join(f"    - {{name: s{i}, share: {1 / 256}}}" for i in range(256))
    lines = spoilt("  segments:\n    - {name: all_of_them, share: 1}", f"  →segments:\n{segments}")
    assert lines == ["→market.segments: must have at most 255 items (got 256)"]


def test_wrong_items_do_not_make_a_list_short(spoilt: Spoilt) -> None:
    lines = spoilt("{name: street, kind: earned, share: 1}", "→{name: street, kind: earned}")
    assert lines == ["→channels.street.share: required: a number between 0 and 1"]


def test_endless_problems_are_cut_off(spoilt: Spoilt) -> None:
    wrong = [f"k{i}: 1" for i in range(750)]
    sections = ["name: Shop", *wrong, f"economics: {{{', '.join(wrong)}}}"]
    lines = spoilt("name: Shop", "\n".join(sections))
    assert len(lines) == 1001
    assert lines[-1] == "s.yaml: and 500 more problems"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("horizon_days: 100", "horizon_days: 1e2"),
        ("name: Shop", "name: Shop\ncustomers: 1e6"),
        ("name: Shop", "name: Shop\nseed: 18446744073709551615"),
        ("name: Shop", "name: yes"),
        ("name: Shop", "name: Shop\ncurrency: €"),
        ("name: Shop", "name: Shop\neconomics: {}"),
        ("price: 29, conversion: 0.1", "price: 29, conversion: 1"),
        ("price: 29, conversion: 0.1", "price: 29, conversion: 0, delay: null, by_awareness: null"),
        ("market:\n  segments:\n    - {name: all_of_them, share: 1}\n", ""),
        ("channels:\n  - {name: street, kind: earned, share: 1}\n", ""),
    ],
)
def test_what_is_right_passes(spoilt: Spoilt, old: str, new: str) -> None:
    assert spoilt(old, new) == []
