import csv
import io
import math

import pytest

from cvosim.report.tables import Table, plain

TABLE = Table(
    ("what", "how much"),
    (("a|b", 1234.56789), ("unknown", math.nan), ('say "hi", you', 3)),
    (("a|b", "1,234.57"), ("unknown", "-"), ('say "hi", you', "3")),
    title="Figures",
    columns=("metric", "value"),
)


def test_text_aligns_numbers_right_and_words_left() -> None:
    assert TABLE.to_text().splitlines() == [
        "Figures",
        "",
        "what           how much",
        "-------------  --------",
        "a|b            1,234.57",
        "unknown               -",
        'say "hi", you         3',
    ]


def test_csv_holds_exact_values_and_reads_back() -> None:
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows == [
        ["metric", "value"],
        ["a|b", "1234.56789"],
        ["unknown", ""],
        ['say "hi", you', "3"],
    ]


def test_markdown_escapes_bars() -> None:
    lines = TABLE.to_markdown().splitlines()
    assert lines[:4] == ["**Figures**", "", "| what | how much |", "| --- | ---: |"]
    assert lines[4] == "| a\\|b | 1,234.57 |"


@pytest.mark.parametrize("format_", ["table", "md", "csv"])
def test_render_chooses_the_form(format_: str) -> None:
    forms = {"table": TABLE.to_text(), "md": TABLE.to_markdown(), "csv": TABLE.to_csv()}
    assert TABLE.render(format_) == forms[format_]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_becomes_none(value: float) -> None:
    assert plain(value) is None
