"""The scenarios that travel with cvosim, and finding scenarios by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import library, library_path, load_scenario, load_variants, warnings_in
from cvosim.scenario.stages.profit_maximizers import Affiliate, JointVenture, Subscription
from cvosim.scenario.stages.repeat_purchases import BgNbd, GammaGamma

BUSINESSES = (
    *("b2b_services", "carpet_cleaning", "cdnow", "dating_consultant", "gun_cleaning"),
    *("pizza_chain", "saas"),
)
PAIRS = {
    "carpet_cleaning": "carpet_cleaning_no_tripwire",
    "lead_magnet_checklist": "lead_magnet_ebook",
}

EXPERIMENTS = ("heavy_tail", "tripwire_price_test")
SWEEPS = ("carpet_cleaning_prices",)


def test_the_library() -> None:
    assert set(library()) == {*BUSINESSES, *PAIRS, *PAIRS.values(), *EXPERIMENTS, *SWEEPS}


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_loads(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.description
    assert load_variants(name) == []
    assert load_scenario(library_path(name)) == scenario
    assert warnings_in(scenario) == ()


@pytest.mark.parametrize("name", library())
def test_library_scenarios_are_of_a_size_to_read_and_to_run(name: str) -> None:
    scenario = load_scenario(name)
    assert 365 <= scenario.horizon_days <= 730
    assert 20_000 <= scenario.customers <= 100_000 or name == "cdnow"
    lines = library_path(name).read_text("utf-8").splitlines()
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 300


@pytest.mark.parametrize("name", library())
def test_every_library_file_says_whom_it_is_for(name: str) -> None:
    first, second, *_ = library_path(name).read_text("utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=schema.json"
    assert second.startswith("# For ")


@pytest.mark.parametrize("name", library())
def test_every_library_file_says_where_its_figures_come_from(name: str) -> None:
    lines = library_path(name).read_text("utf-8").splitlines()
    head = " ".join(line.strip("# ") for line in lines[: lines.index("") if "" in lines else None])
    figures = ("assumption", "Figures are", "estimates", "the same market", "(2005)")
    assert any(words in head for words in figures)


@pytest.mark.parametrize(("base", "variant"), PAIRS.items())
def test_pairs_share_their_luck_and_their_market(base: str, variant: str) -> None:
    """What is compared differs in the journey alone: same people, same seed, same prices."""
    first, second = load_scenario(base), load_scenario(variant)
    same = {"name", "description", "journey"}
    assert first.model_dump(exclude=same) == second.model_dump(exclude=same)
    assert first.name != second.name


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
    partners = [offer for offer in journey.profit_maximizers if isinstance(offer, Affiliate)]
    assert [partner.commission for partner in partners] == [0.2]


def test_the_checklist_has_no_better_offers_than_the_ebook() -> None:
    """The e-book differs in the lead magnet alone, and is the better one but for its speed."""
    checklist, ebook = (load_scenario(f"lead_magnet_{x}").journey for x in ("checklist", "ebook"))
    assert checklist.model_dump(exclude={"lead_magnet"}) == ebook.model_dump(
        exclude={"lead_magnet"}
    )
    soon, late = checklist.lead_magnet, ebook.lead_magnet
    assert soon is not None
    assert late is not None
    assert late.conversion > soon.conversion
    assert late.trust > soon.trust
    assert late.consumed < soon.consumed


def test_pizza_chain() -> None:
    """Weekdays, months, tiers, a birthday, friends: and films for those who want no pizza yet."""
    pizza = load_scenario("pizza_chain")
    assert pizza.calendar is not None
    assert pizza.seasonality is not None
    assert {c.arrivals.kind for c in pizza.channels if c.arrivals} == {"weekly", "burst", "poisson"}
    journey = pizza.journey
    assert journey.engage is not None
    assert [piece.style for piece in journey.engage.content].count("entertain") == 2
    assert journey.loyalty is not None
    assert journey.referral is not None
    assert {"birthday", "win_back"} <= {program.kind for program in journey.return_path}


def test_gun_cleaning_has_two_channels_of_different_awareness() -> None:
    shop = load_scenario("gun_cleaning")
    facebook, instagram = shop.channels
    assert facebook.reach is not None
    assert (facebook.share, instagram.share) == pytest.approx((0.8, 0.2))
    assert instagram.awareness is not None
    assert instagram.awareness.product == 0
    assert all(segment.awareness.product > 0 for segment in shop.market.segments)
    doubled = load_scenario("gun_cleaning", ["channels.facebook.budget=54000"]).channels[0]
    assert (facebook.budget, doubled.budget) == (27000, 54000)


def test_saas_sells_by_trial() -> None:
    journey = load_scenario("saas").journey
    assert journey.order.index("core_offer") < journey.order.index("excite")
    monthly, yearly = (o for o in journey.profit_maximizers if isinstance(o, Subscription))
    assert (monthly.trial_days, monthly.trial_conversion) == (14, 0.28)
    assert yearly.contract is not None
    assert (yearly.period_days, yearly.contract.notice_days) == (365, 30)


def test_business_services_ask_for_time_before_money() -> None:
    journey = load_scenario("b2b_services").journey
    for offer in (journey.tripwire, journey.core_offer):
        assert offer is not None
        assert (offer.commitment, offer.price) == ("time", 0)
        assert offer.attendance is not None
    assert journey.referral is not None
    assert journey.referral.partner is not None
    kinds = [offer.kind for offer in journey.profit_maximizers]
    assert kinds == ["subscription", "cross_sell", "joint_venture", "slack_adjuster"]
    assert [o.commission for o in journey.profit_maximizers if isinstance(o, JointVenture)] == [
        0.02
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("carpet_cleanin", 'carpet_cleanin: no such file; did you mean "carpet_cleaning"?'),
        ("cdno.yaml", 'cdno.yaml: no such file; did you mean "cdnow"?'),
        ("mine.yml", 'mine.yml: no such file; did you mean "mine.yaml"?'),
        ("none.yaml", "none.yaml: no such file; the library has: b2b_services, "),
        ("a/b/c.yaml", "a/b/c.yaml: no such file"),
        (Path("cdnow"), "cdnow: no such file"),
        (".", ".: is a folder, not a scenario file"),
        ("a\0b", "a b: no such file"),
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
    with pytest.raises(ScenarioError, match="the library has: b2b_services, "):
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
