"""The order of the journey: skipping and swapping steps, and what conversions were observed at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import Scenario, load_scenario
from cvosim.scenario.references import slots_walked

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
ORDER = "[engage, lead_magnet, tripwire, excite, core_offer, profit_maximizers]"
MAXIMIZERS = ["gold_case", "insurance", "trip", "club"]


@pytest.fixture
def ordered(folder: Path, whole: str) -> Callable[..., Scenario]:
    """The whole journey in an order, as written in its own file, or changed by overrides."""

    def order(written: str, *overrides: str) -> Scenario:
        text = whole.replace(f"order: {ORDER}", f"order: {written}")
        (folder / "s.yaml").write_text(text, "utf-8")
        return load_scenario("s.yaml", overrides)

    return order


def references(scenario: Scenario) -> dict[str, float]:
    found = {key: offer.reference_trust for key, offer in scenario.journey.stages().items()}
    return {key: trust for key, trust in found.items() if key not in MAXIMIZERS[1:]}


def test_the_default_order(folder: Path, whole: str) -> None:
    (folder / "s.yaml").write_text(whole.replace(f"  order: {ORDER}\n", ""), "utf-8")
    scenario = load_scenario("s.yaml")
    (folder / "t.yaml").write_text(whole, "utf-8")
    assert scenario == load_scenario("t.yaml")
    assert list(scenario.journey.stages()) == [
        *("engage", "lead_magnet", "tripwire", "excite", "core_offer"),
        *MAXIMIZERS,
    ]


def test_reference_trust_in_the_default_order(ordered: Callable[..., Scenario]) -> None:
    """0.5 x 0.6 consumed, 2 x 0.4 attend, 0.8 of excite and 1 in full; content counts as 0."""
    assert references(ordered(ORDER)) == pytest.approx(
        {
            "engage": 0.0,
            "lead_magnet": 0.0,
            "tripwire": 0.3,
            "excite": 1.1,
            "core_offer": 1.9,
            "gold_case": 2.9,
        },
        abs=1e-12,
    )


def test_reference_trust_follows_the_order_of_the_file(ordered: Callable[..., Scenario]) -> None:
    swapped = ordered("[core_offer, tripwire, engage, profit_maximizers, excite, lead_magnet]")
    assert references(swapped) == pytest.approx(
        {
            "core_offer": 0.0,
            "tripwire": 1.0,
            "engage": 1.8,
            "gold_case": 1.8,
            "excite": 1.8,
            "lead_magnet": 2.6,
        },
        abs=1e-12,
    )


def test_attendance_of_money_counts_for_nothing(said: Said, folder: Path, shop: str) -> None:
    """Trust bought with money is gained by all who buy; it has no attendance."""
    time = shop.replace("price: 29,", "commitment: time, attendance: 0.5,")
    assert said(time) == []
    assert load_scenario("s.yaml").journey.stages()["core_offer"].reference_trust == 1.8
    assert said(time.replace(", attendance: 0.5", "")) == []
    assert load_scenario("s.yaml").journey.stages()["core_offer"].reference_trust == 3.3


def test_a_skipped_step_neither_is_walked_nor_counts(ordered: Callable[..., Scenario]) -> None:
    skipping = ordered(
        "[engage, lead_magnet, excite, core_offer, profit_maximizers]",
        "journey.return_path.mails.at=[core_offer]",
    )
    assert "tripwire" not in skipping.journey.stages()
    assert references(skipping)["core_offer"] == pytest.approx(1.1, abs=1e-12)
    # where it would stand by default, so that a variant may put it back
    assert skipping.journey.tripwire is not None
    assert skipping.journey.tripwire.reference_trust == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize(
    "order", [[], ["banana"], "tripwire", None, 7, [["tripwire"]], [True, None]], ids=str
)
def test_what_is_no_order_leaves_the_default(order: object) -> None:
    assert slots_walked({"order": order})[0] == "engage"
    assert len(slots_walked({"order": order})) == 6


# ------------------------------------------------------------------------------ variants


def test_a_variant_keeps_what_was_observed(ordered: Callable[..., Scenario]) -> None:
    base, swapped = ordered(ORDER), ordered(ORDER, "journey.order=[core_offer, tripwire]")
    assert list(swapped.journey.stages()) == ["core_offer", "tripwire"]
    for key, offer in swapped.journey.stages().items():
        assert offer == base.journey.stages()[key]


def test_a_variant_that_skips_a_step_takes_it_out_of_programs(
    ordered: Callable[..., Scenario],
) -> None:
    """Nobody can decline what nobody comes to; effects may wait for it to come back."""
    skipping = ordered(
        ORDER, "journey.order=[core_offer]", "market.segments.families.effects.tripwire=1"
    )
    programs = {program.name: program.at for program in skipping.journey.return_path}
    assert programs["mails"] == ("core_offer",)
    assert skipping.market.segments[0].effects == {"tripwire": 1.0}
    assert skipping.journey.referral is not None
    assert skipping.journey.referral.effects == {"lead_magnet": 1.0}
    only = ordered(ORDER, "journey.return_path.mails.at=[tripwire]", "journey.order=[core_offer]")
    assert "mails" not in {program.name for program in only.journey.return_path}


def test_a_variant_that_skips_what_is_rewarded(ordered: Callable[..., Scenario]) -> None:
    skipping = ordered(
        ORDER,
        "journey.referral.reward.at=tripwire",
        "journey.order=[lead_magnet, core_offer]",
    )
    assert skipping.journey.referral is not None
    assert skipping.journey.referral.reward is None


def test_a_variant_that_goes_back_to_the_default(ordered: Callable[..., Scenario]) -> None:
    back = ordered("[core_offer, tripwire]", "journey.order=null")
    assert next(iter(back.journey.stages())) == "engage"


def test_removing_stages_takes_them_out_of_referral(ordered: Callable[..., Scenario]) -> None:
    found = ordered(ORDER, "journey.lead_magnet=null", "journey.core_offer=null", AFTER)
    assert found.journey.referral is not None
    assert found.journey.referral.effects == {}
    assert found.journey.referral.reward is None


AFTER = "journey.repeat_purchases.after=tripwire"


def test_without_repeat_purchases_there_is_nobody_to_win_back(
    ordered: Callable[..., Scenario],
) -> None:
    found = ordered(ORDER, "journey.repeat_purchases=null")
    assert [program.name for program in found.journey.return_path] == ["mails"]


# ---------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "[engage, →engage, core_offer, tripwire]",
            'journey.order.1: the step "engage" is listed twice',
        ),
        (
            "[tripwire, →coreoffer, core_offer]",
            "journey.order.1: must be engage, lead_magnet, tripwire, excite, core_offer or "
            'profit_maximizers (got "coreoffer"); did you mean "core_offer"?',
        ),
        (
            "[tripwire, core_offer, →gold_case]",
            'journey.order.2: must be a step of the journey (got "gold_case"); write '
            "profit_maximizers: they stand together, in the order of their own list",
        ),
        (
            "[tripwire, core_offer, →subscription]",
            'journey.order.2: must be a step of the journey (got "subscription"); write '
            "profit_maximizers: they stand together, in the order of their own list",
        ),
        (
            "[→webinar, tripwire, core_offer]",
            'journey.order.0: must be a step of the journey (got "webinar"); write tripwire, the '
            "key of that stage",
        ),
        ("→tripwire", 'journey.order: must be a list (got "tripwire"); write [tripwire]'),
    ],
)
def test_orders_that_cannot_be(whole_spoilt: Spoilt, written: str, message: str) -> None:
    assert whole_spoilt(f"order: {ORDER}", f"order: {written}") == [f"→{message}"]


def test_an_empty_order(whole_spoilt: Spoilt) -> None:
    lines = whole_spoilt(f"order: {ORDER}", "→order: []")
    assert lines == ["→journey.order: must have at least 1 item (got 0)"]


def test_an_order_without_any_stated_step(said: Said, shop: str) -> None:
    lines = said(shop.replace("journey:\n", "journey:\n  order: [engage, excite]\n"))
    assert lines[0] == (
        "s.yaml:9:3: journey.order: lists none of the steps that the journey states: lead_magnet, "
        "tripwire, core_offer, profit_maximizers"
    )


def test_what_needs_a_stage_that_nobody_comes_to(whole_spoilt: Spoilt) -> None:
    lines = whole_spoilt(f"order: {ORDER}", "order: [engage, lead_magnet]")
    left_out = "out, so nobody comes to it; list it there, or name another stage here"
    assert [line.partition(": ")[2] for line in lines] == [
        f"journey.repeat_purchases.after: journey.order leaves core_offer {left_out}",
        f"journey.referral.reward.at: journey.order leaves core_offer {left_out}",
        f"journey.return_path.mails.at.0: journey.order leaves tripwire {left_out}",
        f"journey.return_path.mails.at.1: journey.order leaves core_offer {left_out}",
    ]


def test_a_program_at_a_maximizer_that_is_skipped(said: Said, whole: str) -> None:
    text = whole.replace(ORDER, "[tripwire, core_offer]").replace(
        "at: [tripwire, core_offer]", "at: [club]"
    )
    (line,) = said(text)
    assert line.endswith(
        "mails.at.0: journey.order leaves profit_maximizers out, so nobody comes to club; list it "
        "there, or name another stage here"
    )


def test_more_stages_than_bits(said: Said, whole: str) -> None:
    many = "".join(
        f"    - {{kind: upsell, name: u{i}, price: 1, conversion: 1}}\n" for i in range(55)
    )
    text = whole.replace("    - kind: subscription\n", f"{many}    - kind: subscription\n")
    (line,) = said(text)
    message = "journey.profit_maximizers: a journey has at most 63 stages (got 64)"
    assert line.partition(": ")[2] == message
    assert said(text, ["journey.order=[tripwire, core_offer, profit_maximizers]"]) == []


def test_engaging_with_content_starts_no_repeat_purchases(
    ordered: Callable[..., Scenario],
) -> None:
    with pytest.raises(ScenarioError, match=r"repeat_purchases\.after: engaging with content"):
        ordered(ORDER, "journey.repeat_purchases.after=engage")
