"""Sites: the numbers must never change, or every published figure does."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.randomness.sites import site_id


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("", 0x25CF7112),
        ("market/segment", 0x68DEAE3A),
        ("tripwire/one_room_clean/accept", 0x6ACD5B5D),
        ("journey/café", 0x673E05D7),
    ],
)
def test_golden_numbers(name: str, number: int) -> None:
    assert site_id(name) == number


@given(st.text())
def test_fits_a_counter_word(name: str) -> None:
    assert 0 <= site_id(name) < 2**32


def test_near_names_are_far_apart() -> None:
    names = [f"upsell/offer_{i}/{what}" for i in range(2000) for what in ("accept", "delay")]
    assert len({site_id(name) for name in names}) == len(names)


def test_naming_sites_loads_no_compiler() -> None:
    code = "import sys, cvosim.randomness.sites; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
