"""Surrogates in plain English: what trusting them costs, for which levers they are safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.insight.words import amount, counted, listed, significant

if TYPE_CHECKING:
    from cvosim.experiment.insight.surrogates_result import Score, SurrogateLab

WORDS = {
    "safe": "safe for",
    "understates": "right in sign but too small for",
    "exaggerates": "right in sign but too large for",
    "blind": "blind to",
    "misleading": "misleading (wrong sign) for",
    "unclear": "undecided (too few customers) for",
}
"""What a verdict means, before the levers."""


def lines(lab: SurrogateLab) -> Iterator[str]:
    """Say which early metric to trust for what, and what that costs.

    Parameters
    ----------
    lab : SurrogateLab

    Yields
    ------
    str
        A line without its line break.
    """
    yield _money(lab)
    if all(score.verdict == "unclear" for score in lab.scores):
        return
    best = lab.best
    yield by_verdict(lab, best)
    yield from _misleading(lab)
    yield from _lost(lab)
    yield _error(lab)


def _money(lab: SurrogateLab) -> str:
    best = lab.best
    scores = lab.of(best)
    waiting, never = (
        amount(float(np.mean(some)), lab.currency)
        for some in ([s.regret_late for s in scores], [max(s.true, 0.0) for s in scores])
    )
    if all(score.verdict == "unclear" for score in lab.scores):
        return (
            f"Nothing can be said yet: {counted(lab.enrolled, 'customer')} are too few to see what "
            f"these levers do within {lab.plan.days:g} days. Simulate more of them."
        )
    if not _levers(lab, best, "safe"):
        return (
            "Wait: no early metric is safe for any of these levers. Deciding on the one that costs "
            f"least, {best}, loses {amount(lab.regret(best), lab.currency)} per prospect and lever "
            f"in split tests of {counted(lab.plan.units, 'customer')}; waiting {lab.plan.days:g} "
            f"days for the contribution itself loses {waiting}, never changing anything {never}."
        )
    return (
        f"Decide on {best}: of the early metrics it is safe for most levers. In split tests of "
        f"{counted(lab.plan.units, 'customer')} that loses "
        f"{amount(lab.regret(best), lab.currency)} per prospect and lever; waiting "
        f"{lab.plan.days:g} days for the contribution itself loses {waiting}, never changing "
        f"anything {never}. It finds {_share(scores, 'recall')} of the true effects, the late "
        f"metric {_share(scores, 'power')}."
    )


def by_verdict(lab: SurrogateLab, surrogate: str) -> str:
    """Say for which levers a surrogate is safe, and for which it is not."""
    parts = [
        f"{words} {listed(levers)}"
        for verdict, words in WORDS.items()
        if (levers := _levers(lab, surrogate, verdict))
    ]
    return f"{surrogate} is {'; '.join(parts)}."


def _misleading(lab: SurrogateLab) -> Iterator[str]:
    """Say which surrogates point the wrong way, those for the same levers together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in lab.surrogates:
        levers = tuple(_levers(lab, name, "misleading"))
        if levers and name != lab.best:
            groups.setdefault(levers, []).append(name)
    for levers, names in groups.items():
        verb = "are" if len(names) > 1 else "is"
        yield f"{listed(names)} {verb} misleading for {listed(levers)}."


def _lost(lab: SurrogateLab) -> Iterator[str]:
    """Say for which levers no early metric is safe."""
    lost = [
        name
        for name in lab.levers
        if lab.recommended(name) is None
        and any(lab.verdict(name, one) != "unclear" for one in lab.surrogates)
    ]
    if lost:
        yield f"No early metric is safe for {listed(lost)}: only waiting tells."


def _levers(lab: SurrogateLab, surrogate: str, verdict: str) -> list[str]:
    return [name for name in lab.levers if lab.verdict(name, surrogate) == verdict]


def _share(scores: Sequence[Score], what: str) -> str:
    known = [getattr(score, what) for score in scores if significant(score.true, score.true_error)]
    return f"{100 * float(np.mean(known)):.0f} %" if known else "none"


def _error(lab: SurrogateLab) -> str:
    """Tell what more customers would cure from what they would not."""
    able = [score for score in lab.of(lab.best) if score.verdict != "unclear"]
    scores = able or lab.of(lab.best)
    bias = float(np.median([abs(score.bias) for score in scores]))
    noise = float(np.median([score.sampling_error for score in scores]))
    best = lab.best
    what = "bias" if bias > noise else "chance"
    larger = "More customers would not help" if bias > noise else "More customers would help"
    return (
        f"In a typical test {best} is off by {amount(bias, lab.currency)} per prospect however "
        f"large the test is (surrogacy bias), and by {amount(noise, lab.currency)} by chance "
        f"(sampling error). {larger}: the {what} is the larger part."
    )
