"""The world as the reference engine sees it: small frozen objects instead of array rows.

The rows of a :class:`~cvosim.plan.plan.Plan` point at each other by index; here an offer
holds its own decision, services, programs and touches. All numbers are plain Python ones.
What a field means stands beside its twin in :mod:`cvosim.plan.plan`.
"""

from __future__ import annotations

from typing import NamedTuple


class Draw(NamedTuple):
    """A random number of days: a ``Distribution``, its two parameters, and the site."""

    kind: int
    a: float
    b: float
    site: int


class Decision(NamedTuple):
    """How likely a yes is; ``shifts[segment][channel][awareness]`` are log-odds."""

    conversion: float
    logit: float
    trust_weight: float
    reference_trust: float
    site: int
    shifts: list[list[list[float]]]


class Aim(NamedTuple):
    """Whom an offer or a program is for; ``allowed[segment][channel][tier]`` is 0 or 1."""

    min_orders: float
    min_spend: float
    max_days_since_order: float
    allowed: list[list[list[int]]]


class Touch(NamedTuple):
    """One message: days since the one before, probability to be opened."""

    gap: float
    open: float


class Program(NamedTuple):
    """A program of the return path; ``window`` and both rates are remarketing's."""

    number: int
    kind: int
    cost: float
    click: float
    unsubscribe: float
    window: float
    click_rate: float
    cost_rate: float
    aim: Aim | None
    touches: tuple[Touch, ...]


class Service(NamedTuple):
    """A program at work for one offer, with its own decision and price."""

    program: Program
    decision: Decision
    price: float
    open_site: int
    click_site: int
    unsubscribe_site: int


class Retention(NamedTuple):
    """A program at work for those who buy repeatedly: win-back, anniversary or birthday."""

    number: int
    program: Program
    kind: int
    decision: Decision
    after: float
    open_site: int
    click_site: int
    unsubscribe_site: int
    phase_site: int


class Subscription(NamedTuple):
    """The terms of a subscription; ``churn_a``, ``churn_b`` as ``churn_kind`` says."""

    number: int
    price: float
    unit_cost: float
    period: float
    trial: float
    max_cycles: int
    churn_kind: int
    churn_a: float
    churn_b: float
    propensity_site: int
    churn_site: int
    trial_decision: Decision | None
    contract: int
    notice: float


class Offer(NamedTuple):
    """A stage of the journey: what is offered, and where a yes and a no lead."""

    stage: int
    kind: int
    is_tripwire: bool
    aim: Aim | None
    is_attended: bool
    price: float
    unit_cost: float
    trust: float
    referral_reward: float
    delay: Draw
    decision: Decision
    consumed: float
    consumed_site: int
    consumption: Draw
    subscription: Subscription | None
    starts_repeat: bool
    services: tuple[Service, ...]
    next_accept: int
    after_decline: int


class Piece(NamedTuple):
    """A piece of content; ``decisions[rung]`` tells how likely it engages there."""

    rung: int
    reach: float
    unit_cost: float
    trust: float
    decisions: tuple[Decision, ...]
    reach_site: int


class Engage(NamedTuple):
    """How content is shown: how often, how well aimed, and how far it lifts."""

    exposures: int
    targeting: float
    lift: float
    every: Draw
    targeting_site: int
    piece_site: int
    lift_site: int
    content: tuple[Piece, ...]


class Repeat(NamedTuple):
    """Repeat buying, as in the plan's ``REPEAT`` row; ``season[day]`` keeps a purchase."""

    model: int
    r: float
    alpha: float
    a: float
    b: float
    spend_kind: int
    spend_p: float
    spend_q: float
    spend_v: float
    cost_share: float
    rate_site: int
    drop_out_site: int
    level_site: int
    gap_site: int
    stay_site: int
    life_site: int
    spend_site: int
    won_site: int
    season_site: int
    season_peak: float
    season: list[float]


class Experience(NamedTuple):
    """What follows a paid order: delivery, ticket, answer, satisfaction, return."""

    delivery: Draw
    satisfaction: float
    satisfaction_sd: float
    effort: float
    effort_sd: float
    ticket: float
    resolved: float
    answer: Draw
    resolved_effect: float
    unresolved_effect: float
    returned: float
    refund: float
    trust_effect: float
    drop_out_effect: float
    satisfaction_site: int
    effort_site: int
    ticket_site: int
    resolved_site: int
    returned_site: int


class Tier(NamedTuple):
    """A loyalty tier: from which measure on, how much stickier, how rewarded."""

    threshold: float
    log_drop_out: float
    reward_share: float


class Referral(NamedTuple):
    """Who becomes an advocate, and how many people an advocate brings."""

    promoter: float
    passive: float
    detractor: float
    testimonial: float
    partner: float
    invitations: float
    partner_invitations: float
    delay: Draw
    cap: float
    advocate_site: int
    testimonial_site: int
    partner_site: int
    invitations_site: int


class Channel(NamedTuple):
    """Where prospects come from: what each costs, who is reached, and when they arrive.

    ``n_days`` entries of ``World.arrival_days`` from ``first_day`` on say when, each for
    ``day_length`` days, unless there are none; either way nobody comes before ``start``.
    """

    cost: float
    reached: float
    arrival: Draw
    first_day: int
    n_days: int
    start: float
    day_length: float


class World(NamedTuple):
    """Everything there is; ``discount`` is a continuous rate per day."""

    horizon: float
    discount: float
    propensity_sd: float
    segment_site: int
    channel_site: int
    awareness_site: int
    propensity_site: int
    reach_site: int
    keeps_extras: bool
    tiers_by_orders: bool
    segment_cumulative: list[float]
    awareness_cumulative: list[list[list[float]]]
    channel_cumulative: list[float]
    arrival_days: list[float]
    channels: tuple[Channel, ...]
    offers: tuple[Offer, ...]
    repeat: Repeat
    engage: Engage | None
    experience: Experience | None
    tiers: tuple[Tier, ...]
    referral: Referral | None
    retention: tuple[Retention, ...]
