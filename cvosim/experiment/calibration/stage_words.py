"""What a stage or an event is called in somebody's file, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import IntEnum

from cvosim.errors import DataError
from cvosim.plan.steps import Step


class Kind(IntEnum):
    """What an event of a log says, as far as calibration listens."""

    IGNORED = 0
    ARRIVED = 1
    REACHED = 2
    ACCEPTED = 3
    DECLINED = 4
    CONSUMED = 5
    ATTENDED = 6
    TOUCHED = 7
    OPENED = 8
    CLICKED = 9
    RECOVERED = 10
    UNSUBSCRIBED = 11


_WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ARRIVED: ("arrived", "arrival", "visited", "visit", "prospect"),
    Kind.REACHED: ("reached", "offered", "shown", "seen", "entered"),
    Kind.ACCEPTED: (
        *(
            "accepted",
            "accept",
            "yes",
            "bought",
            "purchased",
            "purchase",
            "converted",
            "conversion",
        ),
        *("opted_in", "optin", "committed", "engaged", "signed_up", "subscribed", "won"),
    ),
    Kind.DECLINED: ("declined", "decline", "no", "rejected", "refused", "abandoned"),
    Kind.CONSUMED: ("consumed", "read", "used"),
    Kind.ATTENDED: ("attended", "showed_up"),
    Kind.TOUCHED: ("touched", "sent", "message", "delivered_message"),
    Kind.OPENED: ("opened", "open"),
    Kind.CLICKED: ("clicked", "click"),
    Kind.RECOVERED: ("recovered",),
    Kind.UNSUBSCRIBED: ("unsubscribed",),
    Kind.IGNORED: (
        *("renewed", "cancelled", "reordered", "dropped_out", "lost", "exposed", "delivered"),
        *("ticket", "resolved", "unresolved", "refunded", "rewarded", "tier_reached"),
        *("advocated", "testimonial", "certified", "referred", "reactivated"),
    ),
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}

ARRIVAL = -1
"""As a stage: none; the customer has just come."""
ELSEWHERE = -2
"""As a stage: one that calibration does not look at, such as repeat purchases."""
_ARRIVALS = frozenset({"", *_WORDS[Kind.ARRIVED], "start", "none"})


def simple(word: str) -> str:
    """Reduce a word to small letters, digits and underscores."""
    return re.sub(r"\W+", "_", word.strip().casefold()).strip("_")


def kind_of(word: str, where: str) -> Kind:
    """Tell what an event is.

    Raises
    ------
    DataError
        If it is nothing known, with the nearest word.

    Examples
    --------
    >>> kind_of("Opted in", "events.csv").name
    'ACCEPTED'
    """
    found = _KINDS.get(simple(word))
    if found is None:
        near = _near(simple(word), list(_KINDS))
        words = near or "; write accepted, declined, reached, arrived, touched, opened or clicked"
        raise DataError(f'{where}: no event is called "{word}"{words}')
    return found


def stage_of(word: str, steps: Sequence[Step], where: str) -> int:
    """Tell which step of the journey a stage is, by its key or its offer's name.

    Raises
    ------
    DataError
        If the journey has no such stage, with the nearest name.
    """
    plain = simple(word)
    names = names_of_steps(steps)
    if plain in names:
        return names[plain]
    if plain in _ARRIVALS:
        return ARRIVAL
    if plain == "repeat_purchases":
        return ELSEWHERE
    there = "; there are: " + ", ".join(step.key for step in steps)
    near = _near(plain, list(names))
    raise DataError(f'{where}: the scenario has no stage "{word}"{near or there}')


def names_of_steps(steps: Sequence[Step]) -> dict[str, int]:
    """Give the row of each step by its key and by its offer's name."""
    names = {simple(str(step.offer.name)): row for row, step in enumerate(steps)}
    return names | {step.key: row for row, step in enumerate(steps)}


def row_of(word: str, names: Sequence[str], what: str, where: str) -> int:
    """Find a channel or a program by name.

    Raises
    ------
    DataError
        If there is none of that name, with the nearest.
    """
    plain = simple(word)
    if plain in names:
        return list(names).index(plain)
    there = "; there are: " + ", ".join(names) if names else "; it has none at all"
    raise DataError(f'{where}: the scenario has no {what} "{word}"{_near(plain, names) or there}')


def _near(word: str, known: Sequence[str]) -> str:
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""
