"""The CDNOW customers, read and summed up once."""

from __future__ import annotations

import pytest
from helpers.cdnow import END, write_cdnow

from cvosim.clv.days import parse_day
from cvosim.clv.orders import OrderLog, read_orders
from cvosim.clv.summary import Summary, summarise


@pytest.fixture(scope="session")
def cdnow_log(tmp_path_factory: pytest.TempPathFactory) -> OrderLog:
    return read_orders(write_cdnow(tmp_path_factory.mktemp("cdnow") / "orders.csv"))


@pytest.fixture(scope="session")
def cdnow(cdnow_log: OrderLog) -> Summary:
    return summarise(cdnow_log, parse_day(END))
