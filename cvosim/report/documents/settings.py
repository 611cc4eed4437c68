"""A scenario's settings as tables: what was put in, and what differs between scenarios.

Settings are called as the scenario file calls them, so that whoever reads can change them; what
is left out there and has no default is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cvosim.report.settings_text import setting
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

_NOT_RUN = ("schema_version", "name", "description", "customers", "seed", "experiment", "sweep")
"""What the title and the manifest say, and what a plain run has nothing to do with."""
_ABSENT = ""
_LEFT_OUT = {
    "arrivals": ("arrivals: kind", "all on day 0"),
    "max_cycles": ("max cycles", "no limit"),
    "frequency_cap": ("frequency cap", "no limit"),
}
"""What it means that one of several has no such setting, though it could: its line."""
_NO_EFFECT = "0"
"""Of a segment or channel on a stage that it says nothing of."""


def settings_tables(scenario: Scenario, title: str = "") -> tuple[Table, ...]:
    """List every setting of a scenario, a table each for what belongs together.

    Parameters
    ----------
    scenario : Scenario
    title : str, optional
        Whose settings they are, where there are several scenarios.

    Returns
    -------
    tuple of Table
        One column where there is one of a thing (the tripwire); a column each where there are
        several (channels, segments, offers to buyers, return paths).

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> tables = settings_tables(load_scenario("carpet_cleaning"))
    >>> [table.title for table in tables[:3]]
    ['In general', 'Market', 'Market: segments']
    >>> tables[3].header
    ('setting', 'facebook', 'search', 'organic')
    """
    data = _settings(scenario)
    general = {name: value for name, value in data.items() if not isinstance(value, Mapping)}
    general = {name: value for name, value in general.items() if not _named(value)}
    groups: dict[str, Any] = {"In general": general}
    for name, value in data.items():
        if name == "journey":
            groups["Journey"] = {k: v for k, v in value.items() if _plain(v)}
            groups |= {_heading(k): v for k, v in value.items() if not _plain(v)}
        elif name not in general:
            groups[_heading(name)] = value
    found = [table for name, value in groups.items() for table in _tables(name, value)]
    return tuple(_owned(table, title) for table in found)


def differences_table(scenarios: Sequence[Scenario]) -> Table | None:
    """List what differs between scenarios: path, baseline, variants; None where nothing does.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> dear = load_scenario("carpet_cleaning", ["name=Dear", "journey.tripwire.price=49"])
    >>> table = differences_table([load_scenario("carpet_cleaning"), dear])
    >>> table.header, table.shown
    (('setting', 'Carpet cleaning', 'Dear'), (('journey.tripwire.price', '29', '49'),))
    """
    rows = tuple(_differing("", [_settings(one) for one in scenarios]))
    if not rows:
        return None
    header = ("setting", *(one.name for one in scenarios))
    return Table(header, rows, rows, title="What differs")


def _settings(scenario: Scenario) -> dict[str, Any]:
    data = scenario.model_dump(mode="json")
    return {name: value for name, value in data.items() if name not in _NOT_RUN and _there(value)}


def _there(value: object) -> bool:
    return value is not None and value not in ({}, [], "")


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _plain(value: object) -> bool:
    """Whether a value fits into one cell."""
    return not isinstance(value, Mapping) and not _named(value)


def _named(value: object) -> bool:
    """Whether a value is a list of things with names, such as channels."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, Mapping) and "name" in item for item in value)
    )


def _tables(title: str, value: Any) -> Iterator[Table]:
    """Make a table of a section, and one of each list of named things in it."""
    if _named(value):
        yield _side_by_side(title, value)
        return
    if not _there(value):
        return
    rows = tuple(
        line for name, one in value.items() if not _named(one) for line in _lines(name, one)
    )
    if rows:
        yield Table(("setting", "value"), rows, rows, title)
    for name, one in value.items():
        if _named(one):
            yield _side_by_side(f"{title}: {name.replace('_', ' ')}", one)


def _side_by_side(title: str, items: Sequence[Mapping[str, Any]]) -> Table:
    columns = [dict(_column(item)) for item in items]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = tuple(
        (name, *(column.get(name, _when_absent(name)) for column in columns)) for name in names
    )
    return Table(("setting", *(str(item["name"]) for item in items)), rows, rows, title)


def _column(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, one in item.items():
        if one is None and name in _LEFT_OUT:
            yield _LEFT_OUT[name]
        elif name != "name":
            yield from _lines(name, one)


def _when_absent(line: str) -> str:
    return _NO_EFFECT if line.startswith("effects: ") else _ABSENT


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Write a setting as a line; one of several parts as a line each."""
    label = name.replace("_", " ")
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _lines(f"{label}: {key}", one)
    elif _there(value):
        yield label, _text(value)


def _text(value: Any) -> str:
    """Write a value in full: what was put in is never rounded."""
    if isinstance(value, float):
        return f"{value:,.15g}"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items() if _there(v))
    return setting(value)


def _owned(table: Table, title: str) -> Table:
    from dataclasses import replace

    return replace(table, title=f"{title}: {table.title}") if title else table


def _differing(path: str, values: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    """Walk all scenarios at once, down to where they differ."""
    if all(value == values[0] for value in values):
        return
    if all(isinstance(value, Mapping) for value in values):
        for key in dict.fromkeys(key for value in values for key in value):
            yield from _differing(_under(path, key), [value.get(key) for value in values])
        return
    lists = [value or [] for value in values]
    if all(_named(one) or one == [] for one in lists):
        yield from _items_differing(path, lists)
        return
    yield (path, *(_short(value) for value in values))


def _items_differing(path: str, lists: Sequence[Sequence[Any]]) -> Iterator[tuple[str, ...]]:
    items = [{str(item["name"]): item for item in one} for one in lists]
    names = dict.fromkeys(name for one in items for name in one)
    everywhere = {name for name in names if all(name in one for one in items)}
    orders = [[name for name in one if name in everywhere] for one in items]
    if any(order != orders[0] for order in orders):
        yield (f"{path} (order)", *(", ".join(one) for one in items))
    for name in names:
        yield from _differing(_under(path, name), [one.get(name) for one in items])


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(value: Any) -> str:
    """Write one of the values that differ: a section by its name, all else in full."""
    if isinstance(value, Mapping) or not _there(value):
        return setting(value if _there(value) else None)
    return _text(value)
