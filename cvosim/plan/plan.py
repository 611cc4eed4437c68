"""The plan: a scenario as a handful of flat arrays that both engines walk.

Every stage, program and process of a journey is a row; rows point at each other by index.
All arrays have fixed dtypes, so that one compiled kernel serves every scenario.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]
Floats = NDArray[np.float64]


class OfferKind(IntEnum):
    """What accepting an offer means."""

    LEAD_MAGNET = 0
    MONEY = 1
    TIME = 2
    SUBSCRIPTION = 3


class ProgramKind(IntEnum):
    """How a return-path program works."""

    EXIT_OFFER = 0
    FOLLOW_UP = 1
    REMARKETING = 2


class RepeatModel(IntEnum):
    """How repeat purchases come and end."""

    NONE = 0
    POISSON = 1
    BG_NBD = 2
    PARETO_NBD = 3


class ChurnKind(IntEnum):
    """How a subscriber's churn probability per period arises."""

    GEOMETRIC = 0
    SBG = 1


END = -1
"""As a next stage: the journey is complete."""
LOST = -2
"""As a next stage: the customer is lost here."""
NONE = -1
"""As an index: there is none."""

_F, _I, _U = np.float64, np.int64, np.uint32

WORLD = np.dtype(
    [
        ("horizon", _F),  # days
        ("discount", _F),  # continuous rate per day: ln(1 + yearly rate) / 365
        ("propensity_sd", _F),
        ("segment_site", _U),
        ("channel_site", _U),
        ("awareness_site", _U),
        ("arrival_site", _U),
        ("propensity_site", _U),
    ]
)
CHANNEL = np.dtype(
    [
        ("cumulative_share", _F),  # of prospects, this channel and those before it
        ("cost", _F),  # per prospect that arrives
        ("arrival_kind", _I),  # a Distribution and its two parameters, days
        ("arrival_a", _F),
        ("arrival_b", _F),
    ]
)
OFFER = np.dtype(
    [
        ("kind", _I),  # OfferKind
        ("is_tripwire", _I),
        ("price", _F),  # revenue when accepted
        ("unit_cost", _F),
        ("trust", _F),  # gained when accepted; a lead magnet's when consumed
        ("delay_kind", _I),
        ("delay_a", _F),
        ("delay_b", _F),
        ("accept_site", _U),
        ("delay_site", _U),
        ("consumed", _F),  # probability; lead magnet only
        ("consumption_kind", _I),  # time to value
        ("consumption_a", _F),
        ("consumption_b", _F),
        ("consumed_site", _U),
        ("consumption_site", _U),
        ("subscription", _I),  # row in subscriptions, or NONE
        ("starts_repeat", _I),
        ("first_service", _I),
        ("n_services", _I),
        ("next_accept", _I),  # a stage, or END
        ("after_decline", _I),  # once every service has failed: a stage, END or LOST
    ]
)
DECISION = np.dtype(
    [
        ("conversion", _F),
        ("logit", _F),  # of conversion; 0 where conversion is 0 or 1
        ("trust_weight", _F),
        ("reference_trust", _F),
    ]
)
SERVICE = np.dtype(
    [
        ("program", _I),
        ("decision", _I),
        ("price", _F),  # what the recovered customer pays
        ("accept_site", _U),
        ("open_site", _U),
        ("click_site", _U),  # follow-up: clicked or not; remarketing: gap to the next click
        ("unsubscribe_site", _U),
    ]
)
PROGRAM = np.dtype(
    [
        ("kind", _I),  # ProgramKind
        ("cost", _F),  # per message or exit offer shown
        ("click", _F),  # probability that an opened message is clicked
        ("unsubscribe", _F),  # probability per touch that is not accepted
        ("first_touch", _I),
        ("n_touches", _I),
        ("window", _F),  # days that showing lasts, frequency cap applied
        ("click_rate", _F),  # clicks a day while showing
        ("cost_rate", _F),  # money a day while showing
    ]
)
TOUCH = np.dtype(
    [
        ("gap", _F),  # days since the touch before, or since the program began
        ("open", _F),  # probability, fatigue applied
    ]
)
SUBSCRIPTION = np.dtype(
    [
        ("stage", _I),
        ("price", _F),
        ("unit_cost", _F),
        ("period", _F),
        ("trial", _F),
        ("max_cycles", _I),
        ("churn_kind", _I),  # ChurnKind
        ("churn_a", _F),  # geometric: probability per period; sBG: alpha
        ("churn_b", _F),  # sBG: beta
        ("propensity_site", _U),  # sBG: the subscriber's own churn probability
        ("churn_site", _U),
    ]
)
REPEAT = np.dtype(
    [
        ("model", _I),  # RepeatModel
        ("r", _F),  # purchase rate ~ Gamma(r, rate alpha); Poisson: the rate per day itself
        ("alpha", _F),  # days
        ("a", _F),  # BG: drop-out probability ~ Beta(a, b); Pareto: hazard ~ Gamma(a, rate b)
        ("b", _F),
        ("spend_kind", _I),  # a Distribution: FIXED, LOGNORMAL, or GAMMA meaning gamma-gamma
        ("spend_p", _F),  # fixed: amount; lognormal: median; gamma-gamma: p
        ("spend_q", _F),  # lognormal: sigma; gamma-gamma: q
        ("spend_v", _F),
        ("cost_share", _F),  # 1 - margin
        ("rate_site", _U),
        ("drop_out_site", _U),  # the customer's own drop-out probability or hazard
        ("level_site", _U),
        ("gap_site", _U),
        ("stay_site", _U),  # BG: drops out after this purchase or not
        ("life_site", _U),  # Pareto: how long the customer lives
        ("spend_site", _U),
    ]
)


class Plan(NamedTuple):
    """A scenario compiled to arrays; passes straight into the kernel.

    ``decisions[i]`` for ``i < len(offers)`` is the decision on offer ``i``; the others
    belong to services (a program at a stage). ``shifts[decision, segment, channel,
    awareness]`` is the part of the log-odds known from the start: fit, the segment's trust,
    effects and price. An offer's services are the rows ``first_service`` to
    ``first_service + n_services`` in the order in which they are tried; a program's
    touches likewise. ``repeat`` and ``world`` have one row.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> plan.stage_names[:3].tolist()
    ['lead_magnet', 'tripwire', 'core_offer']
    >>> float(plan.decisions["conversion"][1])
    0.06
    """

    world: Records
    segment_cumulative: Floats
    awareness_cumulative: Floats
    channels: Records
    offers: Records
    decisions: Records
    shifts: Floats
    services: Records
    programs: Records
    touches: Records
    subscriptions: Records
    repeat: Records
    segment_names: NDArray[np.str_]
    channel_names: NDArray[np.str_]
    stage_names: NDArray[np.str_]
    program_names: NDArray[np.str_]


def plan_hash(plan: Plan) -> str:
    """SHA-256 over the bytes of every array: equal plans, equal trajectories."""
    digest = hashlib.sha256()
    for name, array in plan._asdict().items():
        digest.update(f"{name}{array.shape}{array.dtype.descr}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def rows(dtype: np.dtype[Any], values: list[dict[str, Any]]) -> Records:
    """A record array from one dictionary a row; fields not named are 0."""
    table = np.zeros(len(values), dtype)
    for row, value in zip(table, values, strict=True):
        for field, entry in value.items():
            row[field] = entry
    return table
