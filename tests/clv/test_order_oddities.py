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


NO_MONEY = (
    "they count as purchases without spend. If they are refunds, forecasts are too high: "
    "leave refund rows out of the file."
)
KEPT = "and the orders of a customer's day count as one purchase, their amounts added."


@pytest.mark.parametrize(
    ("content", "today", "warnings"),
    [
        (GOOD, "2024-02-01", []),
        (
            GOOD.replace("5.5", "-5.5").replace(",7", ",0"),
            "2024-02-01",
            [f"2 amounts are 0 or below: {NO_MONEY}"],
        ),
        (
            GOOD.replace("5.5", "-0"),
            "2024-02-01",
            [
                "1 amount is 0 or below: it counts as a purchase without spend. If it is a "
                "refund, forecasts are too high: leave its row out of the file."
            ],
        ),
        (
            GOOD,
            "20240101",
            [
                "2 orders are dated after today, 2024-01-01; the latest is of 2024-02-01, the "
                "first stands in line 3. The log then ends on 2024-02-01, customers look silent "
                "for longer than they were, and forecasts are too low. Correct or remove such "
                "rows, or end the log today with --until 2024-01-01 (in Python until=)."
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


@pytest.mark.parametrize(
    ("pattern", "dates"),
    [
        ("%d.%m.%Y", ("1.1.2024", "03.01.2024", "01.02.2024")),
        ("%m/%d/%Y", ("01/01/2024", "1/3/2024", "02/01/2024")),
        ("%d %b %y %I:%M %p", ("1 Jan 24 11:59 PM", "3 Jan 24 12:01 AM", "1 Feb 24 01:00 AM")),
        (
            "%Y%m%d %H:%M %z",
            ("20240101 00:30 +0000", "20240104 01:30 +0200", "20240131 23:30 -0100"),
        ),
    ],
)
def test_dates_in_another_format(write: Write, pattern: str, dates: tuple[str, ...]) -> None:
    rows = "".join(f"a;{day};1\n" for day in dates)
    log = read_orders(write("customer;date;amount\n" + rows), date_format=pattern)
    assert [*map(format_day, log.day)] == ["2024-01-01", "2024-01-03", "2024-02-01"]


@pytest.mark.parametrize("pattern", ["%d.%m", "%Q", "", "%H:%M", "2024-01-01", "%", "%Y-%m"])
def test_a_format_must_give_the_day(write: Write, pattern: str) -> None:
    (line,) = complaint(write(GOOD), date_format=pattern)
    assert line.startswith(f"date format: {pattern!r} does not give day, month and year; write")


@pytest.mark.parametrize(
    ("dates", "advice"),
    [
        (("06.02.2023", "1.3.2023"), "--date-format %d.%m.%Y (in Python date_format=)"),
        (("02/06/2023", "02/28/2023"), "--date-format %m/%d/%Y (in Python date_format=)"),
        (
            ("06/06/2023", "02/06/2023"),
            "--date-format %d/%m/%Y (in Python date_format=) if '02/06/2023' is 2 June 2023, or "
            "%m/%d/%Y if it is 6 February 2023",
        ),
        (("6 May 2023 17:30", "7 May 2023 09:00"), '--date-format "%d %b %Y %H:%M" (in Python'),
        (("06.02.2023", "2023-02-07"), None),
        (("Monday", "Tuesday"), None),
    ],
)
def test_the_format_to_write(write: Write, dates: tuple[str, ...], advice: str | None) -> None:
    rows = "".join(f"a,{day},1\n" for day in dates)
    (line,) = complaint(write("customer,date,amount\n" + rows))
    asked = "write it as 1997-09-30 or 19970930" if advice is None else f"read it with {advice}"
    assert line.startswith(f"orders.csv: line 2: date: {dates[0]!r} is no date from 1900 to 2199; ")
    assert asked in line


def test_a_date_that_is_not_of_the_format(write: Write) -> None:
    text = GOOD.replace("2024-01-03", "03.01.2024")
    assert complaint(write(text), date_format="%d.%m.%Y") == [
        "orders.csv: line 2: date: '2024-01-01' is no date from 1900 to 2199 written as "
        "%d.%m.%Y, such as 28.11.2023; read it with --date-format %Y-%m-%d (in Python "
        "date_format=) (and 1 more)"
    ]


AMOUNTS = {
    ".": (
        *(("3,230.00", 3230), ("1,234,567", 1234567), ("12345.6", 12345.6), ("1e3", 1000)),
        *(("$5.50", 5.5), ("-$1,000", -1000), ("$-.5", -0.5), ("5\u202f000 $", 5000)),
        *(("1 234.5", 1234.5), ("1'234.50", 1234.5)),
    ),
    ",": (
        *(("32,30", 32.3), ("3.230,00", 3230), ("1.234.567", 1234567), ("12345,6", 12345.6)),
        *(("5,50 €", 5.5), ("€ 7", 7), ("8", 8), (",5", 0.5), ("-5\xa0000", -5000)),
        *(("1 234,5", 1234.5), ("1’234,50", 1234.5)),
    ),
}


@pytest.mark.parametrize("decimal", AMOUNTS)
def test_amounts_in_other_spellings(write: Write, decimal: str) -> None:
    rows = "".join(f"a;2024-01-01;{text}\n" for text, _ in AMOUNTS[decimal])
    log = read_orders(write("customer;date;amount\n" + rows), decimal=decimal)
    assert log.amount.tolist() == pytest.approx([value for _, value in AMOUNTS[decimal]])


@pytest.mark.parametrize(
    ("amounts", "decimal", "advice"),
    [
        (("32,30", "1.234,00"), ".", "if ',' is its decimal sign, read it with --decimal , (in"),
        (("32.30", "1,234.00"), ",", "if '.' is its decimal sign, read it with --decimal . (in"),
        (("32,30", "1.5"), ".", "write it as 1234.50"),
        (("1,23,456", "7"), ".", "write it as 1234.50"),
        (("1.234'567", "7"), ",", "write it as 1234,50"),
        (("12 34", "7"), ".", "write it as 1234.50"),
        (("--5", "7"), ".", "write it as 1234.50"),
        (("EUR", "7"), ".", "write it as 1234.50"),
    ],
)
def test_amounts_that_are_no_numbers(
    write: Write, amounts: tuple[str, ...], decimal: str, advice: str
) -> None:
    rows = "".join(f"a;2024-01-01;{text}\n" for text in amounts)
    (line,) = complaint(write("customer;date;amount\n" + rows), decimal=decimal)
    assert line.startswith(f"orders.csv: line 2: amount: {amounts[0]!r} is not a number; {advice}")


def test_two_currencies_do_not_add_up(write: Write) -> None:
    text = GOOD.replace("5.5", "5.5 USD").replace(",7", ",€7")
    assert complaint(write(text)) == [
        "orders.csv: line 4: amount: '€7' is not in USD, as the amounts before are; turn all of "
        "them into one currency"
    ]
    assert complaint(write(text), decimal=";") == ["decimal: ';' is neither '.' nor ','"]


def test_many_are_written_with_their_thousands(write: Write) -> None:
    text = "customer,date,amount\n" + "a,2024-01-01,\n" * 1745
    (line,) = complaint(write(text))
    assert line == (
        "orders.csv: line 2: amount: is empty; write 0, or remove the row (and 1,744 more)"
    )
    log = read_orders(write(text.replace(",\n", ",0\n")))
    assert log.warnings[0].startswith("1,745 amounts are 0 or below: ")
    assert log.warnings[1].startswith("1,744 rows repeat another row exactly")
    assert repr(log) == "OrderLog(1,745 orders of 1 customer, 2024-01-01 to 2024-01-01)"


def test_a_wrong_word_is_an_error_as_of_any_function(write: Write) -> None:
    with pytest.raises(TypeError, match="timezon"):
        read_orders(write(GOOD), timezon="UTC")  # type: ignore[call-arg]
