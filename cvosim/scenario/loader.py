"""From files, variants and overrides to scenarios, or to every problem at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.arms import PlannedArm, Trial, arm_trees
from cvosim.scenario.files import Reading, fill_references, read_tree, text_tree
from cvosim.scenario.library import find_scenario
from cvosim.scenario.patching import NOT_SIMULATED
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.sweep_trials import sweep_problems
from cvosim.scenario.validation import raise_if_any, validate
from cvosim.scenario.variants import Change, apply_changes, changes_in
from cvosim.scenario.yaml_nodes import (
    Entry,
    ListNode,
    MapNode,
    Mark,
    ScalarNode,
    copy_map,
    count,
    map_data,
)
from cvosim.scenario.yaml_reader import UnreadableError, read_yaml

MOST_VARIANTS = 200
MOST_COPIED = 500_000
"""Values of a scenario, over all its variants: each has a copy of them, and is checked."""
_VARIANT_KEYS = ("name", "description", "changes")


def load_scenario(source: str | Path, overrides: Iterable[str] = ()) -> Scenario:
    """Load a scenario from a file, or from the library by its bare name.

    Parameters
    ----------
    source : str or Path
        A YAML file (it may extend another), or a name from :func:`library`.
    overrides : iterable of str
        ``path=value`` each, the value in YAML: ``journey.tripwire.price=19`` sets,
        ``journey.tripwire=null`` removes. Carried out last and in order; conversions
        keep the trust and the price they were observed at.

    Returns
    -------
    Scenario
        Frozen and checked; every ``list_price`` and ``reference_trust`` is a number.

    Raises
    ------
    ScenarioError
        Holds every problem found, each with file, line, column and path; nothing is
        loaded by half.

    Examples
    --------
    >>> scenario = load_scenario("carpet_cleaning", ["journey.tripwire.price=19"])
    >>> scenario.journey.tripwire.price, scenario.journey.tripwire.list_price
    (19.0, 29.0)
    """
    return load_tree(source, overrides)[1]


def scenario_of_text(text: str, path: Path) -> Scenario:
    r"""Load what a scenario file would hold if it held this text.

    Parameters
    ----------
    text : str
        YAML.
    path : Path
        The file, which need not be there: other files are named as seen from its folder.

    Raises
    ------
    ScenarioError
        Holds every problem found.

    Examples
    --------
    >>> text = "extends: carpet_cleaning\nname: Mine\nchanges: {journey.tripwire.price: 19}\n"
    >>> scenario_of_text(text, Path("mine.yaml")).journey.tripwire.price
    19.0
    """
    reading = Reading(files=[str(path)])
    tree = text_tree(text, path, reading)
    if tree is None:
        raise_if_any(reading.problems, reading.files)
        raise AssertionError("a tree that cannot be built has a problem")
    _check_variants(tree, reading)
    return _finish(tree, reading, ())


def load_variants(source: str | Path, overrides: Iterable[str] = ()) -> list[Scenario]:
    """Load the variants that a scenario file lists under ``variants``.

    Parameters
    ----------
    source : str or Path
        As for :func:`load_scenario`.
    overrides : iterable of str
        ``path=value`` each, carried out on every variant after its own changes.

    Returns
    -------
    list of Scenario
        The variants alone, in the order of the file; empty when it lists none.

    Raises
    ------
    ScenarioError
        Holds every problem of the file and of all its variants.

    Examples
    --------
    >>> load_variants("cdnow")
    []
    """
    reading, tree = _read(source)
    _finish(copy_map(tree), reading, ())
    overrides = [overrides] if isinstance(overrides, str) else list(overrides)
    trees = _check_variants(tree, reading)
    found: list[Scenario] = []
    for variant in trees:
        try:
            found.append(_finish(variant, Reading(files=[*reading.files]), overrides))
        except ScenarioError as error:
            reading.problems += error.problems
    raise_if_any(reading.problems, reading.files)
    return found


def load_experiment(source: str | Path, overrides: Iterable[str] = ()) -> Trial:
    """Load the experiment of a scenario file, and the scenario that each of its arms meets.

    Parameters
    ----------
    source : str or Path
        As for :func:`load_scenario`.
    overrides : iterable of str
        ``path=value`` each, carried out before the arms' changes.

    Returns
    -------
    Trial

    Raises
    ------
    ScenarioError
        When the file has no experiment; or holds every problem of the file and of all arms.

    Examples
    --------
    >>> trial = load_experiment("tripwire_price_test")
    >>> [arm.name for arm in trial.arms], trial.scenarios[1].journey.tripwire.price
    (['control', 'lower_price'], 9.0)
    """
    tree, scenario, file = load_tree(source, overrides)
    if scenario.experiment is None:
        message = "has no `experiment:` section; it says who is assigned where, and what changes"
        raise ScenarioError((Problem(message, file),))
    built = list(_arms(tree, scenario, []))
    made = (validate(patched).scenario for _, patched in built)
    return Trial(scenario, tuple(arm for arm, _ in built), tuple(one for one in made if one))


def load_tree(source: str | Path, overrides: Iterable[str] = ()) -> tuple[MapNode, Scenario, str]:
    """Load a scenario together with the tree that it was made of, and its file.

    Raises
    ------
    ScenarioError
        Holds every problem of the file.
    """
    reading, tree = _read(source)
    _check_variants(tree, reading)
    scenario = _finish(tree, reading, overrides)
    return tree, scenario, reading.files[0]


class Loaded(NamedTuple):
    """A scenario, and the tree that it was made of."""

    scenario: Scenario
    tree: MapNode


def load_trees(source: str | Path) -> list[Loaded]:
    """Load a scenario and the variants that its file lists, each with its tree.

    Raises
    ------
    ScenarioError
        Holds every problem of the file and of all its variants.

    Examples
    --------
    >>> [loaded.scenario.name for loaded in load_trees("cdnow")]
    ['CDNOW']
    """
    tree, scenario, _ = load_tree(source)
    reading, base = _read(source)
    return [
        Loaded(scenario, tree),
        *(
            Loaded(_finish(variant, Reading(files=[*reading.files]), ()), variant)
            for variant in _check_variants(base, reading)
        ),
    ]


def _read(source: str | Path) -> tuple[Reading, MapNode]:
    reading = Reading()
    tree = read_tree(find_scenario(source), reading)
    if tree is None:
        raise_if_any(reading.problems, reading.files)
        raise AssertionError("a tree that cannot be built has a problem")
    return reading, tree


def _finish(tree: MapNode, reading: Reading, overrides: Iterable[str]) -> Scenario:
    """Carry out the overrides, check everything, and build the scenario."""
    overrides = [overrides] if isinstance(overrides, str) else list(overrides)
    problems = reading.problems
    if overrides:
        changes = _parse_overrides(overrides, problems)
        reading.files += ["-S", *(change.mark.file for change in changes)]
        apply_changes(tree, changes, problems)
        fill_references(tree)
    scenario, found, _ = validate(tree)
    if scenario is not None and not found:
        for _, patched in _arms(tree, scenario, found):
            found += validate(patched).problems
        found += sweep_problems(tree, scenario)
    raise_if_any(problems + found, reading.files)
    assert scenario is not None
    return scenario


def _arms(
    tree: MapNode, scenario: Scenario, problems: list[Problem]
) -> list[tuple[PlannedArm, MapNode]]:
    """Put together the arms of a scenario's experiment, if it has one."""
    if scenario.experiment is None:
        return []
    return list(arm_trees(tree, scenario.experiment, problems))


def _parse_overrides(overrides: Iterable[str], problems: list[Problem]) -> list[Change]:
    changes: list[Change] = []
    for override in overrides:
        path, equals, text = override.partition("=")
        path = path.strip()
        if not equals or not path or not text.strip():
            problems.append(Problem(_no_override(override, path), "-S"))
            continue
        mark = Mark(f"-S {path}", said=True)
        try:
            changes.append(Change(path, read_yaml(text, mark.file, problems, fixed=mark), mark))
        except UnreadableError as error:
            problems.append(error.problem)
    return changes


def _no_override(override: str, path: str) -> str:
    """Explain an override that lacks its path, its equals sign or its value."""
    message = f'must be path=value, such as journey.tripwire.price=19 (got "{override}")'
    if path and override.partition("=")[1]:
        message += f"; to remove it write null: {path}=null"
    return message


def _check_variants(tree: MapNode, reading: Reading) -> list[MapNode]:
    """Put together the variants that a file lists, noting their problems."""
    section = reading.variants
    if section is None or (isinstance(section, ScalarNode) and section.value is None):
        return []
    if not isinstance(section, ListNode):
        message = "must be a list of sections with name and changes"
        reading.report(message, section.mark, "variants")
        return []
    if len(section.items) > MOST_VARIANTS:
        words = f"{len(section.items):,} variants; at most {MOST_VARIANTS} are possible in a file"
        reading.report(f"lists {words}; a sweep runs more", section.mark, "variants")
        return []
    if count(tree) * len(section.items) > MOST_COPIED:
        words = f"{len(section.items):,} variants of {count(tree):,} values each"
        advice = "write fewer variants, or leave out values that the scenario does not need"
        message = f"makes {words}; at most {MOST_COPIED:,} values are possible: {advice}"
        reading.report(message, section.mark, "variants")
        return []
    base_is_sound = not validate(tree).problems
    trees: list[MapNode] = []
    for index, item in enumerate(section.items):
        variant = _variant(item, f"variants.{index}", tree, reading)
        if variant is not None:
            trees.append(variant)
            reading.problems += validate(variant).problems if base_is_sound else []
    names = [map_data(variant).get("name") for variant in (tree, *trees)]
    for name in {name for name in names if isinstance(name, str) and names.count(name) > 1}:
        reading.report(f'the name "{name}" is given twice', section.mark, "variants")
    return trees


def _variant(item: object, path: str, tree: MapNode, reading: Reading) -> MapNode | None:
    if not isinstance(item, MapNode):
        mark = getattr(item, "mark", tree.mark)
        reading.report("must be a section with name and changes", mark, path)
        return None
    for key, entry in item.entries.items():
        if key not in _VARIANT_KEYS:
            message = f"unknown key; known here: {', '.join(_VARIANT_KEYS)}"
            reading.report(message, entry.key_mark, f"{path}.{key}")
    changes = item.get("changes")
    if not isinstance(changes, MapNode) or "name" not in item.entries:
        message = "needs a name, and changes that map paths to values"
        reading.report(message, item.mark, path)
        return None
    variant = copy_map(tree)
    variant.base, variant.extends, variant.changes = tree, None, item.entries["changes"]
    for section in NOT_SIMULATED:  # they are about this scenario, not about its variants
        variant.entries.pop(section, None)
    for key in ("name", "description"):
        if key in item.entries:
            variant.entries[key] = Entry(item.entries[key].key_mark, item.entries[key].value)
    apply_changes(variant, changes_in(changes), reading.problems)
    fill_references(variant)
    return variant
