"""Rules that say when an experiment stops, and which arm then gets all customers.

Each sees the same estimates at the same looks, of thousands of replications at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.experiment.stopping.design import StoppingDesign
from cvosim.tables.columns import Floats

Signs = NDArray[np.int8]


class Terms(NamedTuple):
    """What a rule may know before the data.

    Attributes
    ----------
    design : StoppingDesign
    prior_sd : float
        Standard deviation of effects, in the metric's unit.
    care : float
        Threshold of caring of the Bayesian rules, in the same unit.
    """

    design: StoppingDesign
    prior_sd: float
    care: float


class Seen(NamedTuple):
    """What is seen at the looks, treatment less control; each float64[replications, looks].

    ``z`` is the difference in standard errors, Welch's t read as a normal score; NaN while there
    is no standard error.
    """

    difference: Floats
    error: Floats
    z: Floats


class Stopped(NamedTuple):
    """How each replication ended.

    Attributes
    ----------
    look : ndarray of int, shape (replications,)
        At which it stopped.
    said : ndarray of int8, shape (replications,)
        1: treatment is better; -1: it is worse; 0: no claim.
    ship : ndarray of bool, shape (replications,)
        Whether all later customers get the treatment.
    """

    look: NDArray[np.intp]
    said: Signs
    ship: NDArray[np.bool_]


Decide = Callable[[Seen], Stopped]


@dataclass(frozen=True)
class Rule:
    """A stopping rule.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        As people call it.
    prepare : callable
        From what is known before the data to what decides.
    promise : {"alpha", "loss", "none"}
        ``alpha``: without an effect it finds one with probability alpha at most. ``loss``: its
        choices lose less per customer, on average, than the threshold of caring.
    """

    name: str
    title: str
    prepare: Callable[[Terms], Decide]
    promise: Literal["alpha", "loss", "none"] = "alpha"


def first_sign(signs: Signs) -> Stopped:
    """Stop at the first look that says something; ship what is said to be better.

    Examples
    --------
    >>> first_sign(np.array([[0, 1, -1], [0, 0, 0], [-1, 1, 1]], np.int8)).said
    array([ 1,  0, -1], dtype=int8)
    """
    speaks = signs != 0
    look = np.where(speaks.any(axis=1), speaks.argmax(axis=1), signs.shape[1] - 1)
    said = signs[np.arange(len(signs)), look]
    return Stopped(look, said, said > 0)


def signs_beyond(z: Floats, bound: Floats | float, sides: int) -> Signs:
    """1 where z reaches the bound, -1 where it reaches the negative one and that counts."""
    low = (z <= -np.asarray(bound)) & (sides == 2)
    return (z >= bound).astype(np.int8) - low.astype(np.int8)


def _critical(design: StoppingDesign) -> float:
    from scipy.special import ndtri

    return float(-ndtri(design.alpha / design.sides))


def _fixed(terms: Terms) -> Decide:
    bound, design = _critical(terms.design), terms.design

    def decide(seen: Seen) -> Stopped:
        signs = signs_beyond(seen.z, bound, design.sides)
        signs[:, :-1] = 0
        return first_sign(signs)

    return decide


def _better(_terms: Terms) -> Decide:
    def decide(seen: Seen) -> Stopped:
        signs = np.zeros(seen.difference.shape, np.int8)
        signs[:, -1] = np.sign(np.nan_to_num(seen.difference[:, -1]))
        return first_sign(signs)

    return decide


def _peek(terms: Terms) -> Decide:
    bound, sides = _critical(terms.design), terms.design.sides
    return lambda seen: first_sign(signs_beyond(seen.z, bound, sides))


def _group_sequential(spending: str, futility: str | None = None) -> Callable[[Terms], Decide]:
    def prepare(terms: Terms) -> Decide:
        from cvosim.stats.sequential.planning import group_sequential

        design = terms.design
        looks = tuple((design.look_units / design.look_units[-1]).tolist())
        test = group_sequential(
            looks, alpha=design.alpha, sides=design.sides, spending=spending, futility=futility
        )

        def decide(seen: Seen) -> Stopped:
            stop, said = test.stops(seen.z), test.rejects(seen.z)
            look = np.where(stop < 0, len(looks) - 1, stop)
            return Stopped(look, said, said > 0)

        return decide

    return prepare


def _confidence_sequence(terms: Terms) -> Decide:
    from cvosim.stats.sequential.confidence_sequence import ConfidenceSequence

    design = terms.design
    units = design.look_units
    tuned = ConfidenceSequence.tuned(float(units[-1]), alpha=design.alpha, sides=design.sides)
    bound = tuned.multiplier(units)
    return lambda seen: first_sign(
        signs_beyond(_ratio(seen.difference, seen.error), bound, design.sides)
    )


def _mixture(terms: Terms) -> Decide:
    from cvosim.stats.sequential.mixture_test import MixtureTest

    # tuned to the effects that are expected (Johari et al. 2017)
    design, test = terms.design, MixtureTest(terms.prior_sd)
    # on one side all of alpha is spent there
    alpha = design.alpha if design.sides == 2 else min(2.0 * design.alpha, 0.99)

    def decide(seen: Seen) -> Stopped:
        low, high = test.interval(seen.difference, seen.error, alpha=alpha)
        below = (high < 0.0) & (design.sides == 2)
        return first_sign((low > 0.0).astype(np.int8) - below.astype(np.int8))

    return decide


def _bayes(*, flat: bool) -> Callable[[Terms], Decide]:
    """Stop when choosing the better-looking arm is expected to lose less than the threshold.

    Stucchi (2015) and later platforms; the loss is the unit normal one (Raiffa & Schlaifer 1961).
    At the last look the better-looking arm is chosen in any case, without a claim.
    """

    def prepare(terms: Terms) -> Decide:
        from cvosim.stats.methods.bayes import NormalPrior, normal_belief, normal_posterior

        prior = NormalPrior() if flat else NormalPrior(0.0, terms.prior_sd)

        def decide(seen: Seen) -> Stopped:
            known = seen.error > 0.0
            error = np.where(known, seen.error, 1.0)
            belief = normal_belief(normal_posterior(seen.difference, error, prior))
            small = known & (np.minimum(belief.loss_control, belief.loss_treatment) < terms.care)
            better = (belief.loss_treatment < belief.loss_control) & known
            found = first_sign(np.where(small, np.where(better, 1, -1), 0).astype(np.int8))
            return found._replace(ship=better[np.arange(len(better)), found.look])

        return decide

    return prepare


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0.0, above / below, np.nan)


RULES: dict[str, Rule] = {
    one.name: one
    for one in (
        Rule("fixed", "one look at the end", _fixed),
        Rule("better_at_end", "the better-looking arm at the end", _better, "none"),
        Rule("obrien_fleming", "O'Brien-Fleming group-sequential",
             _group_sequential("obrien_fleming")),
        Rule("pocock", "Pocock group-sequential", _group_sequential("pocock")),
        Rule("futility", "group-sequential with futility",
             _group_sequential("obrien_fleming", "obrien_fleming")),
        Rule("confidence_sequence", "a confidence sequence", _confidence_sequence),
        Rule("msprt", "the mixture SPRT", _mixture),
        Rule("bayes", "Bayesian expected loss", _bayes(flat=False), "loss"),
        Rule("bayes_flat", "Bayesian loss with a flat prior", _bayes(flat=True), "loss"),
        Rule("peek", "peeking until green", _peek),
    )
}  # fmt: skip
"""All rules there are, by name."""


def rules_named(names: Iterable[str | Rule]) -> tuple[Rule, ...]:
    """Give rules by their names; one's own go through.

    Raises
    ------
    CvosimError
        If there is none of a name; says which is near.

    Examples
    --------
    >>> [rule.title for rule in rules_named(["fixed", "peek"])]
    ['one look at the end', 'peeking until green']
    """
    found = []
    for name in names:
        if isinstance(name, str) and name not in RULES:
            near = get_close_matches(name, RULES, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(RULES)}"
            raise CvosimError(f'rules: no rule is called "{name}"; {hint}')
        found.append(RULES[name] if isinstance(name, str) else name)
    if len({rule.name for rule in found}) < len(found) or not found:
        raise CvosimError("rules: must be different ones, and at least one")
    return tuple(found)
