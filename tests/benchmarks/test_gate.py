"""The gate of `benchmarks.compare`: its protocol, its words, and two real small runs.

Two tests here compare times, for time is their very subject: one side does the same as the
other, or nine times as much. A limit of three times is as far from nine as from one; the other
side of it, that as much work is not found to be more, is tried at twice.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import shutil
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cvosim
from cvosim.engine.driver import run_kernel

ROOT = Path(__file__).parents[2]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


# ---------------------------------------------------------------------------- sides
@dataclass(frozen=True)
class Copies:
    """Copies of the installed package with its compiled code, so that none compiles again."""

    folder: Path

    def side(self, label: str, name: str, **edits: tuple[str, str]) -> Any:
        """Copy it; edits are file, with dots for slashes: (old text, new text)."""
        folder = self.folder / name
        if not folder.exists():
            package = Path(cvosim.__file__).parent
            shutil.copytree(package, folder / "cvosim", copy_function=shutil.copy2)
            shutil.copytree(ROOT / "scenarios", folder / "scenarios")
            (folder / "benchmarks").mkdir()
            shutil.copy2(ROOT / "benchmarks" / "everything.yaml", folder / "benchmarks")
            for file, (old, new) in edits.items():
                edit(folder / "cvosim" / f"{file.replace('__', '/')}.py", old, new)
        return module("sides").Side(label, name, folder, None)


def edit(file: Path, old: str, new: str) -> None:
    """Without touching its time, by which Numba tells whether to compile again.

    Python goes by time and size as well: the bytecode that was copied along is taken away.
    """
    Path(cache_from_source(str(file))).unlink(missing_ok=True)
    text, stat = file.read_text("utf-8"), file.stat()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    scenario = cvosim.load_scenario("saas")
    run_kernel(cvosim.compile_plan(scenario), scenario.seed, 0, 1)  # it is compiled now
    return Copies(tmp_path_factory.mktemp("sides"))


RUN_KERNEL = "    run = _Run(_without_names(plan), seed, "
RUN_REFERENCE = "    run = _Run(read_plan(plan), "
OTHER_SEED = "    seed = seed ^ 1\n"


def moved(copies: Copies, name: str, **more: tuple[str, str]) -> Any:
    """Both of its engines live other lives, the same ones."""
    return copies.side(
        "HEAD",
        name,
        engine__driver=(RUN_KERNEL, OTHER_SEED + RUN_KERNEL),
        engine__reference=(RUN_REFERENCE, OTHER_SEED + RUN_REFERENCE),
        **more,
    )


def small(customers: int = 4_000) -> list[Any]:
    return [replace(module("cases").CASES[0], customers=customers)]


def test_a_worker_answers_in_json_and_says_what_it_cannot(copies: Copies) -> None:
    runner = module("runner")
    case = small(500)[0].to_dict()
    side = copies.side("BASE", "same")
    with runner.started(side) as worker:
        hello = worker.ask(ask="hello")
        assert Path(hello["package"]).is_relative_to(side.folder)
        assert hello["versions"]["numba"]
        assert hello["compile_seconds"] > 0.0
        assert hello["cpu"]
        with pytest.raises(runner.SideError, match="BASE: ValueError: no such request: sing"):
            worker.ask(ask="sing")
        with pytest.raises(runner.SideError, match="BASE: KeyError"):
            worker.ask(ask="time", case=case["name"])
        with pytest.raises(runner.SideError, match=r"nowhere\.yaml"):
            worker.ask(ask="prepare", case=case, files=["nowhere.yaml"])
        file = str(side.folder / case["file"])
        found = worker.ask(ask="prepare", case=case, files=["nowhere.yaml", file])
        assert found["file"] == file
        assert found["customers"] == 500
        assert "CustomerColumns.revenue" in found["columns"]
        timing = worker.ask(ask="time", case=case["name"])
        assert timing["cpu"] > 0.0
        assert timing["wall"] > 0.0


def test_a_worker_that_dies_is_heard(copies: Copies, tmp_path: Path) -> None:
    runner, side = module("runner"), copies.side("HEAD", "same")
    script = tmp_path / "worker.py"
    script.write_text("print('to standard output'); raise SystemExit('I give up')", "utf-8")
    with runner.started(side, script) as worker, pytest.raises(ValueError, match="Expecting value"):
        worker.ask(ask="hello")  # what it printed is no answer
    script.write_text("raise SystemExit('I give up')", "utf-8")
    with (
        runner.started(side, script) as worker,
        pytest.raises(runner.SideError, match=r"HEAD died .*I give up"),
    ):
        worker.ask(ask="hello")


def test_a_side_must_find_its_own_package(copies: Copies, tmp_path: Path) -> None:
    side = replace(copies.side("BASE", "same"), folder=tmp_path)
    runner = module("runner")
    with (
        pytest.raises(runner.SideError, match=r"BASE found the cvosim of .*, not its own"),
        runner.paired(side, copies.side("HEAD", "same")),
    ):
        raise AssertionError("never reached")


# ---------------------------------------------------------------------------- same lives
def test_other_lives_at_one_trajectory_version_fail(copies: Copies) -> None:
    compare = module("compare")
    result = compare.compare((copies.side("BASE", "same"), moved(copies, "moved")), small())
    assert not result.passed
    assert result.measured == ()
    (why,) = result.broken
    assert "CustomerColumns.revenue" in why
    assert "both are of trajectory version" in why
    assert compare.verdict(result) == "FAIL: HEAD does not do what BASE does."


def test_other_lives_of_another_trajectory_version_are_said_and_timed(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_after((3,), monkeypatch)
    version = importlib.import_module("cvosim.tables.manifest").TRAJECTORY_VERSION
    line = f"TRAJECTORY_VERSION = {version}\n"
    raised = (line, line.replace(str(version), str(version + 1)))
    head = moved(copies, "raised", tables__manifest=raised)
    compare = module("compare")
    result = compare.compare((copies.side("BASE", "same"), head), small(), 2.0, 20.0)
    assert not result.broken  # how fast so few customers are is no matter here
    (one,) = result.measured
    assert one.subject.note == f"other lives: trajectory version {version} and {version + 1}"
    assert one.subject.note in compare.markdown(result)
    assert len(set(one.subject.hashes.values())) == 2
    assert len(one.ratios()) == 3


def test_a_kernel_that_does_not_repeat_its_reference_is_not_timed(copies: Copies) -> None:
    joined = "    customers, referred = families.joined(market)\n"
    wrong = joined + "    customers.revenue[-1] += 1e-9\n"
    head = copies.side("HEAD", "wrong", engine__driver=(joined, wrong))
    result = module("compare").compare((copies.side("BASE", "same"), head), small())
    assert not result.passed
    assert "kernel and its reference engine differ in CustomerColumns.revenue" in result.broken[0]


def test_what_base_cannot_do_is_left_out_in_words(copies: Copies) -> None:
    case = replace(small()[0], name="new", file="scenarios/saas.yaml")
    base = copies.side("BASE", "older", engine__reference=("def run_reference(", "def run_slow("))
    compare = module("compare")
    result = compare.compare((base, copies.side("HEAD", "same")), [case])
    assert not result.passed, "nothing has been judged"
    assert "new cannot be compared: BASE: ImportError" in result.left_out[0]
    assert compare.verdict(result).startswith("FAIL: nothing was judged: BASE can do nothing of it")
    judged = found_to_be("ok", "undecided")
    assert replace(judged, left_out=result.left_out).passed


def found_to_be(*findings: str) -> Any:
    """What a comparison came to, its findings given."""
    runner, paired, cases = module("runner"), module("paired"), module("cases").CASES
    measured = tuple(
        runner.Measured(runner.Subject(case, {}), [], paired.Finding(finding))
        for case, finding in zip(cases, findings, strict=False)
    )
    return module("compare").Result((), measured, (), (), {}, paired.Rule(len(findings)))


@pytest.mark.parametrize(
    ("findings", "passed", "said"),
    [
        (("ok", "ok"), True, "Passed: no case is slower by 15%."),
        (
            ("ok", "undecided"),
            True,
            "Passed; NOT CHECKED: speed of carpet_cleaning, events (",
        ),
        (("undecided",), False, "FAIL: nothing was judged: too noisy to tell about "),
        (("undecided", "undecided"), False, "FAIL: nothing was judged: too noisy to tell about "),
        (("undecided", "FAIL"), False, "FAIL: slower by more than 15%: carpet_cleaning, events."),
        ((), False, "FAIL: nothing was judged: BASE can do nothing of it."),
    ],
)
def test_only_what_was_judged_passes(findings: tuple[str, ...], passed: bool, said: str) -> None:
    result = found_to_be(*findings)
    assert result.passed is passed
    assert module("compare").verdict(result).startswith(said)


def test_a_proof_counts_what_was_found_slower_and_no_other_failure() -> None:
    caught = module("proof")._caught
    assert caught(found_to_be("ok", "FAIL"))
    assert not caught(found_to_be("undecided"))
    assert not caught(found_to_be())
    assert not caught(replace(found_to_be("FAIL"), broken=("it crashed",)))


# ---------------------------------------------------------------------------- words
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-revision"], "neither a folder with cvosim in it nor a revision"),
        (["--case", "sing"], "no case 'sing'; there are carpet_cleaning"),
        (["--limit", "-1"], "a slow-down such as 0.15"),
        (["--seconds", "0"], "more than 0"),
        (["--prove", "0"], "at least 1"),
        (["--json", "no/such/folder/file.json"], "no such folder"),
        (["one", "two", "three"], "unrecognized arguments"),
    ],
)
def test_wrong_words_end_with_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        module("compare").main(words)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_a_base_of_the_environment_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVOSIM_BASE", "no-such-revision")
    with pytest.raises(SystemExit) as end:
        module("compare").main([])
    assert end.value.code == 2


# ---------------------------------------------------------------------------- cases
def test_the_cases_stand_for_the_kernel() -> None:
    cases = module("cases").CASES
    assert len({case.name for case in cases}) == len(cases)
    assert all((ROOT / case.file).is_file() for case in cases)
    assert [case.threads for case in cases].count(2) == 1
    assert [case.clock for case in cases if case.threads == 2] == ["wall"]
    assert any(case.events for case in cases)


def test_asv_times_the_same_cases() -> None:
    settings = (ROOT / "benchmarks" / "asv.conf.json").read_text("utf-8")
    assert "://" not in settings
    folder = ROOT / "benchmarks" / json.loads(settings)["benchmark_dir"]
    assert (folder / "__init__.py").is_file()
    suite = importlib.import_module("benchmarks.asv_suite")
    assert suite.Kernel.params == tuple(case.name for case in module("cases").CASES)
    kernel = suite.Kernel()
    kernel.setup("saas")
    kernel.case = replace(kernel.case, customers=200)
    kernel.time_kernel("saas")
    kernel.peakmem_kernel("saas")
    assert kernel.track_customers_per_second("saas") > 0.0
    suite.Start().time_import()


def test_the_slowed_kernel_differs_in_one_place(tmp_path: Path) -> None:
    """That it is slower and changes no number is what ``--prove`` shows; it takes minutes."""
    side = module("sides").Side("BASE", "here", tmp_path / "here", None)
    shutil.copytree(ROOT / "cvosim", side.folder / "cvosim")
    slow = module("proof").slowed(side, 17, tmp_path / "slow")
    before, after = (
        (one.folder / "cvosim" / "engine" / "kernel.py").read_text("utf-8") for one in (side, slow)
    )
    ast.parse(after)
    added = set(after.splitlines()) - set(before.splitlines())
    assert len(added) == len(after.splitlines()) - len(before.splitlines()) == 5
    assert any("range(17)" in line for line in added)
    edit(side.folder / "cvosim" / "engine" / "kernel.py", " _fill_row(customers,", " _fill(c,")
    with pytest.raises(ValueError, match="has not one line that reads"):
        module("proof").slowed(side, 17, tmp_path / "again")


# ---------------------------------------------------------------------------- for real
def judged_after(looks: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge sooner: in every round new processes start, which takes longer than what they time."""
    rule = partial(module("paired").Rule, looks=looks)
    monkeypatch.setattr(module("compare"), "Rule", rule)


def run_for_real(head: Any, copies: Copies, limit: float) -> Any:
    base = copies.side("BASE", "same")
    return module("compare").compare((base, head), small(20_000), limit, 20.0)


def test_a_side_passes_against_itself(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_after((7, 21), monkeypatch)
    compare = module("compare")
    result = run_for_real(copies.side("HEAD", "same"), copies, 1.0)
    assert result.passed
    (one,) = result.measured
    assert one.subject.hashes["BASE"] == one.subject.hashes["HEAD"]
    starts = [t.side for t in one.timings][:6]
    assert starts == ["BASE", "HEAD", "HEAD", "BASE", "BASE", "HEAD"]
    rows = json.loads(json.dumps(compare.to_dict(result)))["rows"]
    assert len(rows) == 2 * len(one.ratios()) >= 14
    for row in rows:
        assert row["seconds"] > 0.0
        assert row["customers"] == 20_000
        assert row["hash"] == one.subject.hashes["BASE"]
        assert row["cpu"]
        assert row["versions"]["llvmlite"]
    assert "| carpet_cleaning | cpu | 20,000 |" in compare.markdown(result)


def test_a_side_that_does_nine_times_the_work_fails(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel does: eight times for nothing, then as before.

    In the same two processes every round: ninefold is told without new ones.
    """
    judged_after((7, 21), monkeypatch)
    live = "        live_all(run.plan, part, hands, blocks, log, own)\n"
    again = live.replace("hands", "_hands(run, n_errands, recording)")
    eight = f"        for _ in range(8):\n    {again}"
    head = copies.side("HEAD", "nine times", engine__driver=(live, eight + live))
    with module("runner").paired(copies.side("BASE", "same"), head) as pair:

        def start(subjects: Any) -> Any:
            pair.warm(subjects)
            return nullcontext(pair)

        monkeypatch.setattr(module("compare"), "fresh", lambda base, head: start)
        result = run_for_real(head, copies, 2.0)
    assert not result.passed
    assert module("compare").verdict(result) == ("FAIL: slower by more than 200%: carpet_cleaning.")


def test_fewer_customers_are_proved_anew_and_timed_on_both_sides(copies: Copies) -> None:
    runner = module("runner")
    with runner.paired(*(copies.side(label, "same") for label in ("BASE", "HEAD"))) as pair:
        (case,) = small(20_000)
        whole = pair.subject(case)
        assert whole.seconds > 0.0
        fewer = pair.fitted(whole, whole.seconds / 100.0)
        assert fewer.case.customers == runner.FEWEST
        assert fewer.hashes["BASE"] == fewer.hashes["HEAD"] != whole.hashes["HEAD"]
        assert fewer.note.startswith("10,000 customers, for 20,000 take ")
        assert [one.customers for one in pair.round(fewer, 0)] == [10_000, 10_000]
