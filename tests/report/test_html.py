from __future__ import annotations

from helpers.html_page import check, embedded, parsed, words

from cvosim.report.document import Document, Section
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import Funnel, FunnelBar, funnel
from cvosim.report.html import exhibit_html, html_of, table_html
from cvosim.report.tables import Table

EVIL = "</script><script>alert('1')</script><!--<script>&amp; \"quoted\" ]]>"


def an_exhibit(name: str = "now", key: str = "funnel") -> Exhibit:
    data = Funnel((name,), ("prospects",), ((FunnelBar(1000, None),),))
    table = Table(("step", name), (("prospects", 1000),), (("prospects", "1,000"),))
    return Exhibit(key, f"Steps of {name}", f"{name}: 1,000.", funnel, data, table, note=name)


def a_document(name: str = "now") -> Document:
    table = Table(("", name), ((name, 1.5),), ((name, "1.5"),), title=name)
    return Document(
        title=name,
        verdict=f"{name} earns more.\nIt sells more.",
        sections=(
            Section("Pictures", name, (an_exhibit(name), an_exhibit(name, "second"))),
            Section(name, tables=(table,)),
        ),
        assumptions=(table,),
        manifest={"command": name, "versions": {"numpy": "2"}, "files": [name]},
        data={"name": name, name: [1.5, None]},
    )


def test_a_report_keeps_every_promise() -> None:
    page = check(html_of(a_document()))
    assert words(next(page.iter("title"))) == "now"
    headings = [words(one) for one in page.iter() if one.tag in {"h1", "h2"}]
    assert headings == ["now", "Pictures", "now", "What was assumed", "How to do this again"]
    main = next(page.iter("main"))
    assert [words(one) for one in list(main)[1:3]] == ["now earns more.", "It sells more."]
    assert embedded(page) == {"schema_version": 1, "name": "now", "now": [1.5, None]}


def test_the_smallest_document_is_a_page() -> None:
    page = check(html_of(Document("Nothing", "", ())))
    assert [words(one) for one in page.iter("h2")] == []


def test_what_others_wrote_is_text_everywhere() -> None:
    text = html_of(a_document(EVIL))
    page = check(text)
    assert embedded(page)["name"] == EVIL
    assert len(list(page.iter("script"))) == 1
    assert words(next(page.iter("h1"))) == EVIL
    assert "alert('1')</script>" not in text
    assert text.count("</script>") == 1
    assert not list(page.iter("b"))


def test_the_same_document_gives_the_same_bytes() -> None:
    assert html_of(a_document()) == html_of(a_document())


def test_a_table_names_its_rows_and_columns() -> None:
    table = Table(("step", "", "share"), (("a", "*", 0.5),), (("a", "*", "50 %"),))
    text = table_html(table, "Steps")
    element = parsed(
        f"<!DOCTYPE html><html><head><title>t</title></head><body>{text}</body></html>"
    )
    assert [(one.get("scope"), words(one)) for one in element.iter("th")] == [
        ("col", "step"), ("col", "share"), ("row", "a"),
    ]  # fmt: skip
    assert words(next(element.iter("caption"))) == "Steps"
    assert [words(one) for one in element.iter("td") if one.get("class") == "n"] == ["50 %"]


def test_no_two_tables_of_a_section_are_called_the_same() -> None:
    tables = [Table((name, "n"), (("a", 1),), (("a", "1"),)) for name in ("stage", "", "")]
    section = Section("All numbers", tables=(*tables, Table(("x",), (), (), "Named")))
    page = check(html_of(Document("t", "v", (section,), manifest={"seed": 7})))
    assert [words(one) for one in page.iter("caption")] == [
        "All numbers, by stage", "All numbers, table 2", "All numbers, table 3", "Named",
        "How to do this again",
    ]  # fmt: skip


def test_a_number_is_not_broken_from_its_unit() -> None:
    table = Table(("step", "share"), (("a", 0.5),), (("a", "15.7 % ± 2.0 to 3"),))
    assert ">15.7\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}2.0 to 3<" in table_html(
        table
    )


def test_a_picture_that_is_drawn_already_is_taken() -> None:
    text = exhibit_html(an_exhibit(), svg="<svg>drawn before</svg>")
    assert "<svg>drawn before</svg>" in text
    assert text.count("<svg") == 1
