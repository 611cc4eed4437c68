"""Scenarios that come as text: nothing is read for them but the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.files import Reading, text_tree
from cvosim.scenario.library import refuse_other_files
from cvosim.scenario.patching import NOT_SIMULATED, Template
from cvosim.scenario.validation import raise_if_any, validate
from cvosim.scenario.yaml_nodes import ListNode, MapNode, ScalarNode, item_name

_FILE_KEYS = ("file", "column")


def template_of_text(
    text: str, name: str, beside: Mapping[str, Template] | None = None
) -> Template:
    r"""Make a template of a scenario's text, without looking at any file outside the library.

    Parameters
    ----------
    text : str
        What a scenario file holds. It may extend a scenario of the library; a channel's
        arrivals cannot come from a data file. Its variants are left aside; its experiment and
        its sweep, too, but they must be well formed.
    name : str
        What problems call it, such as ``mine.yaml``.
    beside : mapping of str to Template, optional
        Scenarios that it may extend, too, by the names of their files.

    Returns
    -------
    Template

    Raises
    ------
    ScenarioError
        Holds every problem of the text, each with its line.

    Examples
    --------
    >>> text = "extends: carpet_cleaning\nname: Mine\nchanges: {journey.tripwire.price: 19}\n"
    >>> template_of_text(text, "mine.yaml").scenario.journey.tripwire.price
    19.0
    """
    refuse_other_files(Path(name))
    trees = {file: one.tree() for file, one in (beside or {}).items()}
    reading = Reading(files=[name], library_only=True, beside=trees)
    tree = text_tree(text.removeprefix("\ufeff"), Path(name), reading)
    if tree is None:
        raise_if_any(reading.problems, reading.files)
        raise AssertionError("a tree that cannot be built has a problem")
    named = list(_named_files(tree))
    if named:  # nothing further is looked at: to check a data file is to read it
        raise_if_any([*reading.problems, *named], reading.files)
    if any(section in tree.entries for section in NOT_SIMULATED):
        raise_if_any([*reading.problems, *validate(tree).problems], reading.files)
    try:
        template = Template.of_tree(tree, name)
    except ScenarioError as error:
        reading.problems += error.problems
    raise_if_any(reading.problems, reading.files)
    return template


def questions_of_text(text: str, name: str) -> tuple[str, ...]:
    r"""Tell which sections a scenario's text has, or extends, that `template_of_text` leaves aside.

    Examples
    --------
    >>> questions_of_text("extends: tripwire_price_test\nname: Mine\n", "mine.yaml")
    ('experiment',)
    """
    tree = text_tree(text.removeprefix("\ufeff"), Path(name), Reading(library_only=True))
    found = () if tree is None else tree.entries
    return tuple(section for section in NOT_SIMULATED if section in found)


def _named_files(tree: MapNode) -> Iterator[Problem]:
    """Find the channels whose arrivals come from a data file."""
    channels = tree.get("channels")
    for number, channel in enumerate(channels.items if isinstance(channels, ListNode) else ()):
        arrivals = channel.get("arrivals") if isinstance(channel, MapNode) else None
        if not isinstance(arrivals, MapNode):
            continue
        kind = arrivals.get("kind")
        daily = isinstance(kind, ScalarNode) and kind.value == "daily"
        for key, entry in arrivals.entries.items():
            if key in _FILE_KEYS or (daily and key == "kind"):
                path = f"channels.{item_name(channel) or number}.arrivals.{key}"
                mark = entry.key_mark
                yield Problem(_NO_FILES, mark.file, mark.line, mark.column, path)


_NO_FILES = (
    "a scenario given as text cannot name a data file; write uniform, poisson, burst or weekly "
    "arrivals, or give the file to the command line"
)
