"""The page docs/metrics.md: every metric by what it is about."""

from __future__ import annotations

from reference_tables import table

from cvosim.metrics import Metric, catalogue
from cvosim.tables.columns import Names
from cvosim.tables.schema import AWARENESS

ONE = Names(("SEGMENT",), ("CHANNEL",), ("STAGE",), ("PROGRAM",), ("SUBSCRIPTION",), ("TIER",))
EXPERIENCED = ONE._replace(extras=True, experience=True)
ENGAGED = EXPERIENCED._replace(stages=("engage", "STAGE"))
NAMES = ENGAGED._replace(channels=("CHANNEL", "referral"))
"""Names of which the catalogue has everything; stages and channels stand for their group."""
RUNG = (f".{AWARENESS[0]}", ".RUNG")
"""The rung that stands for all, and what it is called."""

ABOUT = {
    "": ("The whole market", "One number a run."),
    "STAGE": (
        "Each stage",
        "`STAGE` is `engage`, `lead_magnet`, `tripwire`, `excite`, `core_offer` or a profit "
        "maximizer's own name.",
    ),
    "p": (
        "How value is spread",
        "Percentiles of prospects' and of buyers' customer lifetime value.",
    ),
    "content": (
        "Content and awareness",
        "Of a journey with [engage](scenario.md#journeyengage). `RUNG` is `unaware`, `problem`, "
        "`solution` or `product`.",
    ),
    "experience": (
        "Experience and rewards",
        "Of a journey with [experience](scenario.md#journeyexperience) or "
        "[loyalty](scenario.md#journeyloyalty).",
    ),
    "TIER": ("Each loyalty tier", "`TIER` is a tier's name."),
    "referral": (
        "Advocates and referral",
        "Of a journey with [referral](scenario.md#journeyreferral).",
    ),
    "CHANNEL": (
        "Each channel",
        "`CHANNEL` is a channel's name, or `referral` for people whom customers invited.",
    ),
    "SEGMENT": ("Each segment", "`SEGMENT` is a segment's name."),
    "PROGRAM": ("Each return-path program", "`PROGRAM` is a program's name."),
    "SUBSCRIPTION": (
        "Each subscription",
        "`SUBSCRIPTION` is the own name of a profit maximizer of that kind.",
    ),
}
METRICS_HEAD = """\
# Metrics

How to read it: each line is one number that `cvosim run` and `cvosim compare` report, with its
unit and the one definition that holds everywhere; what is printed after ± is the half-width of a
95 % interval. What lies under the metrics, the columns of events and customers, is in
[tables.md](tables.md). This page is made from the code by `python tests/docs/reference_pages.py`.

* **Money** is in the scenario's currency. A **share** is printed in per cent and stands as a
  fraction (0.25) in JSON and CSV. **CLV** is customer lifetime value: revenue less every cost,
  discounted to the customer's arrival, up to the horizon.
* **Prospects** are the people of the market, `customers` of the scenario. Those whom a channel's
  budget does not reach are among them and never arrive. People brought by **referral** come on
  top: what is *per prospect* or about a stage is about prospects alone (but for
  `clv_with_referrals`); totals and all else have them in. An interval treats a prospect and
  everybody who came through it as one.
* **n/a** means that nothing can be said: nobody made up the denominator, or, after ±, too few
  customers carry the number. The one rule: of everything but counts of people an interval takes
  30 of them in the denominator (of a total, 30 customers in all; where some carry more than
  others, Kish's effective number counts). What rests on a tail takes 30 expected in the tail:
  3,000 customers for percentile 99, 300 for percentiles 10 and 90, 60 for percentile 50, 600 for
  the worst 5 %, 150 for the best 20 %. Counts of people and shares of people among people take
  two. A comparison has n/a where either side has, and its split of the difference where fewer
  than 30 customers carry the days or the orders of either side.
* **How often a ± holds the truth** is tested on `carpet_cleaning`: at 20,000 prospects (about
  1,000 buyers) 94 to 96 times in 100. A normal interval takes that many where a rare large sale
  makes up much of the money (there, USD 2,400 from one buyer in a hundred). With fewer it is too
  narrow: of the CLV per prospect it holds the truth 92 times in 100 at 5,000 prospects and 89 at
  2,000, of the average order value 90 and 79 times. Shares and the cost of a buyer keep to 95 from
  1,000 prospects on. Where a verdict hangs on money, simulate 20,000 or more.
* **`*` and `variance ÷`** stand in the table of `cvosim compare`. `*` marks a difference whose 95 %
  interval does not hold 0 (unless it rounds to 0): of true differences of nothing, at most one in
  20 gets it by chance. `variance ÷` is how many times fewer customers this comparison, where
  the same people live with the same luck in both scenarios, needs for that interval than two
  independent samples would: 18.1 means that 50,000 customers do the work of 905,000, 1.0 that the
  same luck gains nothing. ∞: the difference is certain.
* A share of exactly 0 % or 100 % still has a ±, as if two more people had said yes and two more
  no (Agresti & Coull 1998): none of 30 does not prove none ever. Only the reach of the first
  stage has none, because that stage is put to everybody who arrives. A difference of two shares
  has n/a where both are exactly 0 % or 100 %, and none (± 0) where every customer is identical.
  Counts and money of exactly nothing print ± 0: the table cannot tell the rare from the
  impossible.
* **Conversion and drop-off of a stage need not add to 100 %.** Drop-off counts those who got no
  further. Whoever declines an optional step (engage, excite, a profit maximizer) is put the next
  one all the same, so it neither accepted nor dropped off; only at the last one do the two add to
  100 % again. They always do at the stages that everybody has to pass, unless
  `on_decline: continue` lets people by. An offer with an `aim` is put only to those it is meant
  for; to others it is not there.
"""


def metrics_page() -> str:
    """Every metric by what it is about."""
    groups: dict[str, list[Metric]] = {key: [] for key in ABOUT}
    for metric in shown():
        groups[group_of(metric.name)].append(metric)
    parts = [METRICS_HEAD]
    for key, metrics in groups.items():
        title, words = ABOUT[key]
        rows = [(f"`{m.name.replace(*RUNG)}`", m.unit, m.description) for m in metrics]
        parts.append(f"## {title}\n\n{words}\n\n{table(('Metric', 'Unit', 'Definition'), rows)}\n")
    return "\n".join(parts)


def shown() -> list[Metric]:
    """The catalogue with one line for each family of metrics."""
    return [
        metric
        for metric in catalogue(NAMES)
        if metric.name.partition(".")[2] not in ("engage", "referral", *AWARENESS[1:])
    ]


def group_of(name: str) -> str:
    """Which of the groups a metric belongs to."""
    about = name.partition(".")[2]
    if about in ABOUT and about:
        return about
    if name in added(EXPERIENCED, ENGAGED):
        return "content"
    if name in added(ENGAGED, NAMES):
        return "referral"
    if name in added(ONE, EXPERIENCED) or name == "reward_cost":
        return "experience"
    return "p" if about else ""


def added(fewer: Names, more: Names) -> set[str]:
    """Metrics that the names of one table have and those of another have not."""
    before, after = ({metric.name for metric in catalogue(names)} for names in (fewer, more))
    return after - before
