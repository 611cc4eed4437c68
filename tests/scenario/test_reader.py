"""YAML as scenarios read it: its traps, its errors, its limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cvosim.errors import Problem
from cvosim.scenario import library, library_path, yaml_reader
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, ScalarNode, to_data
from cvosim.scenario.yaml_reader import UnreadableError, read_yaml
from cvosim.scenario.yaml_scalars import plain_value

Said = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("-012", -12),
        ("+1", 1),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        (".5", 0.5),
        ("5.", 5.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("10%", "10%"),
        ("2026-01-01", "2026-01-01"),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        (".", "."),
        ("-.inf", -math.inf),
        ("9" * 400, math.inf),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)


def test_nan() -> None:
    assert math.isnan(plain_value(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "s.yaml: is empty; a scenario starts with `name:` and has a `journey:`"),
        ("# only\n", "s.yaml: is empty; a scenario starts with `name:` and has a `journey:`"),
        ("null", "s.yaml:1:1: is empty; a scenario starts with `name:` and has a `journey:`"),
        ("- a", "s.yaml:1:1: must hold keys such as `name:` and `journey:`, not a list"),
        ("hello", "s.yaml:1:1: must hold keys such as `name:` and `journey:`, not a single value"),
        ("a:\n\t- b", "s.yaml:2:1: not valid YAML: a tab; indent with spaces"),
        (
            "a: b: c",
            's.yaml:1:5: not valid YAML: ":" is not allowed here; indent keys of one section '
            'alike, and put text that holds ": " in quotes',
        ),
        ("a: @b", 's.yaml:1:4: not valid YAML: text that starts with "@" must stand in quotes'),
        ("a: 1\n---\nb: 2", "s.yaml:2:1: holds a second document (---); keep one a file"),
        (
            "a: 1\nb: \x07",
            "s.yaml:2:1: holds a character that a text file may not have (a control character?)",
        ),
        (
            b"name: a\nb: \xff",
            "s.yaml:2:1: is not UTF-8 text (byte 0xff); save the file as UTF-8",
        ),
        (
            "a: 1".encode("utf-16"),
            "s.yaml:1:1: is not UTF-8 text (byte 0xff); save the file as UTF-8",
        ),
        ("a: *b", "s.yaml:1:4: a: *b refers to no earlier, finished &b"),
        ("a: &a [*a]", "s.yaml:1:8: a.0: *a refers to no earlier, finished &a"),
        ("a: " + "[" * 60 + "]" * 60, "s.yaml:1:54: nested more than 50 levels deep"),
        ("a: " + "[" * 100_000, "s.yaml:1:54: nested more than 50 levels deep"),
        (
            "a: [" + "1," * 100_001 + "]",
            "s.yaml:1:200001: too large for a scenario (more than 100,000 values)",
        ),
        ("#" * 2_000_001, "s.yaml: too large for a scenario (more than 2,000,000 characters)"),
        (b"#" * 8_000_001, "s.yaml: too large for a scenario (more than 8,000,000 bytes)"),
    ],
)
def test_files_that_cannot_be_read(said: Said, text: str | bytes, line: str) -> None:
    assert said(text) == [line]


def test_a_bomb_of_aliases_does_not_go_off(said: Said) -> None:
    rows = ["a0: &a0 [1]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    (line,) = said("\n".join(rows))
    assert "too large for a scenario (more than 100,000 values)" in line


def test_keys_given_twice_are_all_named(said: Said, shop: str) -> None:
    text = shop.replace("price: 29", "price: 29, price: 19") + "name: Again\n"
    assert said(text) == [
        "s.yaml:10:39: journey.tripwire.price: key given twice (first on line 10)",
        "s.yaml:21:1: name: key given twice (first on line 1)",
    ]


def test_tags_and_odd_keys(said: Said, shop: str) -> None:
    text = "? [a]\n: 1\n? ''\n: 2\n" + shop.replace("price: 29", "price: !!float 29")
    assert said(text) == [
        "s.yaml:1:3: a key must be a single word",
        "s.yaml:3:3: a key is empty",
        "s.yaml:14:35: journey.tripwire.price: has the tag tag:yaml.org,2002:float; a scenario "
        "needs no tags, write the value alone",
    ]


def test_aliases_and_merge_keys(said: Said, shop: str) -> None:
    text = shop.replace("price: 29", "<<: &base {price: 29, unit_cost: 3}").replace(
        "price: 249", "<<: [*base], price: 249"
    )
    assert said(text) == []
    assert said(text.replace("[*base]", "3")) == [
        "s.yaml:11:33: journey.core_offer.<<: << must be followed by an alias of a section, "
        "such as *base"
    ]


def test_an_aliased_value_is_reported_where_it_is_written(said: Said, shop: str) -> None:
    text = shop.replace("price: 29", "price: &p -1").replace("price: 249", "price: *p")
    assert said(text) == [
        "s.yaml:10:35: journey.core_offer.price: must be at least 0 (got -1)",
        "s.yaml:10:35: journey.tripwire.price: must be at least 0 (got -1)",
    ]


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends(said: Said, shop: str, mark: str, end: str) -> None:
    text = mark + shop.replace("price: 29", "price: -1").replace("\n", end)
    assert said(text) == ["s.yaml:10:35: journey.tripwire.price: must be at least 0 (got -1)"]


def test_columns_count_characters(said: Said, shop: str) -> None:
    text = shop.replace("{name: sample, price: 29", '{name: "é€😀", price: -1')
    assert said(text)[1] == "s.yaml:10:34: journey.tripwire.price: must be at least 0 (got -1)"


def marked(node: Node) -> object:
    """A tree as plain data with every mark."""
    if isinstance(node, MapNode):
        return {key: (e.key_mark, marked(e.value)) for key, e in node.entries.items()}
    if isinstance(node, ListNode):
        return [marked(item) for item in node.items]
    return node.value, node.text, node.mark, node.quoted


@pytest.mark.parametrize("name", library())
def test_the_slow_parser_reads_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = library_path(name).read_text("utf-8")
    fast = read_yaml(text, name, [])
    monkeypatch.setattr(yaml_reader, "_Loader", yaml.SafeLoader)
    assert marked(read_yaml(text, name, [])) == marked(fast)


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "a:\n\t- b", "a: \x07", "a: @b", "%x\na"])
def test_the_slow_parser_fails_in_words_too(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_Loader", yaml.SafeLoader)
    with pytest.raises(UnreadableError):
        read_yaml(text, "s.yaml", [])


def test_spans_cover_what_was_written() -> None:
    text = "é: {a: 12, b: 'two words'}  # c\nl: [1, 2]\n"
    problems: list[Problem] = []
    tree = read_yaml(text, "s.yaml", problems)
    assert isinstance(tree, MapNode)
    inner = tree.entries["é"].value
    assert isinstance(inner, MapNode)
    b = inner.entries["b"]
    assert isinstance(b.value, ScalarNode)
    assert text[slice(*b.value.span)] == "'two words'"
    assert text[slice(*b.key_span)] == "b"
    assert text[slice(*inner.span)] == "{a: 12, b: 'two words'}"
    assert to_data(tree) == {"é": {"a": 12, "b": "two words"}, "l": [1, 2]}
    assert problems == []


def test_a_folder_and_a_missing_file(folder: Path, said: Said, shop: str) -> None:
    (folder / "sub").mkdir()
    assert said("extends: sub\nname: v") == ["sub: is a folder, not a scenario file"]
    assert said("extends: bas.yaml\nname: v", base=shop) == [
        's.yaml:1:10: extends: bas.yaml: no such file; did you mean "base.yaml"?'
    ]
