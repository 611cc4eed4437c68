"""Order logs that are odd and yet usable: refunds, the future, copies, zones, more columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.order_logs import GOOD, Write, complaint

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.reading import read_orders


def test_one_customer_is_enough_to_read(write: Write) -> None:
    log = read_orders(write(GOOD.replace("bob", "ann")))
    assert (log.customers, log.warnings) == (("ann",), ())


NO_MONEY = "they count as purchases but not as spend."
KEPT = "and the orders of a customer's day count as one purchase, their amounts added."


@pytest.mark.parametrize(
    ("content", "today", "warnings"),
    [
        (GOOD, "2024-02-01", []),
        (
            GOOD.replace("5.5", "-5.5").replace(",7", ",0"),
            "2024-02-01",
            [f"2 amounts are 0 or below (refunds?): {NO_MONEY}"],
        ),
        (
            GOOD.replace("5.5", "-0"),
            "2024-02-01",
            ["1 amount is 0 or below (a refund?): it counts as a purchase but not as spend."],
        ),
        (
            GOOD,
            "20240101",
            [
                "2 orders are dated after today, 2024-01-01; the latest is of 2024-02-01, the "
                "first stands in line 3. Check the dates, or fit to the days before them."
            ],
        ),
        (
            GOOD + "bob,2024-01-03,5.50\nbob,2024-01-03,5.5\nann,2024-02-01,8\n",
            date(2024, 2, 1),
            [
                "2 rows repeat another row exactly (customer, date and amount): they are kept, "
                + KEPT
            ],
        ),
        (
            GOOD.replace("2024-01-03", "2024-02-01T09:00") + "bob,2024-02-01T10:00,5.5\n",
            "2024-02-01",
            [],  # at another time of the same day
        ),
    ],
)
def test_what_is_odd_stays_and_is_said(
    write: Write, content: str, today: str | date, warnings: list[str]
) -> None:
    log = read_orders(write(content), today=today)
    assert log.n_orders == content.count("\n") - 1
    assert list(log.warnings) == warnings


def test_today_is_by_default_the_machine_s_date(write: Write) -> None:
    tomorrow = date.fromordinal(datetime.now(UTC).toordinal() + 1)
    log = read_orders(write(f"{GOOD}ann,{tomorrow},1\nann,{tomorrow.year + 1}-01-01,1\n"))
    (warning,) = log.warnings
    assert "2 orders are dated after today" in warning or warning.startswith("1 order is dated")


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", ("2024-03-30", "2024-03-31", "2024-03-31", "2024-07-01")),
        ("Europe/Berlin", ("2024-03-31", "2024-03-31", "2024-03-31", "2024-07-02")),
        ("America/New_York", ("2024-03-30", "2024-03-30", "2024-03-31", "2024-07-01")),
    ],
)
def test_the_zone_whose_days_count(
    write: Write, tmp_path: Path, zone: str, days: tuple[str, ...]
) -> None:
    """Berlin is an hour ahead in winter, two in summer, from 2024-03-31 01:00 UTC on."""
    moments = ("2024-03-30T23:10Z", "2024-03-31 01:30:00 +01:00", "2024-03-31", "2024-07-01T22:30Z")
    rows = "".join(f"{index},{moment},1\n" for index, moment in enumerate(moments))
    log = read_orders(write("customer,date,amount\n" + rows), timezone=zone)
    assert tuple(map(format_day, log.day)) == days
    stamps = [
        datetime(2024, 3, 30, 23, 10),
        datetime(2024, 3, 31, 0, 30),
        datetime(2024, 7, 1, 22, 30),
    ]
    dates = pa.array(stamps, pa.timestamp("us", "Asia/Tokyo"))
    table = pa.table({"customer": ["0", "1", "3"], "date": dates, "amount": [1, 1, 1]})
    pq.write_table(table, tmp_path / "o.parquet")
    log = read_orders(tmp_path / "o.parquet", timezone=zone)
    assert tuple(map(format_day, log.day)) == days[:2] + days[3:]


def test_a_zone_must_exist(write: Write) -> None:
    path = write(GOOD)
    assert complaint(path, timezone="Europe/Berln") == [
        "timezone: there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"
    ]
    for zone in ("zzzz", "", "../etc/passwd", "Europe"):
        (line,) = complaint(path, timezone=zone)
        assert line.startswith(f"timezone: there is no time zone {zone!r}; ")


def test_attributes(write: Write, tmp_path: Path) -> None:
    rows = ("a,20240101,1,web,30", "a,20240102,1, ,31", "b,20240101,1,web,30")
    text = "\n".join(("customer,date,amount,Channel,age", *rows, ""))
    log = read_orders(write(text), attributes=("channel", "age", "customer"))
    assert list(log.attributes) == ["channel", "age", "customer"]
    channel = log.attributes["channel"]
    assert (channel.codes.tolist(), channel.labels) == ([0, 1, 0], ("web", "(none)"))
    assert log.attributes["age"].of_orders() == ["30", "31", "30"]
    assert log.attributes["customer"].labels == ("a", "b")
    with pytest.raises(ValueError, match="read-only"):
        channel.codes[0] = 1
    table = pa.table(
        {
            "customer": ["a", "b", "b"],
            "date": [date(2024, 1, 1)] * 3,
            "amount": [1.0] * 3,
            "size": pa.array([1.0, None, 2.5]),
            "kind": pa.array(["(none)", None, "x"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "o.parquet")
    log = read_orders(tmp_path / "o.parquet", attributes=("size", "kind"))
    assert log.attributes["size"].of_orders() == ["1", "(none)", "2.5"]
    assert log.attributes["kind"].of_orders() == ["(none)", "(none)", "x"]


def test_attributes_that_are_not_there(write: Write) -> None:
    text = GOOD.replace("amount\n", "amount,channel,x,x\n").replace("0\n", "0,,,\n")
    assert complaint(write(text), attributes=("chanel", "x")) == [
        "orders.csv: no column 'chanel' for an attribute: found 'customer', 'date', 'amount', "
        "'channel', 'x', 'x'; did you mean 'channel'?",
        "orders.csv: 2 columns are named 'x'",
    ]
