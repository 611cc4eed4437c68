"""What a setting was and is, in few words that show how the two differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvosim.report.settings_text import label

LONGEST = 40
"""Letters of a setting's value."""
SIGNS = 12
"""Of a hash, as many as tell it from another."""
MANY = 8
"""A list of more numbers than this is told by what differs in it."""
LED_BY = 10
"""Letters before those that differ."""


def value_words(value: object) -> str:
    """Write what a setting is or was: numbers in full, sections by their name.

    Examples
    --------
    >>> value_words(29.0), value_words(0.1234567), value_words(True), value_words(None)
    ('29', '0.1234567', 'true', 'none')
    >>> value_words({"name": "stain_guard", "price": 79}), value_words("a" * 64)
    ('stain_guard', 'aaaaaaaaaaaa...')
    """
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, str):
        text = " ".join(value.split())
        if len(text) == 64 and not text.strip("0123456789abcdef"):  # a hash
            return f"{text[:SIGNS]}..."
        return _cut(f'"{text}"' if " " in text or not text else text)
    return label(value, LONGEST)


def change_words(before: object, after: object) -> str:
    """Write from what to what a setting went, such that the difference can be seen.

    Parameters
    ----------
    before, after : object
        None for what was not there, or is gone.

    Examples
    --------
    >>> change_words(29.0, 19.0)
    '29 -> 19'
    >>> change_words([64.0] * 100, [64.0] * 39 + [900.0] + [64.0] * 60)
    '1 of 100 values, the 40th: 64 -> 900'
    >>> change_words([1.0] * 100, [1.0] * 99)
    '100 -> 99 values'
    >>> change_words({"name": "club", "kind": "upsell"}, {"name": "club", "kind": "cross_sell"})
    'club (kind upsell -> cross_sell)'
    """
    then, now = value_words(before), value_words(after)
    if _is_list(before) and _is_list(after):
        assert isinstance(before, Sequence)
        assert isinstance(after, Sequence)
        if then == now or (min(len(before), len(after)) > MANY and _flat(before) and _flat(after)):
            return _lists(before, after)
    if then != now or before == after:
        return f"{then} -> {now}"
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _sections(before, after, now)
    if isinstance(before, str) and isinstance(after, str):
        return _texts(" ".join(before.split()), " ".join(after.split()))
    return f"{then} -> {now}"


def ordinal(place: int) -> str:
    """Write the how-manieth.

    Examples
    --------
    >>> [ordinal(place) for place in (1, 2, 3, 11, 22, 113)]
    ['1st', '2nd', '3rd', '11th', '22nd', '113th']
    """
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{place:,}{'th' if place % 100 in (11, 12, 13) else ends.get(place % 10, 'th')}"


def _lists(before: Sequence[object], after: Sequence[object]) -> str:
    if len(before) != len(after):
        return f"{len(before):,} -> {len(after):,} values"
    apart = [place for place, pair in enumerate(zip(before, after, strict=True)) if _differ(*pair)]
    if not apart:
        return f"{value_words(before)} -> {value_words(after)}"
    first = apart[0]
    which = f"{'' if len(apart) == 1 else 'first '}the {ordinal(first + 1)}"
    told = change_words(before[first], after[first])
    return f"{len(apart):,} of {len(before):,} values, {which}: {told}"


def _sections(before: Mapping[str, object], after: Mapping[str, object], name: str) -> str:
    """Name the first keys that differ in two sections that look alike."""
    keys = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    told = [f"{key} {change_words(before.get(key), after.get(key))}" for key in keys[:2]]
    more = [] if len(keys) <= len(told) else [f"and {len(keys) - len(told)} more"]
    return f"{name} ({'; '.join([*told, *more])})"


def _texts(before: str, after: str) -> str:
    """Begin shortly before the first letter that differs."""
    pairs = zip(before, after, strict=False)
    first = next((n for n, (one, other) in enumerate(pairs) if one != other), None)
    begin = max(0, (min(len(before), len(after)) if first is None else first) - LED_BY)
    then, now = (_cut(f'"{"..." if begin else ""}{text[begin:]}"') for text in (before, after))
    return f"{then} -> {now}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _flat(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _differ(one: object, other: object) -> bool:
    return one != other
