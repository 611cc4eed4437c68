"""Programs for customers who stay away, and for occasions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cvosim.scenario.stages.return_path import Anniversary, Birthday, WinBack

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
PATH = "→journey.return_path"


def test_what_holds_if_nothing_is_said() -> None:
    year = Anniversary(kind="anniversary", name="a", open=0.5, conversion=0.1)
    day = Birthday(kind="birthday", name="b", open=0.5, conversion=0.1)
    for occasion in (year, day):
        assert (occasion.every_days, occasion.click, occasion.unsubscribe) == (365.0, 1.0, 0.0)
        assert (occasion.cost, occasion.aim, occasion.at) == (0.0, None, ())
    rest = {"kind": "win_back", "name": "c", "open": 1, "click": 1, "conversion": 1}
    won = WinBack.model_validate({**rest, "after_days": 90, "days": [0, 7]})
    assert (won.fatigue, won.unsubscribe, won.cost, won.at) == (1.0, 0.0, 0.0, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("after_days: 180", "after_days: →0", "we_miss_you.after_days: must be at least 1 (got 0)"),
        (
            "after_days: 180",
            "after_days: →6 weeks",
            'we_miss_you.after_days: must be a number, at least 1 (got "6 weeks"); write the days '
            "alone: 42",
        ),
        (
            "days: [0, 14]",
            "days: [14, →14]",
            "we_miss_you.days.1: must be later than the day before it in the list, 14 (got 14)",
        ),
        ("days: [0, 14]", "→days: []", "we_miss_you.days: must have at least 1 item (got 0)"),
        (
            "{kind: birthday,",
            "{kind: birthday, every_days: →0.5,",
            "happy_day.every_days: must be at least 1 (got 0.5)",
        ),
        (
            "{kind: birthday,",
            "{kind: →birthdays,",
            "happy_day.kind: must be one of anniversary, birthday, exit_offer, follow_up, "
            'remarketing, win_back (got "birthdays"); did you mean "birthday"?',
        ),
        (
            "name: happy_day",
            "name: →mails",
            '3.name: the name "mails" is given twice; stages and programs need their own',
        ),
        (
            "name: happy_day",
            "name: →referral",
            'referral.name: "referral" is a word of the file format; choose a name of your own',
        ),
    ],
)
def test_what_is_wrong(whole_spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert whole_spoilt(old, new) == [f"{PATH}.{message}"]


def test_they_need_repeat_purchases(said: Said, whole: str) -> None:
    start, end = whole.index("  repeat_purchases:\n"), whole.index("  experience:\n")
    lines = said(whole[:start] + whole[end:])
    kinds = {"we_miss_you": "win_back", "a_year_on": "anniversary", "happy_day": "birthday"}
    assert [line.partition(": ")[2] for line in lines] == [
        f"journey.return_path.{name}.kind: {kind} needs journey.repeat_purchases: it begins with "
        "them, and their spend says what the order is worth that it brings"
        for name, kind in kinds.items()
    ]


def test_a_program_for_customers_may_stand_anywhere(said: Said, whole: str) -> None:
    """It takes no part in the order of exit offers and programs that take days."""
    bye = "{kind: exit_offer, at: [tripwire], discount: 0, conversion: 0.1}"
    text = whole.replace("{kind: follow_up, name: mails", "{kind: follow_up, name: letters")
    assert said(text, [f"journey.return_path.bye={bye}"]) != []
    assert said(text, ["journey.return_path.letters=null", f"journey.return_path.bye={bye}"]) == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "journey.return_path.happy_day.every_days=1",
            "happy_day.every_days: means up to 1e+06 messages a customer; at most 65000",
        ),
        (
            "journey.return_path.we_miss_you.after_days=1",
            "we_miss_you.after_days: means up to 2e+06 messages a customer; at most 65000",
        ),
    ],
)
def test_too_many_messages(said: Said, whole: str, override: str, words: str) -> None:
    assert said(whole, [override]) == []
    (line,) = said(whole, ["horizon_days=1e6", override])
    assert line.endswith(words)


def test_mbg_nbd_purchases_are_counted_like_others(said: Said, whole: str) -> None:
    alpha = "journey.repeat_purchases.frequency.alpha_days=1"
    assert said(whole, [alpha]) == []
    (line,) = said(whole, ["horizon_days=1e6", alpha])
    assert line.endswith("means up to 1e+06 purchases a customer; at most 100000")
    assert said(whole.replace("mbg_nbd", "mgb_nbd"))[0].endswith(
        'must be one of bg_nbd, mbg_nbd, pareto_nbd, poisson (got "mgb_nbd"); did you mean '
        '"mbg_nbd"?'
    )


def test_the_busiest_month_counts(said: Said, whole: str) -> None:
    """Purchases are thinned from the rate of the busiest month: 12 times the mean at most."""
    season = ["calendar={start: 2026-01-01}", f"seasonality.purchases={[0] * 11 + [3]}"]
    rate = ["horizon_days=1000", "journey.repeat_purchases.frequency.alpha_days=0.1"]
    assert said(whole, rate) == []
    (line,) = said(whole, [*season, *rate])
    assert line.endswith("means up to 1.2e+05 purchases a customer; at most 100000")
