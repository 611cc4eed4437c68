"""The page docs/tables.md: every column and every kind of event of the files."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from reference_tables import table

from cvosim.tables.columns import Names
from cvosim.tables.layout import Field, customer_fields, event_fields
from cvosim.tables.schema import EventKind, ExitReason

NAMES = Names(
    ("SEGMENT",), ("CHANNEL",), ("STAGE",), ("PROGRAM",), ("SUBSCRIPTION",), ("TIER",),
    extras=True, experience=True,
)  # fmt: skip
"""Words in capitals stand for the names of a scenario."""

TABLES_HEAD = """\
# Tables

How to read it: below are the columns of the two files that `cvosim run` writes, in their order, and
what each kind of event means. This page is made from the code by
`python tests/docs/reference_pages.py`.

```console
$ cvosim run pizza_chain --customers 2000 --events events.parquet --customer-table people.parquet
...
```
```python
import pandas

events, people = pandas.read_parquet("events.parquet"), pandas.read_parquet("people.parquet")

paid = events[events["event"].isin(["bought", "renewed", "reordered"])]
revenue = paid.groupby("customer_id")["revenue"].sum()
compared = people.set_index("customer_id")["revenue"]  # 0 for whoever never ordered
assert (revenue.reindex(compared.index, fill_value=0) - compared).abs().max() < 0.01
```

* Columns of words are dictionaries (in pandas: categories); what never happened is null (in pandas:
  NaN). Times are days since the scenario's start, with fractions; money is in the scenario's
  currency.
* Words in capitals stand for names of the scenario: there is one column, or one word, for each
  `STAGE`, `PROGRAM`, `SUBSCRIPTION`. A stage's name is its key: `engage`, `lead_magnet`,
  `tripwire`, `excite`, `core_offer` or a profit maximizer's own name.
* **Ids are unsigned 64-bit numbers.** Market prospects count from 0; people brought by referral
  have random ids of the full size. A market prospect has nobody who invited it: its `referrer_id`
  is 2**64 - 1 = 18446744073709551615. Keep all ids as `uint64`: as floating-point numbers they
  lose their last digits, and a join on them finds the wrong people.
"""

ADDING_UP = """\
## How events add up

Each row of the events carries its own money, and all of it is in exactly one account of the
customer whose row it is:

| Column of the customers | Sum over the customer's events |
| --- | --- |
| `orders` | number of `bought`, `renewed` and `reordered` |
| `revenue` | `revenue` of those three |
| `cost_of_goods` | `cost` of those three |
| `refunds` | `revenue` of `refunded`, with the sign turned |
| `reward_cost` | `cost` of `rewarded` |
| `acquisition_cost` | `cost` of everything else before the first paid order, or if there was none |
| `touch_cost` | `cost` of everything else from the first paid order on |
| `contribution` | `revenue` of all events less `cost` of all events |
| `discounted_revenue`, `discounted_cost`, `discounted_contribution` | the same of all events, \
each times `(1 + discount_rate)^(-years since the customer arrived)` |
| `discounted_acquisition_cost` | that of `acquisition_cost`, likewise |
| `tripwire_contribution` | `revenue` less `cost` of `bought`, `refunded` and `rewarded` at the \
tripwire |
| `program_cost_PROGRAM` | `cost` of `touched` with that program |
| `recoveries_PROGRAM` | number of `recovered` with that program |

So a program's own cost is on its `touched` events and nowhere else. What it won back is a
`recovered` event without money, followed by the event of the acceptance (`bought`, `reordered`,
`opted_in`, ...) with the same `program`: there are the price paid and the goods of that order.
Adding up `cost` by `program` would therefore mix the program's cost with goods. A program's
cost is in `acquisition_cost` or `touch_cost` as well, by when it was spent: do not add it again.

The reward of a referral, the advocate's part included, stands on the account of the friend who
accepted.
"""

KINDS: dict[EventKind, tuple[str, str]] = {
    EventKind.ARRIVED: ("The prospect enters the journey.", "cost: what its channel charges"),
    EventKind.OPTED_IN: ("The lead magnet is accepted.", "cost: its unit cost"),
    EventKind.CONSUMED: ("The lead magnet is read, watched or tried; now it brings trust.", ""),
    EventKind.DECLINED: ("No to a stage; of content, when the last exposure has not engaged.", ""),
    EventKind.COMMITTED: (
        "Yes to something without a price: an excite step, a commitment of time, or a trial.",
        "cost: its unit cost (none for a trial)",
    ),
    EventKind.BOUGHT: (
        "An offer with a price is paid, or a subscription's first bill.",
        "revenue: the price paid, of a partner's offer the commission; cost: the goods",
    ),
    EventKind.RENEWED: (
        "A further bill of a subscription is paid.",
        "revenue: the price; cost: the goods",
    ),
    EventKind.CANCELLED: ("A subscription ends, or a trial without a first bill.", ""),
    EventKind.REORDERED: (
        "A repeat purchase, by itself or because of a win-back, anniversary or birthday program.",
        "revenue: what is spent; cost: the goods",
    ),
    EventKind.TOUCHED: (
        "A program reaches out: an exit offer shown, a message sent, or remarketing that has "
        "ended (one row for its whole window).",
        "cost: the program's own",
    ),
    EventKind.OPENED: ("A message is opened.", ""),
    EventKind.CLICKED: ("A message or an advertisement is clicked.", ""),
    EventKind.RECOVERED: ("A program has won a yes; the yes itself is the next row.", ""),
    EventKind.UNSUBSCRIBED: ("The customer wants no more messages of any program.", ""),
    EventKind.DROPPED_OUT: ("The last repeat purchase is behind it; known to nobody.", ""),
    EventKind.LOST: ("A stage's no is final, and the journey ends there.", ""),
    EventKind.EXPOSED: ("A piece of content reaches the person.", "cost: its unit cost"),
    EventKind.ENGAGED: ("A piece of content engages, or a program for engage succeeds.", ""),
    EventKind.ATTENDED: ("The appointment that was committed to is kept; it brings trust.", ""),
    EventKind.DELIVERED: ("A paid order arrives.", ""),
    EventKind.TICKET: ("A delivered order leads to a support ticket.", ""),
    EventKind.RESOLVED: ("The ticket is answered and the matter settled.", ""),
    EventKind.UNRESOLVED: ("The ticket is answered and the matter is not settled.", ""),
    EventKind.REFUNDED: ("An order is returned.", "revenue: what is given back, negative"),
    EventKind.REWARDED: (
        "A loyalty reward for an order, or the reward for a referral (see above).",
        "cost: the reward",
    ),
    EventKind.TIER_REACHED: ("A higher loyalty tier is reached.", ""),
    EventKind.ADVOCATED: ("The customer becomes an advocate.", ""),
    EventKind.TESTIMONIAL: ("The advocate gives a testimonial.", ""),
    EventKind.CERTIFIED: ("The advocate becomes a certified partner.", ""),
    EventKind.REFERRED: ("The advocate invites one person, who arrives later.", ""),
    EventKind.REACTIVATED: ("A program wins back a customer who had dropped out.", ""),
}

EXITS: dict[ExitReason, str] = {
    ExitReason.NOT_ARRIVED: "No budget reached it, or it arrives after the horizon.",
    ExitReason.ALIVE: "A decision, a program, repeat buying or a subscription goes on.",
    ExitReason.COMPLETED: "Walked the whole journey; nothing recurs.",
    ExitReason.LOST: "Declined a stage, and no program brought it back.",
    ExitReason.UNSUBSCRIBED: "The same, having unsubscribed while that stage's programs tried.",
    ExitReason.DROPPED_OUT: "Bought repeatedly or subscribed, and all of that has ended.",
}


def tables_page() -> str:
    """Both files and the vocabulary of the events."""
    kinds = [(f"`{kind.name.lower()}`", *KINDS[kind]) for kind in EventKind]
    exits = [(f"`{reason.name.lower()}`", EXITS[reason]) for reason in ExitReason]
    order = (
        "One row an event, by time. Events of the same moment stand in the order in which they "
        "happened to a customer."
    )
    people = (
        "One row a customer, market prospects first, by id; then people brought by referral. "
        "Where a scenario has no experience, loyalty or referral, their columns hold 0 or null."
    )
    parts = (
        TABLES_HEAD,
        f"## Events\n\n{textwrap.fill(order, 100)}\n\n{columns(event_fields(NAMES))}\n",
        ADDING_UP,
        f"## Kinds of events\n\n{table(('Event', 'What it means', 'Money'), kinds)}\n",
        f"## Customers\n\n{textwrap.fill(people, 100)}\n\n{columns(customer_fields(NAMES))}\n",
        f"## Exit reasons\n\n{table(('`exit_reason`', 'What it means'), exits)}\n",
    )
    return "\n".join(parts)


def columns(fields: Iterable[Field]) -> str:
    """One line a column."""
    rows = [(f"`{f.name}`", kind_of(f), f.unit, meaning(f)) for f in fields]
    return table(("Column", "Type", "Unit", "Meaning"), rows)


def kind_of(field: Field) -> str:
    """The type as in the file; dictionaries hold words."""
    return "words" if field.type == "dictionary" else f"`{field.type}`"


def meaning(field: Field) -> str:
    """The column's own description, with the words that it may hold if they are few."""
    words = ", ".join(f"`{word}`" for word in field.words)
    if field.name == "event":
        words = "see [kinds of events](#kinds-of-events)"
    elif field.name == "exit_reason":
        words = "see [exit reasons](#exit-reasons)"
    return f"{field.description}: {words}" if words and len(field.words) > 1 else field.description
