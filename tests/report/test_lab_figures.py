from __future__ import annotations

import math

import pytest
from helpers.readable import assert_readable
from matplotlib.axes import Axes

from cvosim.clv.backtest.scores import calibration_groups
from cvosim.experiment.lab import clv_lab
from cvosim.report.backtest import Calibration, calibration
from cvosim.report.lab import Claim, Claims, claims, lab_picture


def legend_is_outside(ax: Axes) -> bool:
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    return bool(legend.get_window_extent().y1 < ax.get_window_extent().y0)


def test_few_customers_are_readable() -> None:
    figure = lab_picture(clv_lab("pizza_chain", customers=3000, refits=0))
    assert_readable(figure)
    assert all(legend_is_outside(ax) for ax in figure.axes)
    alive, purchases = figure.axes[1], figure.axes[3]
    assert alive.get_ylabel() == "share still customers, 95 % interval"
    assert purchases.get_xlabel() == "purchases", "unclear fits have no intervals to promise"


def test_intervals_are_named_where_they_are() -> None:
    figure = lab_picture(clv_lab("cdnow", models=["bg_nbd"], refits=0))
    assert figure.axes[3].get_xlabel() == "purchases, with 90 % intervals"


@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_a_truth_at_the_end_is_clear_of_the_edge(truth: float) -> None:
    ax = claims(Claims("Share", "share", {"truth": truth}, (Claim("BG/NBD", 0.5),)))
    assert ax.get_xlim()[0] < truth < ax.get_xlim()[1]
    ax = claims(Claims("Total", "purchases", {"came": 176.0}, (Claim("BG/NBD", 92.0),)))
    assert ax.get_xlim()[1] > 1.05 * 176
    assert not math.isnan(ax.get_xlim()[1])


def test_calibration_shows_few_unjoined_marks() -> None:
    chance = [0.08 + 0.0001 * n for n in range(1000)]
    groups = calibration_groups(chance, [n % 9 == 0 for n in range(1000)])
    ax = calibration(Calibration({"BG/NBD": groups}, squeezed=True))
    marks = ax.containers[0][0]
    assert (len(groups), len(marks.get_xdata())) == (10, 5)
    assert marks.get_linestyle() == "None"
    low, high = (ax.transData.transform((x, 0.5))[0] for x in (0.1, 0.2))
    least, most = (ax.transData.transform((x, 0.5))[0] for x in (0.0, 1.0))
    assert (high - low) / (most - least) == pytest.approx(math.sqrt(0.2) - math.sqrt(0.1))
