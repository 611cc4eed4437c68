"""Chapters of docs/scenario.md on the journey and its stages."""

from __future__ import annotations

from reference_parts import Section
from reference_tables import table

from cvosim.scenario.stages.engage import STYLE_SUITS, EngageConversion
from cvosim.tables.schema import AWARENESS


def engagement() -> str:
    """The default probabilities that content engages: a row a style, a column a rung."""
    defaults = EngageConversion()
    by_distance = (defaults.matched, defaults.adjacent, defaults.mismatched, defaults.mismatched)
    rows = [
        (
            f"`{style}`",
            *(f"{by_distance[abs(rung - AWARENESS.index(suits))]:.2f}" for rung in range(4)),
        )
        for style, suits in STYLE_SUITS.items()
    ]
    return table(("Style", *(f"`{rung}`" for rung in AWARENESS)), rows)


STAGES = (
    Section(
        "journey",
        """\
`order` is the way that everybody goes. A step that is stated and not listed is skipped; one that
is listed and not stated is none. So a variant skips or swaps steps with one line, and programs
that served a skipped step serve it no longer (repeat purchases that start at it have to be told
where else to start). Trust makes the order matter: a step's `conversion` is stated for the trust
that the steps before it bring in the file that states the step. A variant that changes the steps
before it changes that trust, and so how many accept.

A stage's **key** is its place here, such as `tripwire`; a profit maximizer's is its own name.
`effects`, `at` and `after` take keys.""",
        ("Journey",),
        example="""\
journey:
  order: [engage, lead_magnet, tripwire, excite, core_offer, profit_maximizers]   # the default
""",
    ),
    Section("Every offer", "Keys of every stage but engage.", ("an offer",)),
    Section(
        "Every offer with a price",
        "Keys of every stage but engage, lead magnet and excite. A commitment of time has no "
        "price; with `attendance`, the next step comes after the appointment, and only those who "
        "were there bring the trust to it.",
        ("a priced offer",),
        example="""\
journey:
  tripwire:
    name: open_bakery
    commitment: time
    conversion: 0.30          # of those who have the guide, put their name down
    attendance: 0.45          # of those, come
    starts_after: {kind: uniform, low_days: 3, high_days: 17}
    unit_cost: 3
    trust: 1.6
""",
    ),
    Section(
        "journey.engage",
        f"""\
Content for people who have not been asked for anything yet. Each exposure shows one piece:
which one is for `targeting` to say, whether it is seen for its `reach`, whether it engages for
this table, by the piece's style and the person's rung:

{engagement()}

Other numbers go into `conversion`: for all content by `matched`, `adjacent` and `mismatched`, for
one piece by rung. Fit, propensity, trust and the effects on `engage` move them like any conversion.
A piece that engages brings its `trust`, each time, and with probability `lift` it lifts the person
one rung. Everybody goes on after the last exposure, engaged or not; `on_decline: exit` lets only
the engaged go on. Content makes no contact known.""",
        ("Engage",),
        example="""\
journey:
  engage:
    content:
      - {name: flying_dough, style: entertain, unit_cost: 0.004}
      - {name: why_bread_fails, style: educate, unit_cost: 0.004, trust: 0.1}
      - {name: oven_or_machine, style: contrast, unit_cost: 0.004, trust: 0.1}
      - {name: forty_loaves, style: prove, reach: 0.8, trust: 0.2, conversion: {product: 0.5}}
    targeting: 0.8
    lift: 0.25
    exposures: 3
    every: {kind: exponential, mean_days: 4}
""",
    ),
    Section("journey.engage.content", "A list; each item has these keys.", ("Content",), level=3),
    Section(
        "journey.engage.conversion",
        "",
        ("EngageConversion",),
        level=3,
    ),
    Section(
        "journey.lead_magnet",
        "What counts is who has consumed it before the next offer is decided: a decision made "
        "earlier is made without its trust.",
        ("LeadMagnet",),
        "an offer",
        """\
journey:
  lead_magnet:
    name: first_loaf_checklist
    conversion: 0.20
    consumed: 0.75            # one page: most tick it off
    time_to_value: {kind: exponential, mean_days: 0.5}
    trust: 1.0
    unit_cost: 0.01
    by_awareness: {unaware: -0.8, product: 0.4}
""",
    ),
    Section(
        "journey.tripwire",
        "",
        ("Tripwire",),
        "a priced offer",
        """\
journey:
  tripwire:
    name: starter_jar
    price: 12
    unit_cost: 6
    conversion: 0.10
    delay: {kind: lognormal, median_days: 3, sigma: 0.8}
    trust: 1.5
""",
    ),
    Section(
        "journey.excite",
        "Everybody goes on to the next step; who says yes does so with more trust.",
        ("Excite",),
        "an offer",
        """\
journey:
  excite: {name: first_loaf_photo, conversion: 0.5, delay: {kind: fixed, days: 5}, trust: 0.5}
""",
    ),
    Section(
        "journey.core_offer",
        "",
        ("CoreOffer",),
        "a priced offer",
        """\
journey:
  core_offer:
    name: baking_course
    price: 149
    unit_cost: 15
    conversion: 0.20          # of people who bought the jar
    delay: {kind: lognormal, median_days: 14, sigma: 0.8}
    trust: 0.5
""",
    ),
    Section(
        "journey.profit_maximizers",
        "A list; `kind` says what sort of offer an item is. Everybody who has come this far is "
        "put all of them, one after the other, whatever they say, except where a program serves "
        "one (then they go on when it has ended) or `on_decline: exit` is set. A partner's offer "
        "is paid to the partner: only the commission is revenue, at no cost of goods. A trial "
        "brings the trust of a subscription at once; `trial_conversion` is stated with that trust.",
        ("Upsell", "CrossSell", "Affiliate", "JointVenture", "SlackAdjuster", "Subscription"),
        "a priced offer",
        """\
journey:
  profit_maximizers:
    - {kind: upsell, name: grain_mill, price: 290, unit_cost: 170, conversion: 0.08}
    - {kind: cross_sell, name: proofing_basket, price: 29, unit_cost: 12, conversion: 0.25}
    - {kind: affiliate, name: flour_shop, price: 60, commission: 0.15, conversion: 0.20}
    - {kind: joint_venture, name: baking_trip, price: 900, commission: 0.25, conversion: 0.02}
    - kind: subscription
      name: bread_club
      price: 19
      unit_cost: 4
      conversion: 0.15
      trial_days: 30
      trial_conversion: 0.6   # of those who have tried, pay
      period_days: 30
      contract: {cycles: 12, notice_days: 14}   # a year at a time
      churn: {kind: geometric, probability: 0.25}
    - {kind: slack_adjuster, name: private_course, price: 1900, unit_cost: 700, conversion: 0.01}
""",
    ),
    Section(
        "churn of a subscription",
        "One of two kinds. With a [contract](#contract-of-a-subscription) the probability is that "
        "of leaving at the end of each contract.",
        ("GeometricChurn", "SbgChurn"),
    ),
    Section("contract of a subscription", "", ("Contract",)),
    Section(
        "delay and time_to_value",
        "How long something takes, also `every`, `starts_after` and `delivery`; one of these "
        "kinds.",
        (
            "FixedDelay",
            "ExponentialDelay",
            "LognormalDelay",
            "GammaDelay",
            "WeibullDelay",
            "UniformDelay",
        ),
    ),
)
