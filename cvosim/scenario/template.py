"""Templates and sweeps out of scenario files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.loader import load_tree
from cvosim.scenario.named_files import named_table
from cvosim.scenario.patching import Template
from cvosim.scenario.sweep import ListDesign, Sweep
from cvosim.scenario.yaml_nodes import MapNode, locate

__all__ = ["Template", "load_sweep", "load_template"]


def load_template(source: str | Path, overrides: Iterable[str] = ()) -> Template:
    """Load a scenario whose paths can be set again and again, fast.

    Parameters
    ----------
    source : str or Path
        As for :func:`cvosim.scenario.load_scenario`.
    overrides : iterable of str
        ``path=value`` each, carried out once.

    Raises
    ------
    ScenarioError
        Holds every problem of the file.

    Examples
    --------
    >>> template = load_template("carpet_cleaning", ["journey.core_offer.price=229"])
    >>> [template.at({"journey.tripwire.price": p}).journey.tripwire.price for p in (9, 19)]
    [9.0, 19.0]
    """
    tree, _, file = load_tree(source, overrides)
    return Template.of_tree(tree, file)


def load_sweep(source: str | Path, overrides: Iterable[str] = ()) -> tuple[Template, Sweep]:
    """Load the sweep of a scenario file, and the scenario whose paths it sets.

    Parameters
    ----------
    source : str or Path
        As for :func:`cvosim.scenario.load_scenario`.
    overrides : iterable of str
        ``path=value`` each, carried out before the sweep sets anything.

    Returns
    -------
    template : Template
    sweep : Sweep
        Its section; the file of a list of points as an absolute path.

    Raises
    ------
    ScenarioError
        The file has no sweep; or holds every problem of the file.
    """
    tree, scenario, file = load_tree(source, overrides)
    if scenario.sweep is None:
        message = "has no `sweep:` section; it says which paths take which values"
        raise ScenarioError((Problem(message, file),))
    return Template.of_tree(tree, file), _resolved(scenario.sweep, tree)


def _resolved(sweep: Sweep, tree: MapNode) -> Sweep:
    """Resolve the path of a list of points: it starts beside the file that states it."""
    if not isinstance(sweep.design, ListDesign):
        return sweep
    name, place = sweep.design.file, locate(tree, ("sweep", "design", "file"))
    path, words = named_table(name, place.mark, tree.asked)
    if words:
        mark = place.mark
        message = f"{name}: {words}"
        raise ScenarioError((Problem(message, mark.file, mark.line, mark.column, place.path),))
    design = sweep.design.model_copy(update={"file": str(path.absolute())})
    return sweep.model_copy(update={"design": design})
