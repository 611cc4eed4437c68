"""The procedures that a certificate can be asked for, each by its name.

Most work on moments, of thousands of replications at once; a few need the customers themselves.
All compare two arms of customers who were assigned one by one: strata, and clusters such as shops
or households that are assigned as a whole, are not certified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.certificate import proportions, samples, sequences
from cvosim.experiment.certificate.trial import Found, Trial, signs_of
from cvosim.experiment.certificate.worlds import without_covariate
from cvosim.stats.contrast import Contrast
from cvosim.stats.further_metrics import Quantile, Survival
from cvosim.stats.methods.tested import Tested
from cvosim.stats.metric import Adjustment, Mean, Ratio

Scale = Literal["difference", "lift", "log"]
Need = Literal["mean", "ratio", "quantile", "survival", "covariate", "looks", "shares"]

CAP = 0.99
"""Quantile at which `winsorised_welch` caps, known from history."""


KINDS = {
    "mean": "means",
    "ratio": "ratios of two outcomes",
    "quantile": "quantiles",
    "survival": "times until customers leave",
}
"""Kinds of metrics, in words."""


def kind_of(metric: Any) -> str:
    """Tell what kind of metric it is.

    Examples
    --------
    >>> kind_of(Mean("spend")), kind_of(Quantile("spend", 0.9))
    ('mean', 'quantile')
    """
    kinds = ((Ratio, "ratio"), (Quantile, "quantile"), (Survival, "survival"))
    return next((kind for one, kind in kinds if isinstance(metric, one)), "mean")


def capped_name(column: str) -> str:
    """Name of the column that holds capped values."""
    return f"{column} capped"


@dataclass(frozen=True)
class Procedure:
    """A way to decide an experiment.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        As people call it.
    run : callable
        From replications to what it says of each.
    estimates : str
        What its estimate and interval are about, in words.
    scale : {"difference", "lift", "log"}
        Of the estimate.
    needs : set of str
        ``mean``, ``ratio``, ``quantile`` or ``survival``: only for such metrics; without any of
        them, for means and ratios. ``covariate``: the metric must have one.
        ``looks``: for several looks. ``shares``: for outcomes that are 1 or 0.
    trap : bool
        Whether it is known to be wrong, and here to be shown so.
    most : int
        Replications at most, of one that needs the customers themselves; 0 for one that needs
        only moments.
    """

    name: str
    title: str
    run: Callable[[Trial], Found]
    estimates: str = "the difference of the means"
    scale: Scale = "difference"
    needs: frozenset[Need] = frozenset()
    trap: bool = False
    most: int = 0

    @property
    def capped(self) -> bool:
        """Whether it needs capped values."""
        return self.name == "winsorised_welch"

    def unfit(self, metric: Any, *, looks: int, shares: bool) -> str | None:
        """Why it is not for a metric or design; None where it is."""
        needs = self.needs
        kinds = [kind for kind in KINDS if kind in needs] or ["mean", "ratio"]
        if kind_of(metric) not in kinds:
            return f"is for {' and '.join(KINDS[kind] for kind in kinds)}"
        if "covariate" in needs and getattr(metric, "covariate", None) is None:
            return "needs a covariate"
        if "looks" in needs and looks < 2:
            return "needs several looks"
        if "shares" in needs and not shares:
            return "is for outcomes that are 1 or 0"
        return None


def _welch(trial: Trial) -> Found:
    return Found.of(trial.at_end(without_covariate(trial.metric)), trial.design)


def _log_ratio(trial: Trial) -> Found:
    return Found.of(trial.at_end(without_covariate(trial.metric), log=True), trial.design)


def _adjusted(adjustment: Adjustment) -> Callable[[Trial], Found]:
    def run(trial: Trial) -> Found:
        metric = replace(trial.metric, adjustment=adjustment)
        return Found.of(trial.at_end(metric), trial.design)

    return run


def _student(trial: Trial) -> Found:
    """Student's t (1908): one variance for both arms."""
    arms = without_covariate(trial.metric).arms(*trial.last())
    c, t = arms.control, arms.treatment
    df = c.n + t.n - 2.0
    pooled = ((c.n - 1.0) * c.variance + (t.n - 1.0) * t.variance) / df
    error = np.sqrt(pooled * (1.0 / c.n + 1.0 / t.n))
    found = Contrast(c.value, t.value, t.value - c.value, error, df)
    return Found.of(Tested.of(found, trial.design.level, trial.design.alternative), trial.design)


def _winsorised(trial: Trial) -> Found:
    metric = Mean(capped_name(without_covariate(trial.metric).columns[0]))
    return Found.of(trial.at_end(metric), trial.design)


def _permutation(model: Literal["shift", "scale"]) -> Callable[[Trial], Found]:
    def run(trial: Trial) -> Found:
        from cvosim.stats.methods.permutation import moment_permutation, shuffled_spread

        column = without_covariate(trial.metric).columns[0]
        if not trial.intervals:
            spread = shuffled_spread(*trial.last(), column)
            nothing = np.full_like(spread.difference, np.nan)
            tested = Tested(spread.difference, nothing, *spread.tails(), nothing, nothing)
            return Found.of(tested, trial.design)
        level, alternative = trial.design.level, trial.design.alternative
        tested = moment_permutation(
            *trial.last(), column, level=level, alternative=alternative, model=model
        )
        return Found.of(tested, trial.design)

    return run


def _pooled_z(trial: Trial) -> Found:
    from cvosim.stats.methods.proportions import newcombe, z_tails

    arms = proportions.counts_of(trial)
    between = newcombe(arms[0], arms[1], trial.design.level, trial.design.alternative)
    nothing = np.full_like(between.low, np.nan)
    tested = Tested(
        between.estimate, nothing, *z_tails(arms[0], arms[1]), between.low, between.high
    )
    return Found.of(tested, trial.design)


def _newcombe(trial: Trial) -> Found:
    found = _pooled_z(trial)
    return found._replace(said=signs_of(found.low, found.high, trial.design.alternative))


_MEAN: frozenset[Need] = frozenset({"mean"})
_LOOKS: frozenset[Need] = frozenset({"looks"})
_SHARES: frozenset[Need] = frozenset({"mean", "shares"})
_COVARIATE: frozenset[Need] = frozenset({"covariate"})

PROCEDURES: dict[str, Procedure] = {
    one.name: one
    for one in (
        Procedure("welch", "Welch's t", _welch),
        Procedure("student", "Student's t", _student, needs=_MEAN),
        Procedure(
            "log_ratio", "the log ratio", _log_ratio, "the lift, on the log scale", "log"
        ),
        Procedure("cuped", "CUPED", _adjusted("pooled"), needs=_COVARIATE),
        Procedure(
            "cuped_interacted", "CUPED with a slope for each arm", _adjusted("interacted"),
            needs=_COVARIATE,
        ),
        Procedure(
            "ratio_delta", "the delta-method ratio", _welch, "the difference of the ratios",
            needs=frozenset({"ratio"}),
        ),
        Procedure(
            "proportion", "the automatic test of shares", proportions.automatic,
            "the difference of the shares", needs=_SHARES,
        ),
        Procedure("proportion_z", "the pooled z test", _pooled_z, needs=_SHARES),
        Procedure("newcombe", "Newcombe's interval", _newcombe, needs=_SHARES),
        Procedure(
            "permutation", "the permutation test", _permutation("shift"),
            "the difference of the means, as if everybody changed by as much", needs=_MEAN,
        ),
        Procedure(
            "permutation_lift", "the permutation test of a lift", _permutation("scale"),
            "the lift, as if everybody changed by the same factor", "lift", needs=_MEAN,
        ),
        Procedure(
            "winsorised_welch", "Welch's t on capped values", _winsorised,
            f"the difference of means of values capped at the {100 * CAP:g} % quantile, which "
            "is another question", needs=_MEAN,
        ),
        Procedure(
            "group_sequential", "the group-sequential test", sequences.group_sequential,
            needs=_LOOKS,
        ),
        Procedure(
            "group_sequential_permutation", "the group-sequential permutation test",
            sequences.permutation_sequence, needs=_LOOKS | _MEAN,
        ),
        Procedure(
            "confidence_sequence", "the confidence sequence", sequences.confidence_sequence,
            needs=_LOOKS,
        ),
        Procedure("msprt", "the mixture SPRT", sequences.mixture_test, needs=_LOOKS),
        Procedure(
            "permutation_resampled", "the studentised permutation test",
            samples.sampled(samples.resampled_permutation, 400), most=400,
        ),
        Procedure(
            "bca", "the BCa bootstrap", samples.sampled(samples.bca, 400), needs=_MEAN, most=400
        ),
        Procedure(
            "quantile", "the closed-form quantile test", samples.sampled(samples.quantile, 2000),
            "the difference of the quantiles", needs=frozenset({"quantile"}), most=2000,
        ),
        Procedure(
            "log_rank", "the log-rank test", samples.sampled(samples.log_rank, 2000),
            "nothing: it only tests", needs=frozenset({"survival"}), most=2000,
        ),
        Procedure(
            "restricted_mean", "the restricted mean survival time",
            samples.sampled(samples.restricted_mean, 2000),
            "the difference of the mean times until customers leave",
            needs=frozenset({"survival"}), most=2000,
        ),
        Procedure("peek", "Welch's t at every look", sequences.peek, needs=_LOOKS, trap=True),
    )
}  # fmt: skip
"""Everything that can be certified."""


def procedure_named(name: str | Procedure) -> Procedure:
    """Give a procedure by its name; one's own as it is.

    Raises
    ------
    CvosimError
        If there is none of this name; says which is near.

    Examples
    --------
    >>> procedure_named("welch").title
    "Welch's t"
    """
    if isinstance(name, Procedure):
        return name
    if not isinstance(name, str):
        raise CvosimError(f"procedure: must be a name or a Procedure (got {name!r:.60})")
    if name not in PROCEDURES:
        near = get_close_matches(name, PROCEDURES, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"choose from {', '.join(PROCEDURES)}"
        raise CvosimError(f'procedure: there is no "{name}"; {hint}')
    return PROCEDURES[name]
