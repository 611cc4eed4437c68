"""The ideal customer: shares, lift and odds, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cvosim.clv.segments.acquisition import Labels
from cvosim.clv.segments.ideal_customer import ideal_customer
from cvosim.errors import DataError


def two(marked: np.ndarray) -> dict[str, Labels]:
    return {"via": Labels(marked.astype(np.int64), ("web", "mail"))}


def test_by_hand() -> None:
    """Of 100, 10 are best; 6 of them and 18 of the others came by mail."""
    values = np.arange(100.0)
    marked = np.zeros(100, np.bool_)
    marked[:18], marked[94:] = True, True
    profile = ideal_customer(values, two(marked))
    mail = next(one for one in profile.traits if one.label == "mail")
    assert (profile.in_top, profile.threshold) == (10, 90.0)
    assert (mail.customers, mail.in_top, mail.share_top, mail.share_rest) == (24, 6, 0.6, 0.2)
    assert mail.lift.value == pytest.approx(3.0)
    assert mail.odds_ratio.value == pytest.approx(6 * 72 / (18 * 4))
    tail = stats.hypergeom(100, 24, 10)
    chances = tail.pmf(np.arange(11))
    assert mail.p == pytest.approx(chances[chances <= tail.pmf(6) * (1 + 1e-7)].sum())
    # Gart's interval: the logarithm of the odds with a half more in each cell
    cells = np.array([6, 4, 18, 72]) + 0.5
    middle = np.log(cells[0] * cells[3] / cells[1] / cells[2])
    half = 1.959963985 * np.sqrt((1 / cells).sum())
    expected = np.exp([middle - half, middle + half])
    np.testing.assert_allclose((mail.odds_ratio.low, mail.odds_ratio.high), expected, rtol=1e-8)


def test_empty_cells_have_intervals_too() -> None:
    values = np.arange(200.0)
    best, rest = ideal_customer(values, two(values >= 180)).traits
    found = {one.label: one for one in (best, rest)}
    assert found["mail"].lift.value is None
    assert 1 < found["mail"].lift.low < found["mail"].lift.high
    assert found["web"].lift.value == 0
    assert found["web"].lift.low == 0
    everybody = ideal_customer(values, {"all": Labels(np.zeros(200, np.int64), ("x",))}).traits[0]
    assert (everybody.lift.value, everybody.p, everybody.marks) == (1.0, 1.0, False)


def test_the_intervals_hold_the_truth() -> None:
    """Mail customers, 30 %, pay e^0.5 times as much: 1,500 logs of 800, both intervals.

    The truth is that of the population, whose border is found by a root. Each interval holds
    in 95 % ± 2.3 % (z of 4) of the logs, or more.
    """
    from scipy.optimize import brentq

    above = stats.norm(0.5, 1), stats.norm(0, 1)
    border = brentq(lambda x: 0.3 * above[0].sf(x) + 0.7 * above[1].sf(x) - 0.1, -5, 9)
    top = 0.3 * above[0].sf(border) / 0.1
    rest = 0.3 * above[0].cdf(border) / 0.9
    odds = above[0].sf(border) / above[0].cdf(border) * above[1].cdf(border) / above[1].sf(border)
    runs, held = 1500, np.zeros(2)
    uniforms = stats.uniform.rvs(size=(runs, 800), random_state=5)
    normals = stats.norm.rvs(size=(runs, 800), random_state=6)
    for chance, log_value in zip(uniforms, normals, strict=True):
        marked = chance < 0.3
        found = ideal_customer(np.exp(log_value + 0.5 * marked), two(marked))
        mail = next(one for one in found.traits if one.label == "mail")
        held[0] += mail.lift.low <= top / rest <= mail.lift.high
        held[1] += mail.odds_ratio.low <= odds <= mail.odds_ratio.high
    assert (np.abs(held / runs - 0.95) < 0.023).all(), held / runs


def test_marks_that_mean_nothing_are_rarely_found() -> None:
    """At most 5 % of logs with ten meaningless labels have a mark (200 logs, z of 4)."""
    marks = 0
    for run in range(200):
        values = stats.lognorm.rvs(1.0, size=300, random_state=run)
        codes = stats.randint.rvs(0, 10, size=300, random_state=5000 + run).astype(np.int64)
        labels = Labels(codes, tuple(map(str, range(10))))
        marks += any(one.marks for one in ideal_customer(values, {"x": labels}).traits)
    assert marks / 200 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)


def test_projected_values_serve_as_well() -> None:
    marked = np.arange(300) % 3 == 0
    projected = np.where(marked, 5.0, 1.0) + np.arange(300) / 1000
    found = ideal_customer(projected, two(marked), top=0.2)
    assert found.in_top == 60
    assert [one.label for one in found.traits if one.marks and one.share_top > 0] == ["mail"]


@pytest.mark.parametrize(
    ("values", "top", "words"),
    [
        (np.zeros(30), 0.1, "30 of 30 customers are worth the same, 0, so there is no most"),
        (np.array([]), 0.1, "not none at all"),
        (np.array([1.0, np.inf]), 0.1, "finite"),
        (np.arange(9.0), 0.6, "above 0 and at most 0.5"),
    ],
)
def test_bad_input(values: np.ndarray, top: float, words: str) -> None:
    with pytest.raises(DataError, match=words):
        ideal_customer(values, {}, top=top)


def test_ties_at_the_border_are_all_in() -> None:
    values = np.array([9.0] * 3 + [5.0] * 17)
    assert ideal_customer(values, {}).in_top == 3


def test_labels_of_few_are_left_out() -> None:
    codes = np.array([0] * 50 + [1] * 9)
    labels = {"place": Labels(codes, ("town", "hut"))}
    assert [one.label for one in ideal_customer(np.arange(59.0), labels).traits] == ["town"]
    assert len(ideal_customer(np.arange(59.0), labels, least=9).traits) == 2
