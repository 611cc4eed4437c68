"""What is valid and yet seldom meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.scenario import library, load_scenario, warnings_in

CLUB = "journey.profit_maximizers.club"
MISS = "journey.return_path.we_miss_you"


@pytest.fixture
def warned(folder: Path, whole: str) -> Callable[..., tuple[str, ...]]:
    def warn(*overrides: str) -> tuple[str, ...]:
        (folder / "s.yaml").write_text(whole, "utf-8")
        return warnings_in(load_scenario("s.yaml", overrides))

    return warn


def test_nothing_to_say(warned: Callable[..., tuple[str, ...]]) -> None:
    assert warned() == ()


@pytest.mark.parametrize("name", library())
def test_the_library_has_no_such_parts(name: str) -> None:
    assert warnings_in(load_scenario(name)) == ()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            (f"{CLUB}.trial_days=730",),
            f"{CLUB}.trial_days: a trial of 730 days is no shorter than the horizon of 730 days; "
            "no bill will be seen",
        ),
        (
            (f"{CLUB}.contract.cycles=25",),
            f"{CLUB}.contract: the first chance to leave comes 734 days after signing, no sooner "
            "than the horizon of 730 days; nobody will be seen to leave",
        ),
        (
            (f"{CLUB}.max_cycles=12",),
            f"{CLUB}.contract.cycles: the subscription ends after max_cycles, 12 bills, before the "
            "contract of 12 is over; nobody can leave",
        ),
        (
            (f"{MISS}.days=[550, 551]",),
            f"{MISS}.after_days: the first message goes out after 730 days without an order, no "
            "sooner than the horizon of 730 days",
        ),
        (
            (f"{MISS}.aim={{max_days_since_order: 90}}",),
            f"{MISS}.aim.max_days_since_order: nobody whose last order is at most 90 days old gets "
            "a message that goes out 180 days after it",
        ),
        (
            ("journey.return_path.a_year_on.every_days=730",),
            "journey.return_path.a_year_on.every_days: the first message goes out after 730 days, "
            "no sooner than the horizon of 730 days",
        ),
        (
            ("journey.referral.advocates.promoter=0",),
            "journey.referral.advocates: all shares are 0; nobody will invite anybody",
        ),
    ],
)
def test_what_will_never_be_seen(
    warned: Callable[..., tuple[str, ...]], overrides: tuple[str, ...], words: str
) -> None:
    assert warned(*overrides) == (words,)


@pytest.mark.parametrize(
    "overrides",
    [
        (f"{CLUB}.trial_days=729", f"{CLUB}.contract=null"),
        (f"{CLUB}.contract={{cycles: 23}}",),
        (f"{CLUB}.max_cycles=13",),
        (f"{MISS}.days=[549]",),
        (f"{MISS}.aim={{max_days_since_order: 180}}",),
        ("journey.return_path.happy_day.every_days=1000",),
        (f"{CLUB}.trial_days=730", "journey.order=[core_offer]"),
        ("journey.referral=null",),
    ],
    ids=str,
)
def test_what_may_be_seen(
    warned: Callable[..., tuple[str, ...]], overrides: tuple[str, ...]
) -> None:
    assert warned(*overrides) == ()
