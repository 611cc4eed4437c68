from __future__ import annotations

import pytest
from helpers.whole_journey import endless_growth, whole_journey

from cvosim.experiment.warnings import warnings_of
from cvosim.plan import compile_plan
from cvosim.scenario import library, load_scenario, warnings_in
from cvosim.theory import growth


@pytest.mark.parametrize("name", library())
def test_the_library_needs_no_warning(name: str) -> None:
    assert warnings_of(load_scenario(name)) == ()


def test_the_files_and_the_growth_are_looked_at() -> None:
    scenario = whole_journey(*endless_growth(), "journey.return_path.a_year.every_days=900")
    of_file, of_growth = warnings_of(scenario)
    assert (of_file,) == warnings_in(scenario)
    assert "a_year.every_days" in of_file
    expected = growth(compile_plan(scenario))
    assert of_growth == f"journey.referral: {expected.warning}"
    assert expected.k >= 1.0
    assert f"{expected.cap:g} people per market prospect" in of_growth


def test_referral_that_ends_by_itself_is_fine() -> None:
    mild = whole_journey(*endless_growth(), "journey.referral.invitations.mean=0.5")
    assert growth(compile_plan(mild)).k < 1.0
    assert warnings_of(mild) == ()
