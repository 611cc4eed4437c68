"""Fits in the order of trust: first whether there is a maximum at all, then Akaike's criterion."""

from __future__ import annotations

from dataclasses import replace

from cvosim.clv.models.by_name import by_aic, fit_all
from cvosim.clv.orders.summary import Summary


def test_no_clear_maximum_comes_last_however_likely(cdnow: Summary) -> None:
    one, other = fit_all(("bg_nbd", "mbg_nbd"), cdnow)
    best, second = sorted((one, other), key=lambda fit: fit.aic_)
    assert best.aic_ < second.aic_
    assert by_aic((second, best)) == by_aic((best, second)) == (best, second)
    doubtful = replace(best, converged_=False)
    assert by_aic((doubtful, second)) == by_aic((second, doubtful)) == (second, doubtful)
    worse = replace(second, converged_=False)
    assert by_aic((worse, doubtful)) == (doubtful, worse)
