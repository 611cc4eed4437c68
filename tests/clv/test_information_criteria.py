"""Akaike's and Schwarz's criteria of a fit, on the published likelihood of CDNOW."""

from __future__ import annotations

import math

import pytest

from cvosim.clv.models.bg_nbd import BetaGeometricNBD
from cvosim.clv.orders.summary import Summary


def test_criteria_of_cdnow(cdnow: Summary) -> None:
    """Four parameters, 2,357 customers, log L = −9582.42921 (Fader, Hardie & Lee 2005)."""
    fit = BetaGeometricNBD().fit(cdnow)
    assert fit.aic_ == pytest.approx(19_164.85842 + 8, abs=1e-3)
    assert fit.bic_ == pytest.approx(19_164.85842 + 4 * 7.765145, abs=1e-3)
    assert math.exp(7.765145) == pytest.approx(2357, abs=0.01)
    told = fit.to_dict()
    assert (told["aic"], told["bic"]) == (fit.aic_, fit.bic_)
    assert "AIC 19,172.86, BIC 19,195.92" in fit.summary()
