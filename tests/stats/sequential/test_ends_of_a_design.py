"""How a design of several looks ends, and how much it is expected to use."""

from __future__ import annotations

import pytest

from cvosim.stats.sequential.boundaries import Bounds
from cvosim.stats.sequential.futility import closed
from cvosim.stats.sequential.planning import group_sequential
from cvosim.stats.sequential.sentences import design_in_words


@pytest.mark.parametrize("looks", [1, 2, 3, 5])
def test_the_last_look_ends_the_test_and_no_other_does(looks: int) -> None:
    upper = tuple(4.0 - 0.3 * look for look in range(looks))
    futility = tuple(-1.0 + 0.5 * look for look in range(looks))
    ended = closed(Bounds(upper, 1, futility))
    assert ended.upper == upper
    assert ended.futility == (*futility[:-1], upper[-1])


def test_without_futility_nothing_ends_early() -> None:
    bounds = Bounds((3.0, 2.5, 2.0), 2)
    assert closed(bounds) == bounds


def test_expected_information_is_that_without_an_effect_unless_told() -> None:
    """Nearly everything without an effect; with one the test stops early."""
    design = group_sequential(5, alpha=0.025, sides=1)
    assert design.expected_information() == design.expected_information(0.0)
    assert 0.98 < design.expected_information() < 1.0
    used = [design.expected_information(drift) for drift in (0.0, 1.0, 2.0, 3.0, 6.0)]
    assert used == sorted(used, reverse=True)
    assert used[-1] < 0.6


@pytest.mark.parametrize("looks", [2, 3, 5])
def test_a_design_names_the_futility_bound_of_every_look_but_the_last(looks: int) -> None:
    """At the last look there is no going on, so nothing is stopped for futility."""
    design = group_sequential(looks, alpha=0.025, sides=1, futility="obrien_fleming")
    assert design.bounds.futility is not None
    named = ", ".join(f"{z:.3f}" for z in design.bounds.futility[:-1])
    (line,) = (one for one in design_in_words(design).splitlines() if "may stop" in one)
    assert line == f"It may stop without an effect when z is below {named} (obrien_fleming)."
