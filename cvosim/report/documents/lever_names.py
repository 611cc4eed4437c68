"""Paths of a scenario in words, as the what-if page calls its levers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cvosim.scenario.lever_words import capital, group_title, label_of, spaced
from cvosim.scenario.variants import loc_of

if TYPE_CHECKING:
    from cvosim.scenario.references import Loc
    from cvosim.scenario.template import Template


def in_words(path: str, template: Template) -> str:
    """Write a path as its heading and its label; empty for what is no place of the scenario.

    Parameters
    ----------
    path : str
    template : Template
        The scenario.

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> carpets = load_template("carpet_cleaning")
    >>> in_words("journey.tripwire.price", carpets), in_words("channels.old_ads.price", carpets)
    ('Tripwire: price', '')
    >>> in_words("channels.facebook.cost_per_prospect", carpets)
    'Channel: facebook: cost per prospect'
    """
    return _words(path, template.scenario.model_dump())


def _words(path: str, data: dict[str, Any]) -> str:
    found = loc_of(path, data)
    if isinstance(found, str):
        return ""
    loc, _ = found
    heading = loc[: _depth(loc)]
    if len(heading) < len(loc):
        label = label_of(loc, data)
        return f"{_title(heading, data)}: {label[:1].lower()}{label[1:]}"
    return _title(heading, data)


def _depth(loc: Loc) -> int:
    """Count the steps of a path that a heading says."""
    if loc[0] in ("market", "journey", "channels"):
        inner = loc[0] == "journey" and len(loc) > 2 and isinstance(loc[2], int)
        return 3 if inner else 1 if loc[0] == "market" else 2
    return 1


def _title(loc: Loc, data: dict[str, Any]) -> str:
    """Write a heading; one that is neither a section nor an item of a list by its own key."""
    item: Any = data
    for part in loc:
        item = item.get(part) if isinstance(item, dict) else item[part]
    return group_title(loc, data) if isinstance(item, dict) else capital(spaced(str(loc[-1])))


def with_words(text: str, paths: Iterable[str], template: Template) -> str:
    """Put the words of each path before it where it is named first.

    Parameters
    ----------
    text : str
    paths : iterable of str
        Those that may be named; what is no place of the scenario stays as it is.
    template : Template

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> with_words("Set a.price to 9. journey.tripwire.price is best.",
    ...            ["journey.tripwire.price", "a.price"], load_template("carpet_cleaning"))
    'Set a.price to 9. "Tripwire: price" (journey.tripwire.price) is best.'
    """
    data = template.scenario.model_dump()
    for path in dict.fromkeys(paths):
        words = _words(path, data)
        whole = rf"(?<![\w.]){re.escape(path)}(?!\w|\.\w)"
        if words:
            text = re.sub(whole, lambda _, p=path, w=words: f'"{w}" ({p})', text, count=1)  # type: ignore[misc]
    return text
