"""Chapters of docs/scenario.md on customers: orders, experience, loyalty, referral, programs."""

from __future__ import annotations

from reference_parts import Section

CUSTOMERS = (
    Section(
        "journey.repeat_purchases",
        "",
        ("RepeatPurchases",),
        example="""\
journey:
  repeat_purchases:           # flour and yeast
    after: core_offer
    frequency: {model: bg_nbd, r: 0.6, alpha_days: 60, a: 0.8, b: 3.2}
    spend: {model: gamma_gamma, p: 6.0, q: 4.0, v: 15.0}
    margin: 0.45
""",
    ),
    Section(
        "journey.repeat_purchases.frequency",
        "When customers buy again and for how long; one of four models.",
        ("BgNbd", "MbgNbd", "ParetoNbd", "PoissonPurchases"),
    ),
    Section(
        "journey.repeat_purchases.spend",
        "What they pay for an order; one of three models.",
        ("GammaGamma", "LognormalSpend", "FixedSpend"),
    ),
    Section(
        "journey.experience",
        """\
What follows every paid order, bills of subscriptions included: delivery, perhaps a ticket and its
answer, a satisfaction score, perhaps a return. The score is kept until the next one; before the
first it counts as 7, which changes nothing. With `drop_out: -0.08`, a customer who scored 9 is
`exp(-0.16)` = 0.85 times as likely to leave. It multiplies hazards, and the odds of probabilities
(as in BG/NBD and churn). `experience: {}` takes all defaults.""",
        ("Experience",),
        example="""\
journey:
  experience:
    delivery: {kind: gamma, mean_days: 3, shape: 4}
    satisfaction: {mean: 7.8, sd: 1.8}
    effort: {mean: 2.4, sd: 0.9}
    ticket:
      probability: 0.08
      resolved: 0.85
      delay: {kind: exponential, mean_days: 2}
      resolved_effect: 0.3
      unresolved_effect: -2.5
    returned: {probability: 0.04, refund: 1.0}
    effects: {trust: 0.15, drop_out: -0.08}
""",
    ),
    Section("journey.experience.satisfaction", "", ("Satisfaction",), level=3),
    Section("journey.experience.effort", "", ("Effort",), level=3),
    Section("journey.experience.ticket", "", ("Ticket",), level=3),
    Section("journey.experience.returned", "", ("Returned",), level=3),
    Section("journey.experience.effects", "", ("ExperienceEffects",), level=3),
    Section(
        "journey.loyalty",
        "An order is rewarded by the tier that was held before it.",
        ("Loyalty",),
        example="""\
journey:
  loyalty:
    measure: spend
    tiers:
      - {name: silver, from: 200, drop_out: 0.85, reward_share: 0.02}
      - {name: gold, from: 600, drop_out: 0.70, reward_share: 0.04}
""",
    ),
    Section("journey.loyalty.tiers", "A list; each item has these keys.", ("Tier",), level=3),
    Section(
        "journey.referral",
        """\
Customers may become advocates, once, when they have given their first score; advocates invite. Each
invited person is a new customer with luck of its own, of the same market, and may invite in turn.
The number whom one person brings is the K factor. From 1 on the crowd would not cease to grow:
`cvosim validate` warns, and `cap` ends a run that gets there. Both rewards are costs of the
invited person. Referral needs [journey.experience](#journeyexperience), whose score says who is a
promoter.""",
        ("Referral",),
        example="""\
journey:
  referral:
    advocates: {promoter: 0.30, passive: 0.05}
    invitations: {mean: 1.2, delay: {kind: exponential, mean_days: 30}}
    testimonials: 0.4
    partner: {probability: 0.02, invitations: 6}
    effects: {lead_magnet: 1.0, tripwire: 0.6}
    reward: {advocate: 5, friend: 5, at: tripwire}
""",
    ),
    Section("journey.referral.advocates", "", ("Advocates",), level=3),
    Section("journey.referral.invitations", "", ("Invitations",), level=3),
    Section("journey.referral.partner", "", ("Partner",), level=3),
    Section("journey.referral.reward", "", ("Reward",), level=3),
    Section(
        "The return path",
        """\
`journey.return_path` is one list of two sorts of programs. [Some](#journeyreturn_path) serve
people who declined a stage, [others](#programs-for-customers) look after customers. A program
decides by the formula of offers; what its `conversion` is a share of depends on its kind:

| Kind | `conversion` is the share of | who then |
| --- | --- | --- |
| `exit_offer` | those who are shown it | accept the stage, at the lower price |
| `follow_up` | those who clicked, message by message | accept the stage |
| `remarketing` | clicks | accept the stage |
| `win_back`, `anniversary`, `birthday` | those who clicked, message by message | make an order |

So a message brings `open * click * conversion`. The stage's own `conversion` is about the first
answer only; the metric `conversion.STAGE` counts both. For the first three, `conversion` is stated
at the list price and reference trust of the stage that is served, and `fit`, propensity, effects
and trust move it as they move the stage's. For the others it is stated at the trust of the journey
up to where repeat purchases begin. Whoever unsubscribes gets no message of any program again.""",
    ),
    Section("Every program for a stage", "Keys of each program of this sort.", ("a program",)),
    Section(
        "journey.return_path",
        "A list; `kind` says what sort of program an item is. Programs that serve the same stage "
        "are tried in the order written, each when the one before has ended without success.",
        ("ExitOffer", "FollowUp", "Remarketing"),
        "a program",
        """\
journey:
  return_path:
    - {kind: exit_offer, name: ten_percent_off, at: [tripwire], discount: 0.10, conversion: 0.03}
    - kind: follow_up
      name: letters
      at: [tripwire, core_offer]
      days: [2, 5, 12]
      open: 0.35
      click: 0.12
      conversion: 0.10        # of those who clicked
      unsubscribe: 0.005
      fatigue: 0.85
      cost: 0.002
    - kind: remarketing
      name: seen_again
      at: [lead_magnet]
      window_days: 21
      impressions_per_day: 1
      click: 0.005
      conversion: 0.20        # of clicks
      cpm: 7.0
""",
    ),
    Section(
        "Every program for customers",
        "Keys of each program of this sort. It begins with "
        "[repeat purchases](#journeyrepeat_purchases), whose `spend` says what the order is worth "
        "that it brings.",
        ("a retention program",),
    ),
    Section(
        "Programs for customers",
        "They stand in `journey.return_path`, too. A customer who had left and orders again is a "
        "customer again, with purchases to come; one who was only slow keeps the purchase that it "
        "was about to make.",
        ("WinBack", "Anniversary", "Birthday"),
        "a retention program",
        """\
journey:
  return_path:
    - kind: win_back
      name: we_miss_you
      after_days: 180
      days: [0, 14]
      open: 0.25
      click: 0.10
      conversion: 0.20        # of those who clicked
      unsubscribe: 0.01
      cost: 0.004
    - {kind: anniversary, name: a_year_of_bread, open: 0.5, conversion: 0.04, cost: 0.004}
    - {kind: birthday, name: birthday_cake, open: 0.5, conversion: 0.10, cost: 0.30, \
aim: {min_orders: 2}}
""",
    ),
    Section(
        "aim",
        "May stand on any offer and any program. All its conditions must be met when the offer is "
        "reached, or when it is the program's turn; for everybody else it is not there.",
        ("Aim",),
        example="""\
journey:
  profit_maximizers:
    - kind: upsell
      name: master_class
      price: 390
      unit_cost: 90
      conversion: 0.10
      delay: {kind: exponential, mean_days: 60}
      aim: {segments: [old_hands], min_orders: 2}
  return_path:
    - kind: birthday
      name: golden_birthday
      open: 0.6
      conversion: 0.15
      cost: 2
      aim: {tiers: [gold], max_days_since_order: 120}
""",
    ),
    Section(
        "economics",
        "",
        ("Economics",),
        example="""\
economics:
  discount_rate: 0.10         # a year
""",
    ),
)

VARIANTS = (
    Section(
        "A variant file",
        "Says only what is different. A scenario or a file may also list `variants`. Everything "
        "in a variant keeps the luck, the list prices and the reference trust of the file that it "
        "extends. Where that file may lie stands [above](#scenario-files).",
        ("VariantFile",),
        example="""\
extends: baking_school.yaml
name: No jar
changes:
  journey.order: [engage, lead_magnet, excite, core_offer, profit_maximizers]
variants:
  - {name: A dearer course, changes: {journey.core_offer.price: 179}}
  - {name: Silver sooner, changes: {journey.loyalty.tiers.silver.from: 100}}
""",
    ),
    Section("variants", "A list in either file; each item has these keys.", ("Variant",)),
)
