"""An interval needs as many draws as put at least one beyond each of its ends."""

from __future__ import annotations

import re

import pytest

from cvosim.clv.value.discrete_value import _check_draws
from cvosim.errors import DataError


@pytest.mark.parametrize(("level", "fewest"), [(0.95, 39), (0.99, 199), (0.975, 79)])
def test_the_fewest_draws(level: float, fewest: int) -> None:
    """Of n draws, n + 1 gaps: a tail of (1 − level) / 2 holds one of them from n on."""
    assert (fewest + 1) * (1.0 - level) / 2.0 == pytest.approx(1.0)
    _check_draws(fewest, level)
    with pytest.raises(DataError, match=re.escape(f"give at least {fewest}")):
        _check_draws(fewest - 1, level)


@pytest.mark.parametrize("draws", [19, 20.5, 0, -5])
def test_draws_that_are_no_number_of_draws(draws: float) -> None:
    with pytest.raises(DataError, match="whole number from 20"):
        _check_draws(draws, 0.5)  # type: ignore[arg-type]
