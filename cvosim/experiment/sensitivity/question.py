"""What is asked of a scenario: which factors may move, what is measured, on how many customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.allowed import towards
from cvosim.experiment.sensitivity.sample import as_text, is_number
from cvosim.metrics.metric import VALUE

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import Factor
    from cvosim.experiment.sweeps.run import SweepProgress
    from cvosim.scenario.template import Template

AROUND = 0.1
"""Part by which a path that the user names alone may be lower or higher."""

_NOTHING = (
    "has no `sweep:` section that says what may differ; write one, such as `sweep: {uncertainties: "
    "{journey.core_offer.conversion: {kind: uniform, low: 0.2, high: 0.3}}}`, or name a number of "
    "the scenario: --path journey.core_offer.price"
)


class Running(NamedTuple):
    """Where and how the points of a question are run.

    Attributes
    ----------
    executor : str
        As `run_sweep` takes it.
    store : Path or None
        Folder in which each method keeps a store of its own; None for nowhere.
    fresh, retry_failed : bool
        As `run_sweep` takes them.
    progress : callable, optional
        As `run_sweep` takes it.
    """

    executor: str = "threads"
    store: Path | None = None
    fresh: bool = False
    retry_failed: bool = False
    progress: SweepProgress | None = None

    def of(self, part: str) -> Running:
        """Give the same with the store of one method."""
        return self if self.store is None else self._replace(store=self.store / part)


@dataclass(frozen=True)
class Question:
    """A scenario, its factors, and what is measured.

    Attributes
    ----------
    template : Template
    factors : tuple of Factor
    outcomes : tuple of str
    customers : int
        Prospects at each point.

    Examples
    --------
    >>> asked = Question.of("carpet_cleaning", paths=["journey.tripwire.price"])
    >>> asked.base, asked.outcomes
    ((29.0,), ('clv_per_prospect',))
    """

    template: Template = field(repr=False)
    factors: tuple[Factor, ...]
    outcomes: tuple[str, ...]
    customers: int

    @classmethod
    def of(
        cls,
        source: str | Path,
        *,
        paths: Iterable[str] = (),
        overrides: Iterable[str] = (),
        outcomes: Sequence[str] = (),
        customers: int | None = None,
        seed: int | None = None,
    ) -> Question:
        """Read a scenario file, its `sweep:` section and the paths named beside it.

        Parameters
        ----------
        source : str or Path
            As `cvosim.load_scenario` takes it.
        paths : iterable of str
            Numbers of the scenario that are factors too: levers from a tenth below to a tenth
            above what stands there, if the section does not say more.
        overrides : iterable of str
            As `cvosim.load_scenario` takes them.
        outcomes : sequence of str
            What is measured in place of what the section says.
        customers, seed : int, optional
            In place of the section's, or the scenario's.

        Raises
        ------
        ScenarioError
            If the file cannot be used, or has no such path.
        DataError
            If there is no factor, or a path is no number.
        """
        from cvosim.scenario.template import load_template

        overrides = [overrides] if isinstance(overrides, str) else list(overrides)
        if seed is not None:
            overrides.append(f"seed={seed}")
        template = load_template(source, overrides)
        factors, measured, people = _section(source, overrides)
        known = [factor.path for factor in factors]
        named = [_around(template, path) for path in dict.fromkeys(paths) if path not in known]
        if not factors and not named:
            raise DataError(f"{source}: {_NOTHING}")
        return cls(
            template,
            (*factors, *named),
            tuple(outcomes) or measured,
            customers or people or template.scenario.customers,
        )

    @property
    def base(self) -> tuple[object, ...]:
        """What the scenario as written has at each factor."""
        return tuple(self.template.value(factor.path) for factor in self.factors)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the factors."""
        return tuple(factor.path for factor in self.factors)

    def without_levers(self, kept: Iterable[str] = ()) -> Question:
        """Give the same with every lever where the scenario has it, but for those kept.

        Raises
        ------
        DataError
            If no factor is left.
        """
        kept = set(kept)
        factors = tuple(f for f in self.factors if f.role != "lever" or f.path in kept)
        if not factors:
            raise DataError(
                f"{self.template.scenario.name}: without its levers no factor is left; the section "
                "`sweep:` lists no uncertainties"
            )
        return replace(self, factors=factors)

    def with_value(self, place: int, value: object) -> tuple[object, ...]:
        """Give the scenario's own point with another value of one factor."""
        base = self.base
        return (*base[:place], value, *base[place + 1 :])

    def chosen(self, outcome: str | None) -> str:
        """Give the outcome that is meant.

        Raises
        ------
        DataError
            If it is none of the question's.
        """
        if outcome is not None and outcome not in self.outcomes:
            known = ", ".join(self.outcomes)
            raise DataError(f'outcome: the question measures {known}, not "{outcome}"')
        return self.outcomes[0] if outcome is None else outcome


def known_outcomes(question: Question) -> tuple[str, ...]:
    """Names of all metrics that the scenario as written has."""
    from cvosim.engine.names import names_of
    from cvosim.metrics.aggregate import outcome_names
    from cvosim.plan import compile_plan

    return tuple(outcome_names(names_of(compile_plan(question.template.scenario))))


def check_outcomes(question: Question, named: Mapping[str, str] | None = None) -> None:
    """Refuse names that the scenario has no metric of.

    Parameters
    ----------
    question : Question
    named : mapping of str to str, optional
        Which option named an outcome, by outcome.

    Raises
    ------
    DataError
        With the nearest name.
    """
    known = known_outcomes(question)
    for name in question.outcomes:
        if name not in known:
            where = (named or {}).get(name, "outcome")
            raise DataError(f'{where}: no metric is called "{name}"{_hint(name, known)}')


def _hint(word: str, known: Sequence[str]) -> str:
    """The nearest name, or the first that begins like this one, or where all names are."""
    from cvosim.scenario.raw import nearest

    begun = [name for name in (VALUE, *known) if word and name.startswith(word)]
    near = nearest(word, list(known)) or (f'; did you mean "{begun[0]}"?' if begun else "")
    return near or "; docs/metrics.md lists all, and `cvosim run` prints those of a scenario"


def _section(
    source: str | Path, overrides: Sequence[str]
) -> tuple[tuple[Factor, ...], tuple[str, ...], int | None]:
    """Factors, outcomes and customers of the file's section; as good as nothing if it has none."""
    from cvosim.experiment.sweeps.design import factors_of
    from cvosim.scenario import load_scenario

    sweep = load_scenario(source, overrides).sweep
    if sweep is None:
        return (), (VALUE,), None
    return factors_of(sweep), tuple(sweep.outcomes), sweep.customers


def _around(template: Template, path: str) -> Factor:
    """Make a factor of a number: a tenth below to a tenth above, within what is allowed."""
    from cvosim.experiment.sweeps.design import Factor
    from cvosim.experiment.sweeps.laws import Range

    base = template.value(path)
    if not is_number(base):
        shown = "a whole section" if isinstance(base, Mapping | list | tuple) else as_text(base)
        raise DataError(f"--path {path}: must be the path of a number (there stands {shown})")
    assert isinstance(base, int | float)
    ends = sorted(
        towards(template, path, base, base * (1.0 + side * AROUND)) for side in (-1.0, 1.0)
    )
    if ends[0] == ends[1]:
        why = "0 has no tenth" if base == 0 else "the scenario refuses any other value"
        raise DataError(f"--path {path}: cannot move from {base:g} ({why}); say in `sweep:` how")
    if isinstance(base, int):
        return Factor(path, "lever", values=tuple(range(int(ends[0]), int(ends[1]) + 1)))
    return Factor(path, "lever", law=Range(*ends))
