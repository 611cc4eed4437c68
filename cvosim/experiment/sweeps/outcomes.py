"""Outcomes and paths that a sweep can have: its scenario, or one of the values of a lever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.engine.names import names_of
from cvosim.errors import CvosimError, DataError, ScenarioError
from cvosim.experiment.sweeps.jobs import build
from cvosim.metrics.aggregate import outcome_names
from cvosim.metrics.metric import VALUE
from cvosim.plan import compile_plan
from cvosim.scenario.raw import nearest

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign


class UnknownOutcomeError(DataError):
    """An outcome that no journey of a sweep has.

    Attributes
    ----------
    name : str
        As it was written.
    """

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        super().__init__(f'outcomes: no metric is called "{name}"{hint}')


def check_outcomes(design: SweepDesign) -> None:
    """Refuse outcomes that no journey of the sweep has.

    Parameters
    ----------
    design : SweepDesign
        Its scenario is looked at as written and with each listed value of each factor.

    Raises
    ------
    UnknownOutcomeError
        With the nearest name.
    """
    unknown: list[str] = list(design.outcomes)
    known: list[str] = []
    for changes in _journeys(design):
        try:
            names = names_of(compile_plan(design.template.at(changes)))
        except CvosimError:
            continue  # a point that is impossible becomes a row with this error
        known += outcome_names(names)
        unknown = [name for name in unknown if name not in known]
        if not unknown:
            return
    if known:
        raise UnknownOutcomeError(unknown[0], _hint(unknown[0], known))


def _hint(word: str, known: list[str]) -> str:
    """The nearest name, or the first that begins like this one."""
    begun = [name for name in (VALUE, *known) if word and name.startswith(word)]
    near = nearest(word, known) or (f'; did you mean "{begun[0]}"?' if begun else "")
    return near or "; `cvosim run` shows every metric of a scenario"


def check_paths(design: SweepDesign) -> None:
    """Refuse a design with a path that leads nowhere at any of its points.

    A path may lead nowhere in the scenario as written, and be there at a point: a stage that is
    added.

    Parameters
    ----------
    design : SweepDesign

    Raises
    ------
    DataError
        With the reason that the first point has.
    """
    for factor in design.factors:
        try:
            design.template.value(factor.path)
        except ScenarioError:
            break
    else:
        return
    reasons = (build(design, point) for point in range(len(design.points)))
    first = next(reasons)
    if first.plan is None and all(built.plan is None for built in reasons):
        raise DataError(f"no point of the sweep can be built: {first.error}")


def _journeys(design: SweepDesign) -> Iterator[dict[str, object]]:
    yield {}
    for factor in design.factors:
        yield from ({factor.path: value} for value in factor.values)
    for place, factor in enumerate(design.factors):
        # a list of points says what its factors are set to only in the points
        values = {repr(point[place]): point[place] for point in design.points}
        if len(values) <= _FEW:
            yield from ({factor.path: value} for value in values.values())


_FEW = 20
"""Different values of a factor that look chosen by somebody, and so may change the journey."""
