"""What a plan's numbers are called by the person who wrote the scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cvosim.plan.plan import LOST, NONE, Plan, ProgramKind
from cvosim.plan.steps import RUNGS
from cvosim.randomness.distributions import Distribution

STYLES = ("entertain", "educate", "contrast", "prove")
"""Style of the content that suits each rung of awareness, in the order of the rungs."""

_DAY = 1e-9
"""Days that make no difference."""


class PlanRow(NamedTuple):
    """One decision or process of a plan.

    ``step`` is empty for the offer of the stage itself and otherwise names a program, the
    bills, the repeat purchases or whatever else belongs to it. Behind the stages of the journey
    come ``repeat_purchases`` (programs for customers), ``experience``, ``loyalty``,
    ``referral``, ``market`` (the channels) and ``season``, as far as there are any.

    ``conversion`` is as written; people of average propensity really accept with a probability
    from ``lowest`` to ``highest``, depending on segment, channel and awareness, if they bring
    the trust of every earlier step. Both are None for plain chances, which are the same for
    everybody. ``only_for`` says whom the step is aimed at; it is empty where it is for all.
    """

    stage: str
    step: str
    kind: str
    conversion: float | None = None
    lowest: float | None = None
    highest: float | None = None
    price: float | str = ""
    cost: float | str = ""
    when: str = ""
    accepted: str = ""
    declined: str = ""
    only_for: str = ""


class Odds(NamedTuple):
    """A conversion as written, and the least and greatest probability that it leads to."""

    written: float
    lowest: float | None
    highest: float | None


def odds(plan: Plan, decision: int, trust: float, aim: int = NONE) -> Odds:
    """How a decision turns out for people of average propensity.

    Parameters
    ----------
    plan : Plan
        The decision's.
    decision : int
        Its row.
    trust : float
        What the person brings, in log-odds.
    aim : int
        Row of the aim; people it leaves out do not count. Where it leaves out everybody, the
        least and the greatest are None.
    """
    return _between(plan, [(decision, np.s_[:])], trust, aim)


def odds_of_piece(plan: Plan, piece: Any, trust: float, aim: int) -> Odds:
    """How a piece of content turns out over all rungs; written is that of the rung it suits."""
    first = int(piece["first_decision"])
    rungs = [(first + rung, np.s_[rung : rung + 1]) for rung in range(len(RUNGS))]
    _, low, high = _between(plan, rungs, trust, aim)
    return Odds(float(plan.decisions["conversion"][first + int(piece["rung"])]), low, high)


def _between(plan: Plan, decisions: list[tuple[int, slice]], trust: float, aim: int) -> Odds:
    """Least and greatest over decisions, each on the rungs of awareness where it is made."""
    found: list[float] = []
    for decision, rungs in decisions:
        terms = plan.decisions[decision]
        written = float(terms["conversion"])
        shifts = plan.shifts[decision][..., rungs]
        if aim != NONE:
            shifts = shifts[plan.aimed[aim].any(axis=-1)]
        if not shifts.size or not 0.0 < written < 1.0:
            found += [written] if shifts.size else []
            continue
        gained = float(terms["trust_weight"]) * (trust - float(terms["reference_trust"]))
        ends = (gained + float(np.min(shifts)), gained + float(np.max(shifts)))
        found += [_probability(terms["logit"] + end) if end else written for end in ends]
    written = float(plan.decisions["conversion"][decisions[0][0]])
    return Odds(written, min(found, default=None), max(found, default=None))


def _probability(log_odds: float) -> float:
    e = math.exp(-abs(log_odds))
    return 1.0 / (1.0 + e) if log_odds >= 0.0 else e / (1.0 + e)


def trust_at(plan: Plan, stage: int) -> float:
    """What the earlier steps bring, on average, to those who accepted them all."""
    return sum(float(gained_trust(offer)) for offer in plan.offers[:stage])


def gained_trust(offer: Any) -> float:
    """What an offer brings on average, where not everybody consumes or attends."""
    later = offer["kind"] == 0 or offer["attended"]
    return float(offer["trust"] * (offer["consumed"] if later else 1.0))


def next_words(plan: Plan, stage: int) -> str:
    """Name of a next stage, ``lost`` or ``end``."""
    if stage >= 0:
        return str(plan.stage_names[stage])
    return "lost" if stage == LOST else "end"


def delay_words(kind: int, a: float, b: float) -> str:
    """A delay with its parameters.

    Examples
    --------
    >>> delay_words(3, 1.5, 4.0), delay_words(0, 14.0, 0.0)
    ('gamma, mean 6 days, shape 4', '14 days')
    """
    days = some(a, "day")
    names = {
        Distribution.FIXED: days,
        Distribution.EXPONENTIAL: f"exponential, mean {days}",
        Distribution.LOGNORMAL: f"lognormal, median {days}, sigma {b:g}",
        Distribution.GAMMA: f"gamma, mean {some(a * b, 'day')}, shape {b:g}",
        Distribution.WEIBULL: f"weibull, scale {days}, shape {b:g}",
        Distribution.UNIFORM: f"uniform, {a:g} to {some(b, 'day')}",
    }
    return names[Distribution(kind)]


def delay_of(row: Any, prefix: str) -> str:
    """The delay in the fields ``<prefix>_kind``, ``_a`` and ``_b`` of a record."""
    return delay_words(*(row[f"{prefix}_{field}"] for field in ("kind", "a", "b")))


def takes_time(row: Any, prefix: str) -> bool:
    """Whether a delay is anything but none at all."""
    return bool(row[f"{prefix}_kind"] != Distribution.FIXED or row[f"{prefix}_a"] > _DAY)


def share_words(share: float) -> str:
    """A share in percent.

    Examples
    --------
    >>> share_words(0.3), share_words(0.00412)
    ('30 %', '0.412 %')
    """
    return f"{100.0 * share:.4g} %"


def factor_words(log_factor: float) -> str:
    """A multiplier by its logarithm.

    Examples
    --------
    >>> factor_words(-0.08)
    '× 0.923'
    """
    return f"\N{MULTIPLICATION SIGN} {math.exp(log_factor):.3g}"


def some(count: float, thing: str) -> str:
    """So many things, in the singular where there is one.

    Examples
    --------
    >>> some(1, "touch"), some(3, "touch"), some(2, "bill")
    ('1 touch', '3 touches', '2 bills')
    """
    plural = "" if count == 1 else "es" if thing.endswith("h") else "s"
    return f"{count:g} {thing}{plural}"


def any_of(names: Sequence[str]) -> str:
    """A choice in words.

    Examples
    --------
    >>> any_of(["gold"]), any_of(["silver", "gold", "platinum"])
    ('gold', 'silver, gold or platinum')
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def aim_words(plan: Plan, aim: int) -> str:
    """Whom an aim is for; empty for everybody."""
    if aim == NONE:
        return ""
    allowed, limits = plan.aimed[aim], plan.aims[aim]
    if not allowed.any():
        return "nobody"
    names = (
        ("segment", plan.segment_names.tolist()),
        ("channel", plan.channel_names.tolist()),
        ("tier", ["none", *plan.tier_names.tolist()]),
    )
    parts = []
    for axis, (what, known) in enumerate(names):
        fits = allowed.any(axis=tuple(other for other in range(3) if other != axis))
        if not fits.all():
            chosen = [name for name, fit in zip(known, fits, strict=True) if fit]
            parts.append(f"{what} {any_of(chosen)}")
    if limits["min_orders"] > 0.0:
        parts.append(f"at least {some(limits['min_orders'], 'order')}")
    if limits["min_spend"] > 0.0:
        parts.append(f"spent {limits['min_spend']:g} or more")
    if math.isfinite(limits["max_days_since_order"]):
        parts.append(f"ordered in the last {some(limits['max_days_since_order'], 'day')}")
    return ", ".join(parts)


def program_words(plan: Plan, program: int) -> str:
    """Kind of a return-path program."""
    return ProgramKind(int(plan.programs["kind"][program])).name.lower().replace("_", " ")
