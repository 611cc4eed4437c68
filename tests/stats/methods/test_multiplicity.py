from __future__ import annotations

import numpy as np
import pytest
from helpers.customer_tables import Luck
from statsmodels.stats.multitest import multipletests

from cvosim.errors import DataError
from cvosim.stats.methods.multiplicity import adjust

CARDIAC = np.array(
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
     0.5719, 0.6528, 0.7590, 1.0]
)  # fmt: skip
"""Benjamini & Hochberg (1995), section 4.1."""
THEIRS = {"holm": "holm", "bh": "fdr_bh", "bonferroni": "bonferroni"}


@pytest.mark.parametrize(("method", "rejected"), [("bonferroni", 3), ("holm", 3), ("bh", 4)])
def test_cardiac_family(method: str, rejected: int) -> None:
    found = adjust(CARDIAC, method)
    assert found.rejected.sum() == rejected
    known = multipletests(CARDIAC, 0.05, THEIRS[method])
    assert found.adjusted == pytest.approx(known[1], rel=1e-12)
    assert np.array_equal(found.rejected, known[0])


@pytest.mark.parametrize("method", THEIRS)
def test_is_statsmodels_in_any_order_and_many_at_once(method: str) -> None:
    luck = Luck(8, 3)
    families = np.stack([luck.uniform() ** 4 for _ in range(30)]).T[:, :7]
    families[:, 3] = families[:, 1]  # ties
    found = adjust(families, method).adjusted
    for family, mine in zip(families, found, strict=True):
        assert mine == pytest.approx(multipletests(family, 0.05, THEIRS[method])[1], rel=1e-12)


def test_missing_does_not_count() -> None:
    with_gap = adjust(np.array([0.01, np.nan, 0.02]), "bh")
    assert with_gap.adjusted == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)
    assert with_gap.rejected.tolist() == [True, False, True]
    assert with_gap.words == "Benjamini-Hochberg over 2 comparisons"
    assert np.isnan(adjust(np.array([np.nan])).adjusted).all()


def test_nothing_may_be_corrected() -> None:
    nothing = adjust(CARDIAC, "none")
    assert np.array_equal(nothing.adjusted, CARDIAC)
    assert nothing.words.startswith("not corrected")


def test_errors_are_held() -> None:
    luck = Luck(4000, 11)
    p = np.stack([luck.uniform() for _ in range(6)], axis=1)
    for method in ("holm", "bonferroni", "bh"):
        # all hypotheses hold: any alarm is false, for all three; 5 %, standard deviation 0.34 %
        assert adjust(p, method).rejected.any(axis=1).mean() == pytest.approx(0.05, abs=0.014)
    p[:, :3] = p[:, :3] ** 12
    found = adjust(p, "bh")
    alarms = np.maximum(found.rejected.sum(axis=1), 1)
    # half of the hypotheses are true: the false discovery rate is half of 5 %, at 0.2 % accuracy
    assert np.mean(found.rejected[:, 3:].sum(axis=1) / alarms) == pytest.approx(0.025, abs=0.01)


def test_refusals() -> None:
    with pytest.raises(DataError, match=r"1\.5; it must be between 0 and 1"):
        adjust(np.array([0.5, 1.5]))
    with pytest.raises(DataError, match='unknown correction "sidak"; there are holm'):
        adjust(np.array([0.5]), "sidak")
