"""The scenarios that travel with cvosim, and finding scenarios by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import library, library_path, load_scenario, load_variants
from cvosim.scenario.stages.profit_maximizers import CrossSell
from cvosim.scenario.stages.repeat_purchases import BgNbd, GammaGamma


def test_the_library() -> None:
    expected = ("carpet_cleaning", "carpet_cleaning_no_tripwire", "cdnow", "dating_consultant")
    assert set(expected) <= set(library())


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_loads(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.description
    assert load_variants(name) == []
    assert load_scenario(library_path(name)) == scenario


@pytest.mark.parametrize("name", library())
def test_every_library_file_says_whom_it_is_for(name: str) -> None:
    first, second, *_ = library_path(name).read_text("utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=schema.json"
    assert second.startswith("# For ")


def test_carpet_cleaning_without_its_tripwire() -> None:
    """Dropping a step leaves the reference trust, so the conversion falls."""
    whole = load_scenario("carpet_cleaning").journey
    straight = load_scenario("carpet_cleaning_no_tripwire").journey
    assert whole.core_offer is not None
    assert straight.core_offer is not None
    assert straight.tripwire is None
    assert whole.core_offer.reference_trust == straight.core_offer.reference_trust
    assert whole.core_offer.reference_trust == pytest.approx(3.3, abs=1e-12)
    assert {o.reference_trust for o in straight.profit_maximizers} == {3.3}
    assert [(p.name, p.at) for p in straight.return_path] == [
        ("nurture", ("core_offer",)),
        ("display", ("lead_magnet",)),
    ]


def test_cdnow_has_the_published_estimates() -> None:
    scenario = load_scenario("cdnow")
    repeat = scenario.journey.repeat_purchases
    assert repeat is not None
    assert repeat.frequency == BgNbd(
        model="bg_nbd", r=0.242595, alpha_days=30.895214, a=0.792922, b=2.425907
    )
    assert repeat.frequency.alpha_days / 7 == pytest.approx(4.413602, abs=1e-9)
    assert repeat.spend == GammaGamma(model="gamma_gamma", p=6.2496, q=3.7442, v=15.4435)
    assert (scenario.customers, scenario.horizon_days) == (2357, 546.0)


def test_dating_consultant() -> None:
    journey = load_scenario("dating_consultant").journey
    assert journey.tripwire is not None
    assert (journey.tripwire.commitment, journey.tripwire.price) == ("time", 0.0)
    partners = [offer for offer in journey.profit_maximizers if isinstance(offer, CrossSell)]
    assert [partner.commission for partner in partners] == [0.2]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("carpet_cleanin", 'carpet_cleanin: no such file; did you mean "carpet_cleaning"?'),
        ("cdno.yaml", 'cdno.yaml: no such file; did you mean "cdnow"?'),
        ("mine.yml", 'mine.yml: no such file; did you mean "mine.yaml"?'),
        ("a/b/c.yaml", "a/b/c.yaml: no such file"),
        (Path("cdnow"), "cdnow: no such file"),
        (".", ".: is a folder, not a scenario file"),
        ("a\0b", "a\0b: no such file"),
        ("x" * 5000, "x" * 200 + ": not a path that can be read"),
    ],
)
def test_no_such_scenario(folder: Path, source: str | Path, message: str) -> None:
    (folder / "mine.yaml").write_text("name: a", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(source)
    assert str(caught.value).startswith(message)


def test_no_such_library_name() -> None:
    with pytest.raises(ScenarioError, match=r'no such library scenario; did you mean "cdnow"\?'):
        library_path("cdnaw")
    with pytest.raises(ScenarioError, match="the library has: carpet_cleaning, "):
        library_path("zzzzzzzz")


def test_a_library_name_wins_over_a_folder(folder: Path) -> None:
    (folder / "cdnow").mkdir()
    assert load_scenario("cdnow").name == "CDNOW"
    (folder / "cdnow.yaml").write_text("name: mine", "utf-8")
    with pytest.raises(ScenarioError, match=r"cdnow\.yaml:1:1: journey: required"):
        load_scenario("cdnow.yaml")


def test_a_copied_variant_finds_its_base_in_the_library(folder: Path) -> None:
    source = library_path("carpet_cleaning_no_tripwire")
    (folder / "mine.yaml").write_text(source.read_text("utf-8"), "utf-8")
    assert load_scenario("mine.yaml") == load_scenario("carpet_cleaning_no_tripwire")
