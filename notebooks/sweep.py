# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A sweep on Dask, opened in pandas
#
# Which prices should the carpet cleaner ask, if neither the trust that a tripwire brings nor what a
# prospect costs is known? The library's `carpet_cleaning_prices` states both: **levers**, which the
# strategist decides, and **uncertainties**, which nature does (the words of Lempert, Popper &
# Bankes 2003). Every combination of the levers meets the same worlds, and the same customers with
# the same luck in each of them.
#
# It is run twice: here, one point after the other, and by the workers of a Dask scheduler. The
# results must be the same to the bit.
#
# It runs as a script (`python notebooks/sweep.py`) and in Jupyter (as a jupytext notebook), and
# needs `pip install 'cvosim[dask]'`. The variables `CVOSIM_NB_N` (customers a point) and
# `CVOSIM_NB_OUT` (the folder of the store) change its size and place.

# %%
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas

try:
    from distributed import Client
except ModuleNotFoundError:
    raise SystemExit("This notebook needs Dask: pip install 'cvosim[dask]'") from None

from cvosim.experiment.sweeps.design import sweep_design
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.report.documents.sweep import sweep_document
from cvosim.report.exhibit import Exhibit
from cvosim.scenario.template import load_sweep

CUSTOMERS = int(os.environ.get("CVOSIM_NB_N", "20000"))
STORE = Path(os.environ.get("CVOSIM_NB_OUT", "prices"))


def show(exhibit: Exhibit) -> Exhibit:
    """Say a figure in words and keep its picture; Jupyter draws what a cell ends with."""
    print(exhibit.title, exhibit.alt, sep="\n")
    exhibit.axes().figure.savefig(STORE / f"{exhibit.key}.png")
    return exhibit


# %% [markdown]
# The same as `cvosim sweep carpet_cleaning_prices --executor serial`: every point in this process,
# one after the other. Nothing is kept but the result.

# %%
template, section = load_sweep("carpet_cleaning_prices")
design = sweep_design(template, section, customers=CUSTOMERS)
alone = run_sweep(design, executor="serial")
print(f"{len(alone):,} points, hash {alone.manifest.hash[:12]}")

# %% [markdown]
# ## A cluster
#
# A Dask cluster is a scheduler and workers: processes that talk over the network. Here all of them
# run on this machine, each in a process of its own, as if somebody had typed `dask scheduler` in
# one shell and `dask worker` in others. On a real cluster somebody else has started them, and all
# that is needed is the scheduler's address.

# %%
WORKERS = 2


@contextmanager
def cluster() -> Iterator[str]:
    """Start a scheduler and workers of one thread each, and give the scheduler's address."""
    with TemporaryDirectory() as folder, ExitStack() as ends:
        told = Path(folder) / "scheduler.json"

        def start(part: str, *words: str) -> None:
            command = [sys.executable, "-m", f"distributed.cli.dask_{part}", *words]
            here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(told)]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen([*command, *here], **quiet)
            ends.callback(process.wait)
            ends.callback(process.terminate)

        start("scheduler", "--port", "0")
        for _ in range(WORKERS):
            start("worker", "--nthreads", "1", "--no-nanny", "--local-directory", folder)
        with Client(scheduler_file=str(told), timeout=120, set_as_default=False) as client:
            client.wait_for_workers(WORKERS, timeout=120)
            address = client.scheduler.address
        yield address


# %% [markdown]
# The same sweep, with the address in place of `serial`, and with a folder that keeps what is done:
# stopped in the middle, the same call goes on where it stopped; finished, it only reads. (In a
# shell: `cvosim sweep carpet_cleaning_prices --executor ADDRESS --store prices`.)

# %%
with cluster() as address:
    print(f"{WORKERS} workers, by way of the scheduler at {address}")
    sweep = run_sweep(design, executor=address, store=STORE)
print(f"{len(sweep):,} points, hash {sweep.manifest.hash[:12]}")
assert sweep.manifest.hash == alone.manifest.hash

# %% [markdown]
# The hash is that of all results. It does not say who computed them, or in which order they came:
# customers bring their luck along.

# %% [markdown]
# ## One line
#
# The store opens in pandas, one row a point.

# %%
points = pandas.read_parquet(STORE / "results.parquet")
print(points.head().T.to_string())
assert points.equals(alone.table()[points.columns])

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
# Along the price of the first offer, over all worlds and all other prices:

# %%
figures = sweep_document(sweep).sections[0].exhibits
show(figures[0])

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
