"""What the laboratory of segments holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cvosim.experiment.insight.attribution_result import finite, numbers

POLICIES = (
    "none", "all", "all if better", "segments that look better", "segments surely better",
    "segments better after shrinkage", "oracle",
)  # fmt: skip
"""Whom to treat: nobody, everybody, everybody if the test is significant and better; segments
whose estimate is above 0, significantly above 0, above 0 after shrinkage, truly above 0."""


class Claim(NamedTuple):
    """What a split test of one size says of one segment.

    Attributes
    ----------
    units : int
        Customers of the whole test.
    in_segment : int
        Of these in the segment.
    power : float
        Share of tests that are significant with the true sign.
    type_s : float
        Share of the significant ones with the wrong sign (Gelman & Carlin 2014).
    exaggeration : float
        Mean size of the significant ones over the true size (type M).
    wrong_look : float
        Share of all tests whose estimate has the wrong sign, significant or not.
    """

    units: int
    in_segment: int
    power: float
    type_s: float
    exaggeration: float
    wrong_look: float


@dataclass(frozen=True)
class SegmentTruth:
    """One segment: the truth, and what tests make of it.

    Attributes
    ----------
    name : str
    share : float
        Of the customers.
    customers : int
        Simulated.
    control, effect, effect_error : float
        Metric per customer without the change, what the change adds, and its paired error.
    needed : float
        Customers of a whole test that finds the effect in 80 % of tests; infinite for no effect.
    claims : tuple of Claim
        By size of the test.
    raw_error, shrunk_error : float
        Root of the mean squared error of the estimate at the size asked for, as it is and shrunk.
    raw_range, shrunk_range : tuple of float
        Between which 95 % of the estimates lie.
    """

    name: str
    share: float
    customers: int
    control: float
    effect: float
    effect_error: float
    needed: float
    claims: tuple[Claim, ...]
    raw_error: float
    shrunk_error: float
    raw_range: tuple[float, float]
    shrunk_range: tuple[float, float]


class Policy(NamedTuple):
    """Whom to treat after a test, and what that is worth per customer, with Monte-Carlo error."""

    name: str
    value: float
    error: float
    treated: float


class Step(NamedTuple):
    """A point of the Qini-like curve: share treated, and gain per customer of all customers."""

    treated: float
    gain: float


@dataclass(frozen=True)
class SegmentLab:
    """Segments under a change: truth, claims, shrinkage and policies.

    Attributes
    ----------
    baseline, variant, metric, currency : str
    customers, seed : int
        Simulated.
    units, replications : int
        Customers of a split test, and how many were drawn.
    effect, effect_error : float
        Of all customers.
    segments : tuple of SegmentTruth
    policies : tuple of Policy
        As in `POLICIES`.
    needed_order : float
        Customers of a test that puts the best and the worst segment in the right order, and is
        sure of it, in 80 % of tests.
    oracle_curve, tested_curve : tuple of Step
        Gain by share treated, segments in the true order and in that of a test (mean).
    """

    baseline: str
    variant: str
    metric: str
    currency: str
    customers: int
    seed: int
    units: int
    replications: int
    effect: float
    effect_error: float
    segments: tuple[SegmentTruth, ...]
    policies: tuple[Policy, ...]
    needed_order: float
    oracle_curve: tuple[Step, ...] = field(repr=False)
    tested_curve: tuple[Step, ...] = field(repr=False)

    @property
    def unit(self) -> str:
        """Of the metric: money, a share, orders or days."""
        from cvosim.scenario.outcome_names import Outcome, outcome_of

        outcome = outcome_of(self.metric)
        assert isinstance(outcome, Outcome)
        if outcome.is_money:
            return self.currency
        return "share" if outcome.is_share else "orders" if outcome.kind == "orders" else "days"

    def policy(self, name: str) -> Policy:
        """One policy by name."""
        return next(policy for policy in self.policies if policy.name == name)

    def summary(self) -> str:
        """Say in words what was found."""
        from cvosim.experiment.insight.segment_text import lines

        return "\n".join(lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON: what is not a number is null."""
        plain = ("baseline", "variant", "metric", "unit", "customers", "seed", "units")
        return {
            "verdict": self.summary().splitlines(),
            **{name: getattr(self, name) for name in (*plain, "replications")},
            "effect": finite(self.effect),
            "effect_error": finite(self.effect_error),
            "needed_order": finite(self.needed_order),
            "segments": [_plain(segment) for segment in self.segments],
            "policies": [numbers(policy) for policy in self.policies],
            "oracle_curve": [numbers(step) for step in self.oracle_curve],
            "tested_curve": [numbers(step) for step in self.tested_curve],
        }


def _plain(segment: SegmentTruth) -> dict[str, Any]:
    found = {
        name: finite(value) if isinstance(value, float) else value
        for name, value in vars(segment).items()
        if name != "claims"
    }
    return {**found, "claims": [numbers(claim) for claim in segment.claims]}
