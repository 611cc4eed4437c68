# %% [markdown]
# # A sweep, opened in pandas
#
# Which prices should the carpet cleaner ask, if neither the trust that a tripwire brings nor what a
# prospect costs is known? The library's `carpet_cleaning_prices` states both: **levers**, which the
# strategist decides, and **uncertainties**, which nature does (the words of Lempert, Popper & Bankes
# 2003). Every combination of the levers meets the same worlds, and the same customers with the same
# luck in each of them.
#
# It runs as a script (`python notebooks/sweep.py`) and in Jupyter (as a jupytext notebook). The
# variables `CVOSIM_NB_N` (customers a point) and `CVOSIM_NB_OUT` (the folder of the store) change
# its size and place.

# %%
from __future__ import annotations

import os
from pathlib import Path

import pandas

from cvosim.experiment.sweeps.design import sweep_design
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.scenario.template import load_sweep

CUSTOMERS = int(os.environ.get("CVOSIM_NB_N", "20000"))
STORE = Path(os.environ.get("CVOSIM_NB_OUT", "prices"))

# %% [markdown]
# The same as `cvosim sweep carpet_cleaning_prices --store prices`. Stopped in the middle, it goes on
# where it stopped; finished, it only reads.

# %%
template, section = load_sweep("carpet_cleaning_prices")
design = sweep_design(template, section, customers=CUSTOMERS)
sweep = run_sweep(design, store=STORE)
print(f"{len(sweep):,} points, hash {sweep.manifest.hash[:12]}")

# %% [markdown]
# ## One line

# %%
points = pandas.read_parquet(STORE / "results.parquet")
print(points.head().to_string())

# %% [markdown]
# ## What the prices are worth, whatever the world is like
#
# The mean over the worlds, and the worst tenth of them: a plan for people who do not like surprises
# looks at both.

# %%
TRIPWIRE, CORE = "journey.tripwire.price", "journey.core_offer.price"
by_prices = points.groupby([TRIPWIRE, CORE])["clv_per_prospect"]
worth = by_prices.quantile([0.1, 0.5]).unstack().assign(mean=by_prices.mean())
print(worth.round(2).to_string())

# %% [markdown]
# ## Regret
#
# How much each pair of prices falls short of the best pair *of that world*. The worlds are the same
# for all pairs, so the difference is due to the prices alone, and no luck comes between them.

# %%
worlds = [factor.path for factor in design.factors if factor.role == "uncertainty"]
best = points.groupby(worlds)["clv_per_prospect"].transform("max")
regret = points.assign(regret=best - points["clv_per_prospect"])
regret = regret.groupby([TRIPWIRE, CORE])["regret"].agg(["mean", "max"]).sort_values("max")
print(regret.round(2).head().to_string())
