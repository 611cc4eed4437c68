"""The columns of the files, in their order: name, type, unit and meaning of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cvosim.tables.columns import NOBODY, Names
from cvosim.tables.schema import AWARENESS, EventKind, ExitReason

REPEAT_PURCHASES = "repeat_purchases"
"""The stage of repeat orders in the event table; its code is the number of stages."""


class Field(NamedTuple):
    """One column of a file.

    ``type`` is an Arrow type's name, or ``dictionary`` for codes that stand for ``words``,
    the first of which is ``first``. ``source`` is the column of the table that holds the
    values, ``row`` the row of it where it has several; without a source the values follow from
    other columns.
    """

    name: str
    type: str
    unit: str
    description: str
    source: str = ""
    row: int = -1
    words: tuple[str, ...] = ()
    first: int = 0


def event_fields(names: Names) -> tuple[Field, ...]:
    """Columns of an event file."""
    stages = (*names.stages, REPEAT_PURCHASES)
    kinds = tuple(kind.name.lower() for kind in EventKind)
    return (
        Field("customer_id", "uint64", "", "whose event it is", "customer_id"),
        Field("time", "float64", "days", "since the scenario's start", "time"),
        _words("stage", stages, "the stage it belongs to; null for none", "stage"),
        _words("event", kinds, "what happened", "kind"),
        Field("revenue", "float64", "money", "what the customer paid", "revenue"),
        Field("cost", "float64", "money", "what it cost", "cost"),
        _words(
            "program", names.programs, "the return-path program it is due to; null for none",
            "program",
        ),
    )  # fmt: skip


def customer_fields(names: Names) -> tuple[Field, ...]:
    """Columns of a customer file."""
    return (
        *_identity(names),
        *_journey(names),
        *_ACCOUNT,
        *_EXPERIENCE,
        *_loyalty(names),
        *_services(names),
        *_TRUTH,
    )


def _words(name: str, words: tuple[str, ...], description: str, source: str) -> Field:
    return Field(name, "dictionary", "", description, source, words=words)


def _money(name: str, description: str, *, derived: bool = False) -> Field:
    return Field(name, "float64", "money", description, "" if derived else name)


def _identity(names: Names) -> Iterator[Field]:
    reasons = tuple(reason.name.lower() for reason in ExitReason)
    text = "market prospects count from 0; referred people, who come last, have random ids"
    yield Field("customer_id", "uint64", "", text)
    # never null: readers such as pandas turn whole numbers with nulls into floats
    text = f"who invited this customer; {NOBODY} (2**64 - 1) for market prospects: nobody did"
    yield Field("referrer_id", "uint64", "", text)
    text = "market prospect at the beginning of its chain of referrals: cluster errors by it"
    yield Field("root_id", "uint64", "", text)
    text = "referrals between this customer and the market; 0 for market prospects"
    yield Field("generation", "uint16", "", text)
    yield _words("segment", names.segments, "market segment", "segment")
    yield _words("channel", names.channels, "where the prospect came from", "channel")
    yield _words("awareness", AWARENESS, "rung of the awareness ladder on arrival", "awareness")
    text = "rungs climbed since, by content that engaged"
    yield Field("rungs_climbed", "uint8", "rungs", text, "rungs_climbed")
    yield _words("awareness_at_end", AWARENESS, "rung at the horizon", "")
    text = "times that content reached the customer"
    yield Field("exposures", "uint32", "exposures", text, "exposures")
    yield _words("exit_reason", reasons, "where the story stands at the horizon", "exit_reason")
    yield _words("exit_stage", names.stages, "where it was lost; null for nowhere", "exit_stage")


def _journey(names: Names) -> Iterator[Field]:
    yield Field("arrival_time", "float64", "days", "since the start; null: not yet", "arrival_time")
    for row, stage in enumerate(names.stages):
        yield Field(
            f"time_{stage}", "float64", "days", f"when {stage} was accepted; null for never",
            "stage_time", row,
        )  # fmt: skip
    for row, stage in enumerate(names.stages):
        yield Field(f"reached_{stage}", "bool", "", f"{stage} was put to the customer", "", row)


_ACCOUNT = (
    Field("orders", "int32", "orders", "paid orders, bills included", "orders"),
    _money("revenue", "everything the customer paid, before refunds"),
    _money("refunds", "money given back for returned orders"),
    _money("cost_of_goods", "what paid orders cost"),
    _money("touch_cost", "every other cost since the first paid order"),
    _money("acquisition_cost", "every other cost before the first paid order"),
    _money("reward_cost", "loyalty and referral rewards"),
    _money("contribution", "revenue less refunds and every cost", derived=True),
    _money("tripwire_contribution", "what the tripwire earned less its goods, refunds and rewards"),
    _money("discounted_revenue", "revenue less refunds, discounted to the customer's arrival"),
    _money("discounted_cost", "every cost, discounted to the customer's arrival"),
    _money("discounted_acquisition_cost", "acquisition cost, discounted likewise"),
    _money("discounted_contribution", "discounted revenue less discounted cost", derived=True),
    Field("first_order_time", "float64", "days", "null for never", "first_order_time"),
    Field("last_order_time", "float64", "days", "null for never", "last_order_time"),
)

_EXPERIENCE = (
    Field("unsubscribed", "bool", "", "wants no more messages", "unsubscribed"),
    Field(
        "satisfaction", "float64", "points", "last answer, 0 to 10; null for none", "satisfaction"
    ),
    Field("effort", "float64", "points", "last answer, 1 to 7; null for none", "effort"),
    Field("deliveries", "uint32", "orders", "paid orders delivered", "deliveries"),
    Field("tickets", "uint32", "tickets", "support tickets raised", "tickets"),
    Field("resolved", "uint32", "tickets", "of them, those resolved", "resolved"),
    Field("returns", "uint32", "orders", "orders returned", "returns"),
)


def _loyalty(names: Names) -> Iterator[Field]:
    text = "loyalty tier at the horizon; null for none"
    yield Field("tier", "dictionary", "", text, "tier", words=names.tiers, first=1)
    text = "when it became an advocate; null for never"
    yield Field("advocated_time", "float64", "days", text, "advocated_time")
    yield Field("invited", "uint32", "invitations", "people whom it invited", "invited")
    yield Field("testimonials", "uint32", "testimonials", "testimonials it gave", "testimonials")
    yield Field("partner", "bool", "", "it is a certified partner", "partner")


_TRUTH = (
    Field("rate", "float64", "orders/day", "truth: own repeat purchase rate", "rate"),
    Field(
        "drop_out", "float64", "", "truth: per purchase (BG/NBD) or a day (Pareto/NBD)", "drop_out"
    ),
    Field("spend_level", "float64", "money", "truth: mean of own repeat orders", "spend_level"),
    Field("alive", "bool", "", "truth: would repeat-buy again", "alive"),
)


def _services(names: Names) -> Iterator[Field]:
    for row, program in enumerate(names.programs):
        text = f"cost of {program} for this customer"
        yield Field(f"program_cost_{program}", "float64", "money", text, "program_cost", row)
        text = f"stages that {program} won back"
        yield Field(f"recoveries_{program}", "uint16", "recoveries", text, "recoveries", row)
    for row, stage in enumerate(names.subscriptions):
        text = f"paid bills of {stage}, its trial excluded"
        yield Field(f"bills_{stage}", "uint32", "bills", text, "bills", row)
        yield Field(f"cancelled_{stage}", "bool", "", f"churned from {stage}", "cancelled", row)
