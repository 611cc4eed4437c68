"""How likely a decision is, given who decides; and which plans nobody can say that of."""

from __future__ import annotations

import math

import numpy as np

from cvosim.plan.plan import NONE, OfferKind, Plan
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.obstacles import trust_feedback
from cvosim.theory.people import People, is_open
from cvosim.theory.state import Bought, State


class Deciding:
    """Probabilities of decisions and of being aimed at.

    Parameters
    ----------
    plan : Plan
        Whose decisions they are.
    people : People
        What ``State.who`` means.
    propensity : float, optional
        Log-odds that everybody here has more or less by nature; needed if people differ.

    Notes
    -----
    ``expit(logit(conversion) + shift + trust_weight * (trust - reference_trust))``, the shift
    being that of segment, channel and rung; conversions of 0 and 1 stay what they are.
    """

    def __init__(self, plan: Plan, people: People, propensity: float | None = None) -> None:
        self._plan = plan
        self._people = people
        self._propensity = propensity
        self._surveys_move_trust = trust_feedback(plan)

    def chance(self, decision: int, state: State, stage: int) -> float:
        """Compute the probability of a yes.

        Raises
        ------
        NoClosedForm
            If it varies between customers whom theory can't tell apart, naming the reason.
        """
        terms = self._plan.decisions[decision]
        conversion = min(max(float(terms["conversion"]), 0.0), 1.0)
        if not is_open(self._plan, decision):
            return conversion
        name = self._plan.stage_names[stage]
        shift = float(self._plan.shifts[(decision, *self._people.cell(state.who))])
        if self._propensity is not None:
            shift += self._propensity
        elif self._plan.world[0]["propensity_sd"] != 0.0:
            raise NoClosedForm(f"decisions on {name} vary from customer to customer: propensity_sd")
        weight = float(terms["trust_weight"])
        if weight != 0.0:
            shift += weight * (self._trust(state, name) - float(terms["reference_trust"]))
        return shifted_chance(conversion, shift)

    def _trust(self, state: State, name: str) -> float:
        if state.trust is None:
            raise NoClosedForm(
                f"decisions on {name} depend on the trust gathered before, and on when a lead "
                "magnet is consumed: set trust_weight to 0, or consume it at once"
            )
        if self._surveys_move_trust and state.bought != Bought.NO:
            raise NoClosedForm(
                f"decisions on {name} depend on trust that satisfaction has changed: set "
                "trust_weight, or the experience's effect on trust, to 0"
            )
        return state.trust

    def aims_at(self, aim: int, state: State, name: str) -> bool:
        """Tell whether an aim, a row of the plan's, is at a customer.

        Raises
        ------
        NoClosedForm
            If that depends on how much or how recently somebody has bought.
        """
        if aim == NONE:
            return True
        segment, channel, _ = self._people.cell(state.who)
        by_tier = self._plan.aimed[aim, segment, channel]
        if not by_tier.any():
            return False
        terms = self._plan.aims[aim]
        orders, spend = float(terms["min_orders"]), float(terms["min_spend"])
        recent = float(terms["max_days_since_order"])
        if state.bought == Bought.NO:
            return bool(by_tier[0] and orders <= 0.0 and spend <= 0.0 and recent == math.inf)
        some = 1.0 if state.bought == Bought.YES else 0.0
        if orders > some or spend > 0.0 or recent < math.inf:
            raise NoClosedForm(f"{name} is aimed at customers by their orders, spend or recency")
        if not by_tier.all():
            raise NoClosedForm(f"{name} is aimed at loyalty tiers")
        return True


def may_move(plan: Plan, decision: int, stage: int) -> bool:
    """Whether what happens after a stage may still move one of its decisions.

    That is so if the decision is made later on, at the end of a trial: by then trust may have
    been gained, by later stages or by satisfaction, and content may have lifted awareness.
    """
    if not is_open(plan, decision):
        return False
    later = plan.offers[stage + 1 :]
    content = bool(np.any(later["kind"] == OfferKind.ENGAGE))
    if content and np.any(plan.shifts[decision] != plan.shifts[decision, :, :, :1]):
        return True
    trust = bool(np.any(later["trust"] != 0.0)) or trust_feedback(plan)
    trust |= content and bool(np.any(plan.content["trust"] != 0.0))
    return trust and bool(plan.decisions[decision]["trust_weight"] != 0.0)


def shifted_chance(conversion: float, shift: float) -> float:
    """Move a probability by ``shift`` on the log-odds scale.

    Examples
    --------
    >>> round(shifted_chance(0.5, 1.0), 4)
    0.7311
    """
    if shift == 0.0:
        return conversion
    return 1.0 / (1.0 + (1.0 - conversion) / conversion * math.exp(min(-shift, 700.0)))


def require_forward(plan: Plan) -> None:
    """Raise `NoClosedForm` if a stage leads back to itself or to an earlier one."""
    for stage, offer in enumerate(plan.offers):
        for target in (int(offer["next_accept"]), int(offer["after_decline"])):
            if 0 <= target <= stage:
                raise NoClosedForm(f"the journey goes back at {plan.stage_names[stage]}")
