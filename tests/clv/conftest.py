"""The CDNOW customers, read and summed up once; files of orders to be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.order_logs import Write

from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.reading import OrderLog, read_orders
from cvosim.clv.orders.summary import Summary, summarise


@pytest.fixture(scope="session")
def cdnow_log(tmp_path_factory: pytest.TempPathFactory) -> OrderLog:
    return read_orders(write_cdnow(tmp_path_factory.mktemp("cdnow") / "orders.csv"))


@pytest.fixture(scope="session")
def cdnow(cdnow_log: OrderLog) -> Summary:
    return summarise(cdnow_log, parse_day(END))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(content: str | bytes) -> Path:
        path = tmp_path / "orders.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write
