"""What a sweep finds: the same as its points one by one, whoever computes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest
from helpers.sweeps import OUTCOMES, PRICE, carpet, prices

from cvosim import DataError, simulate
from cvosim.experiment.executors import Lost
from cvosim.experiment.sweeps import run as run_module
from cvosim.experiment.sweeps.design import Factor, SweepDesign, sweep_design
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.shards import Shard, parse_shard
from cvosim.experiment.sweeps.tasks import Job, Row
from cvosim.scenario.sweep import Sweep
from cvosim.tables.spans import STREAM_BLOCK

FRIENDS = {
    "advocates": {"promoter": 1.0, "passive": 1.0, "detractor": 1.0},
    "invitations": {"mean": 20.0},
    "cap": 1.05,
}


def test_a_point_finds_what_simulating_its_scenario_finds() -> None:
    found = run_sweep(prices(19, 39), executor="serial")
    for point, price in enumerate((19, 39)):
        alone = simulate(carpet().at({PRICE: price}), customers=1500).metrics()
        for name in ("clv_per_prospect", "cac"):
            value, error = found.outcome(name)
            assert (value[point], error[point]) == alone[name][:2]
    assert found.units == ("USD", "USD", "share")


def test_common_luck_meets_the_same_customers_at_every_point_and_else_nobody_twice() -> None:
    same = run_sweep(prices(19, 19), executor="serial").pooled
    other = run_sweep(prices(19, 19, common_luck=False), executor="serial").pooled
    assert np.array_equal(same[0], same[1])
    assert np.array_equal(same[0], other[0])
    assert not np.array_equal(other[0], other[1])


def test_replicates_are_further_customers_and_pool_to_one_long_run() -> None:
    twice = run_sweep(prices(19, replicates=2), executor="serial")
    once = run_sweep(prices(19, customers=3000), executor="serial")
    assert twice.values.shape == (1, 2, 3)
    assert np.allclose(twice.pooled, once.pooled, rtol=1e-12)
    assert np.allclose(twice.standard_errors, once.standard_errors, rtol=1e-9)
    assert twice.values[0, 0, 0] == run_sweep(prices(19), executor="serial").pooled[0, 0]
    assert twice.replicates()["clv_per_prospect"].tolist() == twice.values[0, :, 0].tolist()


def test_a_point_of_several_blocks_is_the_table_of_them_all() -> None:
    count = STREAM_BLOCK + 500
    design = prices(29, customers=count, outcomes=("clv_per_prospect", "payback_time"))
    found = run_sweep(design, executor="threads:2")
    scenario = carpet().at({"customers": count})
    assert found.pooled[0, 0] == simulate(scenario).metrics()["clv_per_prospect"].value
    assert found.manifest.tasks == 2
    assert found.units == ("USD", "days")


@pytest.mark.parametrize("executor", ["threads:3", "processes:2"])
def test_the_hash_is_the_same_for_every_executor(executor: str) -> None:
    serial = run_sweep(prices(replicates=2), executor="serial")
    other = run_sweep(prices(replicates=2), executor=executor)
    assert other.manifest.hash == serial.manifest.hash
    assert np.array_equal(other.pooled, serial.pooled)


def test_the_hash_tells_results_apart() -> None:
    hashes = {
        run_sweep(design, executor="serial").manifest.hash
        for design in (prices(9, 19), prices(19, 9), prices(9, 19, customers=1501), prices(9))
    }
    assert len(hashes) == 4


def test_an_impossible_point_is_a_row_with_its_error_and_the_others_go_on() -> None:
    found = run_sweep(prices(19, -5, 29, replicates=2), executor="threads:2")
    assert list(found.errors) == [1]
    assert found.errors[1].startswith("journey.tripwire.price: must be")
    assert np.isnan(found.values[1]).all()
    assert np.isnan(found.pooled[1]).all()
    assert np.isfinite(found.pooled[[0, 2]]).all()
    assert found.manifest.failed_points == 1
    assert found.table()["error"].tolist() == ["", found.errors[1], ""]
    assert found.to_dict()["points"][1]["outcomes"]["cac"]["value"] is None


def test_a_point_that_cannot_be_run_is_a_row_too() -> None:
    few = FRIENDS | {"invitations": {"mean": 0.01}}
    referral = Factor("journey.referral", "lever", (few, FRIENDS))
    asked = carpet().changed({"journey.experience": {}})
    design = SweepDesign(asked, (referral,), ((few,), (FRIENDS,)), ("cac",), 1500)
    found = run_sweep(design, executor="serial")
    assert list(found.errors) == [1]
    assert "journey.referral.cap" in found.errors[1]
    assert "\n" not in found.errors[1]
    assert found.table()["journey.referral"][1].startswith('{"advocates"')


def test_an_outcome_that_a_point_lacks_is_not_a_number() -> None:
    without = Factor("journey.tripwire", "lever", (None,))
    design = SweepDesign(carpet(), (without,), ((None,),), ("conversion.tripwire", "cac"), 1500)
    found = run_sweep(design, executor="serial")
    assert math.isnan(found.pooled[0, 0])
    assert found.pooled[0, 1] > 0.0
    assert not found.errors


def test_unknown_outcomes_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(DataError, match='no metric is called "cacc"; did you mean "cac"'):
        run_sweep(prices(outcomes=("cacc",)), executor="serial")
    with pytest.raises(DataError, match='did not measure "cax"; did you mean "cac"'):
        run_sweep(prices(9), executor="serial").outcome("cax")


def test_the_outcome_that_begins_like_the_word_is_near() -> None:
    with pytest.raises(DataError, match='"clv"; did you mean "clv_per_prospect"'):
        run_sweep(prices(outcomes=("clv",)), executor="serial")


def test_a_path_that_leads_nowhere_is_refused() -> None:
    lost = Factor("journey.tripwir.price", "lever", (9, 19))
    design = SweepDesign(carpet(), (lost,), ((9,), (19,)), ("cac",), 1500)
    with pytest.raises(DataError, match=r'no point of the sweep .*no "tripwir" in journey'):
        run_sweep(design, executor="serial")
    offer = {"name": "extra", "price": 50, "conversion": 0.2, "kind": "upsell"}
    added = Factor("journey.profit_maximizers.extra", "lever", (offer,))
    design = SweepDesign(carpet(), (added,), ((offer,),), ("cac",), 1500)
    assert not run_sweep(design, executor="serial").errors


def test_a_section_is_checked_when_it_becomes_a_design() -> None:
    with pytest.raises(DataError, match='no metric is called "cacc"'):
        sweep_design(carpet(), Sweep(outcomes=("cacc",)))
    with pytest.raises(DataError, match='no "tripwir" in journey'):
        sweep_design(carpet(), Sweep(levers={"journey.tripwir.price": (9,)}))


def test_an_outcome_may_come_with_one_value_of_a_lever_only() -> None:
    offer = {"name": "extra", "price": 50, "conversion": 0.2, "kind": "upsell"}
    extra = Factor("journey.profit_maximizers", "lever", ([offer],))
    design = SweepDesign(carpet(), (extra,), (([offer],),), ("conversion.extra",), 1500)
    assert run_sweep(design, executor="serial").pooled[0, 0] > 0.0


def test_progress_counts_every_customer_once() -> None:
    told: list[tuple[int, int, int]] = []
    run_sweep(prices(9, -5, 29, 39), executor="serial", progress=lambda *state: told.append(state))
    assert told[0] == (0, 6000, 0)
    assert told[-1] == (6000, 0, 1)
    assert all(done + left == 6000 for done, left, _ in told)


def test_a_job_that_no_worker_survives_is_rows_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Deadly:
        size = 1

        def run(
            self, function: Callable[[Job], list[Row]], jobs: Iterable[Job]
        ) -> Iterator[tuple[Job, list[Row] | Lost]]:
            for number, job in enumerate(jobs):
                yield job, Lost("ended") if number == 0 else function(job)

        def __enter__(self) -> Deadly:
            return self

        def __exit__(self, *problem: object) -> None:
            return None

    monkeypatch.setattr(run_module, "workers", lambda spec: Deadly())
    found = run_sweep(prices(), executor="serial")
    assert set(found.errors.values()) == {"ended"}
    assert 0 < len(found.errors) < 5
    assert np.isfinite(found.pooled[-1]).all()


def test_shards_are_every_nth_point_and_leave_the_others_empty() -> None:
    whole = run_sweep(prices(), executor="serial")
    second = run_sweep(prices(), executor="serial", shard=Shard(2, 3))
    assert second.manifest.done == 2
    assert np.array_equal(second.pooled[[1, 4]], whole.pooled[[1, 4]])
    assert np.isnan(second.pooled[[0, 2, 3]]).all()


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3"])
def test_impossible_shards_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="3/10 for the third of ten"):
        parse_shard(text)


def test_columns_of_the_table() -> None:
    core = "journey.core_offer.conversion"
    factors = Factor(PRICE, "lever", (9, 19)), Factor(core, "uncertainty", (0.1, 0.2))
    design = SweepDesign(carpet(), factors, ((9, 0.1), (19, 0.2)), OUTCOMES, 1500)
    table = run_sweep(design, executor="serial").table()
    assert table.columns.tolist() == [
        "point",
        PRICE,
        core,
        *(each for name in OUTCOMES for each in (name, f"{name}.standard_error")),
        "error",
    ]
    assert table[PRICE].tolist() == [9, 19]
