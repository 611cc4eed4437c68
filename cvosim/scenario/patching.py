"""A scenario whose paths can be set again and again, fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from numbers import Integral, Real

from pydantic import ValidationError

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.checks import issues_in
from cvosim.scenario.files import fill_references
from cvosim.scenario.references import Loc
from cvosim.scenario.scenario import PARTS_CHECKED, Scenario
from cvosim.scenario.schema_walk import schema_at
from cvosim.scenario.validation import raise_if_any, validate
from cvosim.scenario.variants import Change, apply_changes, loc_of, position_of
from cvosim.scenario.yaml_nodes import (
    Entry,
    ListNode,
    MapNode,
    Mark,
    Node,
    ScalarNode,
    copy_map,
)
from cvosim.scenario.yaml_writer import flow_text

NOT_SIMULATED = ("experiment", "sweep")
"""Sections that say what to do with a scenario, and not what it is."""

_OF_SWEEP = ("levers", "uncertainties")
_SIMPLE = frozenset({int, float, str, bool})
_OVERRIDE = "-S "
_ANY = ""
"""In place of a path: all that a list of points may have a column for."""


@dataclass(frozen=True)
class Template:
    """A checked scenario that gives others like it, some of its paths changed.

    Attributes
    ----------
    scenario : Scenario
        As written, without its ``experiment`` and ``sweep``.
    source : str
        The file that it was read from.

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> template = load_template("carpet_cleaning")
    >>> cheaper = template.at({"journey.tripwire.price": 19})
    >>> cheaper.journey.tripwire.price, cheaper.journey.tripwire.list_price
    (19.0, 29.0)
    """

    scenario: Scenario
    source: str = ""
    _tree: MapNode = field(default_factory=lambda: MapNode({}, Mark("")), repr=False, compare=False)
    _data: dict[str, object] = field(default_factory=dict, repr=False, compare=False)
    _stated: Mapping[str, Mark] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of_tree(cls, tree: MapNode, source: str) -> Template:
        """Make one of a tree whose references are filled in, without touching it.

        Raises
        ------
        ScenarioError
            Holds everything that is wrong with the tree.
        """
        stated = _stated_in_sweep(tree)
        kept = {key: e for key, e in tree.entries.items() if key not in NOT_SIMULATED}
        tree = copy_map(replace(tree, entries=kept))
        scenario, problems, data = validate(tree)
        raise_if_any(problems, [source])
        assert scenario is not None
        return cls(scenario, source, tree, data, stated)

    def at(self, changes: Mapping[str, object]) -> Scenario:
        """Give the scenario with some paths changed.

        Parameters
        ----------
        changes : mapping
            Dotted paths and plain values: numbers, texts, lists, mappings; None removes. They
            mean what ``-S path=value`` means, one after the other: conversions keep the trust
            and the price they were observed at, list items are addressed by name. Values of
            paths that the file's own sweep states are the file's: data that they name must lie
            where a scenario file may look.

        Returns
        -------
        Scenario
            Checked as any other.

        Raises
        ------
        ScenarioError
            Holds every problem, each with the path and the value that it is about.

        Examples
        --------
        >>> from cvosim.scenario.template import load_template
        >>> load_template("carpet_cleaning").at({"journey.tripwire": None}).journey.tripwire
        >>> from cvosim.errors import ScenarioError
        >>> try:
        ...     load_template("carpet_cleaning").at({"journey.tripwire.price": -5})
        ... except ScenarioError as error:
        ...     print(error)
        journey.tripwire.price: must be at least 0 (got -5)
        """
        data = self._patched(changes)
        if data is not None:
            try:
                scenario = Scenario.model_validate(data, context={PARTS_CHECKED: True})
            except ValidationError:
                pass
            else:
                if not issues_in(data):
                    return scenario
        tree, problems = self._changed(changes)
        scenario_or_none, found, _ = validate(tree)
        _raise(problems + found)
        assert scenario_or_none is not None
        return scenario_or_none

    def changed(self, changes: Mapping[str, object]) -> Template:
        """Give a template of the scenario with some paths changed for good.

        Raises
        ------
        ScenarioError
            As `at` does.

        Examples
        --------
        >>> from cvosim.scenario.template import load_template
        >>> load_template("carpet_cleaning").changed({"seed": 3}).at({}).seed
        3
        """
        tree, problems = self._changed(changes)
        scenario, found, data = validate(tree)
        _raise(problems + found)
        assert scenario is not None
        return Template(scenario, self.source, tree, data, self._stated)

    def tree(self) -> MapNode:
        """Give a copy of what it was made of, for a scenario that extends it."""
        return copy_map(self._tree)

    def value(self, path: str) -> object:
        """Look up what stands at a path, defaults included; None where a key is left out.

        Raises
        ------
        ScenarioError
            There is no such path; says which name is near.

        Examples
        --------
        >>> from cvosim.scenario.template import load_template
        >>> load_template("carpet_cleaning").value("journey.core_offer.price")
        249.0
        """
        found = loc_of(path, self.scenario.model_dump())
        if isinstance(found, str):
            raise ScenarioError((Problem(found, path=path),))
        return found[1]

    def takes_whole_numbers(self, path: str) -> bool:
        """Tell whether a path takes whole numbers only."""
        place: object = self.scenario.model_dump()
        data, loc = place, list[str | int]()
        for part in path.split("."):
            index = position_of(place, part) if isinstance(place, list | tuple) else None
            key = part if index is None else index
            known = place.get(part) if isinstance(place, dict) else None
            place = known if index is None else place[index]  # type: ignore[index]
            loc.append(key)
        schema = schema_at(tuple(loc), data)
        return schema is not None and schema.get("type") == "integer"

    def takes(self, changes: Mapping[str, object]) -> bool:
        """Tell whether the scenario is valid with some paths changed."""
        try:
            self.at(changes)
        except ScenarioError:
            return False
        return True

    def fits(self, loc: Loc, value: object) -> bool | None:
        """Tell whether all parts fit together with another value at a place, and do so fast.

        Whether the value is of the right kind and within its own bounds is left to the caller,
        and to `takes`; None where only `takes` can tell.
        """
        if loc[0] == "channels" and self._counts_days():
            return None
        data = dict(self._data)
        place: dict[str, object] | list[object] = data
        for part in loc[:-1]:
            known = part in place if isinstance(place, dict) else True
            child = place[part] if known else None  # type: ignore[index]
            if not isinstance(child, dict | list):
                return None
            child = child.copy()
            place[part] = child  # type: ignore[index]
            place = child
        place[loc[-1]] = value  # type: ignore[index]
        return not issues_in(data)

    def problems_with(self, changes: Sequence[Change]) -> list[Problem]:
        """Say what would be wrong with changes whose values know where they are written."""
        tree = copy_map(self._tree)
        problems: list[Problem] = []
        apply_changes(tree, list(changes), problems)
        fill_references(tree)
        return problems or validate(tree).problems

    def _changed(self, changes: Mapping[str, object]) -> tuple[MapNode, list[Problem]]:
        tree = copy_map(self._tree)
        problems: list[Problem] = []
        listed = []
        for path, value in changes.items():
            mark = self._mark(path)
            if path.partition(".")[0] in NOT_SIMULATED:
                message = "says what to do with the scenario; only the scenario itself is changed"
                problems.append(Problem(message, mark.file))
                continue
            try:
                listed.append(Change(path, node_of(value, mark), mark))
            except TypeError as error:
                problems.append(Problem(str(error), mark.file))
        apply_changes(tree, listed, problems)
        fill_references(tree)
        return tree, problems

    def _mark(self, path: str) -> Mark:
        """Say who states the values of a path: the file's sweep, else whoever calls."""
        words = f"{_OVERRIDE}{path}"
        stated = self._stated.get(path, self._stated.get(_ANY))
        if stated is None or stated.said:
            return Mark(words, said=True)
        return Mark(words, stated_in=stated.file)

    def _patched(self, changes: Mapping[str, object]) -> dict[str, object] | None:
        """Copy the raw data along the paths and set them; None where that is not all there is.

        Removing, reordering, and whole sections have consequences elsewhere in the tree.
        """
        data = dict(self._data)
        mine: set[Loc] = set()
        for path, value in changes.items():
            if not _is_simple(value) or not self._set(data, path, value, mine):
                return None
        return data

    def _set(self, data: dict[str, object], path: str, value: object, mine: set[Loc]) -> bool:
        parts = path.split(".")
        if parts[0] == "channels" and self._counts_days():
            return False
        if parts[0] in NOT_SIMULATED or parts[:2] == ["journey", "order"]:
            return False
        place: dict[str, object] | list[object] = data
        loc: Loc = ()
        for part in parts[:-1]:
            key = _key(place, part)
            if key is None:
                return False
            child = place[key]  # type: ignore[index]
            if not isinstance(child, dict | list):
                return False
            loc = (*loc, key)
            if loc not in mine:  # what other changes have not copied yet
                child = child.copy()
                mine.add(loc)
                place[key] = child  # type: ignore[index]
            place = child
        key = _key(place, parts[-1])
        if key is None:
            return False
        own = list(value) if isinstance(value, list | tuple) else value
        place[key] = own  # type: ignore[index]
        return True

    def _counts_days(self) -> bool:
        """Tell whether arrivals are read from files, which only a whole reading does."""
        return any(
            getattr(channel.arrivals, "kind", "") == "daily" for channel in self.scenario.channels
        )


def _stated_in_sweep(tree: MapNode) -> dict[str, Mark]:
    """Return where a tree's sweep states what its paths become."""
    sweep = tree.get("sweep")
    found: dict[str, Mark] = {}
    for key, entry in sweep.entries.items() if isinstance(sweep, MapNode) else ():
        if key in _OF_SWEEP and isinstance(entry.value, MapNode):
            found |= {path: one.key_mark for path, one in entry.value.entries.items()}
        elif key == "design" and isinstance(entry.value, MapNode) and entry.value.get("file"):
            found[_ANY] = entry.value.entries["file"].key_mark
    return found


def node_of(value: object, mark: Mark) -> Node:
    """Return a plain value as a tree that stands at one place.

    Raises
    ------
    TypeError
        The value is nothing that a scenario can hold.
    """
    if isinstance(value, Mapping):
        entries = {str(key): Entry(mark, node_of(item, mark)) for key, item in value.items()}
        return MapNode(entries, mark)
    if isinstance(value, list | tuple):
        return ListNode([node_of(item, mark) for item in value], mark)
    plain: object = value
    if isinstance(value, date):
        plain = value.isoformat()
    elif not isinstance(value, bool) and isinstance(value, Real):
        plain = int(value) if isinstance(value, Integral) else float(value)
    text = flow_text(plain)
    return ScalarNode(plain, mark, text, quoted=isinstance(plain, str))


def _is_simple(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(type(item) in _SIMPLE for item in value)
    return type(value) in _SIMPLE


def _key(place: dict[str, object] | list[object], part: str) -> str | int | None:
    """Return the key or index of what is there under a word; None where nothing is."""
    if isinstance(place, dict):
        return part if part in place else None
    return position_of(place, part)


def _raise(problems: list[Problem]) -> None:
    """Raise problems, the paths of a call in place of the words of a command line."""
    said = []
    for problem in problems:
        if problem.file.startswith(_OVERRIDE):
            path = problem.path or problem.file.removeprefix(_OVERRIDE)
            said.append(Problem(problem.message, path=path))
        else:
            said.append(problem)
    raise_if_any(said, [])
