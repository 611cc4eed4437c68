"""What differs between the settings of two scenarios, by the paths that ``-S`` knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

Loc = tuple[str, ...]
_KINDS = ("kind", "model")
"""Keys that decide which others a section has: where they differ, so does the whole section."""


class SettingChange(NamedTuple):
    """A setting that differs; keys and names of list items lead to it."""

    loc: Loc
    before: object
    after: object

    @property
    def path(self) -> str:
        """As ``-S`` has it."""
        return ".".join(self.loc)


def differences(
    before: object, after: object, loc: Loc = (), follows: Collection[Loc] = ()
) -> list[SettingChange]:
    """Find every setting that differs.

    Parameters
    ----------
    before, after : mapping
        Settings, defaults and all, as `Record` holds them. What is null is not there.
    loc : tuple of str
        Where they stand.
    follows : collection of tuple
        What nobody wrote: it is no difference, nor does it make one of two items.

    Returns
    -------
    list of SettingChange
        In the order of the sections. Items of lists are matched by name; an item that differs
        in nothing but its name was renamed; a change of order is one of the list, whose values
        are then the names.

    Examples
    --------
    >>> ads = {"name": "ads", "share": 0.4}
    >>> before = {"channels": [ads, {"name": "walk_in", "share": 0.6}]}
    >>> after = {"channels": [ads | {"share": 1.0}]}
    >>> [change.path for change in differences(before, after)]
    ['channels.ads.share', 'channels.walk_in']
    """
    return list(_differences(before, after, loc, follows))


def _differences(
    before: object, after: object, loc: Loc, follows: Collection[Loc]
) -> Iterator[SettingChange]:
    if before == after or loc in follows:
        return
    if _alike(before, after):
        for key in dict.fromkeys([*before, *after]):  # type: ignore[misc]
            old, new = before.get(key), after.get(key)  # type: ignore[attr-defined]
            yield from _differences(old, new, (*loc, str(key)), follows)
    elif named(before) and named(after):
        yield from _items(before, after, loc, follows)  # type: ignore[arg-type]
    else:
        yield SettingChange(loc, before, after)


def _alike(before: object, after: object) -> bool:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return False
    return all(before.get(key) == after.get(key) for key in _KINDS)


def named(found: object) -> bool:
    """Tell whether a value is a list whose items go by their names; an empty one may be.

    Examples
    --------
    >>> named([{"name": "ads"}]), named([1, 3]), named([])
    (True, False, True)
    """
    if not isinstance(found, list | tuple):
        return False
    names = [item.get("name") for item in found if isinstance(item, Mapping)]
    words = {name for name in names if isinstance(name, str)}
    return len(words) == len(found)


def by_name(items: Sequence[Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    """Index the items of a list by their names."""
    return {str(item["name"]): item for item in items}


def _items(
    before: Sequence[Mapping[str, object]],
    after: Sequence[Mapping[str, object]],
    loc: Loc,
    follows: Collection[Loc],
) -> Iterator[SettingChange]:
    old, new = by_name(before), by_name(after)
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    mine, yours = (
        {name: _stated(item, (*loc, name), follows) for name, item in one.items()}
        for one in (old, new)
    )
    renamed = _renamed(mine, yours, gone, come)
    for name in dict.fromkeys([*old, *new]):
        if name in renamed:
            yield SettingChange((*loc, name, "name"), name, renamed[name])
        elif name not in renamed.values():
            yield from _differences(old.get(name), new.get(name), (*loc, name), follows)
    kept = [renamed.get(name, name) for name in old if name in new or name in renamed]
    order = [name for name in new if name in kept]
    if kept != order:
        yield SettingChange(loc, kept, order)


def _stated(item: Mapping[str, object], loc: Loc, follows: Collection[Loc]) -> dict[str, object]:
    return {key: value for key, value in item.items() if (*loc, key) not in follows}


def _renamed(
    old: Mapping[str, Mapping[str, object]],
    new: Mapping[str, Mapping[str, object]],
    gone: Sequence[str],
    come: Sequence[str],
) -> dict[str, str]:
    found: dict[str, str] = {}
    for was in gone:
        for now in come:
            if now not in found.values() and {**old[was], "name": now} == new[now]:
                found[was] = now
                break
    return found
