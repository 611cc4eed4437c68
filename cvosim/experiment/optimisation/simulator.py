"""Plans, met by simulated customers: every step of an optimisation asks here."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.experiment.optimisation.constraints import planned_budget
from cvosim.experiment.optimisation.levers import Lever, Plan, as_changes

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.sections import Sections
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.scenario import Scenario
    from cvosim.scenario.template import Template

Floats = NDArray[np.float64]
World = Mapping[str, object]
"""A value for each uncertainty; empty for the scenario's own."""

Tell = Callable[[str], None]
"""Is told, in words, what is going on."""


class Where(NamedTuple):
    """Who computes, and where what is done is kept.

    Attributes
    ----------
    executor : str
        As for `run_sweep`.
    store : Path or None
        A folder; whatever is asked has a store of its own in it, and the same question finds
        there what was done before.
    tell : callable or None
        Is told what is going on.
    """

    executor: str = "threads"
    store: Path | None = None
    tell: Tell | None = None


HERE = Where()


class Outcomes(NamedTuple):
    """Names of what a journey can be asked, with units, and which of them grow with the market."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    totals: frozenset[str]


class Met(NamedTuple):
    """What plans brought.

    Attributes
    ----------
    values : ndarray, shape (plans, replicates, worlds, outcomes)
        NaN where a plan is impossible, or an outcome has nobody to be taken over. Totals are
        those of the scenario's number of customers.
    pooled : ndarray, shape (plans, worlds, outcomes)
        Of all replicates together.
    errors : mapping of int to str
        Why plans are impossible.
    """

    values: Floats
    pooled: Floats
    errors: Mapping[int, str]


def outcomes_of(scenario: Scenario) -> Outcomes:
    """Say what can be asked of a scenario.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> known = outcomes_of(load_scenario("carpet_cleaning"))
    >>> known.units[known.names.index("cac")], "revenue" in known.totals, "cac" in known.totals
    ('USD', True, False)
    """
    from cvosim.engine.names import names_of
    from cvosim.metrics.aggregate import EVENT_OUTCOMES
    from cvosim.metrics.registry import MONEY, catalogue
    from cvosim.plan import compile_plan

    metrics = catalogue(names_of(compile_plan(scenario)))
    units = [scenario.currency if one.unit == MONEY else one.unit for one in metrics]
    further = {"payback_time": "days", "lowest_cash": scenario.currency}
    totals = [one.name for one in metrics if one.denominator is None and one.statistic is None]
    return Outcomes(
        (*(one.name for one in metrics), *EVENT_OUTCOMES),
        (*units, *(further[name] for name in EVENT_OUTCOMES)),
        frozenset([*totals, "lowest_cash"]),
    )


@dataclass
class Simulator:
    """Lets simulated customers meet plans.

    Attributes
    ----------
    template : Template
        The scenario whose levers are set.
    levers : tuple of Lever
        What is set.
    outcomes : tuple of str
        What is measured.
    totals : frozenset of str
        Outcomes that grow with the number of customers. They are stated for the scenario's own
        number, which stands for the market, however few are simulated.
    worlds : tuple of World
        Every plan meets each of them, in each the same customers.
    where : Where
    used : int
        Customers simulated so far.
    """

    template: Template
    levers: tuple[Lever, ...]
    outcomes: tuple[str, ...]
    totals: frozenset[str]
    worlds: tuple[World, ...] = ({},)
    where: Where = HERE
    used: int = 0

    def meet(self, plans: Sequence[Plan], step: str, replicates: int, customers: int) -> Met:
        """Let so many replicates of so many customers meet each plan.

        All plans of a call meet the same customers. Each step has customers of its own: what is
        good because of luck in one step is not in the next.

        Parameters
        ----------
        plans : sequence of Plan
        step : str
            Name of what is done; decides who the customers are.
        replicates, customers : int
            How many replicates, and how many customers each.
        """
        from cvosim.experiment.sweeps.run import run_sweep

        design = self._design(plans, step, replicates, customers)
        result = run_sweep(design, executor=self.where.executor, store=self._store(design, step))
        self.used += len(design.points) * replicates * customers
        count, worlds = len(plans), len(self.worlds)
        values = np.array(result.values).reshape(count, worlds, replicates, -1)
        pooled = np.array(result.pooled).reshape(count, worlds, -1)
        market = self.market
        for place, name in enumerate(self.outcomes):
            if name in self.totals:
                values[..., place] *= market / customers
                pooled[..., place] *= market / (customers * replicates)
        errors = {point // worlds: text for point, text in result.errors.items()}
        return Met(values.transpose(0, 2, 1, 3), pooled, errors)

    def meet_sections(
        self, plans: Sequence[Plan], step: str, replicates: int, customers: int
    ) -> tuple[list[list[Sections]], Mapping[int, str]]:
        """Let replicates meet each plan, as `meet` does, and add them up to a few sections.

        Returns
        -------
        list of lists of Sections
            By plan and world.
        mapping of int to str
            Why plans are impossible.
        """
        from cvosim.experiment.optimisation.sections import NOBODY, sections_of
        from cvosim.experiment.sweeps.run import run_sweep

        design = self._design(plans, step, replicates, customers)
        worlds = len(self.worlds)
        with TemporaryDirectory() as passing:
            store = self._store(design, step) or Path(passing)
            result = run_sweep(design, executor=self.where.executor, store=store)
            found = [
                NOBODY if point in result.errors else own
                for point, own in enumerate(sections_of(design, store))
            ]
        self.used += len(design.points) * replicates * customers
        errors = {point // worlds: text for point, text in result.errors.items()}
        return [found[i : i + worlds] for i in range(0, len(found), worlds)], errors

    def _store(self, design: SweepDesign, step: str) -> Path | None:
        """Where a step is kept: other plans, or another market or question, are elsewhere."""
        from cvosim.experiment.sweeps.manifest import Outline

        if self.where.store is None:
            return None
        return self.where.store / f"{step}-{self.market}-{Outline.of(design).hash[:12]}"

    def _design(
        self, plans: Sequence[Plan], step: str, replicates: int, customers: int
    ) -> SweepDesign:
        from cvosim.experiment.sweeps.design import Factor, SweepDesign

        paths = list(self.worlds[0])
        points = tuple(
            (*plan, *(world[path] for path in paths)) for plan in plans for world in self.worlds
        )
        columns = [_different(column) for column in zip(*points, strict=True)]
        count = len(self.levers)
        factors = (
            *(
                Factor(one.path, "lever", own)
                for one, own in zip(self.levers, columns, strict=False)
            ),
            *(Factor(p, "uncertainty", own) for p, own in zip(paths, columns[count:], strict=True)),
        )
        return SweepDesign(
            template=self.template.changed({"seed": fresh_seed(self.seed, step)}),
            factors=factors,
            points=points,
            outcomes=self.outcomes,
            customers=customers,
            replicates=replicates,
            market=self.market,
        )

    @property
    def market(self) -> int:
        """Customers of the scenario: all that are simulated are a part of this market."""
        return self.template.scenario.customers

    @property
    def seed(self) -> int:
        """The scenario's; those of the steps follow from it."""
        return self.template.scenario.seed

    def budget(self, plan: Plan) -> float:
        """Money that a plan spends in channels with a budget; NaN for an impossible plan."""
        try:
            return planned_budget(self.template.at(as_changes(self.levers, plan)))
        except CvosimError:
            return math.nan

    def base(self) -> Plan:
        """The levers as the scenario has them.

        Where a listed value means the same (1 and 1.0, a section whose defaults are left out), it
        is that value: the scenario as written is then one of the plans, and not another.
        """
        return tuple(self._written(lever) for lever in self.levers)

    def _written(self, lever: Lever) -> object:
        now = self.template.at({})
        for value in lever.values:
            try:
                if self.template.at({lever.path: value}) == now:
                    return value
            except CvosimError:
                continue
        return self.template.value(lever.path)

    def tell(self, words: str) -> None:
        """Say what is going on to whom it concerns."""
        if self.where.tell is not None:
            self.where.tell(words)


def _different(values: Sequence[object]) -> Plan:
    """Take each value once; some, such as lists, cannot be hashed."""
    found: list[object] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)


def fresh_seed(seed: int, step: str) -> int:
    """Derive the seed of a step: other customers than those of any other step.

    Examples
    --------
    >>> fresh_seed(7, "search") != fresh_seed(7, "final")
    True
    """
    digest = hashlib.sha256(f"optimise/{seed}/{step}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
