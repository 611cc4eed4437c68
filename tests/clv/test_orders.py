"""Reading order logs: what is understood, and what each mistake is told."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.cdnow import cdnow_file
from helpers.order_logs import GOOD, Write, complaint

from cvosim.clv.orders.columns import choose_columns, columns_read, did_you_mean
from cvosim.clv.orders.days import format_day, parse_day
from cvosim.clv.orders.reading import OrderLog, read_orders
from cvosim.errors import DataError


def assert_good(log: OrderLog) -> None:
    assert log.customers == ("ann", "bob")
    assert log.customer.tolist() == [0, 1, 0]
    days = ("2024-01-01", "2024-01-03", "2024-02-01")
    assert log.day.tolist() == [parse_day(day) for day in days]
    assert log.amount.tolist() == [10, 5.5, 7]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("\n", "\n\n"),
        "\n" + GOOD,
        GOOD.rstrip("\n"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace(",", " , "),
        GOOD.replace("2024-0", "20240").replace("-", ""),
        GOOD.replace("2024-01-03", "2024-01-03T10:11:12.5"),
        GOOD.replace("2024-01-03", "2024-01-03 22:30:00-00:30"),
        GOOD.replace("2024-01-03", "2024-01-02 23:30:00 -0100"),
        GOOD.replace("2024-01-03", "2024-01-03 01:02:03 UTC"),
        GOOD.replace("customer,date,amount", "Customer ID,Order-Date,REVENUE"),
        GOOD.replace("ann", '"ann"'),
        GOOD.replace("5.5", "$5.50").replace(",10", ",$ 10"),
        GOOD.replace(",", ";").replace("5.5", "+5.5 EUR").replace(";10", ";EUR10.00"),
        GOOD.replace("customer,date,amount", "[customer],[date],[amount]"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        gzip.compress(GOOD.encode(), mtime=0),
    ],
)
def test_spellings_of_one_log(write: Write, content: str | bytes) -> None:
    path = write(content)
    assert_good(read_orders(path))


def test_more_columns_and_another_order(write: Write) -> None:
    text = "note,total,kunde,when\nx,10,ann,2024-01-01\n,5.5,bob,2024-01-03\ny,7,ann,2024-02-01\n"
    assert_good(read_orders(write(text), customer="kunde", date="when"))


def test_customer_numbers_are_names(write: Write) -> None:
    log = read_orders(write("customer,date,amount\n007,20240101,1\n7,20240102,2\n"))
    assert log.customers == ("007", "7")


def test_arrays_cannot_be_written_to(write: Write) -> None:
    log = read_orders(write(GOOD))
    with pytest.raises(ValueError, match="read-only"):
        log.amount[0] = 1
    assert repr(log) == "OrderLog(3 orders of 2 customers, 2024-01-01 to 2024-02-01)"


LATE = datetime(2024, 1, 1, 23, 30)
DAYS = [date(2024, 1, 1), date(2024, 1, 3), date(2024, 2, 1)]


@pytest.mark.parametrize(
    "dates",
    [
        pa.array(DAYS, pa.date32()),
        pa.array([20240101, 20240103, 20240201], pa.int64()),
        pa.array(["2024-01-01", "20240103", "2024-02-01"], pa.string()),
        pa.array(["2024-01-01", "20240103", "2024-02-01"]).dictionary_encode(),
        pa.array([LATE, datetime(2024, 1, 3), datetime(2024, 2, 1)], pa.timestamp("us")),
        pa.array([LATE, datetime(2024, 1, 3), datetime(2024, 2, 1)], pa.timestamp("ns", "UTC")),
    ],
)
@pytest.mark.parametrize("amount", [pa.float64(), pa.float32(), pa.decimal128(8, 2)])
def test_parquet(tmp_path: Path, dates: pa.Array, amount: pa.DataType) -> None:
    amounts = pa.array([10, 5.5, 7], pa.float64()).cast(amount)
    table = pa.table({"client": ["ann", "bob", "ann"], "day": dates, "value": amounts})
    pq.write_table(table, tmp_path / "any.ending")
    assert_good(read_orders(tmp_path / "any.ending"))


def test_a_zone_is_turned_into_the_utc_date(tmp_path: Path) -> None:
    at = [datetime(2024, 1, 1, 23, 30, tzinfo=UTC)] * 2
    dates = pa.array(at, pa.timestamp("ms", "Asia/Tokyo"))
    pq.write_table(
        pa.table({"user": [1, 2], "date": dates, "total": [1, 2]}), tmp_path / "o.parquet"
    )
    log = read_orders(tmp_path / "o.parquet")
    assert (format_day(log.first_day), log.customers) == ("2024-01-01", ("1", "2"))


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    read, out = os.pipe()
    os.write(out, GOOD.encode())
    os.close(out)
    assert_good(read_orders(f"/dev/fd/{read}"))
    os.close(read)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", ["orders.csv: is empty; a CSV begins with customer,date,amount"]),
        (" \n\n", ["orders.csv: is empty; a CSV begins with customer,date,amount"]),
        ("customer,date,amount\n", ["orders.csv: has a header but no orders"]),
        ("customer,date,amount", ["orders.csv: has a header but no orders"]),
        (
            GOOD.replace("2024-01-03", "2024-13-03"),
            [
                "orders.csv: line 3: date: '2024-13-03' is no date from 1900 to 2199; "
                "write it as 1997-09-30 or 19970930"
            ],
        ),
        (
            GOOD.replace("date,amount\nann,2024-01-01", "date,amount\n\nann,01/01/2024"),
            [
                "orders.csv: line 3: date: '01/01/2024' is no date from 1900 to 2199; "
                "write it as 1997-09-30 or 19970930"
            ],
        ),
        (
            GOOD.replace("2024-01-03", ""),
            ["orders.csv: line 3: date: is empty; write the day of the order, or remove the row"],
        ),
        (
            GOOD.replace("5.5", "-1e15"),
            ["orders.csv: line 3: amount: -1e+15 is no amount of money"],
        ),
        (
            GOOD.replace("5.5", "ca. 5.50"),
            ["orders.csv: line 3: amount: 'ca. 5.50' is not a number; write it as 1234.50"],
        ),
        (
            GOOD.replace("5.5", "nan"),
            ["orders.csv: line 3: amount: 'nan' is not a number; write it as 1234.50"],
        ),
        (
            GOOD.replace(",7", ","),
            ["orders.csv: line 4: amount: is empty; write 0, or remove the row"],
        ),
        (
            GOOD.replace("5.5", "1e300"),
            ["orders.csv: line 3: amount: 1e+300 is no amount of money"],
        ),
        (
            GOOD.replace("bob", " "),
            ["orders.csv: line 3: customer: is empty; write whose order it is, or remove the row"],
        ),
        (
            GOOD.replace("bob", "").replace("2024-02-01", "soon").replace("10", "ten"),
            [
                "orders.csv: line 3: customer: is empty; write whose order it is, or remove the "
                "row",
                "orders.csv: line 4: date: 'soon' is no date from 1900 to 2199; "
                "write it as 1997-09-30 or 19970930",
                "orders.csv: line 2: amount: 'ten' is not a number; write it as 1234.50",
            ],
        ),
        (
            GOOD.replace("bob", '"bob\nand co"').replace(",7", ",x"),
            ["orders.csv: line 5: amount: 'x' is not a number; write it as 1234.50"],
        ),
        (
            GOOD.replace("5.5", "1,005.5"),
            [
                "orders.csv: line 3 has 4 fields where the header has 3; "
                "quote a field that holds a ','"
            ],
        ),
        (
            GOOD.replace("customer", "kunde"),
            [
                "orders.csv: no customer column: found 'kunde', 'date', 'amount'; "
                "name it with --customer COLUMN"
            ],
        ),
        (
            GOOD.replace("customer", "custmer").replace("amount", "amuont"),
            [
                "orders.csv: no customer column: found 'custmer', 'date', 'amuont'; "
                "name it with --customer COLUMN (perhaps 'custmer')",
                "orders.csv: no amount column: found 'custmer', 'date', 'amuont'; "
                "name it with --amount COLUMN (perhaps 'amuont')",
            ],
        ),
        (
            GOOD.replace("customer,date,amount\n", ""),
            [
                "orders.csv: the first line, 'ann, 2024-01-01, 10', is not a header; "
                "a CSV of orders begins with a line such as customer,date,amount"
            ],
        ),
        (
            "date,date,customer,amount\n20240101,20240101,ann,4\n",
            ["orders.csv: 2 columns are named 'date'"],
        ),
        ('{"orders": []}', ["orders.csv: is JSON; save it as CSV"]),
        ('[\n  {"customer": "ann"}\n]', ["orders.csv: is JSON; save it as CSV"]),
        ("<!DOCTYPE html>\n<table>", ["orders.csv: is HTML; save it as CSV"]),
        ("<?xml version='1.0'?>\n<orders/>", ["orders.csv: is XML; save it as CSV"]),
        ("name: shop\njourney:\n", ["orders.csv: is YAML; save it as CSV"]),
        (b"\xd0\xcf\x11\xe0xls", ["orders.csv: is a spreadsheet; save it as CSV"]),
        (b"PK\x03\x04xlsx", ["orders.csv: is a spreadsheet or an archive; save it as CSV"]),
        (GOOD.encode("utf-16"), ["orders.csv: is not UTF-8 text; save it as CSV UTF-8"]),
        (
            GOOD.replace("bob", "bj\xf6rn").encode("latin-1"),
            ["orders.csv: is not UTF-8 text; save it as CSV UTF-8"],
        ),
        (
            "customer,date,am\rount\nann,20240101,1\n",
            ["orders.csv: line 1: the header has a stray line break"],
        ),
        (b"\x00\x01\x02", ["orders.csv: is not text; save it as CSV UTF-8"]),
        (
            gzip.compress(GOOD.encode(), mtime=0)[:20],
            [
                "orders.csv: cannot be read: Compressed file ended before the end-of-stream "
                "marker was reached"
            ],
        ),
    ],
)
def test_each_mistake_is_one_clear_line(
    write: Write, content: str | bytes, lines: list[str]
) -> None:
    assert complaint(write(content)) == lines


def test_the_whitespace_file_without_header(tmp_path: Path) -> None:
    """As `lifetimes` ships CDNOW: told what a CSV looks like, not guessed at."""
    (line,) = complaint(cdnow_file())
    assert line == (
        "CDNOW_sample.txt: the first line, '00004 0001 19970101  2   29.33', is not a header; "
        "a CSV of orders begins with a line such as customer,date,amount"
    )
    path = tmp_path / "orders.csv"
    path.write_text("customer date amount\nann 20240101 4\n")
    assert complaint(path) == [
        "orders.csv: is no table of orders: found one column only, 'customer date amount'; "
        "a CSV of orders begins with a line such as customer,date,amount"
    ]


def test_a_text_is_no_table_of_orders(write: Write) -> None:
    (line,) = complaint(write("# My shop\nNot a table at all.\n"))
    assert line.startswith("orders.csv: is no table of orders: found one column only, '# My shop'")
    (line,) = complaint(write("many words " * 100 + "\n"))
    assert len(line) < 200, "only the start of a long line is shown"


def test_a_column_asked_for_is_not_guessed(write: Write) -> None:
    assert complaint(write(GOOD), customer="custmer", amount="zzz") == [
        "orders.csv: no column 'custmer' for the customer: found 'customer', 'date', 'amount'; "
        "did you mean 'customer'?",
        "orders.csv: no column 'zzz' for the amount: found 'customer', 'date', 'amount'",
    ]
    assert_good(read_orders(write(GOOD), customer="Customer"))
    with pytest.raises(DataError, match="no column '日' for the date"):
        choose_columns(["客", "金"], {"customer": "客", "date": "日", "amount": "金"}, "f")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none.csv") == ["none.csv: no such file"]
    assert complaint(tmp_path / "a") == ["a: no such file"]
    (tmp_path / "a").mkdir()
    assert complaint(tmp_path / "a") == ["a: is a directory; give a file of orders"]


def test_an_unreadable_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    path = write(GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    assert complaint(path) == ["orders.csv: cannot be read: Permission denied"]


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("date", pa.array([1.5, 2.5]), "date: holds double, not dates"),
        ("date", pa.array([None, date(2024, 1, 1)]), "row 1: date: is empty"),
        ("date", pa.array([date(2024, 1, 1), date(9999, 12, 31)]), "row 2: date: '9999-12-31'"),
        ("amount", pa.array([True, False]), "amount: holds bool, not amounts"),
        ("amount", pa.array([1.0, None]), "row 2: amount: is empty"),
        ("amount", pa.array([1.0, float("inf")]), "row 2: amount: 'inf' is not a number"),
        ("customer", pa.array([["a"], ["b"]]), "customer: holds list"),
        ("customer", pa.array(["a", None]), "row 2: customer: is empty"),
        ("customer", pa.array([b"a", b"\xff"]), "customer: holds binary"),
        ("amount", pa.array([1, 2**64 - 1], pa.uint64()), "row 2: amount: "),
        ("amount", pa.array([[1.0], [2.0]]), "amount: holds list"),
        ("date", pa.array([{"a": 1}] * 2), "date: holds struct"),
    ],
)
def test_parquet_mistakes(tmp_path: Path, column: str, values: pa.Array, words: str) -> None:
    days = pa.array([date(2024, 1, 1)] * 2)
    columns = {"customer": pa.array(["a", "b"]), "date": days, "amount": pa.array([1.0, 2.0])}
    pq.write_table(pa.table({**columns, column: values}), tmp_path / "o.parquet")
    (line,) = complaint(tmp_path / "o.parquet")
    assert words in line


def test_a_broken_parquet_file(write: Write) -> None:
    (line,) = complaint(write(b"PAR1 and then nothing"))
    assert line.startswith("orders.csv: cannot be read as Parquet: ")


def test_likelier_names_win() -> None:
    names = ["order_id", "email", "CustomerID", "created at", "Order Date", "Total", "Amount"]
    assert choose_columns(names, {}, "f") == {
        "customer": "CustomerID", "date": "Order Date", "amount": "Amount"
    }  # fmt: skip
    with pytest.raises(DataError, match="no customer column"):
        choose_columns(["id", "date", "amount"], {}, "f")  # an order's id, or a customer's?
    with pytest.raises(DataError, match="no amount column"):
        choose_columns(["customer", "date", "price"], {}, "f")  # of one piece, or of all?


@pytest.mark.parametrize(
    ("wanted", "names", "near"),
    [
        ("Kunde", ["Datum", "Kundennummer", "Betrag"], "Kundennummer"),
        ("nummer", ["Datum", "Kundennummer"], "Kundennummer"),
        ("customer_number", ["day", "Customer"], "Customer"),
        ("TOTAL", ["day", "grand total"], "grand total"),
        ("id", ["bidder", "day"], None),
    ],
)
def test_a_part_of_a_name_suggests_it(wanted: str, names: list[str], near: str | None) -> None:
    found = did_you_mean(wanted, names)
    assert found == (f"; did you mean {near!r}?" if near else "")


def test_long_lists_of_columns_are_cut(write: Write) -> None:
    columns = [f"c{index}" for index in range(1500)]
    lines = complaint(write(",".join(columns) + "\n" + ",".join(columns) + "\n"))
    assert len(lines) == 3
    assert "'c8', 'c9', … and 1,490 more; name it with --customer COLUMN" in lines[0]


def test_a_scenario_is_no_order_log(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("# a shop\nname: shop\n")
    assert complaint(path) == ["shop.yaml: is YAML; save it as CSV"]


def test_what_was_read_from_which_column(write: Write) -> None:
    text = "email,user_id,order_date,total,revenue,amount\na,b,20240101,1,2,3\n"
    log = read_orders(write(text))
    assert log.columns == {"customer": "user_id", "date": "order_date", "amount": "amount"}
    assert columns_read(log.columns) == (
        "Read the customer from 'user_id', the date from 'order_date', the amount from 'amount'."
    )
    assert log.warnings == (
        "2 columns may be the customer: 'user_id' was read, not 'email'. "
        "Choose with --customer COLUMN.",
        "3 columns may be the amount: 'amount' was read, not 'total' or 'revenue'. "
        "Choose with --amount COLUMN.",
    )
    log = read_orders(write(text), customer="email", amount="total")
    assert (log.customers, log.amount.tolist(), log.warnings) == (("a",), [1], ())
    assert columns_read(read_orders(write(GOOD)).columns) == ""
    assert columns_read(OrderLog.of([("ann", 0, 1.0)]).columns) == ""
