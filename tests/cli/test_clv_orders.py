"""What every command on an order log says about the file, on standard error."""

from __future__ import annotations

from pathlib import Path

from helpers.command_line import CommandLine

ROWS = [f"c{who};{day:02}.0{month}.2023;1.{who}00,50 €" for who in range(9)
        for month in range(1, 6) for day in range(who + 1, 28, 5 + who)]  # fmt: skip


def test_other_people_s_formats(cli: CommandLine) -> None:
    Path("orders.csv").write_text("\n".join(["user_id;email;order_date;total", *(
        row.replace(";", ";x;", 1) for row in ROWS), ""]), "utf-8")  # fmt: skip
    message = cli.refused("clv", "rfm", "orders.csv")
    assert "--date-format %d.%m.%Y" in message
    assert "--decimal ," in message
    code, _, err = cli(*("clv", "rfm", "orders.csv", "--date-format", "%d.%m.%Y", "--decimal", ","))
    assert code == 0
    assert err.splitlines()[:2] == [
        "Read the customer from 'user_id', the date from 'order_date', the amount from 'total'.",
        "Warning: 2 columns may be the customer: 'user_id' was read, not 'email'. Choose with "
        "--customer COLUMN.",
    ]
    named = ("--customer", "user_id", "--date", "order_date", "--amount", "total")
    words = ("clv", "rfm", "orders.csv", "--date-format", "%d.%m.%Y", "--decimal", ",")
    assert "Read the" not in cli(*words, *named).err


def test_usual_names_are_not_worth_a_word(cli: CommandLine) -> None:
    Path("orders.csv").write_text("\n".join(["customer;date;amount", *ROWS, ""]), "utf-8")
    words = ("clv", "rfm", "orders.csv", "--date-format", "%d.%m.%Y", "--decimal", ",")
    code, _, err = cli(*words)
    assert (code, err) == (0, "")
    assert "2023-06-30" in cli(*words, "--until", "2023-06-30").out
    assert "must be one of ., ," in cli.refused(*words[:-1], ";")
    err = cli(*words, "--until", "2150-01-01").err
    assert err.startswith("Warning: --until 2150-01-01 is after today, ")
