"""Changing one section of a file's text and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.errors import ScenarioError
from cvosim.scenario import library_path
from cvosim.scenario.edit import replace_section
from cvosim.scenario.yaml_nodes import to_data
from cvosim.scenario.yaml_reader import read_yaml
from cvosim.scenario.yaml_writer import flow_text, scalar_text

PATH = "journey.repeat_purchases"
FITTED: dict[str, Any] = {
    "after": "core_offer",
    "frequency": {"model": "bg_nbd", "r": 0.5, "alpha_days": 12.5, "a": 1.0, "b": 2.25},
    "spend": {"model": "gamma_gamma", "p": 6.25, "q": 4.5, "v": 1e-5},
    "margin": 0.45,
}
BLOCK = """\
    after: core_offer
    frequency: {model: bg_nbd, r: 0.5, alpha_days: 12.5, a: 1.0, b: 2.25}
    spend: {model: gamma_gamma, p: 6.25, q: 4.5, v: 1e-05}
    margin: 0.45
"""


def read(text: str) -> Any:
    return to_data(read_yaml(text, "s.yaml", []))


def changed_lines(before: str, after: str) -> list[str]:
    old = before.splitlines()
    return [line for line in after.splitlines() if line not in old]


def test_values_change_in_place() -> None:
    text = library_path("carpet_cleaning").read_text("utf-8")
    result = replace_section(text, PATH, FITTED)
    assert changed_lines(text, result) == [
        "    frequency: {model: bg_nbd, r: 0.5, alpha_days: 12.5, a: 1.0, b: 2.25}",
        "    spend: {model: gamma_gamma, p: 6.25, q: 4.5, v: 1e-05}",
    ]
    assert len(result.splitlines()) == len(text.splitlines())


def test_comments_inside_the_section_survive() -> None:
    text = """\
name: a
journey:   # the way
  repeat_purchases:        # what I measured
    after:   core_offer    # as always
    frequency:
      # fitted by hand
      model: bg_nbd
      r:     0.2    # low
      alpha_days: 30
      a: 1
      b: 2

    spend: {model: gamma_gamma, p: 1, q: 2, v: 3}   # dollars
    margin: 0.45
# the end
economics: {}
"""
    assert replace_section(text, PATH, FITTED) == text.replace(
        "0.2    # low", "0.5    # low"
    ).replace("alpha_days: 30", "alpha_days: 12.5").replace("b: 2\n", "b: 2.25\n").replace(
        "p: 1, q: 2, v: 3", "p: 6.25, q: 4.5, v: 1e-05"
    )


def test_another_model_is_laid_out_afresh() -> None:
    text = library_path("carpet_cleaning").read_text("utf-8")
    poisson = {**FITTED, "frequency": {"model": "poisson", "mean_days": 30.0}}
    del poisson["after"]
    result = replace_section(text, PATH, poisson)
    assert read(result)["journey"]["repeat_purchases"] == poisson
    assert "    frequency: {model: poisson, mean_days: 30.0}\n" in result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("journey:\n  x: 1  # c", f"journey:\n  x: 1  # c\n  repeat_purchases:\n{BLOCK}"),
        (
            "journey:\n  x: 1\n\n# t\ny: 2\n",
            f"journey:\n  x: 1\n  repeat_purchases:\n{BLOCK}\n# t\ny: 2\n",
        ),
        ("x: 1\n", f"x: 1\njourney:\n  repeat_purchases:\n{BLOCK}"),
        (
            "journey:\n  repeat_purchases:  # none\n# t\n",
            f"journey:\n  repeat_purchases:  # none\n{BLOCK}# t\n",
        ),
        ("journey:\n  repeat_purchases: null\n", f"journey:\n  repeat_purchases: \n{BLOCK}"),
        ("journey:\n", f"journey:\n  repeat_purchases:\n{BLOCK}"),
    ],
)
def test_a_new_section_goes_where_it_belongs(before: str, after: str) -> None:
    assert replace_section(before, PATH, FITTED) == after


@pytest.mark.parametrize(
    "text", ["journey: {x: 1}", "journey: {}", "journey: {repeat_purchases: }"]
)
def test_into_braces(text: str) -> None:
    result = replace_section(text, PATH, FITTED)
    assert read(result)["journey"] == {**read(text)["journey"], "repeat_purchases": FITTED}
    assert result.count("\n") == 0


def test_a_variant_gets_a_change() -> None:
    text = library_path("carpet_cleaning_no_tripwire").read_text("utf-8")
    result = replace_section(text, PATH, FITTED)
    assert result.startswith(text)
    assert read(result)["changes"] == {"journey.tripwire": None, PATH: FITTED}
    assert read(replace_section(result, PATH, {"margin": 1}))["changes"][PATH] == {"margin": 1}


def test_keys_that_are_left_out_go_with_their_lines() -> None:
    text = "a:\n  x: 1  # one\n  # about y\n  y:\n    - 1\n    - 2  # two\n  # about z\n  z: 3\n"
    assert replace_section(text, "a", {"x": 1, "z": 4}) == (
        "a:\n  x: 1  # one\n  # about y\n  # about z\n  z: 4\n"
    )


def test_lists() -> None:
    text = "a:\n  days:\n    - 1\n    - 2  # two\n  at: [x]\n"
    assert replace_section(text, "a", {"days": [1, 2, 3], "at": ["x", "z"]}) == (
        "a:\n  days:\n    [1, 2, 3]  # two\n  at: [x, z]\n"
    )
    text = "a:\n  days:\n  - 1\n  - 2\n"
    assert read(replace_section(text, "a", {"days": []})) == {"a": {"days": []}}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_stay(end: str, mark: str) -> None:
    text = mark + f"name: é{end}journey:{end}  x: 1{end}"
    result = replace_section(text, PATH, FITTED)
    assert result == text + "  repeat_purchases:\n".replace("\n", end) + BLOCK.replace("\n", end)


def test_nothing_to_do_changes_nothing() -> None:
    text = library_path("cdnow").read_text("utf-8")
    assert replace_section(text, PATH, read(text)["journey"]["repeat_purchases"]) == text


def test_numbers_of_numpy() -> None:
    result = replace_section("a: {x: 1}\n", "a", {"x": np.float64(0.25)})
    assert result == "a: {x: 0.25}\n"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: [", "a", "not valid YAML"),
        ("- a", "a", "must hold keys"),
        ("a: 1\na: 2", "a", "given twice"),
        ("a: 1\n", "a.b", "a is no section that b could be put into"),
        ("a: &x\n  b: 1\nc: *x\n", "a", "its layout cannot be edited"),
        ("x: &x {c: 1}\na: *x\n", "a.b", "a is no section that b could be put into"),
    ],
)
def test_what_cannot_be_edited(text: str, path: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        replace_section(text, path, {"b": 2})


def test_merged_and_aliased_sections_are_written_out() -> None:
    text = "x: &x {c: 1}\na:\n  <<: *x\n  b: 1\nd: *x\n"
    assert replace_section(text, "a", {"c": 2}) == "x: &x {c: 1}\na:\n  {c: 2}\nd: *x\n"
    assert replace_section(text, "d", {"c": 2}) == text.replace("d: *x", "d: {c: 2}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (0.1, "0.1"),
        (float("inf"), ".inf"),
        ("core_offer", "core_offer"),
        ("yes", '"yes"'),
        ("1e3", '"1e3"'),
        ("a: b # c", '"a: b # c"'),
        ("", '""'),
        ("null", '"null"'),
        ("trailing ", '"trailing "'),
        ("é", '"é"'),
        ("a\x7f😀\u2028", '"a\\U0000007f😀\\U00002028"'),
    ],
)
def test_scalars(value: object, text: str) -> None:
    assert scalar_text(value) == text
    assert read(f"a: {text}") == {"a": value}


def test_only_what_a_scenario_holds() -> None:
    with pytest.raises(TypeError, match="cannot hold a complex"):
        flow_text([1j])


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
keys = st.text("abcdefgh_", min_size=1, max_size=4)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
sections = st.dictionaries(keys, trees, min_size=1, max_size=4)


@given(sections, sections, sections)
def test_any_section_can_replace_any_other(
    first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]
) -> None:
    """Laid out in blocks, in braces, or afresh: reading back gives what was put in."""
    text = replace_section("name: a # c\n", "journey.part", first)
    result = replace_section(text + "# end\n", "journey.part", second)
    assert result.startswith("name: a # c\n")
    assert result.endswith("# end\n")
    assert read(result) == {"name": "a", "journey": {"part": second}}
    inline = replace_section(
        f"name: a\njourney: {{part: {flow_text(first)}}}\n", "journey.part", third
    )
    assert read(inline) == {"name": "a", "journey": {"part": third}}
