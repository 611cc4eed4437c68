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
    ENGAGE = 4


class ProgramKind(IntEnum):
    """How a return-path program works; the last three serve customers, not a stage."""

    EXIT_OFFER = 0
    FOLLOW_UP = 1
    REMARKETING = 2
    WIN_BACK = 3
    ANNIVERSARY = 4
    BIRTHDAY = 5


class RepeatModel(IntEnum):
    """How repeat purchases come and end."""

    NONE = 0
    POISSON = 1
    BG_NBD = 2
    PARETO_NBD = 3
    MBG_NBD = 4


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
        ("reach_site", _U),
        ("looks_back", _I),  # 1 if a paid order has consequences: loyalty, experience, win-back
        ("keeps_extras", _I),  # 1 if the plan can fill the table's extra columns
        ("tiers_by_orders", _I),  # loyalty counts orders (1) or money spent (0)
    ]
)
CHANNEL = np.dtype(
    [
        ("cumulative_share", _F),  # of prospects, this channel and those before it
        ("cost", _F),  # per prospect that arrives
        ("arrival_kind", _I),  # a Distribution and its two parameters, days
        ("arrival_a", _F),
        ("arrival_b", _F),
        ("reached", _F),  # share of the channel's people whom the budget reaches
        ("start", _F),  # days before the first can arrive
        ("day_length", _F),  # days that one entry of the curve below stands for
        ("first_day", _I),  # in arrival_days: the channel's arrivals day by day, and
        ("n_days", _I),  # for how many days; 0: the distribution above
    ]
)
OFFER = np.dtype(
    [
        ("kind", _I),  # OfferKind
        ("is_tripwire", _I),
        ("aim", _I),  # row in aims, or NONE; others go on to next_accept
        ("attended", _I),  # 1: a commitment of time that is kept, or not, after a while
        ("price", _F),  # revenue when accepted
        ("unit_cost", _F),
        ("trust", _F),  # gained when accepted; when consumed (lead magnet) or attended
        ("referral_reward", _F),  # cost when a referred person accepts
        ("delay_kind", _I),
        ("delay_a", _F),
        ("delay_b", _F),
        ("accept_site", _U),
        ("delay_site", _U),
        ("consumed", _F),  # probability, of a commitment of time: to attend
        ("consumption_kind", _I),  # time to value; until it is attended
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
        ("aim", _I),  # row in aims, or NONE
    ]
)
RETENTION = np.dtype(
    [
        ("program", _I),  # row in programs
        ("kind", _I),  # ProgramKind: WIN_BACK, ANNIVERSARY or BIRTHDAY
        ("decision", _I),
        ("after", _F),  # win-back: days without an order; else: days from one to the next
        ("accept_site", _U),
        ("open_site", _U),
        ("click_site", _U),
        ("unsubscribe_site", _U),
        ("phase_site", _U),  # birthday: where in its year it falls
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
        ("trial_decision", _I),  # whether the first bill is paid; NONE: always
        ("trial_site", _U),
        ("contract", _I),  # bills between two churn decisions
        ("notice", _F),  # days before the bill by which one must have cancelled
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
        ("won_site", _U),  # what an order that a retention program brought is worth
        ("season_site", _U),  # whether a purchase falls victim to the season
        ("season_peak", _F),  # greatest of the season's multipliers; 0: no season
    ]
)
ENGAGE = np.dtype(
    [
        ("exposures", _I),
        ("targeting", _F),  # probability that the piece shown suits the rung, if one does
        ("lift", _F),  # probability that an engaged exposure lifts one rung
        ("every_kind", _I),  # days from one exposure to the next
        ("every_a", _F),
        ("every_b", _F),
        ("every_site", _U),
        ("targeting_site", _U),
        ("piece_site", _U),
        ("lift_site", _U),
    ]
)
CONTENT = np.dtype(
    [
        ("rung", _I),  # that its style suits
        ("reach", _F),  # probability that showing it reaches the person
        ("unit_cost", _F),  # per exposure that reaches
        ("trust", _F),  # gained when it engages
        ("first_decision", _I),  # of four, by rung
        ("reach_site", _U),
        ("accept_site", _U),
    ]
)
EXPERIENCE = np.dtype(
    [
        ("delivery_kind", _I),
        ("delivery_a", _F),
        ("delivery_b", _F),
        ("satisfaction", _F),  # mean, 0 to 10
        ("satisfaction_sd", _F),
        ("effort", _F),  # mean, 1 to 7
        ("effort_sd", _F),
        ("ticket", _F),  # probability
        ("resolved", _F),  # probability that a ticket is resolved
        ("answer_kind", _I),  # how long a ticket is open
        ("answer_a", _F),
        ("answer_b", _F),
        ("resolved_effect", _F),  # points of satisfaction
        ("unresolved_effect", _F),
        ("returned", _F),  # probability
        ("refund", _F),  # share of the order's revenue
        ("trust_effect", _F),  # log-odds per point above 7
        ("drop_out_effect", _F),  # log multiplier of drop-out per point above 7
        ("delivery_site", _U),
        ("satisfaction_site", _U),
        ("effort_site", _U),
        ("ticket_site", _U),
        ("resolved_site", _U),
        ("answer_site", _U),
        ("returned_site", _U),
    ]
)
TIER = np.dtype(
    [
        ("threshold", _F),  # orders or money
        ("log_drop_out", _F),  # log multiplier of drop-out
        ("reward_share", _F),  # of every order's revenue
    ]
)
REFERRAL = np.dtype(
    [
        ("promoter", _F),  # share who become advocates, by class
        ("passive", _F),
        ("detractor", _F),
        ("testimonial", _F),  # share of advocates who give one
        ("partner", _F),  # share of advocates who become certified partners
        ("invitations", _F),  # mean number, Poisson
        ("partner_invitations", _F),
        ("delay_kind", _I),  # from invitation to arrival
        ("delay_a", _F),
        ("delay_b", _F),
        ("cap", _F),  # most referred people per market prospect
        ("advocate_site", _U),
        ("testimonial_site", _U),
        ("partner_site", _U),
        ("invitations_site", _U),
        ("delay_site", _U),
    ]
)
AIM = np.dtype(
    [
        ("min_orders", _F),
        ("min_spend", _F),
        ("max_days_since_order", _F),  # infinite where it does not matter
    ]
)


class Plan(NamedTuple):
    """A scenario compiled to arrays; passes straight into the kernel.

    ``decisions[i]`` for ``i < len(offers)`` is the decision on offer ``i``; the others
    belong to services (a program at a stage), retention programs, the ends of trials and, by
    rung, to content. ``shifts[decision, segment, channel, awareness]`` is the part of the
    log-odds known from the start: fit, the segment's trust, effects and price. An offer's
    services are the rows ``first_service`` to ``first_service + n_services`` in the order in
    which they are tried; a program's touches likewise. ``repeat`` and ``world`` have one row;
    ``engage``, ``experience`` and ``referral`` one or none, ``tiers`` and ``content`` any
    number. With a referral row, the last channel is ``referral``, which no market prospect
    comes through.

    ``awareness_cumulative`` has shape (segments, channels, 4). ``arrival_days`` are running
    shares of arrivals by day, channel after channel. ``season[day]`` is the chance that a
    purchase on that day is kept, of shape (days,) or (0,). ``aimed[aim, segment, channel,
    tier]`` is 1 where an aim allows it; tier 0 is none.

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
    engage: Records
    content: Records
    experience: Records
    tiers: Records
    referral: Records
    retention: Records
    aims: Records
    aimed: NDArray[np.uint8]
    arrival_days: Floats
    season: Floats
    segment_names: NDArray[np.str_]
    channel_names: NDArray[np.str_]
    stage_names: NDArray[np.str_]
    program_names: NDArray[np.str_]
    tier_names: NDArray[np.str_]


def plan_hash(plan: Plan) -> str:
    """SHA-256 over the bytes of every array: equal plans, equal trajectories."""
    digest = hashlib.sha256()
    for name, array in plan._asdict().items():
        digest.update(f"{name}{array.shape}{array.dtype.descr}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def rows(dtype: np.dtype[Any], values: list[dict[str, Any]]) -> Records:
    """A record array from one dictionary a row; fields not named are 0."""
    if not values:
        return np.zeros(0, dtype)
    fields = dtype.names or ()
    known = frozenset(fields)
    for value in values:
        if not value.keys() <= known:
            raise ValueError(f"no field of the table: {sorted(value.keys() - known)}")
    # a tuple a row: to set field after field takes five times as long
    return np.array([tuple([value.get(field, 0) for field in fields]) for value in values], dtype)
