# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A tour for researchers
#
# What a simulation is worth depends on whether it does what it says. This notebook checks that,
# with the tools that come along: two engines that must agree to the bit, formulas that both must
# agree with, luck that belongs to customers, tables that anybody can open, and hashes that say what
# was run. Last, the story of one customer, read from the events.
#
# It runs as a script (`python notebooks/tour_researcher.py`) and in Jupyter (as a jupytext
# notebook). Tables and a picture go into the folder `tour_researcher`; `CVOSIM_NB_OUT` names
# another one, and `CVOSIM_NB_N` another number of customers.

# %%
from __future__ import annotations

import json
import math
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas
from scipy.stats import f as f_law

from cvosim import compare, compile_plan, expected, load_scenario, simulate
from cvosim.experiment.illustrated import illustrate
from cvosim.metrics import catalogue, influence
from cvosim.report.exhibit import Exhibit
from cvosim.report.exhibits import exhibits_of
from cvosim.tables.manifest import Manifest
from cvosim.tables.store import read_manifest, write_customers, write_events

N = int(os.environ.get("CVOSIM_NB_N", "50000"))
FEW = max(200, N // 100)  # for the engine that is written to be read
OUT = Path(os.environ.get("CVOSIM_NB_OUT", "tour_researcher"))
OUT.mkdir(parents=True, exist_ok=True)


def show(exhibit: Exhibit) -> Exhibit:
    """Say a figure in words and keep its picture; Jupyter draws what a cell ends with."""
    print(exhibit.title, exhibit.alt, sep="\n")
    exhibit.axes().figure.savefig(OUT / f"{exhibit.key}.png")
    return exhibit


# %% [markdown]
# ## Two engines
#
# The *reference* is a SimPy model: one process a customer, written to be read. The *kernel* is
# compiled and runs in parallel. They share the random numbers and nothing else, and must agree on
# every event of every customer, bit by bit: times, money, order.

# %%
scenario = load_scenario("carpet_cleaning")
kernel = simulate(scenario, customers=FEW, events=True)
reference = simulate(scenario, customers=FEW, events=True, engine="reference")


def same(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> bool:
    """Whether two tables have the same bits."""
    pairs = zip(one, other, strict=True)
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


equal = same(kernel.events.columns, reference.events.columns)
equal &= same(kernel.customers.columns, reference.customers.columns)
word = "equal to the bit" if equal else "DIFFERENT"
print(f"{len(kernel.events):,} events of {FEW:,} customers: {word}")
assert equal

# %% [markdown]
# ## Theory
#
# Two engines can share a misunderstanding. So a third account is kept by formulas: the journey as
# an absorbing Markov-renewal chain with rewards (Howard 1971). They exist where nothing hidden is
# at work; so the hidden propensity of customers is switched off here, and the guide is read at once
# or not at all. Of each metric: what theory says, what the simulation says, and how many standard
# errors lie between them.

# %%
PLAIN = [
    "name=Without hidden traits",
    "market.propensity_sd=0",
    "journey.lead_magnet.time_to_value=null",
]
plain = load_scenario("carpet_cleaning", PLAIN)
theory = expected(compile_plan(plain))
measured = simulate(plain, customers=N).metrics()


def against(name: str) -> dict[str, object]:
    """One metric by formula and by simulation."""
    found = measured[name]
    z = (found.value - theory[name].mean) / found.standard_error
    return {"metric": name, "theory": theory[name].mean, "simulated": found.value, "z": z}


CHECKED = (
    "conversion.lead_magnet", "conversion.tripwire", "conversion.core_offer", "time_to.core_offer",
    "cost_per_lead", "cac", "aov", "clv_per_prospect",
)  # fmt: skip
scores = pandas.DataFrame([against(name) for name in CHECKED])
print(scores.round(4).to_string(index=False))

# %% [markdown]
# If theory and simulation are of one mind, each z is a draw from a standard normal law. With so
# many of them the largest may be a little beyond two; the bound below is passed by chance in one
# run of a thousand (Bonferroni).

# %%
bound = 3.8
worst = scores["z"].abs().max()
print(f"{len(scores)} metrics, largest |z| {worst:.2f}, bound {bound}")
assert worst < bound

# %% [markdown]
# ## Common random numbers
#
# Each draw is a pure function of seed, customer, place in the journey and occurrence (a
# counter-based generator, Philox; Salmon et al. 2011). So a customer keeps its luck when the
# scenario changes, and a difference between two scenarios is free of the luck that they share. How
# much is that worth? The number of times as many customers that two separate samples would need:

# %%
dearer = load_scenario("carpet_cleaning", ["name=Dearer", "journey.tripwire.price=39"])
pair = compare([scenario, dearer], customers=N)
columns = ("difference", "standard_error", "variance_reduction")
NAMES = ("clv_per_prospect", "cac", "conversion.tripwire")
found = pair.differences["Dearer"]
gain = pandas.DataFrame(
    [[name, *(getattr(found[name], column) for column in columns)] for name in NAMES],
    columns=["metric", *columns],
)
print(gain.round(3).to_string(index=False))
print(f"Nothing at all changes for {100 * pair.identical['Dearer']:.1f} % of the customers.")

# %% [markdown]
# That is the library's own claim. Measured without it: many small experiments, each done once with
# common luck and once with luck of its own on either side. The variances of their results have the
# ratio that was claimed, as far as so many experiments can tell (F law). Conversion is what is
# looked at, because a variance of money, which few customers bring, would take far more of them.

# %%
TIMES, SMALL = 80, max(500, N // 20)


def converted(which: object, seed: int) -> float:
    """Conversion of the tripwire in a small sample."""
    return simulate(which, customers=SMALL, seed=seed).metrics()["conversion.tripwire"].value


here = [converted(scenario, seed) for seed in range(TIMES)]
there = [converted(dearer, seed) for seed in range(TIMES)]
apart = [converted(dearer, seed) for seed in range(TIMES, 2 * TIMES)]
ratio = np.var(np.subtract(apart, here), ddof=1) / np.var(np.subtract(there, here), ddof=1)
reach = f_law.ppf(0.975, TIMES - 1, TIMES - 1)
claimed = found["conversion.tripwire"].variance_reduction
print(f"{TIMES} experiments of {SMALL:,} customers: common luck makes the variance {ratio:.1f} "
      f"times smaller ({ratio / reach:.1f} to {ratio * reach:.1f}); claimed was {claimed:.1f}.")  # fmt: skip

# %% [markdown]
# ## Intervals
#
# A metric that is a ratio has its standard error from the influence of each prospect on it (the
# delta method). Here it is once more by hand, from the same table.

# %%
run = simulate(scenario, customers=N, events=True)
metrics = run.metrics()
cac = next(one for one in catalogue(run.customers.names) if one.name == "cac")
by_hand = influence(cac, run.customers).std(ddof=1) / math.sqrt(N)
print(f"cac {metrics['cac'].value:.2f}: standard error {metrics['cac'].standard_error:.4f}, "
      f"by hand {by_hand:.4f}")  # fmt: skip

# %% [markdown]
# ## Tables
#
# Two tables: a row a customer, a row an event. They go to Parquet files that pandas, polars, DuckDB
# and R open. Units and meanings stand beside each column.

# %%
write_customers(run.customers, OUT / "customers.parquet", run.manifest)
write_events(run.events, OUT / "events.parquet", run.manifest)
people = pandas.read_parquet(OUT / "customers.parquet")
events = pandas.read_parquet(OUT / "events.parquet")
print(f"{len(people):,} customers of {people.shape[1]} columns, {len(events):,} events")
kinds = events["event"].value_counts()
print(kinds[kinds > 0].to_string())

# %% [markdown]
# Any question is a line of pandas: what comes of the segments and channels?

# %%
by_origin = people.groupby(["segment", "channel"], observed=True)
table = by_origin["discounted_contribution"].agg(["size", "mean", "sem"])
print(table.round(2).to_string())
total = people["discounted_contribution"].mean()
print(f"all: {total:.4f}, clv_per_prospect: {metrics['clv_per_prospect'].value:.4f}")
assert math.isclose(total, metrics["clv_per_prospect"].value, rel_tol=1e-12)

# %% [markdown]
# The mean of a column like this one says little without its spread: a few people bring most of it.

# %%
(spread,) = (
    one for one in exhibits_of(illustrate([scenario], customers=N)) if one.key == "value_spread"
)
show(spread)

# %% [markdown]
# ## Hashes and the manifest
#
# What was run is in every file: hashes of the scenario and of the plan it compiles to, seed,
# versions. Equal plans, seeds and trajectory versions give equal tables, on any number of threads.

# %%
manifest = read_manifest(OUT / "customers.parquet")
assert isinstance(manifest, Manifest)
print(json.dumps(manifest.to_dict(), indent=1))


def digest(threads: int) -> str:
    """Hash of all that happened."""
    again = simulate(scenario, customers=manifest.n_customers, seed=manifest.seed, events=True,
                     threads=threads)  # fmt: skip
    return sha256(b"".join(column.tobytes() for column in again.events.columns)).hexdigest()


one, two = digest(1), digest(2)
print(f"events on one thread {one[:16]}, on two {two[:16]}")
assert one == two == sha256(b"".join(c.tobytes() for c in run.events.columns)).hexdigest()

# %% [markdown]
# A customer's story does not depend on how many others there are, either: the first customers of a
# large run are those of a small one. (Not where a budget runs out, which others may have used up.)

# %%
prefix = events[events["customer_id"] < FEW].reset_index(drop=True)
write_events(kernel.events, OUT / "first_events.parquet")
first = pandas.read_parquet(OUT / "first_events.parquet")
print(f"the first {FEW:,} customers in both: {len(first):,} and {len(prefix):,} events, "
      f"{'equal' if first.equals(prefix) else 'different'}")  # fmt: skip
assert first.equals(prefix)

# %% [markdown]
# ## One customer
#
# Out of all of them, somebody who said no first, was won back, and stayed. The events are the
# story.

# %%
SAID = {
    "arrived": "arrives",
    "opted_in": "asks for it",
    "consumed": "reads it",
    "declined": "says no",
    "committed": "commits",
    "bought": "buys",
    "renewed": "pays the next bill",
    "cancelled": "cancels",
    "reordered": "orders again",
    "touched": "gets a message",
    "opened": "opens it",
    "clicked": "clicks",
    "recovered": "comes back",
    "unsubscribed": "wants no more messages",
    "dropped_out": "leaves for good, and tells nobody",
    "lost": "is lost",
}


def told(event: pandas.Series) -> str:
    """One event as a line of the story."""
    words = [f"day {event['time']:7.1f}  {SAID.get(event['event'], event['event'])}"]
    if isinstance(event["stage"], str):
        words.append(f"({event['stage'].replace('_', ' ')})")
    if isinstance(event["program"], str):
        words.append(f"through {event['program'].replace('_', ' ')}")
    money = [f"{name} {event[name]:.2f}" for name in ("revenue", "cost") if event[name]]
    return " ".join(words) + (f": {', '.join(money)}" if money else "")


won_back = set(events.loc[events["event"] == "recovered", "customer_id"])
stayed = people[people["customer_id"].isin(won_back)].sort_values("orders", ascending=False)
hero = (stayed if len(stayed) else people.sort_values("orders", ascending=False)).iloc[0]
story = events[events["customer_id"] == hero["customer_id"]]
who = hero["segment"].replace("_", " ")
print(f"Customer {hero['customer_id']}, of {who}, from {hero['channel']}:")
lines = [told(event) for _, event in story.iterrows()]
print("\n".join(lines if len(lines) <= 40 else [*lines[:30], "...", *lines[-9:]]))

# %% [markdown]
# And the account, which the events must add up to:

# %%
revenue, cost = story["revenue"].sum(), story["cost"].sum()
earned = revenue - cost
print(f"revenue {revenue:.2f}, cost {cost:.2f}, contribution {earned:.2f}")
print(f"in the customer table: {hero['contribution']:.2f}, from {hero['orders']} orders")
assert math.isclose(earned, hero["contribution"], abs_tol=1e-6)
print(f"What no real data would show: it would have ordered every {1 / hero['rate']:.0f} days, "
      f"{hero['spend_level']:.2f} each time, and is {'still' if hero['alive'] else 'no longer'} "
      "a customer at the end.")  # fmt: skip
