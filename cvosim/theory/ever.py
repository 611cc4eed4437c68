"""How likely somebody ever makes a paid order, however long that takes.

The journey without its clocks: which stage follows which, and with what probability, is all
that matters when nobody looks at the time. Up to the first order there is no satisfaction and
no tier, so nothing of what orders bring about is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cvosim.plan.plan import NONE, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.theory.bg_nbd import BgNbd, MbgNbd
from cvosim.theory.delays import fixed_value
from cvosim.theory.effects import Deciding, may_move, require_forward
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.ladder import showings
from cvosim.theory.obstacles import retention_acts, retention_unsubscribes
from cvosim.theory.people import People
from cvosim.theory.repeat import RepeatBuying, repeat_buying
from cvosim.theory.state import Bought, State

Shares = dict[State, float]

_ENDLESS = 1e300


def ever_orders(plan: Plan, *, referred: bool = False) -> float:
    """Compute the probability that somebody ever makes a paid order, without a horizon.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.
    referred : bool
        Of somebody who is referred, not of a market prospect (who may never arrive).

    Returns
    -------
    float
        An absorption probability (Kemeny & Snell 1960, *Finite Markov Chains*, section 3.3).
        Where people differ in propensity it is an average over a standard normal, by the
        trapezoidal rule, whose error is below 1e-6 (Trefethen & Weideman 2014, *SIAM Review*
        56:385-458, theorem 5.1: the integrand is analytic).

    Raises
    ------
    NoClosedForm
        If that depends on when things happen: when a lead magnet is consumed, for example.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> ever_orders(compile_plan(load_scenario("cdnow")))
    1.0
    """
    require_forward(plan)
    people, sd = People(plan), float(plan.world[0]["propensity_sd"])
    if sd == 0.0:
        return 1.0 - _Course(plan, people, None).never(referred)
    step = min(0.25, 1.25 / sd)
    scores = step * np.arange(-np.ceil(8.0 / step), np.ceil(8.0 / step) + 1.0)
    weights = np.exp(-(scores**2) / 2.0)
    courses = (_Course(plan, people, sd * z) for z in scores.tolist())
    never = np.array([course.never(referred) for course in courses])
    return 1.0 - float(never @ weights / weights.sum())


class _Course:
    """What becomes of those who have not ordered, stage by stage."""

    def __init__(self, plan: Plan, people: People, propensity: float | None) -> None:
        self._plan = plan
        self._people = people
        self._deciding = Deciding(plan, people, propensity)
        self._entering: list[Shares] = [{} for _ in plan.offers]
        self._never = 0.0

    def never(self, referred: bool) -> float:
        """Compute the share of people who never order."""
        channels = self._plan.channels
        shares = np.diff(channels["cumulative_share"], prepend=0.0) * channels["reached"]
        if referred:
            shares = np.eye(len(channels))[-1]
        self._never = 1.0 - float(shares.sum())
        for channel, share in enumerate(shares.tolist()):
            for who, part in self._people.newcomers(channel) if share > 0.0 else ():
                state = State(who, 0.0, known=False, unsubscribed=False, bought=Bought.NO)
                self._enter(0, state, share * part)
        for stage in range(len(self._plan.offers)):
            self._live_stage(stage)
        return self._never

    def _enter(self, stage: int, state: State, share: float) -> None:
        while stage >= 0:
            offer, name = self._plan.offers[stage], str(self._plan.stage_names[stage])
            if self._deciding.aims_at(int(offer["aim"]), state, name):
                break
            stage = int(offer["next_accept"])
        if stage < 0:
            self._never += share
            return
        trust = state.trust if self._people.trust_counts(stage) else 0.0
        who = self._people.as_seen_from(stage, state.who)
        _add(self._entering[stage], state._replace(who=who, trust=trust), share)

    def _live_stage(self, stage: int) -> None:
        offer = self._plan.offers[stage]
        left: Shares = {}
        crowd, self._entering[stage] = self._entering[stage], {}
        if offer["kind"] == OfferKind.ENGAGE:
            left = self._engage(stage, crowd)
        else:
            for state, share in crowd.items():
                chance = self._deciding.chance(stage, state, stage)
                self._accept(stage, state, share * chance)
                _add(left, state, share * (1.0 - chance))
        first = int(offer["first_service"])
        for service in self._plan.services[first : first + int(offer["n_services"])]:
            left = self._serve(stage, service, left)
        for state, share in left.items():
            self._enter(int(offer["after_decline"]), state, share)

    def _engage(self, stage: int, crowd: Shares) -> Shares:
        """Show content; those engaged go on, the others are returned."""
        cold, warm = dict(crowd), dict[State, float]()
        for _ in range(int(self._plan.engage[0]["exposures"])):
            after_cold, after_warm = dict[State, float](), dict[State, float]()
            for part, is_warm in ((cold, False), (warm, True)):
                for state, share in part.items():
                    for engages, later, chance in self._exposure(stage, state):
                        target = after_warm if is_warm or engages else after_cold
                        _add(target, later, share * chance)
            cold, warm = after_cold, after_warm
        for state, share in warm.items():
            self._enter(int(self._plan.offers[stage]["next_accept"]), state, share)
        return cold

    def _exposure(self, stage: int, state: State) -> Iterator[tuple[bool, State, float]]:
        rung = self._people.cell(state.who)[2]
        for showing in showings(
            self._plan, rung, lambda row: self._deciding.chance(row, state, stage)
        ):
            later = state
            if self._people.trust_counts(stage):
                later = later.trusting(showing.trust)
            if showing.climbs:
                later = later._replace(who=self._people.lifted(later.who))
            yield showing.engages, later, showing.chance

    def _serve(self, stage: int, service: np.void, left: Shares) -> Shares:
        index = int(service["program"])
        program, name = self._plan.programs[index], str(self._plan.program_names[index])
        after: Shares = {}
        for state, share in left.items():
            if not self._deciding.aims_at(int(program["aim"]), state, name):
                _add(after, state, share)
                continue
            chance = self._deciding.chance(int(service["decision"]), state, stage)
            if program["kind"] == ProgramKind.FOLLOW_UP:
                self._write_to(stage, service, (state, share, chance), after)
                continue
            if program["kind"] == ProgramKind.REMARKETING:
                clicks = float(program["click_rate"]) * float(program["window"])
                chance = -float(np.expm1(-clicks * chance))
            self._accept(stage, state, share * chance)
            _add(after, state, share * (1.0 - chance))
        return after

    def _write_to(
        self, stage: int, service: np.void, who: tuple[State, float, float], after: Shares
    ) -> None:
        state, share, chance = who
        program = self._plan.programs[int(service["program"])]
        first, leaves = int(program["first_touch"]), float(program["unsubscribe"])
        if state.known and not state.unsubscribed:
            self._require_messages(stage)
            for touch in self._plan.touches[first : first + int(program["n_touches"])]:
                yes = float(touch["open"]) * float(program["click"]) * chance
                self._accept(stage, state, share * yes)
                _add(after, state._replace(unsubscribed=True), share * (1.0 - yes) * leaves)
                share *= (1.0 - yes) * (1.0 - leaves)
        _add(after, state, share)

    def _require_messages(self, stage: int) -> None:
        starts = np.flatnonzero(self._plan.offers["starts_repeat"])
        if retention_unsubscribes(self._plan) and len(starts) and starts[0] < stage:
            raise NoClosedForm("who unsubscribes depends on repeat buying")

    def _accept(self, stage: int, state: State, share: float) -> None:
        """Let some say yes: those whom that brings an order are out, the others go on."""
        offer = self._plan.offers[stage]
        if share == 0.0 or offer["kind"] == OfferKind.MONEY:
            return
        if offer["kind"] != OfferKind.ENGAGE:  # looking at content leaves no address
            state = state._replace(known=True)
        trust, comes = float(offer["trust"]), min(max(float(offer["consumed"]), 0.0), 1.0)
        if offer["kind"] == OfferKind.SUBSCRIPTION:
            share *= self._trial_fails(stage, state)
        if offer["starts_repeat"]:
            share *= self._never_repeats()
        if offer["kind"] == OfferKind.LEAD_MAGNET and trust != 0.0 and comes > 0.0:
            if _takes_time(offer):
                state, comes = state._replace(trust=None), 0.0
        elif not offer["attended"]:
            comes = float(offer["kind"] != OfferKind.LEAD_MAGNET)
        target = int(offer["next_accept"])
        self._enter(target, state.trusting(trust), share * comes)
        self._enter(target, state, share * (1.0 - comes))

    def _trial_fails(self, stage: int, state: State) -> float:
        row = self._plan.subscriptions[int(self._plan.offers[stage]["subscription"])]
        decision = int(row["trial_decision"])
        if row["trial"] <= 0.0 or decision == NONE:
            return 0.0
        if may_move(self._plan, decision, stage):
            raise NoClosedForm("the end of a trial is decided with trust gathered during it")
        state = state.trusting(float(self._plan.offers[stage]["trust"]))
        return 1.0 - self._deciding.chance(decision, state, stage)

    def _never_repeats(self) -> float:
        """Chance that repeat buying brings no order at all."""
        row = self._plan.repeat[0]
        process = repeat_buying(row)
        if process is None:
            return 1.0
        if row["model"] == RepeatModel.PARETO_NBD and row["season_peak"] > 0.0:
            raise NoClosedForm("whether somebody lives to order depends on the season")
        never = _never_buys(process)
        if never > 0.0 and retention_acts(self._plan) is not None:
            raise NoClosedForm("who orders first depends on win-back")
        return never


def _never_buys(process: RepeatBuying) -> float:
    """Limit of ``P(X(t) = 0)``: who has not left at the start, and lives, buys some day."""
    if isinstance(process, BgNbd):
        return 0.0
    if isinstance(process, MbgNbd):
        return 1.0 - process.stays
    return float(process.none(_ENDLESS))


def _add(shares: Shares, state: State, share: float) -> None:
    if share > 0.0:
        shares[state] = shares.get(state, 0.0) + share


def _takes_time(offer: np.void) -> bool:
    law = (int(offer["consumption_kind"]), float(offer["consumption_a"]))
    return fixed_value(*law, float(offer["consumption_b"])) != 0.0
