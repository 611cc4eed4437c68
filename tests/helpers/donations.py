"""The donors of Fader, Hardie & Shang (2010), as the MIT-licensed package `lifetimes` has them."""

from __future__ import annotations

import numpy as np
from helpers.cdnow import cdnow_file

from cvosim.clv.models.opportunities import Opportunities


def donations() -> Opportunities:
    """Six years of 11,104 people who first gave in 1995, in 22 histories."""
    x, t_x, n, weights = np.loadtxt(cdnow_file("donations.csv"), delimiter=",", skiprows=1).T
    return Opportunities.of(x, t_x, n, weights)
