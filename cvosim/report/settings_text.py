"""What a factor is set to, in a few words: numbers, words, lists and whole sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NONE = "none"
"""What is removed, or not there."""
LONGEST = 32
"""Signs of a list or section before it is cut."""


def setting(value: object) -> str:
    """Write what a factor is set to, as sentences and tables hold it.

    Parameters
    ----------
    value : object
        A number, a word, None for what is removed, a list, or a section of a scenario.

    Examples
    --------
    >>> setting(19), setting(0.123456), setting(12500.0), setting(None), setting(True)
    ('19', '0.1235', '12,500', 'none', 'true')
    >>> setting({"name": "stain_guard", "price": 49}), setting({"kind": "upsell", "price": 49})
    ('with stain_guard', '{kind: upsell, price: 49}')
    >>> setting([1, 3, 7]), setting([{"name": "gold"}, {"name": "silver"}])
    ('[1, 3, 7]', '[gold, silver]')
    """
    name = _name(value)
    return f"with {name}" if name else _text(value)


def label(value: object, width: int = 16) -> str:
    """Write the same as short as a tick of an axis must be: a section by its name alone.

    Examples
    --------
    >>> label({"name": "stain_guard", "price": 49}), label(None), label("a word that is long")
    ('stain_guard', 'none', 'a word that i...')
    """
    text = _text(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _name(value: object) -> str:
    name = value.get("name") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else ""


def _text(value: object) -> str:
    if name := _name(value):
        return name
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:,.0f}" if 10_000.0 <= abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, Mapping):
        return _joined("{}", [f"{key}: {_text(item)}" for key, item in value.items()])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _joined("[]", [_text(item) for item in value])
    return str(value)


def _joined(ends: str, parts: Sequence[str]) -> str:
    """Join parts between brackets; those that are too many become dots."""
    kept: list[str] = []
    for part in parts:
        if kept and len(", ".join([*kept, part])) > LONGEST:
            kept.append("...")
            break
        kept.append(part)
    return f"{ends[0]}{', '.join(kept)}{ends[1]}"
