"""Which points a sweep runs: grids, samples and lists, over levers and uncertainties.

The words are those of Lempert, Popper & Bankes (2003), *Shaping the Next One Hundred Years*:
levers are what the strategist decides, uncertainties what nobody decides, outcomes what is
measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sweeps.factors import (
    Factor,
    Points,
    Role,
    grid,
    latin_hypercube,
    listed,
    points_for,
    sobol,
)
from cvosim.experiment.sweeps.laws import law_of
from cvosim.scenario.sweep import ListDesign, Sweep
from cvosim.scenario.template import Template
from cvosim.tables.spans import Span

__all__ = [
    "Factor",
    "Points",
    "Role",
    "SweepDesign",
    "factors_of",
    "grid",
    "latin_hypercube",
    "listed",
    "points_for",
    "sobol",
    "sweep_design",
]


@dataclass(frozen=True)
class SweepDesign:
    """Everything that a sweep runs.

    Attributes
    ----------
    template : Template
        The scenario whose paths are set; it has the design's market and seed.
    factors : tuple of Factor
    points : tuple of tuple
        A value for each factor.
    outcomes : tuple of str
        Metrics that are kept.
    customers : int
        Prospects of each point and replicate.
    replicates : int
        How often each point is run, each time with other customers.
    common_luck : bool
        Whether all points meet the same customers.
    market : int, optional
        Prospects of the market that those of a replicate are a part of, which decides how long
        arrivals of so many a day go on; as many as a replicate has by default.
    units : array, optional
        Where the design is a sample: the part of each factor's law, (points, factors), in [0, 1).

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> price = Factor("journey.tripwire.price", "lever", (9, 19))
    >>> design = SweepDesign(
    ...     load_template("carpet_cleaning"), (price,), grid([price]), ("cac",), customers=1000
    ... )
    >>> design.changes(1), design.span(1, 0)
    ({'journey.tripwire.price': 19}, Span(first=0, count=1000))
    """

    template: Template
    factors: tuple[Factor, ...]
    points: Points
    outcomes: tuple[str, ...]
    customers: int
    replicates: int = 1
    common_luck: bool = True
    units: NDArray[np.float64] | None = None
    market: int | None = None

    def __post_init__(self) -> None:
        for name in ("factors", "points", "outcomes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _check(self)
        market = self.customers if self.market is None else self.market
        if self.template.scenario.customers != market:
            changed = self.template.changed({"customers": market})
            object.__setattr__(self, "template", changed)

    @property
    def seed(self) -> int:
        """The scenario's, which chooses the luck of all points."""
        return self.template.scenario.seed

    def changes(self, point: int) -> dict[str, object]:
        """Return the paths of a point with their values, removals last.

        A stage's price cannot be set after the stage has gone; before, it does no harm.
        """
        pairs = zip(self.factors, self.points[point], strict=True)
        changes = {factor.path: value for factor, value in pairs}
        return dict(sorted(changes.items(), key=lambda change: change[1] is None))

    def span(self, point: int, replicate: int) -> Span:
        """Return the customers whom a replicate of a point meets."""
        number = replicate if self.common_luck else point * self.replicates + replicate
        return Span(number * self.customers, self.customers)


def _check(design: SweepDesign) -> None:
    paths = [factor.path for factor in design.factors]
    for path in paths:
        if paths.count(path) > 1:
            raise DataError(f"{path}: is a factor twice")
        if path in ("customers", "seed"):
            raise DataError(f"{path}: is the same for all points")
    width = len(paths)
    for number, point in enumerate(design.points):
        if len(point) != width:
            raise DataError(f"point {number}: has {len(point)} values for {width} factors")
    if not design.points:
        raise DataError("a sweep needs at least one point")
    if not design.outcomes:
        raise DataError("a sweep needs at least one outcome, such as clv_per_prospect")
    if design.customers < 1 or design.replicates < 1:
        raise DataError("customers and replicates must be at least 1")
    runs = design.replicates * (1 if design.common_luck else len(design.points))
    if runs * design.customers >= 2**62:
        raise DataError(f"{runs:,} times {design.customers:,} are more customers than there are")


def factors_of(sweep: Sweep) -> tuple[Factor, ...]:
    """Return the factors of a sweep's section, levers first."""
    levers = (
        Factor(path, "lever", tuple(lever))
        if isinstance(lever, tuple)
        else Factor(path, "lever", law=law_of(lever))
        for path, lever in sweep.levers.items()
    )
    uncertain = (
        Factor(path, "uncertainty", law=law_of(law)) for path, law in sweep.uncertainties.items()
    )
    return (*levers, *uncertain)


def sweep_design(
    template: Template, sweep: Sweep, *, customers: int | None = None, seed: int | None = None
) -> SweepDesign:
    """Turn a sweep's section into everything that is run.

    Parameters
    ----------
    template : Template
    sweep : Sweep
        As `cvosim.scenario.template.load_sweep` gives both.
    customers, seed : int, optional
        In place of those that the file states.

    Raises
    ------
    ScenarioError, DataError
        For a list of points that cannot be read, an outcome that no point can have, a path that
        leads nowhere, or too many points.

    Examples
    --------
    >>> from cvosim.scenario.sweep import Sweep
    >>> from cvosim.scenario.template import load_template
    >>> sweep = Sweep(levers={"journey.tripwire.price": [9, 19, 29]}, customers=500)
    >>> design = sweep_design(load_template("carpet_cleaning"), sweep)
    >>> len(design.points), design.changes(0), design.customers
    (3, {'journey.tripwire.price': 9}, 500)
    """
    from cvosim.experiment.sweeps.outcomes import check_outcomes, check_paths

    scenario = template.scenario
    changes: Mapping[str, int | None] = {
        "customers": (sweep.customers or scenario.customers) if customers is None else customers,
        "seed": scenario.seed if seed is None else seed,
    }
    template = template.changed(changes)
    units = None
    if isinstance(sweep.design, ListDesign):
        from cvosim.experiment.sweeps.points_file import read_points

        factors, points = read_points(sweep.design.file, template, sweep)
    else:
        factors = factors_of(sweep)
        points, units = points_for(
            factors, sweep.design, cross=sweep.cross, seed=template.scenario.seed
        )
    design = SweepDesign(
        template,
        factors,
        points,
        sweep.outcomes,
        template.scenario.customers,
        sweep.replicates,
        sweep.common_luck,
        units,
    )
    check_paths(design)
    check_outcomes(design)
    return design
