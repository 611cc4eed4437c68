"""How far a forecast is off, in the words of a backtest, is its error in per cent."""

from __future__ import annotations

import re

from helpers.cdnow import END

from cvosim.clv.backtest.backtest import backtest
from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.reading import OrderLog


def test_totals_and_their_errors(cdnow_log: OrderLog) -> None:
    test = backtest(cdnow_log, parse_day(END), models=("bg_nbd",))
    told = re.search(r"expects ([\d,]+), ([\d.]+) % too (many|few)", test.summary())
    assert told is not None
    forecast = float(told[1].replace(",", ""))
    happened = float(test.models[0].errors.total / (1.0 + test.models[0].errors.total_error))
    off = 100.0 * (forecast / happened - 1.0)
    assert abs(abs(off) - float(told[2])) < 0.1, "a total is rounded to a purchase"
    assert told[3] == ("many" if off > 0 else "few")
    assert abs(off) > 1.0, "else 99 % of it would read the same"
