"""Aims: whom an offer or a program is meant for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.scenario import load_scenario
from cvosim.scenario.stages.aim import Aim

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
AIM = "aim: {segments: [families]}"
AIMED = "→journey.profit_maximizers.gold_case.aim"


def test_an_aim_that_says_nothing_is_at_everybody() -> None:
    aim = Aim()
    assert (aim.segments, aim.tiers, aim.channels) == ((), (), ())
    assert (aim.min_orders, aim.min_spend, aim.max_days_since_order) == (0, 0.0, None)
    assert Aim.model_validate({"segments": None}) == aim


@pytest.mark.parametrize(
    "path",
    [
        *("engage", "lead_magnet", "tripwire", "excite", "core_offer"),
        *("profit_maximizers.insurance", "profit_maximizers.club"),
        *("return_path.mails", "return_path.we_miss_you", "return_path.happy_day"),
    ],
)
def test_everything_can_be_aimed(said: Said, whole: str, path: str) -> None:
    aim = "{segments: [students], channels: [street, referral], tiers: [gold], min_spend: 9.5}"
    assert said(whole, [f"journey.{path}.aim={aim}"]) == []
    wrong = f"journey.{path}.aim={{min_orders: -1}}"
    assert said(whole, [wrong]) == [
        f"-S journey.{path}.aim: journey.{path}.aim.min_orders: must be at least 0 (got -1)"
    ]


@pytest.mark.parametrize(
    ("aim", "message"),
    [
        (
            "{segments: [→familys]}",
            '.segments.0: no segment has the name "familys"; did you mean "families"?',
        ),
        (
            "{channels: [street, referral, →web]}",
            '.channels.2: no channel has the name "web"; there are: street, referral',
        ),
        (
            "{tiers: [gold, →golden]}",
            '.tiers.1: no tier has the name "golden"; did you mean "gold"?',
        ),
        (
            "{segments: →families}",
            '.segments: must be a list (got "families"); write [families]',
        ),
        ("{→minorders: 3}", '.minorders: unknown key; did you mean "min_orders"?'),
        ("{min_orders: →1.5}", ".min_orders: must be a whole number, at least 0 (got 1.5)"),
        (
            "{min_spend: →$100}",
            '.min_spend: must be a number, at least 0 (got "$100"); write 100 alone; `currency` '
            "names the unit",
        ),
        (
            "{max_days_since_order: →3 weeks}",
            '.max_days_since_order: must be a number, at least 0 (got "3 weeks"); write the days '
            "alone: 21",
        ),
    ],
)
def test_what_is_wrong(whole_spoilt: Spoilt, aim: str, message: str) -> None:
    assert whole_spoilt(AIM, f"aim: {aim}") == [f"{AIMED}{message}"]


def test_tiers_need_loyalty(said: Said, whole: str) -> None:
    (line,) = said(whole, ["journey.loyalty=null"])
    assert line.endswith(
        "journey.return_path.a_year_on.aim.tiers: needs journey.loyalty: without it there are no "
        "tiers to aim at"
    )


def test_removing_what_is_aimed_at_is_said(said: Said, whole: str) -> None:
    """Whom else the offer should be for, nobody can guess."""
    lines = said(whole, ["market.segments.families=null", "market.segments.students.share=1"])
    assert [line.partition("journey.")[2] for line in lines] == [
        'profit_maximizers.gold_case.aim.segments.0: no segment has the name "families"; there '
        "are: students"
    ]
    (line,) = said(whole, ["journey.loyalty.tiers.gold=null"])
    assert line.endswith('a_year_on.aim.tiers.0: no tier has the name "gold"; there are: silver')


def test_people_who_were_invited_can_be_aimed_at_before_anybody_invites(
    folder: Path, whole: str
) -> None:
    """A variant without referral keeps what is said about the invited."""
    text = whole.replace(AIM, "aim: {channels: [referral]}")
    (folder / "s.yaml").write_text(text, "utf-8")
    assert load_scenario("s.yaml", ["journey.referral=null"]).journey.referral is None


def test_the_market_that_is_left_out_has_names_too(said: Said, shop: str) -> None:
    text = shop.replace("market:\n  segments:\n    - {name: all_of_them, share: 1}\n", "").replace(
        "channels:\n  - {name: street, kind: earned, share: 1}\n", ""
    )
    aim = "journey.tripwire.aim={segments: [everyone], channels: [direct]}"
    assert said(text, [aim]) == []
    (line,) = said(text, ["journey.tripwire.aim={channels: [street]}"])
    assert line.endswith('no channel has the name "street"; there are: direct, referral')
