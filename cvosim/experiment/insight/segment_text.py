"""Segments in plain English: what acting on them is worth, and how large a test must be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount, counted, listed, significant

if TYPE_CHECKING:
    from cvosim.experiment.insight.segment_result import Claim, Policy, SegmentLab, SegmentTruth

MANY = 1000
"""Customers of a segment from which on nobody's doing anything else means no effect: the
change then moves fewer than 3 in 1000, with 95 % confidence (Hanley & Lippman-Hand 1983)."""

_SURE = 0.01
"""Share of wrong signs among significant claims that is taken for none."""


def lines(lab: SegmentLab) -> Iterator[str]:
    """Say what the change is worth by segment, and what a test of that size would make of it.

    Parameters
    ----------
    lab : SegmentLab

    Yields
    ------
    str
        A line without its line break.
    """
    if _unseen(lab):
        yield (
            f"Nothing can be said yet: {counted(lab.customers, 'prospect')} are too few to see "
            "what the change does in any segment. Simulate more of them."
        )
        return
    yield _money(lab)
    yield _truth(lab)
    yield _policies(lab)
    for segment in lab.segments:
        yield _claims(segment, lab)
    yield _order(lab)
    yield _shrinkage(lab)


def no_effect(segment: SegmentTruth) -> bool:
    """Whether nobody in a segment did anything else, of so many that this tells something."""
    return segment.effect_error == 0.0 and segment.customers >= MANY


def _unseen(lab: SegmentLab) -> bool:
    """Whether no segment shows an effect, nor that there is none."""
    return not any(no_effect(s) or significant(s.effect, s.effect_error) for s in lab.segments)


def _money(lab: SegmentLab) -> str:
    best, all_, oracle = (lab.policy(name) for name in (_best(lab).name, "all", "oracle"))
    same = oracle.value - max(all_.value, 0.0) <= 1e-9 * max(abs(oracle.value), 1e-300)
    whom = "everybody" if all_.value > 0.0 else "nobody"
    if same:
        return (
            f"Treat {whom} with {lab.variant}: it is {_better(lab.effect)} in every segment, "
            f"{_amount(lab.effect, lab, sign=True)} per prospect over all. Choosing segments by a "
            f"test cannot gain anything, and {_loss(lab)}"
        )
    extra = oracle.value - max(all_.value, 0.0)
    return (
        f"Knowing the segments is worth {_amount(extra, lab)} per prospect: with the truth at hand "
        f"one would treat {listed(_treated(lab))} only and gain {_amount(oracle.value, lab)}; "
        f"treating {whom} gains {_amount(max(all_.value, 0.0), lab)}. After a test of "
        f"{counted(lab.units, 'customer')}, {_words(best)} gains {_amount(best.value, lab)}."
    )


def _loss(lab: SegmentLab) -> str:
    simple = max(lab.policy("all").value, 0.0)
    naive = lab.policy("segments that look better")
    return (
        f"in a test of {counted(lab.units, 'customer')}, treating only segments that look better "
        f"loses {_amount(simple - naive.value, lab)} of it."
    )


def _better(value: float) -> str:
    return "better" if value > 0.0 else "worse" if value < 0.0 else "no better"


def _treated(lab: SegmentLab) -> list[str]:
    return [segment.name for segment in lab.segments if segment.effect > 0.0]


def _truth(lab: SegmentLab) -> str:
    said = listed(
        [
            f"{segment.name} {_amount(segment.effect, lab, sign=True)} "
            f"(± {_amount(1.96 * segment.effect_error, lab)}, {100 * segment.share:.0f} % of all)"
            for segment in lab.segments
        ]
    )
    unclear = [s.name for s in lab.segments if not significant(s.effect, s.effect_error)]
    text = f"True effects on {lab.metric}: {said}."
    if unclear:
        text += (
            f" Of {listed(unclear)}, {counted(lab.customers, 'prospect')} are too few to know the "
            "sign for certain."
        )
    return text


def _best(lab: SegmentLab) -> Policy:
    able = [policy for policy in lab.policies if policy.name not in ("oracle", "all", "none")]
    return max(able, key=lambda policy: policy.value)


_POLICY_WORDS = {
    "all if better": "treating everybody if the whole test is significantly better",
    "segments that look better": "treating the segments that look better",
    "segments surely better": "treating the segments that are significantly better",
    "segments better after shrinkage": "treating the segments that look better after shrinkage",
}


def _words(policy: Policy) -> str:
    return _POLICY_WORDS[policy.name]


def _policies(lab: SegmentLab) -> str:
    said = listed(
        [f"{words} {_amount(lab.policy(name).value, lab)}" for name, words in _POLICY_WORDS.items()]
    )
    return f"What acting on such a test gains per prospect: {said}."


def _claims(segment: SegmentTruth, lab: SegmentLab) -> str:
    claim = next(one for one in segment.claims if one.units >= lab.units * 0.99)
    if math.isinf(segment.needed) and not no_effect(segment):
        few = counted(segment.customers, "prospect")
        return f"{segment.name}: nothing can be said yet, {few} are too few."
    if math.isinf(segment.needed):
        return f"{segment.name}: the change has no effect there, so every claim is a false one."
    text = (
        f"{segment.name} ({counted(claim.in_segment, 'customer')} of the test): "
        f"{100 * claim.power:.0f} % of tests find the effect"
    )
    if not math.isnan(claim.exaggeration):
        text += (
            f"; those that are significant have the wrong sign in {100 * claim.type_s:.0f} % and "
            f"show {claim.exaggeration:.1f} times its size"
        )
    return f"{text}. Reliable from about {counted(segment.needed, 'customer')} on{_sure(segment)}."


def _sure(segment: SegmentTruth) -> str:
    """Say from which size tried on significant claims have the right sign."""
    wrong: list[Claim] = [c for c in segment.claims if math.isfinite(c.type_s) and c.type_s > _SURE]
    if not wrong:
        return ""
    return f" (wrong signs are seen up to {counted(wrong[-1].units, 'customer')})"


def _order(lab: SegmentLab) -> str:
    best = max(lab.segments, key=lambda segment: segment.effect)
    worst = min(lab.segments, key=lambda segment: segment.effect)
    if math.isinf(lab.needed_order) and not all(map(no_effect, lab.segments)):
        return "Nothing can be said yet of which segment it does more for."
    if math.isinf(lab.needed_order):
        return "The effect is the same in every segment: there is no difference to find."
    return (
        f"To show that it does more for {best.name} than for {worst.name} takes about "
        f"{counted(lab.needed_order, 'customer')}."
    )


def _shrinkage(lab: SegmentLab) -> str:
    raw, better = (
        math.sqrt(sum(s.share * getattr(s, name) ** 2 for s in lab.segments))
        for name in ("raw_error", "shrunk_error")
    )
    change = 1.0 - better / raw if raw > 0.0 else 0.0
    verb = "nearer to" if change >= 0.0 else "further from"
    return (
        f"Shrinking the estimates towards their common mean brings them "
        f"{100 * abs(change):.0f} % {verb} the truth ({_amount(raw, lab)} off as they are, "
        f"{_amount(better, lab)} shrunk)."
    )


def _amount(value: float, lab: SegmentLab, *, sign: bool = False) -> str:
    return amount(value, lab.unit, sign=sign)
