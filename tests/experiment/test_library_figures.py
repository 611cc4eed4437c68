"""What the library's scenarios earn: figures that a strategist would not shake the head at."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.experiment.compare import compare
from cvosim.experiment.simulate import simulate
from cvosim.metrics import Metrics
from cvosim.report.pictures import funnel_of
from cvosim.report.verdict import verdict
from cvosim.scenario import library, load_scenario
from cvosim.stats import paired_difference


def measured(name: str, *overrides: str) -> Metrics:
    return simulate(load_scenario(name, overrides)).metrics()


def earned(name: str, *overrides: str) -> float:
    return measured(name, *overrides)["contribution_per_prospect"].value


FUNNELS = sorted(set(library()) - {"cdnow"})


@pytest.mark.parametrize("name", FUNNELS)
def test_every_funnel_pays(name: str) -> None:
    found = measured(name)
    assert found["contribution_per_prospect"].value > 0
    assert found["cac"].value > 0
    assert 0 < found["buyers"].value < 0.2 * found["prospects"].value
    assert 2 < found["ltv_to_cac"].value < 60


SOON = "journey.lead_magnet.time_to_value={kind: exponential, mean_days: 0.5}"
MANY = "journey.lead_magnet.consumed=0.75"


def test_the_checklist_wins_because_its_value_comes_soon_to_many() -> None:
    """An e-book read as soon and by as many would win; soon alone or many alone does not do."""
    checklist, ebook = earned("lead_magnet_checklist"), earned("lead_magnet_ebook")
    soon, many = earned("lead_magnet_ebook", SOON), earned("lead_magnet_ebook", MANY)
    both = earned("lead_magnet_ebook", SOON, MANY)
    assert ebook < min(soon, many)
    assert max(soon, many) < checklist < both


def test_trust_is_the_whole_reason() -> None:
    """Where trust moves no decision, the e-book's better opt-in wins."""
    deaf = [f"journey.{stage}.trust_weight=0" for stage in ("tripwire", "core_offer")]
    deaf.append("journey.profit_maximizers.proofing_basket.trust_weight=0")
    checklist, ebook = (earned(f"lead_magnet_{x}", *deaf) for x in ("checklist", "ebook"))
    assert ebook > checklist


def test_doubling_the_facebook_budget_brings_less_than_double() -> None:
    def reached(budget: int) -> tuple[float, float]:
        found = measured("gun_cleaning", f"channels.facebook.budget={budget}")
        return found["reach.lead_magnet"].value - 0.2, found["cac.facebook"].value

    (few, cheap), (more, dear) = reached(27000), reached(54000)
    assert few < more < 2 * few
    assert dear > cheap


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("pizza_chain", "journey.engage=null"),
        ("pizza_chain", "journey.loyalty=null"),
        ("pizza_chain", "journey.return_path.birthday_pizza=null"),
        ("gun_cleaning", "journey.tripwire.trust=0"),
        ("saas", "journey.excite=null"),
        ("b2b_services", "journey.tripwire=null"),
    ],
)
def test_every_step_moves_what_is_earned(name: str, without: str) -> None:
    assert earned(name, without) != earned(name)


def test_word_of_mouth_has_a_price() -> None:
    """The same prospects, of whom one half of the twins cannot invite anybody."""
    chain = load_scenario("pizza_chain")
    silent = load_scenario("pizza_chain", ["name=Silent", "journey.referral=null"])
    found = compare([chain, silent], customers=20_000)
    tables = [simulate(one, customers=20_000).customers for one in (chain, silent)]
    own, theirs = (table.discounted_contribution for table in tables)
    families = np.bincount(tables[0].root, own, 20_000)
    wanted = paired_difference(families, theirs)
    lost = found.differences["Silent"]["clv_with_referrals"]
    assert (lost.difference, lost.standard_error) == pytest.approx(wanted[:2])
    assert lost.variant == found.metrics["Silent"]["clv_per_prospect"].value
    assert lost.difference < 0
    assert lost.significant
    # without the prospects' own luck, which is the same
    assert lost.variance_reduction > 3
    assert "clv_with_referrals" not in simulate(silent, customers=2000).metrics()
    text = verdict(found)
    assert text.startswith("Pizza chain earns USD 0.")
    assert "per prospect than Silent, people brought by referral included: USD" in text
    assert "ore word of mouth is worth USD" in text


@pytest.mark.parametrize("name", ["pizza_chain", "saas", "b2b_services"])
def test_the_funnel_counts_heads(name: str) -> None:
    """With referral, too, every bar is the market prospects who accepted."""
    done = simulate(load_scenario(name), customers=20_000)
    table, data = done.customers, funnel_of({"now": done.metrics()})
    assert len(table) > table.n_market
    for stage, bar in zip(data.steps[1:], data.bars[0][1:], strict=True):
        times = table.columns.stage_time[table.names.stages.index(stage)]
        assert bar is not None
        assert bar.customers == np.count_nonzero(~np.isnan(times[: table.n_market])), stage


def test_friends_of_friends_are_worth_something() -> None:
    found = measured("pizza_chain")
    assert found["clv_with_referrals"].value > found["clv_per_prospect"].value
    assert 0 < found["k_factor"].value < 1
    assert found["referred_in_generation_2"].value > 0
