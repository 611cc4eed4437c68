"""The journey as nodes and edges: what is drawn, whoever draws it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from cvosim.plan.explain_customers import advocate_words, retention_when
from cvosim.plan.explain_market import channel_shares
from cvosim.plan.explain_words import (
    Odds,
    aim_words,
    gained_trust,
    odds,
    program_words,
    share_words,
    some,
    trust_at,
)
from cvosim.plan.plan import LOST, NONE, OfferKind, Plan, RepeatModel

SHOWN_CHANNELS = 5
"""More of them would make the market's box too high."""

MODELS = {
    RepeatModel.POISSON: "Poisson",
    RepeatModel.BG_NBD: "BG/NBD",
    RepeatModel.PARETO_NBD: "Pareto/NBD",
    RepeatModel.MBG_NBD: "MBG/NBD",
}
"""Repeat buying as the literature calls it."""


class Role(StrEnum):
    """What a node stands for."""

    MARKET = "market"
    JOURNEY = "journey"
    """All stages and their programs together; paid orders leave from here."""
    STAGE = "stage"
    PROGRAM = "program"
    CUSTOMER = "customer"
    """What happens to customers: repeat purchases, programs for them, experience, ..."""
    OUTCOME = "outcome"


class Way(StrEnum):
    """Why somebody goes along an edge."""

    ON = "on"
    """Accepted, or simply next."""
    NO = "no"
    WON_BACK = "won back"
    AFTER = "after"
    """Something that an order starts; the journey goes on all the same."""
    REFERRED = "referred"


class Node(NamedTuple):
    """A box: ``key`` is made of letters and digits, ``lines`` stand under the title.

    A program's ``at`` is the key of the stage that it serves; a box for customers that belongs
    to another names that one.
    """

    key: str
    role: Role
    title: str
    lines: tuple[str, ...] = ()
    at: str = ""


class Edge(NamedTuple):
    """An arrow from one node to another."""

    source: str
    target: str
    way: Way
    label: str = ""


class Diagram(NamedTuple):
    """A journey to be drawn; stages stand in walked order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def of_role(self, role: Role) -> tuple[Node, ...]:
        """The nodes of one role, in their order."""
        return tuple(node for node in self.nodes if node.role == role)


MARKET, JOURNEY, LOST_KEY, END_KEY = "market", "journey", "lost", "complete"
REPEAT, EXPERIENCE, LOYALTY, ADVOCATES = "repeat", "experience", "loyalty", "advocates"
EACH_ORDER = "each order"


def journey_diagram(plan: Plan) -> Diagram:
    """Everything that is drawn of a plan.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.

    Returns
    -------
    Diagram
        Stages in walked order, the programs that serve them, what happens to customers, and
        how people get from one to the other.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan.diagram import journey_diagram
    >>> diagram = journey_diagram(compile_plan(load_scenario("carpet_cleaning_no_tripwire")))
    >>> [node.title for node in diagram.nodes][:5]
    ['market', 'the journey', 'lead_magnet', 'core_offer', 'stain_guard']
    >>> diagram.edges[1]
    Edge(source='s0', target='s1', way=<Way.ON: 'on'>, label='yes')
    """
    edges = (*_edges_of_journey(plan), *_edges_of_customers(plan))
    reached = {edge.target for edge in edges}
    outcomes = (
        Node(key, Role.OUTCOME, title)
        for key, title in ((END_KEY, "journey complete"), (LOST_KEY, "lost"))
        if key in reached
    )
    nodes = (
        Node(MARKET, Role.MARKET, "market", tuple(_channel_lines(plan))),
        Node(JOURNEY, Role.JOURNEY, "the journey"),
        *_stages(plan),
        *_programs(plan),
        *_customers(plan),
        *outcomes,
    )
    return Diagram(nodes, edges)


def _stage_key(stage: int) -> str:
    if stage >= 0:
        return f"s{stage}"
    return LOST_KEY if stage == LOST else END_KEY


def _channel_lines(plan: Plan) -> Iterator[str]:
    shares = channel_shares(plan)
    order = [row for row in shares.argsort(kind="stable")[::-1].tolist() if shares[row] > 0.0]
    for row in order[:SHOWN_CHANNELS]:
        reached = float(plan.channels["reached"][row])
        yield f"{plan.channel_names[row]} {share_words(shares[row])}"
        if reached < 1.0:
            yield f"({100.0 * reached:.2g} % of them reached)"
    if len(order) > SHOWN_CHANNELS:
        yield f"and {some(len(order) - SHOWN_CHANNELS, 'more channel')}"


def _stages(plan: Plan) -> Iterator[Node]:
    for stage, offer in enumerate(plan.offers):
        lines = (_engage_lines if offer["kind"] == OfferKind.ENGAGE else _offer_lines)(plan, stage)
        if offer["aim"] != NONE:
            lines = [*lines, f"only: {aim_words(plan, int(offer['aim']))}"]
        yield Node(_stage_key(stage), Role.STAGE, str(plan.stage_names[stage]), tuple(lines))


def _engage_lines(plan: Plan, _stage: int) -> list[str]:
    pieces, exposures = len(plan.content), int(plan.engage["exposures"][0])
    return [some(pieces, "piece") + " of content", some(exposures, "exposure")]


def _offer_lines(plan: Plan, stage: int) -> list[str]:
    offer = plan.offers[stage]
    lines = [_accept(odds(plan, stage, trust_at(plan, stage), int(offer["aim"])))]
    if offer["kind"] == OfferKind.SUBSCRIPTION:
        lines += _subscription_lines(plan, stage)
    elif offer["price"] > 0.0:
        lines.append(f"price {offer['price']:g}")
    if offer["attended"]:
        lines.append(f"{share_words(offer['consumed'])} attend")
    return lines


def _subscription_lines(plan: Plan, stage: int) -> Iterator[str]:
    offer = plan.offers[stage]
    subscription = plan.subscriptions[offer["subscription"]]
    if subscription["trial"] > 0.0:
        yield some(float(subscription["trial"]), "free day")
    if subscription["trial_decision"] != NONE:
        trust = trust_at(plan, stage) + gained_trust(offer)
        paying = odds(plan, int(subscription["trial_decision"]), trust, int(offer["aim"]))
        yield _accept(paying).replace("accept", "pay then")
    yield f"{subscription['price']:g} every {subscription['period']:g} days"


def _accept(found: Odds) -> str:
    """Who accepts: the range if people differ or the journey differs from the one as written."""
    if found.lowest is None or found.highest is None:
        return "offered to nobody"
    ends = (found.lowest, found.highest)
    low, high = (f"{100.0 * end:.{2 if end < 0.1 else 3}g}" for end in ends)
    return f"{low} % accept" if low == high else f"{low} to {high} % accept"


def _programs(plan: Plan) -> Iterator[Node]:
    for stage, offer in enumerate(plan.offers):
        for place in range(_n_tried(plan, stage)):
            service = plan.services[offer["first_service"] + place]
            row = int(service["program"])
            aim = int(plan.programs["aim"][row])
            lines = [program_words(plan, row)]
            lines.append(_accept(odds(plan, int(service["decision"]), trust_at(plan, stage), aim)))
            if service["price"] != offer["price"]:
                lines.append(f"price {service['price']:g}")
            if aim != NONE:
                lines.append(f"only: {aim_words(plan, aim)}")
            name = str(plan.program_names[row])
            yield Node(_program_key(stage, place), Role.PROGRAM, name, tuple(lines), f"s{stage}")


def _n_tried(plan: Plan, stage: int) -> int:
    """How many programs people meet at a stage: none where nobody declines."""
    certain = plan.decisions["conversion"][stage] == 1.0
    return 0 if certain else int(plan.offers["n_services"][stage])


def _program_key(stage: int, place: int) -> str:
    return f"s{stage}p{place}"


def _edges_of_journey(plan: Plan) -> Iterator[Edge]:
    yield Edge(MARKET, _stage_key(0), Way.ON, "arrive")
    for stage, offer in enumerate(plan.offers):
        after_yes, after_no = (
            _stage_key(int(offer[field])) for field in ("next_accept", "after_decline")
        )
        chain = [_program_key(stage, place) for place in range(_n_tried(plan, stage))]
        if plan.decisions["conversion"][stage] == 1.0:
            yield Edge(_stage_key(stage), after_yes, Way.ON, "all")
            continue
        tried, *rest = [*chain, after_no]
        yield from _ways_on(_stage_key(stage), after_yes, tried, Way.ON, "yes")
        for program, following in zip(chain, rest, strict=True):
            yield from _ways_on(program, after_yes, following, Way.WON_BACK, "won back")


def _ways_on(here: str, after_yes: str, after_no: str, way: Way, label: str) -> Iterator[Edge]:
    if after_yes == after_no:
        yield Edge(here, after_yes, Way.ON, "either way" if way != Way.ON else "yes or no")
        return
    yield Edge(here, after_yes, way, label)
    yield Edge(here, after_no, Way.NO, "no")


def _customers(plan: Plan) -> Iterator[Node]:
    role = Role.CUSTOMER
    if plan.repeat["model"][0] != RepeatModel.NONE:
        model = MODELS[RepeatModel(int(plan.repeat["model"][0]))]
        begins = next(plan.stage_names[s] for s, o in enumerate(plan.offers) if o["starts_repeat"])
        yield Node(REPEAT, role, "repeat_purchases", (model, f"after {begins}"))
        for place, retention in enumerate(plan.retention):
            name = str(plan.program_names[retention["program"]])
            aim = int(plan.programs["aim"][retention["program"]])
            lines = [program_words(plan, int(retention["program"]))]
            lines.append(retention_when(plan, retention))
            if aim != NONE:
                lines.append(f"only: {aim_words(plan, aim)}")
            yield Node(f"r{place}", role, name, tuple(lines), REPEAT)
    for experience in plan.experience:
        yield Node(EXPERIENCE, role, "experience", tuple(_experience_lines(experience)))
    for referral in plan.referral:
        lines = [*advocate_words(referral), f"{some(referral['invitations'], 'friend')} each"]
        yield Node(ADVOCATES, role, "advocates", tuple(lines), EXPERIENCE)
    if len(plan.tiers):
        yield Node(LOYALTY, role, "loyalty", tuple(_loyalty_lines(plan)))


def _experience_lines(experience: Any) -> Iterator[str]:
    yield f"satisfaction {experience['satisfaction']:g}"
    for field, words in (("ticket", "raise a ticket"), ("returned", "send it back")):
        if experience[field] > 0.0:
            yield f"{share_words(experience[field])} {words}"


def _loyalty_lines(plan: Plan) -> Iterator[str]:
    unit = "orders" if plan.world["tiers_by_orders"][0] else "spent"
    for name, tier in zip(plan.tier_names, plan.tiers, strict=True):
        yield f"{name} from {tier['threshold']:g} {unit}"


def _edges_of_customers(plan: Plan) -> Iterator[Edge]:
    if plan.repeat["model"][0] != RepeatModel.NONE:
        for stage, offer in enumerate(plan.offers):
            if offer["starts_repeat"]:
                yield Edge(_stage_key(stage), REPEAT, Way.AFTER, "orders again")
        for place in range(len(plan.retention)):
            yield Edge(REPEAT, f"r{place}", Way.AFTER)
            yield Edge(f"r{place}", REPEAT, Way.WON_BACK, "won back")
    if len(plan.experience):
        yield Edge(JOURNEY, EXPERIENCE, Way.AFTER, EACH_ORDER)
    if len(plan.referral):
        yield Edge(EXPERIENCE, ADVOCATES, Way.AFTER, "first survey")
        yield Edge(ADVOCATES, _stage_key(0), Way.REFERRED, "friends arrive")
    if len(plan.tiers):
        yield Edge(JOURNEY, LOYALTY, Way.AFTER, EACH_ORDER)


__all__ = ["Diagram", "Edge", "Node", "Role", "Way", "journey_diagram"]
