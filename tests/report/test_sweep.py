"""Words, tables and pictures of a sweep, from results made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cvosim.experiment.sweeps.manifest import Column, Outline, SweepManifest
from cvosim.experiment.sweeps.result import SweepTable
from cvosim.report.settings_text import label, setting
from cvosim.report.sweep import points_hint, points_table, sweep_headline, sweep_tables
from cvosim.report.sweep_picture import sweep_picture

PRICE, GOLD, TRUST = "journey.tripwire.price", "journey.profit_maximizers.gold", "tripwire.trust"
OFFER = {"kind": "upsell", "name": "stain_guard", "price": 49, "conversion": 0.2}
SHARE = "tripwire.conversion"
ROLES = {PRICE: "lever", GOLD: "lever", TRUST: "uncertainty", SHARE: "uncertainty"}


def swept(paths: Sequence[str], points: Sequence[tuple[object, ...]], values: Sequence[float],
          roles: dict[str, str] | None = None) -> SweepTable:  # fmt: skip
    """A sweep that found these values of clv_per_prospect."""
    roles = ROLES if roles is None else roles
    outline = Outline("Carpets", "0", "USD", 1, tuple(Column(p, roles[p]) for p in paths),
                      tuple(points), ("clv_per_prospect",), 100, 1, True)  # fmt: skip
    found = np.array(values, float)[:, None]
    return SweepTable(outline=outline, values=found[:, None], pooled=found,
                      standard_errors=0.1 * np.ones_like(found), units=("USD",), errors={},
                      manifest=SweepManifest.of(outline))  # fmt: skip


def crossed(
    levers: Sequence[tuple[object, ...]], worlds: int, paths: Sequence[str] = (PRICE,)
) -> SweepTable:
    """Every setting of the levers in the same worlds; dear is better, but for one bad world."""
    drawn = [(0.618 * i % 1.0, 0.414 * i % 1.0) for i in range(1, worlds + 1)]
    points = [(*lever, *world) for lever in levers for world in drawn]
    values = [i // worlds + 10 * p[-1] - 30 * (i % worlds == 3) for i, p in enumerate(points)]
    return swept((*paths, TRUST, SHARE), points, values)


def test_values_of_every_kind_are_short_words() -> None:
    assert setting({"kind": "upsell", "price": 49, "conversion": 0.2}) == (
        "{kind: upsell, price: 49, ...}"
    )
    assert setting([{"kind": "call"}, [1, 2.5]]) == "[{kind: call}, [1, 2.5]]"
    assert setting([None, "a", False]) == "[none, a, false]"
    assert (setting({}), setting([]), setting("word")) == ("{}", "[]", "word")
    assert label(OFFER) == "stain_guard"
    assert len(label(list(range(100)))) == 16


def test_with_uncertainties_settings_are_ranked_and_points_are_elsewhere() -> None:
    found = crossed([(9,), (19,), (29,)], 16)
    (table,) = sweep_tables(found)
    assert table.header == ("tripwire.price", "points", "clv_per_prospect (USD)", "worst 10 %",
                            "surely below 0")  # fmt: skip
    assert [row[0] for row in table.rows] == [9, 19, 29]
    assert [row[-1] for row in table.rows] == [1 / 16] * 3
    assert "results.parquet" in points_hint(found)
    said = sweep_headline(found)
    assert "Its mean over the uncertainties is highest, USD " in said
    assert "with tripwire.price 29; one point in ten there is at USD " in said
    assert said.endswith("or below, and it is a loss at 1 of 16.")


def test_only_what_is_below_0_beyond_its_error_is_a_loss() -> None:
    """Errors are 0.1: of these points one is surely a loss, two may be one."""
    said = sweep_headline(swept((PRICE,), [(i,) for i in range(4)], [-0.5, -0.1, 0.1, 0.5]))
    assert "it is a loss at 1 of 4 and may be one at 2 more, whose 95 % intervals hold 0." in said
    assert "A typical point is known to ± USD 0.20 (95 %); up to 8 % of the variance" in said
    said = sweep_headline(swept((PRICE,), [(i,) for i in range(3)], [0.1, 0.2, 0.3]))
    assert "it may be a loss at 1 of 3, whose 95 % intervals hold 0." in said
    assert "may be luck: take more customers." in said
    known = crossed([(9,), (19,)], 16)
    noisy = SweepTable(**{**vars(known), "standard_errors": 50.0 * known.standard_errors})
    assert "may be as good" not in sweep_headline(known)
    assert "Within its error, 1 other setting may be as good." in sweep_headline(noisy)


def test_of_many_settings_the_best_ten_and_each_lever_by_name() -> None:
    levers = [(price, gold) for price in range(9, 19) for gold in (None, OFFER, [1, 3, 7])]
    best, price, gold = sweep_tables(crossed(levers, 4, (PRICE, GOLD)))
    assert best.title.startswith("The 10 settings of the levers with the highest mean")
    assert len(best.rows) == 10
    assert best.shown[0][:2] == ("18", "[1, 3, 7]")
    means = [float(str(row[3])) for row in best.rows]
    assert means == sorted(means, reverse=True)
    assert price.title.startswith("Mean over the points with each tripwire.price;")
    assert gold.title.startswith("Mean over the points with each profit_maximizers.gold;")
    assert [row[0] for row in gold.shown] == ["none", "with stain_guard", "[1, 3, 7]"]


def test_sections_that_look_alike_stay_apart() -> None:
    long = {"kind": "upsell", "price": 49, "conversion": 0.2, "margin": 0.5}
    levers = [(long,), (long | {"margin": 0.6},)]
    (table,) = sweep_tables(crossed(levers, 4, (GOLD,)))
    assert [row[1] for row in table.rows] == [4, 4]


def test_without_uncertainties_the_points_are_listed() -> None:
    found = swept((GOLD,), [(None,), (OFFER,), ({"kind": "upsell", "price": 5},)], [1.0, 3.0, 2.0])
    (table,) = sweep_tables(found)
    assert [row[1] for row in table.shown] == [
        "with stain_guard", "{kind: upsell, price: 5}", "none",
    ]  # fmt: skip
    assert json.loads(str(table.rows[1][1])) == OFFER
    assert points_hint(found) == ""
    assert "{'" not in points_table(found).to_csv() + table.to_text()
    many = swept((PRICE,), [(price,) for price in range(30)], range(30))
    assert len(points_table(many).shown) == 20
    assert points_hint(many)


def test_uncertainties_alone_have_a_spread() -> None:
    (table,) = sweep_tables(swept((TRUST,), [(i / 9,) for i in range(10)], range(10)))
    assert table.shown[0] == ("clv_per_prospect (USD)", "4.50", "0.90", "4.50", "8.10")


def lines(found: SweepTable) -> list[tuple[int, str]]:
    """Squares and the line between them of each panel; none where there are no squares."""
    panels = []
    for ax in sweep_picture(found).axes:
        squares = [line for line in ax.lines if line.get_marker() == "s"]
        panels.append((len(squares[0].get_xdata()), str(squares[0].get_linestyle()))  # type: ignore[arg-type]
                      if squares else (0, ""))  # fmt: skip
    return panels


@pytest.mark.parametrize(
    ("worlds", "squares"), [(8, (0, "")), (16, (2, "-")), (40, (5, "-")), (100, (8, "-"))]
)
def test_a_square_over_an_uncertainty_is_a_mean_over_eight_worlds(
    worlds: int, squares: tuple[int, str]
) -> None:
    assert lines(crossed([(9,), (19,), (29,)], worlds)) == [(3, "-"), squares, squares]


def test_words_are_not_joined_and_few_levels_are_the_ticks() -> None:
    levers = [(price, gold) for price in (9, 19, 49) for gold in (None, OFFER, [1, 3, 7])]
    found = crossed(levers, 16, (PRICE, GOLD))
    assert lines(found)[:2] == [(3, "-"), (3, "None")]
    price, gold, *_ = sweep_picture(found).axes
    assert [text.get_text() for text in price.get_xticklabels()] == ["9", "19", "49"]
    assert [text.get_text() for text in gold.get_xticklabels()] == [
        "none", "stain_guard", "[1, 3, 7]",
    ]  # fmt: skip


def test_a_full_grid_is_joined_and_a_sparse_sample_is_not() -> None:
    roles = {PRICE: "lever", TRUST: "uncertainty"}
    grid = [(price, trust) for price in (9, 19) for trust in (0.1, 0.5, 0.9)]
    assert lines(swept((PRICE, TRUST), grid, range(6), roles)) == [(2, "-"), (3, "-")]
    sparse = [(9 + 10 * (i % 3), i / 12) for i in range(12)]
    assert lines(swept((PRICE, TRUST), sparse, range(12), roles)) == [(3, "None"), (0, "")]


def test_failed_points_are_left_out_of_the_picture(tmp_path: Path) -> None:
    found = swept((PRICE,), [(9,), (19,), (29,)], [1.0, np.nan, 3.0])
    assert lines(found) == [(2, "-")]
    sweep_picture(found).savefig(tmp_path / "p.png")
    nothing = swept((PRICE,), [(9,)], [np.nan])
    sweep_picture(nothing).savefig(tmp_path / "n.png")
