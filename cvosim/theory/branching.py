"""Word of mouth as a branching process: the K factor of a plan, and whether that ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cvosim.plan.plan import OfferKind, Plan, RepeatModel
from cvosim.theory.at_most import ever_orders_at_most
from cvosim.theory.delays import fixed_value
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.ever import ever_orders
from cvosim.theory.galton_watson import Offspring, extinction_probability, progeny_of_root

_PROMOTER, _DETRACTOR = 9.0, 6.0
"""Promoters score at least 9, detractors at most 6 (Reichheld 2003, *HBR* 81:46-54)."""


@dataclass(frozen=True)
class Growth:
    """How a plan grows by referral, had it all the time in the world; a horizon makes less of it.

    Attributes
    ----------
    market, referred : Offspring
        How many people a market prospect, and somebody who was referred, brings.
    cap : float
        Most referred people per market prospect that a simulation admits.
    is_bound : bool
        Whether the numbers are upper bounds, for want of a closed form.
    buying : float
        Share of those who were referred that is taken to buy some day.

    Examples
    --------
    >>> nobody = Offspring((1.0,), (0.0,))
    >>> Growth(nobody, nobody, 10.0, False).people
    1.0
    """

    market: Offspring
    referred: Offspring
    cap: float
    is_bound: bool
    buying: float = 1.0

    @property
    def k(self) -> float:
        """The K factor: expected people brought by somebody who was referred."""
        return self.referred.mean

    @property
    def people(self) -> float:
        """Expected people per market prospect, itself included; infinite from ``k = 1`` on."""
        return progeny_of_root(self.market, self.referred)[0]

    @property
    def variance(self) -> float:
        """Variance of the people per market prospect."""
        return progeny_of_root(self.market, self.referred)[1]

    @property
    def extinction(self) -> float:
        """Chance that the referrals of a market prospect end: ``G_market`` of the root."""
        later = extinction_probability(self.referred)
        return 1.0 if later == 1.0 else self.market.pgf(later)  # whatever rounding makes of it

    def generation(self, n: int) -> float:
        """Compute the expected people of generation ``n`` per market prospect, who is 0."""
        return 1.0 if n == 0 else self.market.mean * self.k ** (n - 1)

    @property
    def warning(self) -> str | None:
        """What to tell the strategist, or None if referrals stay within the cap."""
        limit = (
            f"A simulation stops with an error at more than {self.cap:g} referred people per "
            "market prospect (journey.referral.cap)"
        )
        help_ = "Fewer invitations or advocates, or a shorter horizon, keep it below."
        if self.k >= 1.0 and self.market.mean > 0.0:
            if self.is_bound:
                return self._if_all_goes_well
            return (
                f"Everybody who is referred brings {self.k:.2f} others (the K factor), so "
                f"every generation of referrals is {self.k:.2f} times the one before and "
                f"only the horizon ends it. {limit}. {help_}"
            )
        more = self.people - 1.0
        if more <= self.cap or self.is_bound:
            return None
        return (
            f"A market prospect leads to {more:.1f} referred people in the end (K factor "
            f"{self.k:.2f}). {limit}. {help_}"
        )

    @property
    def _if_all_goes_well(self) -> str:
        """What a bound says, which is not that referrals grow."""
        who = "everybody"
        if self.buying < 1.0:
            who = f"{100.0 * self.buying:.0f} % (more is impossible) of those"
        return (
            f"If {who} whom customers bring bought and was asked, each generation would be "
            f"{self.k:.2f} times the one before. That is only a bound: how many really buy, and "
            "bring others, cannot be worked out here. Run it and look at k_of_friends; "
            f"journey.referral.cap ends it, with an error, at {self.cap:g} people per market "
            "prospect."
        )


def growth(plan: Plan) -> Growth:
    """Compute how a plan grows by referral.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.

    Returns
    -------
    Growth
        Somebody refers who is ever surveyed (who ever orders, see `ever_orders`: deliveries
        and answers come, if late), is an advocate by its class, and then invites a Poisson
        number of people, as a partner or not. Where no closed form exists for the chance of
        being surveyed, `ever_orders_at_most` stands for it; where answers to tickets may change
        which survey is the first, the more favourable one counts: ``is_bound`` says so.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> growth(compile_plan(load_scenario("carpet_cleaning"))).k  # nobody refers
    0.0
    """
    nobody = Offspring((1.0,), (0.0,))
    if not len(plan.referral) or not len(plan.experience):
        return Growth(nobody, nobody, math.inf, False)
    share, unsure = advocates(plan)
    laws, surveyed = [], 1.0
    for referred in (False, True):
        try:
            surveyed = ever_orders(plan, referred=referred)
        except NoClosedForm:
            surveyed, unsure = ever_orders_at_most(plan), True
        laws.append(_offspring(plan, surveyed * share))
    return Growth(laws[0], laws[1], float(plan.referral[0]["cap"]), unsure, surveyed)


def _offspring(plan: Plan, advocate: float) -> Offspring:
    row = plan.referral[0]
    partner = min(max(float(row["partner"]), 0.0), 1.0)
    return Offspring(
        (1.0 - advocate, advocate * (1.0 - partner), advocate * partner),
        (0.0, float(row["invitations"]), float(row["partner_invitations"])),
    )


def advocates(plan: Plan) -> tuple[float, bool]:
    """Compute the share of surveyed customers who become advocates at their first survey.

    Parameters
    ----------
    plan : Plan
        With experience and referral.

    Returns
    -------
    tuple of float and bool
        The share, and whether it is an upper bound.

    Notes
    -----
    The score is normal, moved by the ticket's outcome, and clipped to 0 to 10; what is above 9
    or below 6 is not changed by clipping, so classes have normal probabilities. A late answer
    delays the survey of an order with a ticket: somebody with other orders then tends to be
    surveyed first about one without, and only a bound is known.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan.plan import EXPERIENCE, REFERRAL, rows
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> happy = rows(EXPERIENCE, [{"satisfaction": 9.0, "satisfaction_sd": 1.0}])
    >>> plan = plan._replace(experience=happy, referral=rows(REFERRAL, [{"promoter": 0.3}]))
    >>> advocates(plan)
    (0.15, False)
    """
    row = plan.experience[0]
    ticket, resolved = float(row["ticket"]), float(row["resolved"])
    without = _share_of(plan, 0.0)
    with_ticket = resolved * _share_of(plan, float(row["resolved_effect"]))
    with_ticket += (1.0 - resolved) * _share_of(plan, float(row["unresolved_effect"]))
    answered_late = fixed_value(
        int(row["answer_kind"]), float(row["answer_a"]), float(row["answer_b"])
    ) != (0.0)
    if answered_late and 0.0 < ticket < 1.0 and without != with_ticket and _orders_again(plan):
        return max(without, with_ticket), True
    return (1.0 - ticket) * without + ticket * with_ticket, False


def _share_of(plan: Plan, effect: float) -> float:
    """Share of advocates among those whose score the ticket has moved by ``effect``."""
    from scipy.special import ndtr

    row, referral = plan.experience[0], plan.referral[0]
    mean, sd = float(row["satisfaction"]) + effect, float(row["satisfaction_sd"])
    if sd > 0.0:
        promoters = float(ndtr((mean - _PROMOTER) / sd))
        detractors = float(ndtr((_DETRACTOR - mean) / sd))
    else:
        promoters, detractors = float(mean >= _PROMOTER), float(mean <= _DETRACTOR)
    passives = 1.0 - promoters - detractors
    return float(
        promoters * referral["promoter"]
        + passives * referral["passive"]
        + detractors * referral["detractor"]
    )


def _orders_again(plan: Plan) -> bool:
    """Whether a customer may have more than one order."""
    kinds, cycles = plan.offers["kind"], plan.subscriptions["max_cycles"]
    orders = int((kinds == OfferKind.MONEY).sum()) + int((cycles == 1).sum())
    repeats = plan.repeat[0]["model"] != RepeatModel.NONE and plan.offers["starts_repeat"].any()
    return bool(orders > 1 or (cycles != 1).any() or repeats)
