"""What moves an outcome, in sentences: tornado, elasticities, Sobol indices, dependence, boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cvosim.experiment.insight.words import amount, counted, listed, minus
from cvosim.experiment.sensitivity.jackknife import needs_jackknife
from cvosim.report.numbers import UNKNOWN, p_text
from cvosim.report.settings_text import setting

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.asking import Answer
    from cvosim.experiment.sensitivity.dependence import Dependence
    from cvosim.experiment.sensitivity.discovery import Discovery
    from cvosim.experiment.sensitivity.elasticity import Elasticities, Elasticity
    from cvosim.experiment.sensitivity.one_at_a_time import Bar, Tornado
    from cvosim.experiment.sensitivity.sections import Interval
    from cvosim.experiment.sensitivity.sobol import SobolIndices

NOISY = 0.02
"""Part of the variance from which on luck is worth a sentence."""
ROUGH = 0.25
"""Half-width of a part's interval from which on it says little."""
FEW_ROWS = 128
"""Rows of a design of Saltelli below which its intervals are too narrow for spiky outcomes."""


def tornado_words(found: Tornado) -> str:
    """Say which factor moves the outcome most, and which do not show."""
    answer = found.answer
    known = [bar for bar in found.bars if bar.ends is not None]
    if not known:
        return f"Nothing can be said of {answer.outcome}: no value of any factor could be run."
    said = []
    certain = [bar for bar in known if bar.swing.certain]
    if certain:
        said.append(f"What moves {answer.outcome} most is {_bar(certain[0], answer.unit)}.")
        said += _few(certain[0], answer)
    else:
        said.append(
            f"Nothing moves {answer.outcome} so that {counted(answer.customers, 'customer')} show "
            f"it: take more customers."
        )
    base = amount(answer.base.value, answer.unit)
    said.append(
        f"As written it is {base}; each factor is moved by itself, on the same "
        f"{counted(answer.customers, 'customer')}."
    )
    said += _of_all(answer)
    still = [bar.path for bar in known if not bar.swing.certain]
    if still and certain:
        said.append(f"No effect shows of {listed(still)}: the interval holds 0.")
    said += [
        f"{bar.path} at {setting(one.value)} could not be run: {one.error.rstrip('.')}."
        for bar in found.bars
        for one in bar.tries
        if one.error
    ]
    return " ".join(said)


def _few(row: Bar | Elasticity, answer: Answer) -> list[str]:
    """Warn of a difference that rests on the decisions of few, or of nobody."""
    if not row.few:
        return []
    who, why = "nobody", "this is the money alone"
    if row.decided:
        who, why = f"only about {row.decided}", "these are too few to go by"
    return [
        f"But of {counted(answer.customers, 'customer')} {who} decided otherwise by {row.path}: "
        f"{why}, and even the sign may be wrong; take more customers."
    ]


def _of_all(answer: Answer) -> list[str]:
    """Say how an outcome that is no mean over customers, nor their sum, was measured."""
    if not needs_jackknife(answer.outcome):
        return []
    return [
        f"{answer.outcome} is that of all customers together, at whole days; intervals are by the "
        f"jackknife over {answer.replicates} sections of them."
    ]


def _bar(bar: Bar, unit: str) -> str:
    assert bar.ends is not None
    low, high = sorted(bar.ends, key=bar.tries.index)
    return (
        f"{bar.path}: from {setting(low.value)} to {setting(high.value)} it goes from "
        f"{amount(low.outcome, unit)} to {amount(high.outcome, unit)}, a swing of "
        f"{amount(bar.swing.value, unit)} ({_interval(bar.swing, unit)})"
    )


def _interval(one: Interval, unit: str) -> str:
    if not math.isfinite(one.low):
        return "95 % interval not known"
    return f"95 % interval {amount(one.low, unit)} to {amount(one.high, unit)}"


def elasticity_words(found: Elasticities) -> str:
    """Say what one percent of each number is worth."""
    outcome = found.answer.outcome
    known = [row for row in found.rows if math.isfinite(row.elasticity.value)]
    if not known:
        why = "; ".join(f"{row.path} {row.reason}" for row in found.rows)
        return f"{outcome} has no elasticity: {why}."
    first = known[0]
    share = first.elasticity
    percents = (minus(f"{x:+.2f} %") for x in share)
    value, low, high = percents
    said = (
        f"One percent more of {first.path} moves {outcome} by {value} (95 % interval {low} to "
        f"{high}), measured over {100 * found.step:g} % to either side, as far as allowed."
    )
    return " ".join([said, *_few(first, found.answer), *_of_all(found.answer)])


def sobol_words(found: SobolIndices) -> str:
    """Say which factor carries the variance, and how much of it is interaction or luck."""
    outcome = found.answer.outcome
    if not found.variance:
        return f"No factor moves {outcome}: it is the same at all {found.answer.points:,} points."
    first = found.parts[0]
    said = [
        f"Most of the variance of {outcome} over all factors goes with {first.path}: "
        f"{_part(first.first)} by itself, {_part(first.total)} with its interactions."
    ]
    rough = any(_wide(part.first) or _wide(part.total) for part in found.parts)
    alone = sum(part.first.value for part in found.parts)
    if rough:
        said.append("The parts are estimated too roughly: take more --points.")
    else:
        said.append(f"The factors by themselves explain {_capped(alone)}.")
    said.append(
        f"{found.answer.points:,} points of {counted(found.answer.customers, 'customer')}, the "
        "same at each."
    )
    if math.isnan(found.noise):
        said.append("How much of the variance is luck is not known.")
    elif found.noise > NOISY:
        said.append(
            f"Up to {100 * found.noise:.0f} % of the variance may be luck, which looks like "
            "interaction: take more customers."
        )
    if found.rows < FEW_ROWS and not rough:
        said.append(
            f"With {counted(found.rows, 'row')} of the design the intervals are too narrow where "
            f"few points carry most of the variance: take {FEW_ROWS} or more (--points)."
        )
    if found.lost:
        said.append(f"{counted(found.lost, 'row')} of the design had no value and do not count.")
    return " ".join(said)


def _part(one: Interval) -> str:
    low, high = (min(max(end, 0.0), 1.0) for end in (one.low, one.high))
    return f"{_capped(one.value)} ({100 * low:.0f} to {100 * high:.0f} %)"


def _capped(part: float) -> str:
    """Write a part of the variance; an estimate may exceed what a part can be."""
    return "practically all" if part > 1.0 else f"{100 * max(part, 0.0):.0f} %"


def _wide(one: Interval) -> bool:
    return 0.5 * (one.high - one.low) > ROUGH


def dependence_words(found: Dependence) -> str:
    """Say along which factor the mean outcome goes furthest."""
    sample, first = found.sample, found.curves[0]
    ends = sorted(first.steps, key=lambda step: step.mean.value)
    low, high = sorted((ends[0], ends[-1]), key=first.steps.index)
    about = "about " if first.numeric else ""
    said = (
        f"Averaged over all other factors, {sample.outcome} goes from "
        f"{amount(low.mean.value, sample.unit)} at {first.path} {about}{setting(low.value)} to "
        f"{amount(high.mean.value, sample.unit)} at {about}{setting(high.value)}, further than "
        f"along any other factor ({counted(len(sample), 'point')})."
    )
    if len(found.curves) == 1:
        said = said.replace(", further than along any other factor", "")
    return said + _missing(found.missing)


def discovery_words(found: Discovery) -> str:
    """Say where the plan loses, or why no region can be named."""
    said = [
        f"The plan loses ({found.losing}) at {_percent(found.share.value)} of "
        f"{counted(len(found.sample), 'point')}."
    ]
    if not found.boxes:
        said.append(f"No region can be named: {found.reason}.")
    for box in found.boxes:
        said.append(
            f"Where {box.clause()}, the plan loses at {_percent(box.density.value)} of the points "
            f"(95 % interval {_percent(box.density.low)} to {_percent(box.density.high)}); "
            f"{_percent(box.coverage.value)} of all losses lie there."
        )
    if found.boxes:
        said.append(
            "Half of the points found the boxes, the other half measured them; chance alone "
            f"would do so with p = {p_text(max(box.p_value for box in found.boxes))} or less. Only "
            "boxes that passed this test are shown, so where effects are weak the plan loses there "
            "a little less often than it seems."
        )
    if found.boxes and found.refuted:
        said.append(f"{counted(found.refuted, 'box')[:-1]}es" if found.refuted > 1 else "1 box")
        said[-1] += " more did not hold on the other half."
    if found.unclear > 0.05:
        said.append(
            f"{_percent(found.unclear)} of the points are so near the threshold that luck may have "
            "put them on either side: take more customers."
        )
    return " ".join(said) + _missing(found.missing)


WORDS: Mapping[str, Callable[[Any], str]] = {
    "tornado": tornado_words,
    "elasticity": elasticity_words,
    "sobol": sobol_words,
    "dependence": dependence_words,
    "discover": discovery_words,
}
"""Sentences by method."""


def _missing(count: int) -> str:
    return f" {counted(count, 'point')} had no value and do not count." if count else ""


def _percent(share: float) -> str:
    if math.isnan(share):
        return UNKNOWN
    # what is not nothing, or not all, is not written as if it were
    digits = 1 if 0.0 < min(share, 1.0 - share) < 0.01 else 0
    return f"{100 * share:.{digits}f} %"
