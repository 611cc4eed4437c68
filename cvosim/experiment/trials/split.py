"""A split test on simulated customers: what it would have said, and what is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.design import Guard, TrialDesign
from cvosim.experiment.trials.findings import (
    Contrasted,
    Finding,
    Question,
    pair_weights,
    plain,
    truth_of,
    weighted,
)
from cvosim.experiment.trials.looks import Seen, Watched, read_at, seen_at_looks, watched
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.scenario import Scenario
from cvosim.scenario.arms import Trial
from cvosim.stats.cohort import Cohort
from cvosim.stats.methods.noninferiority import judge
from cvosim.stats.methods.sample_ratio import SampleRatio, sample_ratio

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Guarded:
    """A guardrail and what the experiment says about it.

    Attributes
    ----------
    guard : Guard
    finding : Finding
        With the two-sided interval at the design's level, so that each of its ends errs at half
        of alpha (ICH E9 1998, section 5.5).
    verdict : str
        ``better``, ``not worse``, ``worse`` or ``unclear``; see `methods.noninferiority`.
    """

    guard: Guard
    finding: Finding
    verdict: str


@dataclass(frozen=True)
class SplitResult:
    """What a split test says, with the truth beside it.

    Attributes
    ----------
    design : TrialDesign
    arms : tuple of str
        Control first.
    currency : str
    pool : Pool
        Those who could be enrolled, with their outcomes in every arm.
    cohort : Cohort
        Those enrolled, as data of a real experiment would show them.
    ratio : SampleRatio
    watched : mapping of str to Watched
        By treatment: the looks at the metric that decides.
    findings : tuple of Finding
        By treatment, then by metric, as of the look at which that treatment was decided. With
        several looks, every interval holds at all of them together (repeated confidence
        intervals), since the first metric, which correlates with the others, chose the look.
    guarded : tuple of Guarded
        As of the same look, likewise.
    contrasts : tuple of Finding
        Main effects and interactions of a factorial experiment, by metric.
    customers, seed : int
    """

    design: TrialDesign
    arms: tuple[str, ...]
    currency: str
    pool: Pool = field(repr=False)
    cohort: Cohort = field(repr=False)
    ratio: SampleRatio
    watched: dict[str, Watched] = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    guarded: tuple[Guarded, ...] = field(repr=False)
    contrasts: tuple[Finding, ...] = field(repr=False)
    customers: int
    seed: int

    @property
    def primary(self) -> tuple[Finding, ...]:
        """The metric that decides, by treatment."""
        return tuple(one for one in self.findings if one.effect.metric == self.design.metrics[0])

    def finding(self, metric: str, treatment: str) -> Finding:
        """One of the findings.

        Raises
        ------
        CvosimError
            If there is none.
        """
        for one in self.findings:
            if (one.effect.metric, one.effect.treatment) == (metric, treatment):
                return one
        raise CvosimError(f'no finding on "{metric}" of the arm "{treatment}"')

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        counts = [int(count) for count in self.ratio.counts]
        ratio = {"counts": counts, "expected": list(self.ratio.expected)}
        return {
            "experiment": self.design.name,
            "assign_at": self.design.assign_at,
            "arms": list(self.arms),
            "shares": list(self.design.shares),
            "currency": self.currency,
            "customers": self.customers,
            "seed": self.seed,
            "eligible": len(self.pool),
            "enrolled": len(self.cohort),
            "sample_ratio": plain({**ratio, "p_value": self.ratio.p_value}),
            "decisions": {
                arm: {"look": one.stopped + 1, "looks": len(one.looks), "day": one.decided.day,
                      "early": one.early}
                for arm, one in self.watched.items()
            },
            "looks": {
                arm: [look.to_dict() for look in one.looks] for arm, one in self.watched.items()
            },
            "findings": [one.to_dict() for one in self.findings],
            "guardrails": [
                {"margin": one.guard.margin._asdict(), "verdict": one.verdict,
                 **one.finding.to_dict()}
                for one in self.guarded
            ],
            "contrasts": [one.to_dict() for one in self.contrasts],
        }  # fmt: skip


@dataclass(frozen=True)
class SplitTest:
    """An experiment in which each customer meets one arm, as in real life.

    Attributes
    ----------
    scenarios : tuple of Scenario
        What each arm meets, control first; their names are the arms'.
    design : TrialDesign

    Examples
    --------
    >>> from cvosim.scenario import load_experiment
    >>> result = SplitTest.of(load_experiment("tripwire_price_test")).run(customers=20_000)
    >>> result.arms, sum(result.ratio.counts) == len(result.cohort)
    (('control', 'lower_price'), True)
    >>> bool(result.finding("conversion.tripwire", "lower_price").truth.value > 0)
    True
    """

    scenarios: tuple[Scenario, ...]
    design: TrialDesign

    def __post_init__(self) -> None:
        if len(self.scenarios) != len(self.design.shares):
            raise CvosimError(
                f"scenarios: must be one for each of the {len(self.design.shares)} shares "
                f"(got {len(self.scenarios)})"
            )

    @classmethod
    def of(cls, trial: Trial) -> SplitTest:
        """The experiment that a scenario file states."""
        return cls(trial.scenarios, TrialDesign.of(trial))

    def run(
        self,
        *,
        customers: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> SplitResult:
        """Simulate the customers in every arm and show the experiment one arm of each.

        Parameters
        ----------
        customers, seed : int, optional
            Control's own by default. The seed also decides who is assigned to which arm.
        threads : int, optional
            Never changes a number.
        progress : callable, optional
            Called now and then with the number of customers done since the last call, every
            arm's customers counting anew.

        Raises
        ------
        ScenarioError
            When the arms make no experiment; see `outcomes`.
        CvosimError
            When an arm gets fewer than two customers.
        """
        design, first = self.design, self.scenarios[0]
        pool = outcomes(
            self.scenarios, design.outcomes, assign_at=design.assign_at,
            enrol_days=design.enrol_days, follow_days=design.follow_days,
            start_day=design.start_day, customers=customers, seed=seed, threads=threads,
            progress=progress,
        )  # fmt: skip
        luck = first.seed if seed is None else seed
        return analysed(pool, design, luck, first.customers if customers is None else customers)


def analysed(pool: Pool, design: TrialDesign, seed: int, customers: int) -> SplitResult:
    """Assign the customers of a pool to arms, look at them as designed, and judge."""
    cohort = enrolled(pool, design, seed)
    seen = seen_at_looks(cohort, design)
    looks, findings, guarded = {}, list[Finding](), list[Guarded]()
    for treatment, name in enumerate(pool.arms[1:], 1):
        asked = _asked(pool, design.metrics[0], treatment, design, len(pool.arms) - 1)
        looks[name] = found = watched(seen, treatment, asked, design)
        findings += _findings(pool, seen, found, treatment, design)
        guarded += _guarded(pool, seen, found, treatment, design)
    sizes = sample_ratio(cohort.units_by_arm(), design.shares, pool.arms)
    return SplitResult(
        design, pool.arms, pool.currency, pool, cohort, sizes, looks,
        tuple(findings), tuple(guarded), tuple(_contrasts(pool, seen, design)), customers, seed,
    )  # fmt: skip


def enrolled(pool: Pool, design: TrialDesign, seed: int) -> Cohort:
    """Show each customer's outcomes in its own arm only.

    Raises
    ------
    CvosimError
        When an arm gets fewer than two customers.
    """
    arm = design.assigned(pool, seed)
    kept = np.flatnonzero(arm >= 0)
    sizes = np.bincount(arm[kept], minlength=len(pool.arms))
    if sizes.min() < 2:
        poorest = pool.arms[int(sizes.argmin())]
        raise CvosimError(
            f'the arm "{poorest}" gets {sizes.min()} of {len(pool):,} customers who reach '
            f"{design.assign_at}; simulate more customers, or enrol for longer"
        )
    mine = pool.values[arm[kept], kept]
    return Cohort(
        pool.arms,
        arm[kept],
        {name: mine[:, k] for k, name in enumerate(pool.columns)},
        stratum=pool.segment[kept].astype(np.int32),
        strata=pool.segments,
        assigned_day=pool.entry_day[kept],
        observed_days=design.last_day - pool.entry_day[kept],
        source=f'the experiment "{design.name}"',
    )


def _asked(
    pool: Pool, metric: str, treatment: int, design: TrialDesign, among: int = 1
) -> Question:
    """Compare a treatment with control, at an error rate that so many treatments share."""
    return Question(
        metric, pool.arms[0], pool.arms[treatment], 1.0 - design.alpha / among,
        design.covariate, design.adjustment,
    )  # fmt: skip


def _findings(
    pool: Pool, seen: Seen, found: Watched, treatment: int, design: TrialDesign
) -> Iterator[Finding]:
    """Every metric of one treatment, as of the look at which it was decided."""
    weights = pair_weights(treatment, len(pool.arms))
    count = len(pool.arms) - 1
    for name in dict.fromkeys((*design.metrics, "contribution")):
        effect = found.decided.effect
        if name == design.metrics[0]:
            if count > 1:
                words = f"Bonferroni for {count} treatments: {100 * effect.level:.4g} % each"
                effect = replace(effect, adjustments=(*effect.adjustments, words))
        else:
            asked = _asked(pool, name, treatment, design)
            effect = read_at(seen, found.stopped, treatment, asked, design)
        yield Finding(effect, truth_of(pool, name, weights))


def _guarded(
    pool: Pool, seen: Seen, found: Watched, treatment: int, design: TrialDesign
) -> Iterator[Guarded]:
    weights = pair_weights(treatment, len(pool.arms))
    for guard in design.guards:
        asked = _asked(pool, guard.metric, treatment, design)
        effect = read_at(seen, found.stopped, treatment, asked, design)
        low, high = effect.low, effect.high
        if guard.margin.relative:
            low, high = effect.lift_low, effect.lift_high
        verdict = judge(np.asarray(low), np.asarray(high), guard.margin)
        yield Guarded(guard, Finding(effect, truth_of(pool, guard.metric, weights)), str(verdict))


def _contrasts(pool: Pool, seen: Seen, design: TrialDesign) -> Iterator[Finding]:
    """Main effects and interactions, as of the end."""
    last = seen.moments[len(seen.days) - 1]
    for what in factor_contrasts(design):
        for name in dict.fromkeys((*design.metrics, "contribution")):
            asked = Question(name, "", "", 1.0 - design.alpha)
            effect = weighted(last, what, asked)
            yield Finding(effect, truth_of(pool, name, what.weights), what.name)


def factor_contrasts(design: TrialDesign) -> list[Contrasted]:
    """Main effects of each level against the first, then interactions of each two factors.

    A main effect is a mean over the other factors' levels, all with the same weight, whatever
    the shares (Montgomery 2017, *Design and Analysis of Experiments*, section 6.2). An
    interaction is how much more one factor does at a level of the other than at its first.
    """
    factors = design.factors
    cells = list(product(*(range(len(factor.levels)) for factor in factors)))
    found = []

    def contrast(terms: Sequence[tuple[int, int]]) -> tuple[float, ...]:
        """Product of (at this level) less (at the first), over the factors named."""
        size = np.prod([len(f.levels) for i, f in enumerate(factors) if i not in dict(terms)])
        weights = []
        for cell in cells:
            sign = 1.0
            for factor, level in terms:
                sign *= {level: 1.0, 0: -1.0}.get(cell[factor], 0.0)
            weights.append(sign / float(size))
        return tuple(weights)

    for i, factor in enumerate(factors):
        for level in range(1, len(factor.levels)):
            names = factor.levels[0], factor.levels[level]
            found.append(Contrasted(factor.name, *names, contrast([(i, level)])))
    for (i, one), (j, other) in combinations(enumerate(factors), 2):
        for a, b in product(range(1, len(one.levels)), range(1, len(other.levels))):
            names = "no interaction", f"{one.levels[a]} with {other.levels[b]}"
            weights = contrast([(i, a), (j, b)])
            found.append(Contrasted(f"{one.name} x {other.name}", *names, weights))
    return found
