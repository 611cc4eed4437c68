"""Names of what can be measured of a customer after its assignment in an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cvosim.scenario.raw import nearest

MONEY_OUTCOMES = ("contribution", "revenue", "cost", "clv")
PLAIN = (*MONEY_OUTCOMES, "orders", "active", "days_to_last_order")
BEFORE = ("contribution", "revenue", "cost", "orders")
OF_STAGE = ("conversion", "survival", "cancelled")
_FOREVER = ("clv", "active")
"""Outcomes that look beyond any window."""

ARRIVAL, ORDER = "arrival", "order"
"""Places of assignment that are no stages."""


class Outcome(NamedTuple):
    """One outcome of a customer.

    Attributes
    ----------
    name : str
        As written.
    kind : str
        Its first word, such as ``conversion``; ``before`` for what happened before assignment.
    about : str
        Stage, or what is measured of the time before; empty for neither.
    day : float
        Of retention: days after assignment.
    within : float or None
        Days after assignment that count, if fewer than the follow-up.
    """

    name: str
    kind: str
    about: str = ""
    day: float = 0.0
    within: float | None = None

    @property
    def is_money(self) -> bool:
        """Whether it is an amount."""
        what = self.about if self.kind == "before" else self.kind
        return what in MONEY_OUTCOMES

    @property
    def is_share(self) -> bool:
        """Whether it is 1 or 0 for every customer."""
        return self.kind in ("conversion", "active", "retention", "cancelled")


def outcome_of(word: str) -> Outcome | str:
    """Take a name apart, or say what is wrong with it.

    Examples
    --------
    >>> outcome_of("conversion.core_offer@14")
    Outcome(name='conversion.core_offer@14', kind='conversion', about='core_offer', day=0.0, within=14.0)
    >>> outcome_of("contributoin")
    'no outcome is called "contributoin"; did you mean "contribution"?'
    """  # noqa: E501
    plain, at, days = word.partition("@")
    within = _days(days) if at else None
    if at and not within:
        return f'"{word}": after @ comes a number of days above 0, such as {plain}@14'
    kind, dot, about = plain.partition(".")
    if within is not None and kind in (*_FOREVER, "before"):
        return f'"{word}": {kind} takes no @DAYS'
    if not dot and kind in PLAIN:
        return Outcome(word, kind, within=within)
    if dot and kind in OF_STAGE and about:
        return Outcome(word, kind, about, within=within)
    if dot and kind == "before" and about in BEFORE:
        return Outcome(word, kind, about)
    return _retention(word, about, within) if kind == "retention" else _unknown(word, kind)


def _retention(word: str, about: str, within: float | None) -> Outcome | str:
    day = _days(about)
    if day is None:
        return f'"{word}": retention needs a day, such as retention.30'
    if within is not None and within <= day:
        return f'"{word}": looks {within:g} days ahead, and so never at day {day:g} or later'
    return Outcome(word, "retention", day=day, within=within)


def _unknown(word: str, kind: str) -> str:
    if kind in OF_STAGE:
        return f'"{word}": {kind} needs a stage, such as {kind}.core_offer'
    known = [*PLAIN, "retention.30", *(f"{k}.core_offer" for k in OF_STAGE)]
    known += [f"before.{part}" for part in BEFORE]
    listing = f"; there are: {', '.join(known)}"
    return f'no outcome is called "{word}"{nearest(word, known) or listing}'


def outcome_problem(
    word: str,
    stages: Iterable[str],
    subscriptions: Iterable[str],
    follow_days: float | None = None,
) -> str | None:
    """Say why a name cannot be measured in a scenario, or give None if it can.

    Parameters
    ----------
    word : str
        The name.
    stages, subscriptions : iterable of str
        Keys of the stages that customers may come to, and of those among them that bill.
    follow_days : float, optional
        Days that every customer is followed.

    Examples
    --------
    >>> outcome_problem("conversion.tripwir", ["tripwire"], [])
    '"conversion.tripwir": no stage has the key "tripwir"; did you mean "tripwire"?'
    """
    found = outcome_of(word)
    if isinstance(found, str):
        return found
    places = list(subscriptions if found.kind in ("survival", "cancelled") else stages)
    if found.kind in OF_STAGE and found.about not in places:
        what = "stage" if found.kind == "conversion" else "subscription"
        known = f"; there are: {', '.join(places)}" if places else "; there is none"
        near = nearest(found.about, places) or known
        return f'"{word}": no {what} has the key "{found.about}"{near}'
    if found.kind == "active" and follow_days is None:
        return f'"{word}": needs follow_days: active is who orders after them'
    if follow_days is not None and found.within is not None and found.within > follow_days:
        return f'"{word}": customers are followed for {follow_days:g} days only'
    if follow_days is not None and found.kind == "retention" and found.day >= follow_days:
        return f'"{word}": customers are followed for {follow_days:g} days only'
    return None


def _days(text: str) -> float | None:
    try:
        days = float(text)
    except ValueError:
        return None
    return days if 0.0 <= days < float("inf") else None
