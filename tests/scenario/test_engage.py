"""Engage and excite: what they take, what holds if it is left out, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from cvosim.scenario import load_scenario
from cvosim.scenario.stages.engage import STYLE_SUITS, Content, Engage
from cvosim.scenario.stages.excite import Excite

Spoilt = Callable[[str, str], list[str]]
EVERY = "every: {kind: exponential, mean_days: 4}"
FILM = {"name": "film", "style": "entertain"}


def test_what_holds_if_nothing_is_said() -> None:
    engage = Engage.model_validate({"content": [FILM]})
    assert engage.conversion.model_dump() == {"matched": 0.3, "adjacent": 0.12, "mismatched": 0.04}
    assert (engage.targeting, engage.lift, engage.exposures, engage.every) == (1.0, 0.0, 1, None)
    assert (engage.on_decline, engage.aim, engage.trust_weight) == (None, None, 1.0)
    assert (engage.name, engage.unit_cost, engage.trust, engage.delay) == ("engage", 0, 0, None)
    (film,) = engage.content
    assert (film.reach, film.unit_cost, film.trust, film.conversion) == (1.0, 0.0, 0.0, {})


def test_each_style_suits_one_rung() -> None:
    assert set(STYLE_SUITS.values()) == {"unaware", "problem", "solution", "product"}
    assert STYLE_SUITS["prove"] == "product"
    for style in STYLE_SUITS:
        assert Content(name="a", style=style).style == style


def test_a_table_may_be_overridden_in_part(folder: Path, whole: str) -> None:
    (folder / "s.yaml").write_text(whole, "utf-8")
    engage = load_scenario("s.yaml").journey.engage
    assert engage is not None
    assert engage.conversion.matched == 0.4
    assert engage.conversion.adjacent == 0.12
    assert engage.content[1].conversion == {"unaware": 0.2}


def test_pieces_are_addressed_by_name(folder: Path, whole: str) -> None:
    (folder / "s.yaml").write_text(whole, "utf-8")
    changes = [
        "journey.engage.content.film.reach=0.5",
        "journey.engage.content.proof={style: prove, trust: 1}",
        "journey.engage.content.article=null",
    ]
    engage = load_scenario("s.yaml", changes).journey.engage
    assert engage is not None
    assert [(piece.name, piece.reach) for piece in engage.content] == [("film", 0.5), ("proof", 1)]


def test_excite_has_no_price() -> None:
    excite = Excite.model_validate({"name": "call", "conversion": 0.5, "reference_trust": 2})
    assert (excite.unit_cost, excite.reference_trust) == (0.0, 2.0)
    with pytest.raises(ValidationError, match="price"):
        Excite.model_validate({"name": "call", "conversion": 0.5, "price": 3})


def test_an_optional_step_goes_on(whole_spoilt: Spoilt) -> None:
    """No program can serve a step whose decliners go on at once; else one may."""
    mails = "at: [tripwire, core_offer]"
    assert whole_spoilt(mails, "at: [engage, excite]") == []
    assert whole_spoilt(EVERY, f"{EVERY}\n    on_decline: return_path") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "style: educate",
            "style: →teach",
            'content.article.style: must be entertain, educate, contrast or prove (got "teach")',
        ),
        ("name: article", "name: →film", 'content.1.name: the name "film" is given twice'),
        (
            "{unaware: 0.2}",
            "{→problems: 0.2}",
            'content.article.conversion.problems: unknown key; did you mean "problem"?',
        ),
        (
            "{unaware: 0.2}",
            "{unaware: →20}",
            "content.article.conversion.unaware: must be between 0 and 1 (got 20); 20 % is 0.2",
        ),
        (
            "reach: 0.9",
            "reach: →90%",
            'content.article.reach: must be a number between 0 and 1 (got "90%"); write 0.9 '
            "instead of 90%",
        ),
        (
            "{matched: 0.4}",
            "{→macthed: 0.4}",
            'conversion.macthed: unknown key; did you mean "matched"?',
        ),
        (
            "exposures: 3",
            "exposures: →1001",
            "exposures: must be between 1 and 1000 (got 1001)",
        ),
        (
            "exposures: 3",
            "exposures: →2.5",
            "exposures: must be a whole number between 1 and 1000 (got 2.5)",
        ),
        (
            EVERY,
            "every: {kind: uniform, low_days: 4, high_days: →1}",
            "every.high_days: must be at least low_days, 4 (got 1)",
        ),
        (
            EVERY,
            "every: →4 days",
            "every: must be a section with kind: exponential, fixed, gamma, lognormal, uniform or "
            'weibull (got "4 days")',
        ),
        (
            EVERY,
            "→by_awareness: {unaware: 1}",
            "by_awareness: unknown key; known here: content, targeting, conversion, lift, "
            "exposures, every, trust_weight, on_decline, reference_trust, aim",
        ),
    ],
)
def test_what_is_wrong(whole_spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert whole_spoilt(old, new) == [f"→journey.engage.{message}"]


def test_without_content(said: Callable[..., list[str]], shop: str) -> None:
    text = shop.replace("journey:\n", "journey:\n  engage: {content: []}\n")
    assert said(text) == ["s.yaml:9:12: journey.engage.content: must have at least 1 item (got 0)"]
    pieces = ", ".join(f"{{name: p{i}, style: prove}}" for i in range(61))
    assert said(text.replace("[]", f"[{pieces}]")) == [
        "s.yaml:9:12: journey.engage.content: must have at most 60 items (got 61)"
    ]


def test_an_excite_of_the_wrong_kind(whole_spoilt: Spoilt) -> None:
    known = (
        "known here: name, conversion, delay, trust, by_awareness, trust_weight, on_decline, "
        "reference_trust, aim, unit_cost"
    )
    for key in ("price", "attendance"):
        lines = whole_spoilt("{name: first_call,", f"{{name: first_call, →{key}: 1,")
        assert lines == [f"→journey.excite.{key}: unknown key; {known}"]
    assert whole_spoilt("name: first_call", "name: →webinar") == [
        '→journey.excite.name: the name "webinar" is given twice; stages and programs need their '
        "own"
    ]
