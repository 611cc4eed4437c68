"""Chapters of docs/scenario.md on the file, its calendar, its market and its channels."""

from __future__ import annotations

from reference_parts import Section

SCENARIO_HEAD = """\
# Scenario files

How to read it: a scenario is a YAML file, each section below is one part of it, and each line one
key with what it takes, what holds if it is left out, and what it means. This page is made from the
JSON Schema (`cvosim schema`) by `python tests/docs/reference_pages.py`.

* Probabilities and shares are between 0 and 1: write `0.08`, not `8%`. Times are in days, money is
  in the scenario's currency and written as a plain number.
* **Log-odds** move a probability without ever leaving 0 to 1: +1 multiplies the odds by 2.7, so
  10 % becomes 23 % and 50 % becomes 73 %.
* **`conversion` is not always the share who accept.** It is the probability for somebody of fit 0
  and propensity 0 whom no effect touches, and who has the average trust of the journey as written.
  Fit, effects, `propensity_sd` and more or less trust than that move everybody away from it, and
  those who get as far as a late stage are no average sample of the market. The share is exactly
  `conversion` only where all have the same: no fit, effects or propensity, and every earlier step
  brings its trust to everybody. Where trust is uncertain (a lead magnet with `consumed` below 1,
  `attendance` below 1, content and optional steps with `trust`), it is not: an average of log-odds
  is not an average of shares. After a lead magnet of trust 3 that every other lead consumes, a
  `conversion` of 0.08 means 28 % of those who did and 1.9 % of those who did not: 15 %. The
  metric `conversion.STAGE` counts all who accepted, also those whom the return path won back.
* **Conversion and drop-off need not add to 100 %** for optional steps: who declines content, a
  little victory or a profit maximizer is put the next one all the same, so it neither accepted
  nor dropped off ([metrics](metrics.md)).
* **A file that a scenario names** (`extends`, points, daily arrivals, also among a sweep's values)
  is named as seen from its folder, without a root or `~`. Links followed, it must lie in the folder
  of the scenario asked for or below, or in the working folder or below. Scenarios end in `.yaml` or
  `.yml`, data in `.csv`.
  A section has at most 1,000 keys, a list at most 1,000 sections, a file at most 200 variants,
  which together have at most 500,000 values.
* **The examples are one shop.** The first is a whole file. Each further one is a part to be added
  to that file; where it states a section again, it stands in for the one before. A test adds them
  one by one and runs what they make.

| What you want to say | Section |
| --- | --- |
| who the people are and how much they know | [market](#market) |
| where they come from, when, and at what cost; a budget to double | [channels](#channels) |
| months and weekdays, high and low seasons | [calendar](#calendar), [seasonality](#seasonality) |
| which steps there are, in which order, and which are skipped | [journey](#journey) |
| content before anything is asked for | [journey.engage](#journeyengage) |
| a lead magnet that is consumed soon, late or never | \
[journey.lead_magnet](#journeylead_magnet) |
| a webinar or a demonstration that not everybody attends | \
[every offer with a price](#every-offer-with-a-price) |
| little victories | [journey.excite](#journeyexcite) |
| upsells, partners' offers, subscriptions, trials, contracts | \
[journey.profit_maximizers](#journeyprofit_maximizers) |
| orders that come by themselves, and how long | \
[journey.repeat_purchases](#journeyrepeat_purchases) |
| delivery, satisfaction, tickets, returns | [journey.experience](#journeyexperience) |
| tiers and rewards | [journey.loyalty](#journeyloyalty) |
| recommendations, rewards for them, certified partners | [journey.referral](#journeyreferral) |
| winning back who declined, or who stays away | [return path](#the-return-path) |
| something for some customers only | [aim](#aim) |
| a split test, its arms, metrics and looks | [experiment](#experiment) |
| many prices, budgets and doubtful numbers at once | [sweep](#sweep) |
| what is different in a variant | [a variant file](#a-variant-file) |
"""

MARKET = (
    Section(
        "The file",
        "This is a whole scenario; `cvosim run` takes it as it is.",
        ("ScenarioFile",),
        example="""\
name: Baking school
horizon_days: 730
customers: 20000
channels:
  - {name: social, kind: paid, share: 0.7, cpc: 0.35, arrivals: {kind: uniform, over_days: 365}}
  - {name: recipe_blogs, kind: earned, share: 0.3}
journey:
  lead_magnet: {name: first_loaf_guide, conversion: 0.20, trust: 1.0}
  tripwire: {name: starter_jar, price: 12, unit_cost: 6, conversion: 0.10, trust: 1.5}
  core_offer: {name: baking_course, price: 149, unit_cost: 15, conversion: 0.20}
""",
    ),
    Section(
        "calendar",
        "",
        ("Calendar",),
        example="""\
calendar: {start: 2026-01-01}
""",
    ),
    Section(
        "seasonality",
        "The twelve numbers are divided by their mean. `arrivals` moves people within the time in "
        "which their channel brings them; as many come in all. `purchases` is about "
        "[repeat purchases](#journeyrepeat_purchases), whose `frequency` is the mean over the "
        "year. It needs a [calendar](#calendar).",
        ("Seasonality",),
        example="""\
seasonality:
  arrivals: [1.2, 1.1, 1, 1, 0.9, 0.8, 0.7, 0.8, 1, 1.1, 1.2, 1.2]   # January to December
""",
    ),
    Section(
        "market",
        "",
        ("Market",),
        example="""\
market:
  before: Loaves like bricks, and flour bought for nothing.
  after: Bread that the neighbours ask for.
  propensity_sd: 0.4
  segments:
    - name: beginners
      share: 0.6
      awareness: {unaware: 0.3, problem: 0.5, solution: 0.15, product: 0.05}
    - name: old_hands
      share: 0.4
      fit: 0.2
      price_sensitivity: 0.8
      awareness: {problem: 0.2, solution: 0.6, product: 0.2}
      effects: {lead_magnet: -0.3}
""",
    ),
    Section("market.segments", "A list; each item has these keys.", ("Segment",), level=3),
    Section(
        "market.segments.awareness",
        "The ladder has four rungs. [Content](#journeyengage) lifts people up; "
        "`by_awareness` makes offers differ by rung.",
        ("Awareness",),
        level=3,
    ),
    Section(
        "channels",
        """\
A list; each item has these keys. There are four ways to say what a channel costs:

* `cost_per_prospect`: money for everybody who arrives.
* `cpc`: money for a click; every click is a prospect.
* `cpm` with `impressions`: everybody who arrives costs `cpm / 1000 * impressions`.
* `budget` with [`reach`](#channelsreach): the more is spent, the dearer the next prospect.""",
        ("Channel",),
        example="""\
channels:
  - {name: fairs, kind: paid, share: 0.1, cost_per_prospect: 2.50}
  - {name: search, kind: paid, share: 0.2, cpc: 0.60, awareness: {solution: 0.7, product: 0.3}}
  - {name: films, kind: paid, share: 0.2, cpm: 6.0, impressions: 45}
  - name: facebook            # no share: the rest of the market
    kind: paid
    budget: 27000
    reach: {kind: hill, saturation: 80000, half_spend: 30000, shape: 1.2}
    arrivals: {kind: uniform, over_days: 365}
    effects: {tripwire: -0.2}
""",
    ),
    Section(
        "channels.reach",
        "A budget reaches the share `budget^shape / (half_spend^shape + budget^shape)` of the "
        "channel's people. The others never arrive. Who arrives costs `budget / (saturation * "
        "share reached)`. So `-S channels.facebook.budget=54000` is all it takes to double a "
        "budget: more of the same people come, and each of them costs more. `saturation` says "
        "what a prospect costs; how many are simulated is always `customers`, which is a sample of "
        "the market: total money in a report or verdict is over the simulated customers. To read "
        "totals of the real market, set `customers` so that the channel's share times `customers` "
        "is its `saturation`.",
        ("HillReach",),
        level=3,
    ),
    Section(
        "channels.arrivals",
        "When people arrive; one of five kinds.",
        (
            "UniformArrivals",
            "PoissonArrivals",
            "BurstArrivals",
            "WeeklyArrivals",
            "DailyArrivals",
        ),
        example="""\
channels:
  - {name: posters, kind: paid, share: 0.2, cost_per_prospect: 0.30, \
arrivals: {kind: uniform, over_days: 365}}
  - {name: search, kind: paid, share: 0.2, cpc: 0.60, arrivals: {kind: poisson, per_day: 20}}
  - {name: launch, kind: paid, share: 0.2, cpm: 6.0, impressions: 45, \
arrivals: {kind: burst, at_day: 30, mean_days: 5}}
  - {name: blogs, kind: earned, share: 0.2, \
arrivals: {kind: weekly, over_days: 360, pattern: [1, 1, 1, 1, 1.5, 2, 2]}}
  - {name: website, kind: owned, share: 0.2, \
arrivals: {kind: daily, file: visits.csv, column: visitors}}
""",
    ),
)
