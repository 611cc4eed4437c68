"""The scenarios that requests are about: of the library, of the command line, and texts."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from cvosim.app.limits import Limits
from cvosim.app.state import RefusedError, Source, State, Value
from cvosim.errors import Problem, ScenarioError
from cvosim.scenario import Scenario, library
from cvosim.scenario.levers import LeverGroup, levers_of
from cvosim.scenario.loader import load_tree
from cvosim.scenario.patching import NOT_SIMULATED, Template
from cvosim.scenario.upload import questions_of_text, template_of_text

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FIXED = frozenset(
    {"schema_version", "name", "description", "currency", "horizon_days", "customers", "seed",
     "calendar", "experiment", "sweep"}
)  # fmt: skip
"""First words of paths that no lever has."""
_FILE_KEYS = frozenset({"file", "column", "weights"})


class Recent(Generic[K, V]):
    """The results asked for last, so many of them; only what is the same for anybody goes in.

    Parameters
    ----------
    size : int
        How many results are kept.
    most : int, optional
        How much they may weigh together.
    weight : callable, optional
        What one weighs.
    """

    def __init__(
        self, size: int, most: int | None = None, weight: Callable[[V], int] | None = None
    ) -> None:
        self.size = size
        self._most = size if most is None else most
        self._weight = weight or (lambda _: 1)
        self._found: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Look up a result, or make it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        self.put(key, made)
        return made

    def put(self, key: K, value: V) -> None:
        """Keep a result, and let the oldest go."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            while len(self._found) > self.size or self._heavy():
                self._found.popitem(last=False)

    def _heavy(self) -> bool:
        return sum(map(self._weight, self._found.values())) > self._most

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True)
class Given:
    """A scenario file that the server was started with, read once and for all.

    Attributes
    ----------
    template : Template
    questions : tuple of str
        Its sections that say what to do with it, ``experiment`` or ``sweep``.
    file : str
        Its name, without folders.
    """

    template: Template
    questions: tuple[str, ...] = ()
    file: str = ""

    @classmethod
    def of(cls, file: str) -> Given:
        """Read a file, and those that it names.

        Raises
        ------
        ScenarioError
            Holds every problem.
        """
        tree, _, name = load_tree(file)
        asked = tuple(section for section in NOT_SIMULATED if section in tree.entries)
        return cls(Template.of_tree(tree, name), asked, Path(file).name)


class Sources:
    """Finds the scenarios that requests name.

    Parameters
    ----------
    given : mapping of str to Given
        Files that the server was started with, by the name that requests call them.
    """

    def __init__(self, given: Mapping[str, Given], limits: Limits) -> None:
        self.given = dict(given)
        self.limits = limits
        self._templates: Recent[str, Template] = Recent(64)
        self._levers: Recent[tuple[str, str], tuple[LeverGroup, ...]] = Recent(32)

    def listing(self) -> list[dict[str, str]]:
        """Describe every scenario that can be chosen by name, those of the start first."""
        names = dict.fromkeys((*self.given, *library()))
        return [
            {"name": name, "description": self.template(Source(name)).scenario.description}
            for name in names
        ]

    def template(self, source: Source, beside: Source | None = None) -> Template:
        """Find a scenario.

        Parameters
        ----------
        source : Source
        beside : Source, optional
            The other one of the page: a text may extend it by its name, or a file of the start.

        Raises
        ------
        RefusedError
            There is none of that name.
        ScenarioError
            The text is no scenario; holds every problem.
        """
        if source.text is not None:
            text, name = source.text, source.name
            known = {one.file: one.template for one in self.given.values()}
            key = key_of(source)
            if beside is not None and beside.text is not None:
                known[beside.name] = self.template(beside)
                key += key_of(beside)
            return self._templates.get(key, lambda: template_of_text(text, name, known))
        if source.name in self.given:
            return self.given[source.name].template
        if source.name not in library():
            raise RefusedError(422, f'there is no scenario "{source.name}" here')
        return self._templates.get(key_of(source), lambda: Given.of(source.name).template)

    def file_of(self, source: Source) -> str | None:
        """Tell the name of somebody's own file; None for a scenario of the library."""
        if source.text is not None:
            return source.name
        return self.given[source.name].file if source.name in self.given else None

    def questions(self, source: Source) -> tuple[str, ...]:
        """Tell which sections of a scenario ask something about it; pages leave them aside."""
        if source.text is not None:
            return questions_of_text(source.text, source.name)
        if source.name in self.given:
            return self.given[source.name].questions
        return Given.of(source.name).questions

    def levers(self, a: Source, b: Source | None) -> tuple[LeverGroup, ...]:
        """List the levers of B, or of A where B starts from it."""
        second = b or a
        key = key_of(a), key_of(second)
        made = self.template(second, a if b else None)
        return self._levers.get(key, lambda: levers_of(made, self.template(a)))

    def names(self, a: Source, b: Source | None) -> tuple[str, str]:
        """Return what the two scenarios are called; never the same."""
        first = self.template(a).scenario.name
        second = (self.template(b, a) if b else self.template(a)).scenario.name
        if b is not None and second != first:
            return first, second
        return first, f"{first[:190]} (changed)"

    def pair(self, state: State) -> tuple[Scenario, Scenario]:
        """Put the two scenarios together.

        Raises
        ------
        ScenarioError
            Holds everything that is wrong with the changes, each with its path.
        """
        first = self.template(state.a)
        second = self.template(state.b, state.a) if state.b else first
        _refuse(state.changes, second)
        _, name = self.names(state.a, state.b)
        changed = second.at(state.changes) if state.changes else second.scenario
        return first.scenario, changed.model_copy(update={"name": name})


def distinct(name: str, taken: Iterable[str]) -> str:
    """Number a file's name until it is none of those taken, as any system tells them apart.

    Examples
    --------
    >>> distinct("a.yaml", ["b.yaml"]), distinct("a.yaml", ["A.yaml", "a-2.yaml"])
    ('a.yaml', 'a-3.yaml')
    """
    others = {one.casefold() for one in taken}
    path = Path(name)
    ways = (f"{path.stem}-{number}{path.suffix}" for number in count(2))
    return next(way for way in chain([name], ways) if way.casefold() not in others)


def key_of(source: Source) -> str:
    """Return what tells a scenario from all others."""
    if source.text is None:
        return source.name
    digest = hashlib.sha256(f"{source.name}\0{source.text}".encode()).hexdigest()
    return f"text:{digest}"


def _refuse(changes: Mapping[str, Value], template: Template) -> None:
    """Refuse changes that are no levers: above all those that could name a file.

    Raises
    ------
    ScenarioError
        Holds all of them.
    """
    counted = {
        channel.name
        for channel in template.scenario.channels
        if getattr(channel.arrivals, "kind", "") == "daily"
    }
    problems = []
    for path, value in changes.items():
        words = path.split(".")
        of_file = len(words) > 2 and words[0] == "channels" and "arrivals" in words
        if words[0] in _FIXED:
            problems.append(Problem("cannot be changed on this page", path=path))
        elif of_file and (
            not _FILE_KEYS.isdisjoint(words)
            or value == "daily"
            or words[1] in counted
            or (words[1].isdigit() and counted)
        ):
            problems.append(Problem("data files cannot be chosen on this page", path=path))
    if problems:
        raise ScenarioError(tuple(problems))
