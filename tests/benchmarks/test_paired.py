"""The statistics of the gate: exact where there is arithmetic, else on simulated machines."""

from __future__ import annotations

import importlib
import itertools
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from cvosim.randomness.philox_plain import uniform, uniform_pair


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


def missed(n: int, k: int) -> float:
    """Chance that the truth lies below the ``k``-th smallest of ``n`` independent ratios.

    Whatever their distribution: it takes fewer than ``k`` of them on that side of the median.
    """
    return sum(math.comb(n, i) for i in range(k)) / 2.0**n


@pytest.mark.parametrize("n", [3, 5])
def test_the_bootstrap_is_counted_as_if_every_resample_were_drawn(n: int) -> None:
    medians = Counter(sorted(one)[n // 2] for one in itertools.product(range(1, n + 1), repeat=n))
    for k in range(1, n + 1):
        share = sum(medians[i] for i in range(1, k + 1)) / n**n
        assert module("paired").median_tail(n, k) == pytest.approx(share, rel=1e-12)


def test_every_interval_keeps_its_share_of_the_error_rate() -> None:
    """Exactly, whatever the noise: the truth is a median, so each ratio is below it or above.

    If rounds are independent, as in all simulations here but one.
    """
    paired, cases = module("paired"), module("cases").CASES
    rule = paired.Rule(len(cases))
    ranks = [paired.rank(n, rule.share / 2.0) for n in rule.looks]
    assert min(ranks) >= 1
    misses = [missed(n, k) for n, k in zip(rule.looks, ranks, strict=True)]
    assert max(misses) <= rule.share / 2.0
    assert len(cases) * sum(misses) < 0.017  # of a case at the very limit, at any look
    assert missed(5, 2) == 6 / 32


def test_an_interval_says_nothing_where_there_are_too_few_rounds() -> None:
    paired = module("paired")
    assert paired.interval([], 0.05) == (0.0, pytest.approx(math.nan, nan_ok=True), math.inf)
    assert paired.interval([3.0, 1.0, 2.0, 99.0], 0.05) == (0.0, 2.0, math.inf)
    rule = paired.Rule(6)
    assert rule.judge([9.0] * 9)[0] is paired.Finding.UNDECIDED
    assert rule.judge([9.0] * 11)[0] is paired.Finding.SLOWER
    assert rule.judge([9.0] * 10 + [1.1])[0] is paired.Finding.UNDECIDED
    assert rule.judge([1.1] * 11)[0] is paired.Finding.FINE
    low, middle, high = paired.interval([float(i) for i in range(21)], rule.share)
    assert (low, middle, high) == (3.0, 10.0, 17.0)


@dataclass
class Machine:
    """A machine that is shared: it drifts, jitters, and now and then somebody else is on it."""

    seed: int
    truths: dict[str, float]
    jitter: float
    bursts: float
    timing: Callable[..., Any]

    def round(self, subject: Any, number: int) -> Iterator[Any]:
        name = subject.case.name
        site = sorted(self.truths).index(name)
        drift = 1.0 + 0.5 * math.sin(self.seed + number / 3.0)
        for side, label in enumerate(("BASE", "HEAD")):
            luck = uniform_pair(self.seed, number, site, 2 * side)
            noise = math.exp(self.jitter * statistics.NormalDist().inv_cdf(luck[0]))
            if luck[1] < self.bursts:  # half as long again, on average
                noise *= 1.0 - 0.5 * math.log(uniform(self.seed, number, site, 2 * side + 1))
            seconds = drift * noise * (self.truths[name] if side else 1.0)
            yield self.timing(name, label, number, seconds, "cpu", 1000, "")

    def start(self, subjects: Sequence[Any]) -> nullcontext[Machine]:
        """It has no processes."""
        return nullcontext(self)


def simulated(name: str) -> Any:
    return module("runner").Subject(replace(module("cases").CASES[0], name=name), {})


def gate(seed: int, truths: dict[str, float], jitter: float, bursts: float = 0.15) -> list[Any]:
    runner = module("runner")
    machine = Machine(seed, truths, jitter, bursts, runner.Timing)
    subjects = [simulated(name) for name in truths]
    return list(runner.measure(machine.start, subjects, module("paired").Rule(len(truths)), 1e9))


def failures(runs: int, truths: dict[str, float], jitter: float) -> int:
    """Of so many comparisons, how many fail."""
    return sum(
        any(str(one.finding) == "FAIL" for one in gate(seed, truths, jitter))
        for seed in range(runs)
    )


AT_THE_LIMIT = 1.15
EQUAL = {f"case {i}": 1.0 for i in range(6)}
SLOWED = EQUAL | {"case 3": 1.4}


@pytest.mark.parametrize("jitter", [0.03, 0.1])
def test_equal_sides_pass(jitter: float) -> None:
    """Of 200 comparisons none fails; were it one in 50, that would happen in 1.8 % of runs."""
    assert failures(200, EQUAL, jitter) == 0


@pytest.mark.parametrize("jitter", [0.03, 0.1])
def test_one_case_slowed_by_40_percent_fails(jitter: float) -> None:
    """It always does, on a machine that is interrupted in every seventh run.

    Were it 19 times in 20, all of 100 comparisons would find it in 0.6 % of runs.
    """
    assert failures(100, SLOWED, jitter) == 100


def test_cases_at_the_limit_fail_no_more_often_than_promised() -> None:
    """Six at once, the worst there is: 2.5 %; of 150 more than 9 in 0.6 % of runs of this test."""
    assert failures(150, dict.fromkeys(EQUAL, AT_THE_LIMIT), 0.1) <= 9


@pytest.mark.parametrize(("rho", "least", "most"), [(0.0, 0, 4), (0.6, 12, 300)])
def test_the_error_rate_is_that_of_independent_rounds(rho: float, least: int, most: int) -> None:
    """Where noise outlasts a round, a case at the limit fails more often than 0.3 %.

    Of 300 comparisons of one case among six. Independent ones: more than 4 in 0.2 % of runs.
    """
    rule = module("paired").Rule(6)
    failed = 0
    for seed in range(300):
        noise, ratios = 0.0, []
        for number in range(rule.looks[-1]):
            luck = statistics.NormalDist().inv_cdf(uniform(seed, number, 0, 0))
            noise = rho * noise + math.sqrt(1.0 - rho**2 if number else 1.0) * luck
            ratios.append(AT_THE_LIMIT * math.exp(0.05 * noise))
        judged = [str(rule.judge(ratios[:look])[0]) for look in rule.looks]
        failed += next((found for found in judged if found != "undecided"), "") == "FAIL"
    assert least <= failed <= most


def test_the_interval_covers_the_truth() -> None:
    """Asked for 95 % of 21 rounds, ends rounded outwards: 97.3 % exactly, whatever the noise.

    Of 600 intervals fewer than 572 or more than 595 would cover in 0.4 % of runs.
    """
    paired = module("paired")
    assert 1.0 - 2.0 * missed(21, paired.rank(21, 0.025)) == pytest.approx(0.9734, abs=1e-4)
    covered = 0
    for seed in range(600):
        machine = Machine(seed, {"one": 1.3}, 0.1, 0.15, module("runner").Timing)
        measured = module("runner").Measured(simulated("one"))
        for number in range(21):
            measured.timings += machine.round(measured.subject, number)
        low, _, high = paired.interval(measured.ratios(), 0.05)
        covered += low <= 1.3 <= high
    assert 572 <= covered <= 595


def test_what_is_decided_takes_no_more_time_and_time_is_bounded() -> None:
    found = gate(1, EQUAL | {"case 3": AT_THE_LIMIT}, 0.03, bursts=0.0)
    rounds = {one.subject.case.name: len(one.ratios()) for one in found}
    assert rounds == dict.fromkeys(EQUAL, 11) | {"case 3": 81}


@pytest.mark.parametrize(
    ("truth", "found"), [(1.0, "ok"), (45.0, "FAIL"), (AT_THE_LIMIT, "undecided")]
)
def test_the_first_look_is_completed_though_time_is_up(truth: float, found: str) -> None:
    """And no other one: what is catastrophically slow is judged."""
    runner, paired = module("runner"), module("paired")
    machine = Machine(1, {"one": truth}, 0.03, 0.0, runner.Timing)
    (one,) = runner.measure(machine.start, [simulated("one")], paired.Rule(1), 0.0)
    assert len(one.ratios()) == paired.LOOKS[0]
    assert str(one.finding) == found


@dataclass
class Clock:
    """A machine on which a round takes a second, and every fifth ratio is another one."""

    ratios: dict[str, tuple[float, float]]
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def start(self, subjects: Sequence[Any]) -> nullcontext[Clock]:
        self.now += 1.0
        return nullcontext(self)

    def round(self, subject: Any, number: int) -> Iterator[Any]:
        name = subject.case.name
        often, seldom = self.ratios[name]
        for label, seconds in (("BASE", 1.0), ("HEAD", often if number % 5 else seldom)):
            yield module("runner").Timing(name, label, number, seconds, "cpu", 1, "")


@pytest.mark.parametrize(
    ("ratios", "seconds", "rounds", "found"),
    [
        ((0.9, 1.2), 1000.0, 41, "ok"),
        ((0.9, 1.2), 15.0, 15, "undecided"),
        ((1.4, 1.1), 1000.0, 41, "FAIL"),
        ((1.4, 1.1), 15.0, 41, "FAIL"),
        ((1.4, 1.1), 7.0, 28, "undecided"),
    ],
)
def test_what_looks_slower_has_four_times_as_long(
    ratios: tuple[float, float],
    seconds: float,
    rounds: int,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other one of the two takes no more rounds than it would alone."""
    runner, clock = module("runner"), Clock({"this": ratios, "fine": (1.0, 1.0)})
    monkeypatch.setattr(runner, "time", clock)
    subjects = [simulated(name) for name in clock.ratios]
    this, fine = runner.measure(clock.start, subjects, module("paired").Rule(6), seconds)
    assert (str(this.finding), len(this.ratios())) == (found, rounds)
    assert (str(fine.finding), len(fine.ratios())) == ("ok", 11)


def test_what_would_take_too_long_gets_fewer_customers_on_both_sides() -> None:
    runner, asked = module("runner"), []

    @dataclass
    class Slow(runner.Pair):  # type: ignore[misc, name-defined]
        """Sides of which a round takes half a second for a customer of thousand."""

        def subject(self, case: Any) -> Any:
            asked.append(case.customers)
            return runner.Subject(case, {}, "a word", case.customers / 2000)

    pair = Slow(None, None, {})
    case = replace(module("cases").CASES[0], customers=100_000)
    whole = pair.subject(case)
    assert pair.fitted(whole, 50.0) is whole
    fewer = pair.fitted(whole, 20.0)
    assert fewer.case == replace(case, customers=40_000)
    assert fewer.seconds == 20.0
    assert fewer.note == "a word; 40,000 customers, for 100,000 take 50.0 s a round"
    assert pair.fitted(whole, 0.001).case.customers == runner.FEWEST
    assert asked == [100_000, 40_000, runner.FEWEST]
    few = pair.subject(replace(case, customers=500))
    assert pair.fitted(few, 0.001) is few


def test_no_more_time_is_given_where_the_whole_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    runner, clock = module("runner"), Clock({"this": (1.4, 1.1), "slow": (1.4, 1.4)})
    monkeypatch.setattr(runner, "time", clock)
    subjects = [simulated(name) for name in clock.ratios]
    this, slow = runner.measure(clock.start, subjects, module("paired").Rule(6), 15.0)
    assert (str(slow.finding), len(slow.ratios())) == ("FAIL", 11)
    assert (str(this.finding), len(this.ratios())) == ("undecided", 15)


@pytest.mark.parametrize(("seconds", "rounds", "found"), [(15.0, 41, "ok"), (7.0, 28, "undecided")])
def test_more_time_is_given_where_nothing_was_judged(
    seconds: float, rounds: int, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, clock = module("runner"), Clock({"this": (0.9, 1.2), "that": (0.9, 1.2)})
    monkeypatch.setattr(runner, "time", clock)
    subjects = [simulated(name) for name in clock.ratios]
    for one in runner.measure(clock.start, subjects, module("paired").Rule(6), seconds):
        assert (str(one.finding), len(one.ratios())) == (found, rounds)
