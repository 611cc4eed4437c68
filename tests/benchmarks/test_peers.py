"""Nothing is timed beside a peer that disagrees, and a peer that is missing is named."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import pytest
from scipy.stats import binom

from cvosim.errors import CvosimError


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


def tiny() -> Any:
    return module("subjects").TINY


def funnel_and_subject() -> tuple[Any, Any]:
    who = module("subjects").subject(module("topics.peers").FUNNEL, tiny())
    return module("funnels").read(who.scenario), who


WRITTEN = ("numpy", "simpy", "ciw")


@pytest.mark.parametrize("library", WRITTEN)
def test_each_peer_lives_through_the_same_funnel(library: str) -> None:
    """7 figures of 20,000 customers against 200,000; a false alarm in 1 of 10,000 seeds."""
    pytest.importorskip(library, reason=f"NOT CHECKED: {library}, of the extra bench")
    funnel, who = funnel_and_subject()
    funnels, peers = module("funnels"), module("topics.peers")
    lives = getattr(funnels, library)(funnel, 20_000, 5)
    assert lives.times.shape == (3, 20_000)
    assert set(lives.revenue) <= {0.0, 29.0, 278.0}
    module("agreement").insist(
        library, peers.figures(funnel, lives), peers.figures(funnel, funnels.kernel(who, 200_000))
    )


@pytest.mark.parametrize("library", ["numpy", "simpy", "ciw"])
def test_a_peer_says_the_same_twice_and_odd_numbers_fit_no_batch(library: str) -> None:
    pytest.importorskip(library, reason=f"NOT CHECKED: {library}, of the extra bench")
    funnel, _ = funnel_and_subject()
    write = getattr(module("funnels"), library)
    first, second = write(funnel, 777, 1), write(funnel, 777, 1)
    assert first.times.tobytes() == second.times.tobytes()
    assert first.revenue.tobytes() == second.revenue.tobytes()
    assert (first.times[0] >= 0.0).sum() > 200  # 35 % of 777, less six standard errors


def changed(place: int, **values: float) -> Callable[[Any], Any]:
    def change(funnel: Any) -> Any:
        offers = list(funnel.offers)
        offers[place] = offers[place]._replace(**values)
        return funnel._replace(offers=tuple(offers))

    return change


MISTAKES = {
    "the share at lead_magnet": changed(0, conversion=0.30),
    "revenue a prospect": changed(2, price=199.0),
    "the mean days to tripwire": changed(1, mean_days=10.0),
    "the share at core_offer": lambda funnel: funnel._replace(horizon=30.0),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_peer_that_disagrees_stops_the_run(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the very figure that the mistake touches beyond the bound."""
    peers, funnels = module("topics.peers"), module("funnels")

    def mistaken(funnel: Any, customers: int, seed: int) -> Any:
        return funnels.numpy(MISTAKES[what](funnel), 10 * customers, seed)

    def clock(*arguments: object) -> None:
        raise AssertionError("something was timed")

    monkeypatch.setattr(peers, "PEERS", (peers._Peer("numpy", "plain NumPy", mistaken, 1.0),))
    monkeypatch.setattr(peers, "interleaved", clock)
    with pytest.raises(CvosimError, match=r"plain NumPy disagrees with the kernel on") as found:
        list(peers.rows(tiny_with(50_000)))
    assert "times would mean nothing" in str(found.value)
    funnel, who = funnel_and_subject()
    theirs = peers.figures(funnel, mistaken(funnel, 5_000, 5))
    ours = peers.figures(funnel, funnels.kernel(who, 50_000))
    gap = module("agreement")._distance(theirs[what], ours[what])
    assert gap > module("agreement").bound(len(ours))


def tiny_with(customers: int) -> Any:
    return replace(tiny(), customers=customers)


def test_right_peers_are_stopped_no_more_often_than_stated() -> None:
    """300 seeds at 5 %; more alarms than allowed here in 1 of 10,000 such tests."""
    agreement, peers, funnels = module("agreement"), module("topics.peers"), module("funnels")
    funnel, who = funnel_and_subject()
    ours = peers.figures(funnel, funnels.kernel(who, 500_000))
    alarms = 0
    for seed in range(300):
        theirs = peers.figures(funnel, funnels.numpy(funnel, 5_000, seed))
        try:
            agreement.insist("NumPy", theirs, ours, error_rate=0.05)
        except CvosimError:
            alarms += 1
    assert 0 < alarms <= binom.isf(1e-4, 300, 0.05)


def test_figures_of_nobody_agree_with_nothing() -> None:
    agreement = module("agreement")
    known, unknown = agreement.mean([1.0, 2.0, 3.0]), agreement.mean([])
    for pair in ((known, unknown), (unknown, known), (unknown, unknown)):
        with pytest.raises(CvosimError, match="disagrees"):
            agreement.insist("peer", {"x": pair[0]}, {"x": pair[1]})
    certain = agreement.mean([1.0, 1.0])
    assert agreement.insist("peer", {"x": certain}, {"x": certain}) == 0.0
    with pytest.raises(CvosimError, match="1 and 0, inf standard errors"):
        agreement.insist("peer", {"x": certain}, {"x": agreement.mean([0.0, 0.0])})


def test_generators_of_repeat_orders_must_agree() -> None:
    repeat = module("topics.repeat_buying")
    ours = [0, 0, 1, 2, 0, 4, 0, 1] * 200
    assert "mean repeat orders 1.00 and 1.00" in repeat.agreement("lib", ours[::-1], ours)
    with pytest.raises(CvosimError, match="lib disagrees with the kernel on mean repeat orders"):
        repeat.agreement("lib", [2 * count for count in ours], ours)


def test_fits_must_find_the_same_maximum() -> None:
    pytest.importorskip("lifetimes")
    fits = module("topics.fits")
    sample = fits.cdnow()
    published = {"r": 0.242593, "alpha": 4.413532, "a": 0.792926, "b": 2.425880}
    said = fits.same_maximum("Fader, Hardie and Lee", published, sample)
    assert said.count("-9,582.4") == 2
    with pytest.raises(CvosimError, match="lib fits another maximum than ours"):
        fits.same_maximum("lib", published | {"a": 0.75}, sample)


PEER_TOPICS: dict[str, tuple[Callable[[], Iterable[Any]], set[str]]] = {
    "peers": (lambda: module("topics.peers").rows(tiny()), {"ciw"}),
    "repeat_buying": (
        lambda: module("topics.repeat_buying").rows(tiny()), {"lifetimes", "pymc-marketing"},
    ),
    "lifetime_value": (lambda: module("topics.lifetime_value").rows(tiny()), {"lifetimes"}),
    "experiments": (lambda: module("topics.experiments")._analysis(tiny()), {"tea-tasting"}),
}  # fmt: skip


@pytest.mark.parametrize("topic", PEER_TOPICS)
def test_missing_peers_are_skipped_in_words(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = module("machine")

    def without_peers(name: str) -> str:
        if name in machine.PEERS:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(machine, "version", without_peers)
    assert not set(machine.PEERS) & set(machine.describe()["versions"])
    run, lacking = PEER_TOPICS[topic]
    skipped = [row for row in run() if row.measured is None]
    assert {row.note.split()[1].rstrip(",") for row in skipped} == lacking
    for row in skipped:
        assert row.note.startswith("skipped: ")
        assert row.note.endswith(" is not installed")
        assert row.verdict == "skipped"
        assert row.passed is None


def test_the_versions_of_the_peers_that_are_here_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, report = module("machine"), module("report")
    numbers = {"ciw": "3.2.7", "pymc-marketing": "0.19.2"}

    def some(name: str) -> str:
        if name in machine.PEERS and name not in numbers:
            raise PackageNotFoundError(name)
        return numbers.get(name) or version(name)

    monkeypatch.setattr(machine, "version", some)
    monkeypatch.setattr("cvosim.tables.versions._version", some)
    heading = report.heading(machine.describe())
    assert "pymc-marketing 0.19.2, ciw 3.2.7" in heading
    assert f"scipy {version('scipy')}" in heading
    assert "lifetimes" not in heading


def test_peers_that_compute_must_compute_the_same() -> None:
    experiments, stats = module("topics.experiments"), importlib.import_module("cvosim.stats")
    columns, arm = experiments.users(2_000)
    cohort = stats.Cohort(("control", "treatment"), arm, columns)
    ours = stats.analyze(cohort, experiments.METRICS)
    theirs = experiments._tea_tasting(columns, arm)
    assert theirs is not None
    experiments.same_effects(theirs(), ours)
    other = experiments._tea_tasting({**columns, "revenue": columns["revenue"] * 1.0001}, arm)
    with pytest.raises(CvosimError, match=r"tea-tasting disagrees on revenue by .* mean nothing"):
        experiments.same_effects(other(), ours)


def test_projections_of_lifetimes_must_be_the_same() -> None:
    values, clv = module("topics.lifetime_value"), importlib.import_module("cvosim.clv")
    many = values.large_log(500)
    fitted = clv.BetaGeometricNBD().fit(many)
    ours = (fitted.probability_alive(), fitted.expected_purchases(365.0))
    values.same_projections(values._lifetimes_projector(many, fitted.params_)(), ours)
    theirs = values._lifetimes_projector(many, {**fitted.params_, "r": 1.0})()
    with pytest.raises(CvosimError, match="lifetimes disagrees on being alive"):
        values.same_projections(theirs, ours)
