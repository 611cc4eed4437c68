"""Which outcomes a sweep can have: those of its scenario, or of one of the values of a lever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.engine.names import names_of
from cvosim.errors import CvosimError, DataError
from cvosim.metrics.aggregate import outcome_names
from cvosim.plan import compile_plan
from cvosim.scenario.raw import nearest

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign


def check_outcomes(design: SweepDesign) -> None:
    """Refuse outcomes that no journey of the sweep has.

    Parameters
    ----------
    design : SweepDesign
        Its scenario is looked at as written and with each listed value of each factor.

    Raises
    ------
    DataError
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
        hint = nearest(unknown[0], known) or "; `cvosim run` shows every metric of a scenario"
        raise DataError(f'outcomes: no metric is called "{unknown[0]}"{hint}')


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
