from __future__ import annotations

import math
from dataclasses import replace

import pytest
from helpers.comparisons import A, B, comparison, difference, metrics

from cvosim.report.verdict import verdict


def sentences(text: str) -> int:
    return text.count(". ") + text.endswith(".")


def test_the_variant_earns_more() -> None:
    assert verdict(comparison(2.0, 0.5)) == (
        "Without earns EUR 2.00 more per prospect than With tripwire: EUR 20,000 over 10,000 "
        "prospects (95 % interval EUR 15,000 to EUR 25,000). It sells the core offer to 1.0 % of "
        "those who are offered it instead of 30.0 % (2.0 buyers per 1,000 prospects instead of "
        "6.0), and what carries the gain is time (2.0 days as a customer per prospect instead of "
        "4.0, worth EUR 4.00 per prospect), while frequency takes EUR 1.40 of it back (an order "
        "every 20 instead of every 50 days as a customer)."
    )


def test_the_baseline_earns_more() -> None:
    text = verdict(comparison(-2.0, 0.5))
    assert text.startswith(
        "With tripwire earns EUR 2.00 more per prospect than Without: EUR 20,000 over 10,000 "
        "prospects (95 % interval EUR 15,000 to EUR 25,000). It sells the core offer to 30.0 % of "
        "those who are offered it instead of 1.0 %"
    )
    assert "time (4.0 days as a customer per prospect instead of 2.0, worth EUR 4.00" in text
    assert "frequency takes EUR 1.40 of it back (an order every 50 instead of every 20" in text


@pytest.mark.parametrize("gain", [0.3, -0.3])
def test_no_difference_is_visible(gain: float) -> None:
    text = verdict(comparison(gain, 0.5))
    first, second = (B, A) if gain > 0 else (A, B)
    assert text.startswith(f"No difference is visible between {first} and {second}: over 10,000 ")
    assert "between -EUR 2,000 and EUR 8,000 more (95 % interval)" in text
    # (0.5 / 0.3)^2 * 10,000 * 1.2, rounded up to two digits
    assert text.endswith("needs about 34,000 prospects.")
    assert "earns EUR" not in text


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
    assert ". What carries the gain is time" in verdict(same)


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
