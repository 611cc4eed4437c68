# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Planning a test on customer value
#
# A cheaper first job wins more customers. Are they worth more, or only more of them? Conversion
# would answer in two weeks, and may be the wrong question: what counts is what a customer brings
# later. That number is harder to test. Here is a test on it, planned from the start: how skewed the
# metric is, how long the test must run, which method may be trusted on it, what it would have said,
# whether its power is what was planned, and whether an earlier metric would have done.
#
# It runs as a script (`python notebooks/plan_clv_test.py`) and in Jupyter (as a jupytext notebook).
# Pictures go into the folder `plan_clv_test`; `CVOSIM_NB_OUT` names another one, and `CVOSIM_NB_N`
# another number of simulated people.

# %%
from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
from scipy.stats import norm

from cvosim import load_scenario
from cvosim.experiment import (
    Design,
    Injected,
    SplitTest,
    certify,
    outcomes,
    plan_duration,
    recommend,
    surrogate_lab,
)
from cvosim.experiment.certificate.certify import Luck
from cvosim.experiment.duration import estimate_skewness
from cvosim.experiment.duration_question import Question
from cvosim.experiment.insight.levers import Lever
from cvosim.experiment.insight.surrogates_result import Plan
from cvosim.report.documents.certificate import certificate_document
from cvosim.report.documents.experiment import experiment_document
from cvosim.report.documents.lab_surrogates import lab_surrogates_document
from cvosim.report.documents.plan import plan_document
from cvosim.report.exhibit import Exhibit
from cvosim.scenario import load_experiment
from cvosim.stats import Mean
from cvosim.stats.planning import tails

N = int(os.environ.get("CVOSIM_NB_N", "100000"))
TESTS = max(400, N // 25)  # simulated tests, where tests are counted
OUT = Path(os.environ.get("CVOSIM_NB_OUT", "plan_clv_test"))
OUT.mkdir(parents=True, exist_ok=True)


def show(exhibit: Exhibit) -> Exhibit:
    """Say a figure in words and keep its picture; Jupyter draws what a cell ends with."""
    print(exhibit.title, exhibit.alt, sep="\n")
    exhibit.axes().figure.savefig(OUT / f"{exhibit.key}.png")
    return exhibit


# %% [markdown]
# ## The question
#
# The library has this test as a scenario: whoever is offered the first job in the first half of the
# year sees one of two prices. Each is followed for the same number of days, so that all have had
# the same time to come back. The metric is what they bring in that time, after costs.

# %%
trial = load_experiment("tripwire_price_test")
control, cheaper = trial.scenarios
FOLLOW = 120.0
print(control.description)
for one in (control, cheaper):
    print(f"{one.name}: the first job costs {one.currency} {one.journey.tripwire.price:g}")

# %% [markdown]
# ## A skewed metric
#
# The same people in both arms: this is what only a simulation can see. Who brings how much?

# %%
METRIC = "contribution"
pool = outcomes([control, cheaper], [METRIC], assign_at="tripwire", follow_days=FOLLOW, customers=N)
value = pool.of(METRIC)[0]
ordered = np.sort(value)[::-1]
top = ordered[: max(1, len(ordered) // 100)].sum() / ordered[ordered > 0].sum()
skewness = float(((value - value.mean()) ** 3).mean() / value.std() ** 3)
print(
    f"{len(value):,} customers come to the offer. They bring {pool.currency} {value.mean():.2f} each; "
    f"the standard deviation is {value.std() / value.mean():.1f} times that, the skewness "
    f"{skewness:.1f}."
)
print(f"{100 * (value > 0).mean():.0f} % bring anything. One customer in a hundred brings "
      f"{100 * top:.0f} % of all that is brought.")  # fmt: skip

# %% [markdown]
# Why so skewed? Most say no; some of those who say yes buy more; a few of them come back again and
# again, or order the big thing. Each step multiplies, and the spread grows with each. A test on the
# mean of such a metric needs many customers, and its estimate may stay skewed itself when one arm
# is small.

# %%
effect = pool.effect(METRIC)[0]
shift = (pool.of(METRIC)[1] != value).mean()
print(f"The truth: the cheaper job brings {pool.currency} {effect:+.2f} a customer "
      f"({100 * effect / value.mean():+.0f} %), and changes anything at all for "
      f"{100 * shift:.0f} % of them.")  # fmt: skip

# %% [markdown]
# ## How long?
#
# The simulation knows when customers come, how many of them have been followed for long enough by
# any day, and how the metric spreads among those.

# %%
design = SplitTest.of(trial).design
print(f"As planned in the scenario: {design.enrol_days:g} days of enrolment, each followed for "
      f"{design.follow_days:g} days.")  # fmt: skip
CHANGE = 0.25
planned = plan_duration(
    control, METRIC, Question(effect=CHANGE, assign_at="tripwire", follow_days=FOLLOW), customers=N
)
print(planned.summary())

# %%
plan_figures = {exhibit.key: exhibit for section in plan_document(planned).sections
                for exhibit in section.exhibits}  # fmt: skip
show(plan_figures["effect_by_days"])

# %% [markdown]
# The first days show nothing: nobody has been followed for long enough. After that every halving of
# the smallest change that can be found takes about four times as many customers.

# %% [markdown]
# ## Which method can be trusted on it?
#
# The usual test promises that of a hundred tests without any effect it raises a false alarm in
# five. On a skewed metric that is a promise to check. First by formula (Hall 1992): what its two
# tails would hold with the arms of equal size, and with a tenth of the customers treated.

# %%
days = planned.span - 1.0
DAY = float(planned.days_needed or days)
for share in (0.5, 0.1):
    asked = replace(planned, question=replace(planned.question, share=share))
    lower, upper = (float(tail) for tail in tails(estimate_skewness(asked, DAY)))
    print(f"{100 * share:.0f} % treated: false alarms of worse {100 * lower:.1f} %, of better "
          f"{100 * upper:.1f} %; promised are 2.5 % each")  # fmt: skip

# %% [markdown]
# Then by trying: experiments without an effect, drawn from these customers, each with every method
# that is made for such a metric; and as many with the true effect, which say how often each method
# finds it.

# %%
units = int(planned.at(DAY)["matured"])
luck = Luck(TESTS, None, 1)
METHODS = ("welch", "student", "winsorised_welch", "permutation")
found = recommend(Mean(METRIC), pool, Design(units), candidates=METHODS, luck=luck)
print(found.summary())

# %% [markdown]
# The same with only a tenth of the customers treated, as one is tempted to do when a change is
# risky:

# %%
lopsided = recommend(Mean(METRIC), pool, Design(units, (0.9, 0.1)), candidates=METHODS, luck=luck)
print(lopsided.summary())

# %% [markdown]
# In the picture the dotted line is what was promised, and the dark part what is let pass. A method
# whose bar lies to the right of it deceives its user: without any effect it calls the change worse
# too often, because the mean of a small arm mostly lies below what is expected, and only now and
# then far above it.

# %%
show(certificate_document(lopsided).sections[0].exhibits[0])

# %% [markdown]
# ## Rehearsal
#
# The whole test, once: customers are assigned, looked at every week with bounds that pay for
# looking, and at the end there is a verdict. Beside it stands the truth, which the test does not
# know.

# %%
rehearsed = SplitTest.of(trial).run(customers=N)
report = experiment_document(rehearsed)
print(report.verdict)

# %%
rehearsal = {exhibit.key: exhibit for section in report.sections for exhibit in section.exhibits}
looks = next(exhibit for key, exhibit in rehearsal.items() if key.startswith("bounds"))
show(looks)

# %% [markdown]
# ## Is the power what was planned?
#
# A plan computes power by a formula, which takes the estimate to be normal and both arms to be
# spread alike. Counted instead: tests of the size that is reached on each of some days, drawn anew
# from the customers, in which everybody who is treated brings so much more; Welch's t is asked. The
# interval is of the counting.

# %%
Z = norm.isf(0.025)
rows = []
for part in (0.75, 1.0, 1.25, 1.5, 2.0):
    day = min(round(part * DAY), days)
    line = planned.at(day)
    size = int(line["matured"])
    if size < 200:
        continue
    one = certify("welch", Mean(METRIC), pool, Design(size, effect=Injected(CHANGE)),
                  replications=TESTS)  # fmt: skip
    counted = one.scores.power
    error = np.sqrt(2.0 * value.var() * (1.0 + (1.0 + CHANGE) ** 2) / size)
    apart = norm.sf(Z - CHANGE * value.mean() / error)
    rows.append((day, size, line["power"], apart, counted.value, counted.low, counted.high))
COLUMNS = ["day", "customers", "planned", "spreads apart", "counted", "low", "high"]
power = pandas.DataFrame(rows, columns=COLUMNS)
print(f"Power to find {100 * CHANGE:+.0f} %:")
print(power.round(3).to_string(index=False))

# %% [markdown]
# Where plan and counting differ, the counting is right. Spend that grows by a factor is spread more
# widely in the treated arm, and the plan's formula does not know that: *spreads apart* is the
# formula with each arm's own spread. What is left between that and the counting is due to skewness.
# Plan with room.

# %%
show(plan_figures["power_by_days"])

# %% [markdown]
# ## Would an earlier metric have done?
#
# Nobody likes to wait. What would the first two or four weeks after a prospect's arrival have said
# of these changes: a cheaper first job, a dearer one, and a core offer that converts better? An
# early metric is turned into a prediction of the late one, by what holds among today's customers.
# It is *safe* where that holds under the change, too.

# %%
base = load_scenario("tripwire_price_test")
CHANGES = {
    "cheaper first job": "journey.tripwire.price=9",
    "dearer first job": "journey.tripwire.price=39",
    "better core offer": "journey.core_offer.conversion=0.3",
}
levers = [
    Lever(name, "own", (1.0,), (load_scenario("tripwire_price_test", [change]),))
    for name, change in CHANGES.items()
]
lab = surrogate_lab(
    base, levers, customers=N, plan=Plan(FOLLOW, (14.0, 28.0), min(20_000, N // 5), 100)
)
scores = pandas.DataFrame([score._asdict() for score in lab.scores])
print(scores.pivot(index="surrogate", columns="lever", values="verdict").to_string())
print(lab.summary())

# %%
early = lab_surrogates_document(lab)
show(early.sections[0].exhibits[0])

# %% [markdown]
# ## The plan
#
# What goes into the plan of the real test, before it begins: the metric, how long, which method,
# how often it is looked at, and which early metric, if any, may stop it.

# %%
best = next((one for one in found.passing if not one.procedure.capped), None)
safe = sorted(
    name for name, some in scores.groupby("surrogate") if (some["verdict"] == "safe").all()
)
plan = {
    "metric": f"{METRIC} in the {FOLLOW:g} days after the offer",
    "change to find": f"{100 * CHANGE:+.0f} %",
    "days": "longer than the scenario lasts" if planned.days_needed is None else f"{DAY:g}",
    "customers": f"{units:,}",
    "method": "none that was tried" if best is None else best.procedure.title,
    "looks": f"every week, {rehearsed.design.spending}",
    "early metrics safe for all changes": ", ".join(safe) or "none",
}
print("\n".join(f"{name}: {words}" for name, words in plan.items()))
