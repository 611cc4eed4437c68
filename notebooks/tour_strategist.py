# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A tour for strategists
#
# Does a small first offer pay? Somebody in the meeting says it wins trust, somebody else says it
# gives the margin away. Here the question is answered for one business: what the funnel earns, what
# it would earn without the small offer, which price is best, and what would have to be wrong for
# the answer to change. No programming is needed to follow it: read the text, and look at the
# pictures.
#
# It runs as a script (`python notebooks/tour_strategist.py`) and in Jupyter (as a jupytext
# notebook). Pictures and the report go into the folder `tour_strategist`; `CVOSIM_NB_OUT` names
# another one, and `CVOSIM_NB_N` another number of simulated people.

# %%
from __future__ import annotations

import os
from pathlib import Path

import pandas

from cvosim import compare, compile_plan, load_scenario
from cvosim.experiment.illustrated import illustrate
from cvosim.experiment.sensitivity.question import Question
from cvosim.experiment.sensitivity.one_at_a_time import tornado
from cvosim.plan.explain import explain_plan
from cvosim.report.documents.comparison import comparison_document
from cvosim.report.documents.explain import explain_document
from cvosim.report.documents.run import run_document
from cvosim.report.documents.sensitivity import sensitivity_document
from cvosim.report.exhibit import Exhibit
from cvosim.report.html import html_of

N = int(os.environ.get("CVOSIM_NB_N", "50000"))
OUT = Path(os.environ.get("CVOSIM_NB_OUT", "tour_strategist"))
OUT.mkdir(parents=True, exist_ok=True)


def show(exhibit: Exhibit) -> Exhibit:
    """Say a figure in words and keep its picture; Jupyter draws what a cell ends with."""
    print(exhibit.title, exhibit.alt, sep="\n")
    exhibit.axes().figure.savefig(OUT / f"{exhibit.key}.png")
    return exhibit


# %% [markdown]
# ## The business
#
# A scenario is a page of plain text: who is in the market, where they come from, what they are
# offered and at which price, what happens to those who say no. The library has several; this one
# cleans carpets.

# %%
scenario = load_scenario("carpet_cleaning")
plan = compile_plan(scenario)
business = explain_document(scenario, plan, explain_plan(plan))
print(business.verdict)

# %% [markdown]
# Stages run from left to right. Below them are the programs that go after those who said no, and at
# the foot is what customers do once they are customers.

# %%
show(business.sections[0].exhibits[0])

# %% [markdown]
# ## What does it earn?
#
# Every person in the market lives through the funnel, one by one, with their own luck. Then they
# are counted. The verdict comes first.

# %%
alone = illustrate([scenario], customers=N)
page = run_document(alone)
print(page.verdict)

# %% [markdown]
# Where do people leave? From one grid line to the next it is ten times as many people, because
# otherwise the last stages, where the money is made, could not be seen.

# %%
figures = {exhibit.key: exhibit for exhibit in page.sections[1].exhibits}
show(figures["funnel"])

# %% [markdown]
# Money goes out before it comes back. How deep is the valley, and when is it crossed? The band is
# what chance leaves open.

# %%
show(figures["cash"])

# %% [markdown]
# And who is it that brings the money? Hardly anybody is the average customer.

# %%
show(figures["value_spread"])

# %% [markdown]
# ## Without the small first offer
#
# The same people, with the same luck, meet the same funnel without its first small sale. So the
# difference is due to the offer, and not to who happened to come by. The verdict, in plain words:

# %%
without = load_scenario("carpet_cleaning_no_tripwire")
both = illustrate([scenario, without], customers=N)
verdict = comparison_document(both)
print(verdict.verdict)

# %% [markdown]
# Why? The difference is taken apart into what customers are for longer, how often they buy, how
# much they spend and what it costs. The parts add up to the whole.

# %%
against = {exhibit.key: exhibit for exhibit in verdict.sections[1].exhibits}
show(against["value_waterfall"])

# %% [markdown]
# Seen from the stages: where in the journey is the money gained or lost?

# %%
show(against["stage_waterfall"])

# %% [markdown]
# ## A report for the others
#
# One file, which opens in any browser without a network: the verdict, all pictures with their
# numbers, and last what was assumed. (`cvosim report` makes the same.)

# %%
report = OUT / "report.html"
report.write_text(html_of(verdict), encoding="utf-8")
print(f"{report.name}: {len(verdict.sections[1].exhibits)} pictures, one file")

# %% [markdown]
# ## What if?
#
# A price is one line of the scenario, and may be changed for a single question. Here are several
# prices of the first offer, all met by the same people. A difference whose interval holds zero may
# be luck.

# %%
PRICE = "journey.tripwire.price"
PRICES = (9, 19, 39, 49)
cases = [load_scenario("carpet_cleaning", [f"name=at {at}", f"{PRICE}={at}"]) for at in PRICES]
tried = compare([scenario, *cases], customers=N)


def row(variant: str) -> dict[str, object]:
    """One price: what a prospect is worth at it, and how sure that is."""
    found = tried.differences[variant]["clv_per_prospect"]
    return {
        "price": variant.removeprefix("at "),
        "worth": found.variant,
        "change": found.difference,
        "low": found.low,
        "high": found.high,
        "luck explains it": "no" if found.significant else "perhaps",
    }


prices = pandas.DataFrame([row(variant) for variant in tried.variants])
now = tried.metrics[scenario.name]["clv_per_prospect"]
print(f"{scenario.currency} {now.value:.2f} a prospect at the price as it stands, "
      f"{scenario.journey.tripwire.price:g}. At other prices:")  # fmt: skip
print(prices.round(2).to_string(index=False))

# %% [markdown]
# The best price on paper is the best one only as far as the scenario's assumption holds about how
# people answer to prices. That is a number in the scenario, too. Which brings up the last question.

# %% [markdown]
# ## What if we are wrong?
#
# Some numbers of the scenario were measured, and some were guessed. Each is moved by itself, a
# tenth down and a tenth up, and the worth of a prospect is looked at. What stands at the top is
# what to find out first: it deserves a real test.

# %%
GUESSES = (
    "journey.lead_magnet.conversion",
    "journey.tripwire.conversion",
    "journey.tripwire.trust",
    "journey.core_offer.conversion",
    "journey.core_offer.price",
    "journey.repeat_purchases.margin",
    "channels.facebook.cost_per_prospect",
)
asked = Question.of("carpet_cleaning", paths=GUESSES, customers=N)
moved = sensitivity_document({"tornado": tornado(asked)}, asked)
print(moved.verdict)

# %%
show(moved.sections[0].exhibits[0])

# %% [markdown]
# ## How much does the first offer have to be trusted?
#
# The whole case rests on one belief: who bought something small and was content believes more. So
# we take that belief away bit by bit, until the small offer no longer pays.

# %%
BELIEFS = (3.0, 2.0, 1.0, 0.5, 0.0)


def believed(trust: float) -> dict[str, float]:
    """What the small offer adds if it wins so much trust."""
    one = load_scenario(
        "carpet_cleaning", [f"name=with {trust}", f"journey.tripwire.trust={trust}"]
    )
    found = compare([without, one], customers=N).differences[one.name]["clv_per_prospect"]
    return {"trust": trust, "adds": found.difference, "low": found.low, "high": found.high}


beliefs = pandas.DataFrame([believed(trust) for trust in BELIEFS])
print(beliefs.round(2).to_string(index=False))
pays = beliefs[beliefs["low"] > 0]["trust"]
if len(pays):
    print(
        f"The small offer surely pays down to a trust of {pays.min():g}, of {BELIEFS[0]:g} assumed."
    )
else:
    print("With so few people simulated, nothing is sure.")

# %% [markdown]
# So the argument in the meeting has become a question with an answer: does a first sale win that
# much trust *here*? [Planning a test](plan_clv_test.py) is how to find out.
