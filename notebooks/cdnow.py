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
# The orders of 2,357 customers of an online music shop, January 1997 to June 1998: the data set on
# which models of repeat buying are tried (Fader, Hardie & Lee 2005). It comes with the package
# `lifetimes` (MIT licence). From the raw orders to who will come back, what they are worth, whom to
# look after, how far to believe it, and to a simulated shop with the same customers.
#
# It runs as a script (`python notebooks/cdnow.py`) and in Jupyter (as a jupytext notebook). With
# `CVOSIM_NB_OUT` it saves its pictures into that folder.

# %%
from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas

from cvosim import load_scenario, simulate
from cvosim.clv import GammaGamma, fit_orders, read_orders, summarise
from cvosim.clv.backtest.backtest import backtest
from cvosim.clv.orders.days import parse_day
from cvosim.clv.segments.segmentation import SegmentationSettings, segmentation
from cvosim.experiment.calibrate import calibrate

OUT = os.environ.get("CVOSIM_NB_OUT")


def keep(figure: object, name: str) -> None:
    """Save a picture where `CVOSIM_NB_OUT` says; in Jupyter, figures show themselves."""
    if OUT is not None:
        Path(OUT).mkdir(parents=True, exist_ok=True)
        figure.savefig(Path(OUT) / name)


# %% [markdown]
# ## Orders
#
# One row an order: who, when, how much. `read_orders` says what it found odd.

# %%
file = Path(find_spec("lifetimes").origin).parent / "datasets" / "CDNOW_sample.txt"
columns = ["master_id", "customer", "date", "items", "amount"]
raw = pandas.read_csv(file, sep=r"\s+", header=None, names=columns)
log = read_orders(raw)
until = parse_day("1997-09-30")
customers = summarise(log, until=until)
print(f"{len(raw):,} orders of {len(log.customers):,} customers, {log.first_day} to {log.last_day}")

# %% [markdown]
# ## Who will come back?
#
# Three models of buying and leaving, fitted to the first 39 weeks. The estimates of BG/NBD are those
# of Fader, Hardie & Lee (2005), whose unit is the week: r = 0.243, alpha = 4.414 weeks, a = 0.793,
# b = 2.426.

# %%
fit = fit_orders(log, until)
print(fit.summary())

# %%
bg = next(one for one in fit.fits if one.name == "bg_nbd")
print({name: round(value, 3) for name, value in bg.params_.items()})
