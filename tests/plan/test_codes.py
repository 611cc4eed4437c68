"""Kinds are numbers in a plan's arrays, and so in its hash."""

from __future__ import annotations

from enum import IntEnum

import pytest

from cvosim.plan import plan

KINDS = [
    kind
    for kind in vars(plan).values()
    if isinstance(kind, type) and issubclass(kind, IntEnum) and kind is not IntEnum
]


def test_the_kinds_are_found() -> None:
    assert {kind.__name__ for kind in KINDS} >= {"OfferKind", "ProgramKind", "RepeatModel"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_codes_count_from_zero_without_a_gap(kind: type[IntEnum]) -> None:
    assert [int(member) for member in kind] == list(range(len(kind)))
