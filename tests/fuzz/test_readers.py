"""Whatever stands in a file, its reader understands it or says in words why it does not.

Sound files of every kind are damaged the way hands, spreadsheets, networks and malice damage
them. What each target promises stands in `fuzz.targets`; `fuzz.atheris_run` tries the same
targets for as long as one likes, guided by what of the program was reached.
"""

from __future__ import annotations

import re

import pytest
from fuzz.seeds import seeds
from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = max(25, settings().max_examples // 4)  # thorough: 500 of each kind and target
ODD = [
    *(
        b"",
        b"-1",
        b"-0.0",
        b"nan",
        b".nan",
        b"inf",
        b"-.inf",
        b"1e999",
        b"1e308",
        b"1e-320",
        b"1e15",
    ),
    *(b"9" * 400, b"9223372036854775808", b"18446744073709551616", b"0x10", b"1_000", b"10%"),
    *(b"1900-01-01", b"2199-12-31", b"9999-12-31", b"0001-01-01", b"2024-02-30", b"1677-09-21"),
    *(
        b"2024-01-01T24:00:00",
        b"2024-01-01T10:00+99:99",
        b"20240101",
        b"2262-04-12",
        b"99999999999",
    ),
    *(
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xfe\xff",
        b"\xe2\x80\xa8",
        b"\xf0\x9f\x98\x80",
        b"\xc2\xa0",
    ),
    *(b'"', b"'", b"\r", b"\n", b"\r\n", b"\t", b";", b",", b'"a\nb"', b"|", b">", b"%", b"@"),
    *(
        b"true",
        b"null",
        b"~",
        b"*a",
        b"&a ",
        b"<<: *a",
        b"[",
        b"{}",
        b"[]",
        b"!!x ",
        b"--- ",
        b"? ",
    ),
    *(b"customer", b"stage", b"arrived", b"journey", b"name", b"A", b"B", b"[1, [2, [3]]]"),
]
odd = st.sampled_from(ODD) | st.binary(max_size=6)
_SIGNS = re.compile(rb"([,;:\s\[\]{}\"]+)")


@st.composite
def damaged(draw: st.DrawFn, files: tuple[bytes, ...]) -> bytes:
    """A sound file after one to four accidents."""
    data = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 4))):
        data = draw(st.sampled_from([_lines, _word, _byte, _cut, _more]))(draw, data)
    return data


def _lines(draw: st.DrawFn, data: bytes) -> bytes:
    """A line is lost, doubled, or changes places with another."""
    lines = data.split(b"\n")
    here, there = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    kind = draw(st.sampled_from(["lose", "double", "swap", "move"]))
    if kind == "lose":
        del lines[here]
    elif kind == "double":
        lines.insert(here, lines[there])
    elif kind == "swap":
        lines[here], lines[there] = lines[there], lines[here]
    else:
        lines[here] = b" " * draw(st.integers(1, 5)) + lines[here]
    return b"\n".join(lines)


def _word(draw: st.DrawFn, data: bytes) -> bytes:
    """A word, a number, a sign or a gap becomes another."""
    parts = _SIGNS.split(data)
    parts[draw(st.integers(0, len(parts) - 1))] = draw(odd)
    return b"".join(parts)


def _byte(draw: st.DrawFn, data: bytes) -> bytes:
    place = draw(st.integers(0, len(data)))
    return data[:place] + draw(st.binary(min_size=1, max_size=1)) + data[place + 1 :]


def _cut(draw: st.DrawFn, data: bytes) -> bytes:
    """A piece is missing, perhaps all the rest."""
    place = draw(st.integers(0, len(data)))
    return data[:place] + data[place + draw(st.sampled_from([1, 4, 20, len(data)])) :]


def _more(draw: st.DrawFn, data: bytes) -> bytes:
    place = draw(st.integers(0, len(data)))
    return data[:place] + draw(odd) * draw(st.sampled_from([1, 1, 2, 100])) + data[place:]


@pytest.mark.parametrize("target", TARGETS)
def test_sound_files(target: str) -> None:
    """And tables that hold in one column after the other what nobody expects there."""
    for data in seeds(target):
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_files(target: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(damaged(seeds(target)))
    def check(data: bytes) -> None:
        TARGETS[target](data)

    check()


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes(target: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(st.binary(max_size=200) | st.text(max_size=80).map(_encoded))
    def check(data: bytes) -> None:
        TARGETS[target](data)

    check()


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"]
)
@pytest.mark.parametrize("target", TARGETS)
def test_other_encodings(target: str, encoding: str) -> None:
    for data in seeds(target)[:3]:
        text = data.decode("utf-8", "replace").replace("name: ", "name: ä").replace("ann", "änn")
        TARGETS[target](text.encode(encoding, "replace"))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
