# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # CDNOW, from end to end
#
# The orders of some customers of an online music shop in 1997 and 1998: the data set on which
# models of repeat buying are tried (Fader, Hardie & Lee 2005). It comes with the package
# `lifetimes` (MIT licence). From the raw orders to who will come back, what they are worth, whom to
# look after, how far to believe it, and to a simulated shop with customers like these. Published
# estimates are asserted on the way.
#
# It runs as a script (`python notebooks/cdnow.py`) and in Jupyter (as a jupytext notebook). Orders
# and pictures go into the folder `cdnow`; `CVOSIM_NB_OUT` names another one, and `CVOSIM_NB_N`
# another number of simulated customers.

# %%
from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas

from cvosim import calibrate, simulate
from cvosim.clv import BetaGeometricNBD, fit_orders, read_orders, summarise_events
from cvosim.clv.backtest.backtest import backtest
from cvosim.clv.orders.days import parse_day
from cvosim.clv.retention.study import RetentionSettings, retention_study
from cvosim.clv.segments.segmentation import SegmentationSettings, segmentation
from cvosim.clv.value.lifetime_value import Settings
from cvosim.clv.value.projection import project
from cvosim.report.document import Document
from cvosim.report.documents.clv_backtest import backtest_document
from cvosim.report.documents.clv_fit import fit_document
from cvosim.report.documents.clv_projection import projection_document
from cvosim.report.documents.clv_retention import retention_document
from cvosim.report.documents.clv_rfm import segments_document
from cvosim.report.exhibit import Exhibit
from cvosim.scenario.library import library_path

N = int(os.environ.get("CVOSIM_NB_N", "50000"))
REFITS = min(1000, max(50, N // 50))
OUT = Path(os.environ.get("CVOSIM_NB_OUT", "cdnow"))
OUT.mkdir(parents=True, exist_ok=True)


def show(exhibit: Exhibit) -> Exhibit:
    """Say a figure in words and keep its picture; Jupyter draws what a cell ends with."""
    print(exhibit.title, exhibit.alt, sep="\n")
    exhibit.axes().figure.savefig(OUT / f"{exhibit.key}.png")
    return exhibit


def figures(document: Document) -> dict[str, Exhibit]:
    """All figures of a report, by their keys."""
    return {exhibit.key: exhibit for section in document.sections for exhibit in section.exhibits}


# %% [markdown]
# ## Orders
#
# One row an order: who, when, how much. A shop's own export looks like this file. `read_orders`
# finds the columns, and says what it found odd.

# %%
if find_spec("lifetimes") is None:
    raise SystemExit("The orders come with the package lifetimes: pip install 'cvosim[test]'")
found = Path(find_spec("lifetimes").origin).parent / "datasets" / "CDNOW_sample.txt"
names = ["master_id", "customer", "date", "items", "amount"]
raw = pandas.read_csv(found, sep=r"\s+", header=None, names=names)
ORDERS = OUT / "orders.csv"
raw.to_csv(ORDERS, index=False)
print(raw.head().to_string(index=False))

# %%
UNTIL = "1997-09-30"  # the last day of the weeks that the literature fits to; the rest is held out
log = read_orders(ORDERS)
until = parse_day(UNTIL)
print(f"{log.n_orders:,} orders of {log.n_customers:,} customers; fitted until {UNTIL}")
for doubt in log.warnings:
    print(f"Odd: {doubt}")
assert log.n_customers == 2357

# %% [markdown]
# ## Who will come back?
#
# Three models of buying and leaving, fitted to the first half. None of them sees the second.

# %%
fit = fit_orders(log, until)
print(fit.summary())

# %% [markdown]
# What was published? Fader, Hardie & Lee (2005, "Counting your customers the easy way")
# have BG/NBD and Pareto/NBD on these customers, with time in weeks; Fader & Hardie (2013, "The
# Gamma-Gamma model of monetary value") have what they spend.

# %%
PUBLISHED = {
    "bg_nbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "log-likelihood": -9582.4},
    "pareto_nbd": {
        "r": 0.553,
        "alpha": 10.578,
        "s": 0.606,
        "beta": 11.669,
        "log-likelihood": -9595.0,
    },
    "gamma_gamma": {"p": 6.25, "q": 3.74, "v": 15.44},
}


def in_weeks(parameters: dict[str, float]) -> dict[str, float]:
    """The same parameters with times as they were published."""
    return {
        name.removesuffix("_days"): value / 7.0 if name.endswith("_days") else value
        for name, value in parameters.items()
    }


def estimates() -> dict[str, dict[str, float]]:
    """What is found here, by the names of the papers."""
    found = {one.law.name: in_weeks(one.params_) | {"log-likelihood": one.log_likelihood_}
             for one in fit.fits}  # fmt: skip
    return found | {"gamma_gamma": dict(fit.spend.params_)}


ours = estimates()
rows = [
    (model, name, value, ours[model][name])
    for model, values in PUBLISHED.items()
    for name, value in values.items()
]
compared = pandas.DataFrame(rows, columns=["model", "parameter", "published", "here"])
print(compared.round(4).to_string(index=False))

# %% [markdown]
# Do they agree to the last digit that was published?

# %%
DIGITS = [len(str(value).partition(".")[2]) for value in compared["published"]]
rounded = [round(value, digits) for value, digits in zip(compared["here"], DIGITS, strict=True)]
print(f"{sum(rounded == compared['published'])} of {len(compared)} do.")
assert rounded == list(compared["published"])

# %% [markdown]
# Do the models describe the customers whom they were fitted to? Bars are people, by how often they
# came back; marks are what each model expects.

# %%
show(figures(fit_document(fit))["fit_counts"])

# %% [markdown]
# They do, all three, if not equally well. On one thing they disagree: on who is still a customer.
# Nobody sees a customer leave, so orders alone cannot settle it.

# %%
show(figures(fit_document(fit))["fit_alive"])

# %% [markdown]
# ## What are they worth?
#
# What each customer will buy in the weeks held out, with intervals: of chance, and of not knowing
# the parameters exactly.

# %%
held_out = fit.summary_.holdout_days
projection = project(fit, Settings(days=float(held_out), level=0.9, refits=REFITS))
print(projection.summary())

# %%
show(figures(projection_document(projection))["value_by_tenth"])

# %% [markdown]
# ## How far to believe it?
#
# The weeks that no model has seen tell. Left of the line the models were fitted, right of it they
# forecast.

# %%
test = backtest(log, until)
print(test.summary())

# %%
show(figures(backtest_document(test))["backtest_cumulative"])

# %% [markdown]
# All forecasts are too low. Something may have made people buy more than the first weeks promised,
# such as a season, which these models do not know, or they leave less than the models think. Who
# buys is another matter than how much all buy: those who bought most before do so again, about as
# often as expected.

# %%
show(figures(backtest_document(test))["backtest_repeats"])

# %% [markdown]
# ## Whom to look after?
#
# Segments by recency, frequency and money, as of the same day.

# %%
segments = segmentation(log, SegmentationSettings(until=until))
print(segments_document(segments).verdict)
show(figures(segments_document(segments))["segments"])

# %% [markdown]
# ## Who stays?
#
# By the month of the first purchase: who bought again, month by month, in all of the log.

# %%
retention = retention_study(log, RetentionSettings())
print(retention_document(retention).verdict)

# %%
show(figures(retention_document(retention))["cohorts"])

# %% [markdown]
# ## A simulated shop
#
# The library has a scenario of this shop. Calibrated to the orders, it has the customers just
# fitted; then it can be asked what no log knows: what if they came back more often, what is a
# better welcome worth? First, does it do what it was fitted to do?

# %%
calibrated = calibrate(library_path("cdnow"), ORDERS, until=UNTIL, model="bg_nbd")
print(calibrated.summary())
simulated = simulate(calibrated.scenario, customers=N, events=True)

# %% [markdown]
# Repeat purchases of a simulated customer, beside those that were made and those that the model
# expects: in the weeks fitted to, and in those held out.

# %%
real = fit.summary_
days = real.end - real.start + 1
made = summarise_events(simulated.events, days, horizon=days + held_out)
bg = next(one for one in fit.fits if one.law.name == "bg_nbd")
model_total, model_sd = bg.forecast(held_out)
people = real.n_customers


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Mean a customer, with its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


rows = {
    "weeks fitted to": (real.repeats.mean(), np.nan, *mean_and_error(made.repeats)),
    "weeks held out": (real.holdout.mean(), model_total / people, *mean_and_error(made.holdout)),
}
columns = ["real", "BG/NBD", "simulated", "standard error"]
print(pandas.DataFrame.from_dict(rows, orient="index", columns=columns).round(4).to_string())

# %% [markdown]
# The simulation does what the model says, and not what the customers did in the weeks held out.
# That is as it should be: a simulation knows no more than it was told. Where the backtest was off,
# it is off.

# %%
simulated_mean, error = mean_and_error(made.holdout)
model_error = model_sd / people
z = (simulated_mean - model_total / people) / np.hypot(error, model_error)
print(f"simulated less BG/NBD: {z:+.1f} standard errors")
assert abs(z) < 4.0

# %% [markdown]
# How many come back how often?

# %%
MOST = 7
tally = {
    "real": np.bincount(np.minimum(real.repeats.astype(int), MOST), minlength=MOST + 1) / people,
    "simulated": np.bincount(np.minimum(made.repeats.astype(int), MOST), minlength=MOST + 1)
    / made.n_customers,
}
shares = pandas.DataFrame(tally, index=[*map(str, range(MOST)), f"{MOST}+"])
print((100.0 * shares).round(2).to_string())

# %% [markdown]
# ## Back again
#
# Last, the circle is closed: the simulated orders go into the same estimator. It must give back
# what the simulation was told.

# %%
again = BetaGeometricNBD().fit(made)
told = calibrated.scenario.journey.repeat_purchases.frequency
rows = [
    (name, getattr(told, name), value, again.standard_errors_[name])
    for name, value in again.params_.items()
]
closed = pandas.DataFrame(rows, columns=["parameter", "told", "found", "standard error"])
closed["z"] = (closed["found"] - closed["told"]) / closed["standard error"]
print(closed.round(4).to_string(index=False))
assert closed["z"].abs().max() < 4.0

# %% [markdown]
# From here on it is a scenario like any other: `compare` says what a change is worth, and [planning
# a test](plan_clv_test.py) how to find out whether it is true.

# %%
calibrated.write(OUT / "cdnow_calibrated.yaml")
print(f"written: {', '.join(sorted(path.name for path in OUT.glob('*.yaml')))}")
