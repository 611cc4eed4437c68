"""Files that are made to hurt are refused in words, soon, and before memory is taken.

Each is read by a process of its own, whose address space is limited where the system can do so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.experiment.sweeps import points_file
from cvosim.experiment.sweeps.points_file import read_points
from cvosim.scenario import daily_files, library, library_path, load_scenario, loader
from cvosim.scenario.loader import load_variants
from cvosim.scenario.template import load_sweep, load_template

MOST_CPU = 20.0  # seconds for everything below, the start of Python included; a bomb takes hours
ROOM = 3 * 1024**3  # bytes of address space; numpy and Arrow reserve one of them
HEAD = "extends: carpet_cleaning\nname: Hostile\nchanges:\n"


def bomb(first: str, row: str) -> str:
    """Thirty anchors, each ten times the one before."""
    rows = [f"a0: &a0 {first}"]
    for i in range(1, 30):
        rows.append(f"a{i}: &a{i} " + row.format(", ".join([f"*a{i - 1}"] * 10), i))
    return "\n".join(rows)


def deepening(opening: str, closing: str) -> str:
    """Sixty anchors, each 45 levels deeper than the one before."""
    rows = [f"a0: &a0 {opening * 45}1{closing * 45}"]
    rows += [f"a{i}: &a{i} {opening * 45}*a{i - 1}{closing * 45}" for i in range(1, 60)]
    return "\n".join(rows)


def named(section: str, item: str, count: int) -> str:
    return f"name: x\n{section}\n" + "\n".join(item.format(i=i) for i in range(count))


def change(path: str, value: str) -> str:
    return f"{HEAD}  {path}: {value}\n"


def sweep(design: str) -> str:
    levers = (
        "journey.tripwire.price: {low: 1, high: 9}, journey.core_offer.price: {low: 1, high: 9}"
    )
    return f"{HEAD}  seed: 1\nsweep:\n  design: {design}\n  levers: {{{levers}}}\n"


GROWING = "too large for a scenario (more than 100,000 values)"
DEEP = "nested more than 50 levels deep"
KEYS = "a section of more than 1,000 keys"
SECTIONS = "a list of more than 1,000 sections"
HOSTILE: dict[str, tuple[str, str]] = {
    "laughs in lists": (bomb("[lol]", "[{}]"), GROWING),
    "laughs in sections": (bomb("{k: 1}", "{{x: [{}]}}"), GROWING),
    "laughs by merge keys": (bomb("{k: 1}", "{{<<: [{0}], k{1}: [{0}]}}"), GROWING),
    "an alias of itself": ("a: &a [*a]", "refers to no earlier, finished &a"),
    "deep lists": ("a: " + "[" * 10_000, DEEP),
    "deep sections": ("a: " + "{a: " * 10_000, DEEP),
    "deep dashes": ("- " * 10_000 + "a", DEEP),
    "deep indents": ("\n".join(" " * i + "a:" for i in range(1900)), DEEP),
    "deep aliases": (deepening("[", "]"), DEEP),
    "deep sections by aliases": (deepening("{a: ", "}"), DEEP),
    "a huge text": ("name: " + "x" * 2_000_000, "too large for a scenario"),
    "a huge file": ("#" * 9_000_000, "too large for a scenario"),
    "a huge number": (change("seed", "9" * 100_000), "seed: must be a whole number"),
    "a huge hexadecimal": (change("seed", "0x" + "f" * 100_000), "seed: must be a whole number"),
    "endless": (change("journey.tripwire.price", "1e999"), "must be a finite number"),
    "many keys": ("\n".join(f"k{i}: 1" for i in range(120_000)), KEYS),
    "one key again and again": ("k: 1\n" * 120_000, "key given twice"),
    "many changes": (HEAD + "\n".join(f"  k{i}: 1" for i in range(20_000)), KEYS),
    "many channels": (named("channels:", "  - {{name: c{i}, share: 0.1}}", 9000), SECTIONS),
    "many variants": (named("variants:", "  - {{name: v{i}, changes: {{}}}}", 9000), SECTIONS),
    "more variants than are read": (
        library_path("saas").read_text("utf-8")
        + named("variants:", "  - {{name: v{i}, changes: {{seed: {i}}}}}", 900).partition("\n")[2],
        "lists 900 variants; at most 200 are possible",
    ),
    "customers": (change("customers", str(2**60)), "customers: must be between 1 and"),
    "a horizon": (change("horizon_days", "1e300"), "must be above 0 and at most 1,000,000"),
    "many messages": (
        change("journey.return_path.nurture.days", f"[{'1, ' * 90_000}1]"),
        "must have at most 1000 items",
    ),
    "touches": (
        change("journey.return_path.display.impressions_per_day", "1e9"),
        "must be between 0 and 10,000",
    ),
    "an endless window": (
        change("journey.return_path.display.window_days", "1e12"),
        "must be above 0 and at most 1,000,000",
    ),
    "a sweep of a grid": (sweep("{kind: grid, levels: 1000000}"), "at most 1,000,000"),
    "a sweep of points": (sweep("{kind: sobol, points: 1000000000000}"), "1,000,000"),
}
READ_ALL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(float(sys.argv[3])) * 3,) * 2)
from cvosim.errors import CvosimError
from cvosim.scenario import load_scenario
from cvosim.scenario.template import load_sweep
from cvosim.scenario.upload import template_of_text
for file in sorted(Path(sys.argv[1]).glob("*.yaml")):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    text = file.read_text("utf-8")
    for reader in (load_scenario, load_sweep, lambda one: template_of_text(text, one.name)):
        try:
            reader(file)
        except CvosimError as error:
            if reader is load_sweep:
                print(file.stem, str(error)[:2000].replace(chr(10), " | "))
        else:
            allowed = any(word in file.stem for word in ("sweep", "more variants"))
            assert allowed and reader is not load_sweep, file.stem
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    assert spent < float(sys.argv[3]), (file.stem, spent)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="an address space is limited on Linux only")
def test_bombs_do_not_go_off(tmp_path: Path) -> None:
    for name, (text, _) in HOSTILE.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    given = [sys.executable, "-c", READ_ALL, str(tmp_path), str(ROOM), str(MOST_CPU)]
    done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout.splitlines()
    for name, (_, words) in HOSTILE.items():
        (line,) = (one for one in said if one.startswith(f"{name} {tmp_path}"))
        assert words in line


# ---------------------------------------------------------------------------- other files
@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, in which somebody works, beside something secret."""
    (tmp_path / "secret.yaml").write_text("password: hunter2\n", "utf-8")
    (tmp_path / "secret.csv").write_text("visitors,hunter2\n1,2\n", "utf-8")
    folder = tmp_path / "project"
    (folder / "funnels" / "variants").mkdir(parents=True)
    (folder / "base.yaml").write_text(library_path("saas").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(folder)
    return folder


def extending(project: Path, name: str, changes: str = "{}") -> Path:
    file = project / "funnels" / "variants" / "x.yaml"
    file.write_text(f"extends: {name}\nname: X\nchanges: {changes}\n", "utf-8")
    return file


def refused(file: Path) -> str:
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    (problem,) = error.value.problems
    assert "hunter2" not in str(problem)
    return problem.message


def test_a_base_in_the_working_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = extending(project, "../../base.yaml")
    assert load_scenario(file).name == "X"
    monkeypatch.chdir(project.parent.parent)
    assert load_scenario(file).name == "X"
    monkeypatch.chdir(project / "funnels" / "variants")
    assert "lies elsewhere" in refused(file)


@pytest.mark.parametrize("name", library())
def test_any_file_of_the_library_may_be_extended_from_anywhere(project: Path, name: str) -> None:
    """A variant of the library has its own base there, which is neither beside nor below."""
    assert library_path(name).parent not in [project, *project.parents]
    file = extending(project, name)
    assert load_scenario(file, ["customers=10"]).customers == 10


ELSEWHERE = ["../../../secret.yaml", "../../../nothing_there.yaml", "../../../../../etc/passwd"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_base_elsewhere_is_not_even_looked_for(project: Path, name: str) -> None:
    message = refused(extending(project, name))
    assert message == (
        f"{name}: lies elsewhere: a file that a scenario names must lie, links followed, in the "
        "folder of the scenario asked for or below, or in the working folder or below"
    )


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "~/x.yaml", "~root/x.yaml", "'C:\\x.yaml'", "'\\x'"]
)
def test_a_base_by_its_root(project: Path, name: str) -> None:
    assert "starts at a root or with ~" in refused(extending(project, name))


def test_a_link_leads_where_it_leads(project: Path) -> None:
    link = project / "funnels" / "variants" / "link.yaml"
    link.symlink_to(project.parent / "secret.yaml")
    assert "lies elsewhere" in refused(extending(project, "link.yaml"))
    link.unlink()
    link.symlink_to(project / "base.yaml")
    assert load_scenario(extending(project, "link.yaml")).name == "X"


def test_a_base_is_yaml(project: Path) -> None:
    (project / "funnels" / "variants" / "hosts").write_text("hunter2: 1\n", "utf-8")
    assert "must end in .yaml or .yml" in refused(extending(project, "hosts"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(project: Path) -> None:
    os.mkfifo(project / "funnels" / "variants" / "pipe.yaml")
    os.mkfifo(project / "funnels" / "variants" / "pipe.csv")
    assert "is no file but a device, a pipe" in refused(extending(project, "pipe.yaml"))
    daily = "{channels.search.arrivals: {kind: daily, file: pipe.csv, column: visitors}}"
    assert "is no file but a device" in refused(extending(project, "carpet_cleaning", daily))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("../../../secret.csv", "lies elsewhere"),
        ("/dev/zero", "starts at a root"),
        ("~/visits.csv", "starts at a root or with ~"),
        ("notes.txt", "must end in .csv"),
    ],
)
def test_daily_files_and_points_lie_there_too(project: Path, file: str, words: str) -> None:
    (project / "funnels" / "variants" / "notes.txt").write_text("hunter2\n1\n", "utf-8")
    daily = f"{{channels.search.arrivals: {{kind: daily, file: {file}, column: visitors}}}}"
    assert words in refused(extending(project, "carpet_cleaning", daily))
    swept = extending(project, "carpet_cleaning")
    rest = f"sweep: {{design: {{kind: list, file: {file}}}}}\n"
    swept.write_text(swept.read_text("utf-8") + rest, "utf-8")
    with pytest.raises(ScenarioError, match=words) as error:
        load_sweep(swept)
    assert "hunter2" not in str(error.value)


def test_changes_of_changes_do_not_dig_deeper(project: Path) -> None:
    """Each file of a chain could put its own depth below that of the one before."""
    deep = "{a: " * 45 + "1" + "}" * 45
    (project / "y.yaml").write_text(
        f"extends: carpet_cleaning\nname: Y\nchanges: {{journey.tripwire.price: {deep}}}\n"
    )
    path = "journey.tripwire.price." + ".".join("a" * 45)
    (project / "x.yaml").write_text(f"extends: y.yaml\nname: X\nchanges: {{{path}: {deep}}}\n")
    with pytest.raises(ScenarioError, match="nested more than 50 levels deep"):
        load_scenario(Path("x.yaml"))


DAILY = (
    "channels.search.arrivals: "
    "[{{kind: daily, file: {}, column: visitors}}, {{kind: uniform, over_days: 9}}]"
)


def with_sweep(project: Path, design: str, levers: str) -> Path:
    file = extending(project, "carpet_cleaning")
    rest = f"sweep:\n  design: {design}\n  levers: {{{levers}}}\n"
    file.write_text(file.read_text("utf-8") + rest, "utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../../secret.csv", "lies elsewhere"),
        ("{}/secret.csv", "starts at a root"),
        ("notes.txt", "must end in .csv"),
    ],
)
def test_values_of_a_sweep_name_no_other_file(
    project: Path, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every one of these is there, as seen from the working folder, too."""
    folder = project / "funnels" / "variants"
    (folder / "notes.txt").write_text("visitors\n1\n2\n", "utf-8")
    monkeypatch.chdir(folder)
    file = with_sweep(project, "{kind: grid}", DAILY.format(name.format(project.parent)))
    assert words in refused(file)
    with pytest.raises(ScenarioError, match=words):
        load_sweep(file)


def test_values_of_a_sweep_name_files_beside_it(project: Path) -> None:
    (project / "funnels" / "variants" / "visits.csv").write_text("visitors\n1\n2\n", "utf-8")
    file = with_sweep(project, "{kind: grid}", DAILY.format("visits.csv"))
    template, sweep = load_sweep(file)
    lever = sweep.levers["channels.search.arrivals"]
    assert isinstance(lever, tuple)
    found = template.changed({"seed": 3}).at({"channels.search.arrivals": lever[0]})
    assert getattr(found.channels[1].arrivals, "weights", None) == (1.0, 2.0)
    file.write_text(file.read_text("utf-8").replace("visits.csv", "x.csv"), "utf-8")
    (project.parent / "all.csv").write_text("visitors\n4\n", "utf-8")
    said = f"sweep.levers={{{DAILY.format(project.parent / 'all.csv')}}}"
    assert load_sweep(file, [said])


def test_a_list_of_points_names_no_other_file(project: Path) -> None:
    folder = project / "funnels" / "variants"
    (folder / "visits.csv").write_text("visitors\n1\n2\n", "utf-8")
    daily = "{channels.search.arrivals: {kind: daily, file: visits.csv, column: visitors}}"
    file = extending(project, "carpet_cleaning", daily)
    rest = "sweep: {design: {kind: list, file: points.csv}}\n"
    file.write_text(file.read_text("utf-8") + rest, "utf-8")
    points = folder / "points.csv"
    points.write_text("channels.search.arrivals.file\n../../../secret.csv\n", "utf-8")
    template, sweep = load_sweep(file)
    with pytest.raises(ScenarioError, match="lies elsewhere"):
        read_points(str(points), template, sweep)
    points.write_text("channels.search.arrivals.file\nvisits.csv\n", "utf-8")
    assert read_points(str(points), template, sweep)[1] == (("visits.csv",),)


def test_a_file_called_like_an_override(project: Path) -> None:
    """What a person says may name any file; a file's name does not say who speaks."""
    daily = "{channels.search.arrivals: {kind: daily, file: ../secret.csv, column: visitors}}"
    text = f"extends: carpet_cleaning\nname: Y\nchanges: {daily}\n"
    (project / "-S evil.yaml").write_text(text, "utf-8")
    (project / "x.yaml").write_text("extends: '-S evil.yaml'\nname: X\n", "utf-8")
    assert "lies elsewhere" in refused(Path("x.yaml"))
    said = [f"channels.search.arrivals.file={project.parent / 'secret.csv'}"]
    found = load_scenario(Path("x.yaml"), said)
    assert getattr(found.channels[1].arrivals, "weights", None) == (1.0,)


def peak_of(call: Callable[[], object], words: str) -> int:
    """Bytes that a refusal in these words takes at most."""
    tracemalloc.start()
    try:
        with pytest.raises(ScenarioError, match=words):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_rows_are_counted_before_they_are_kept(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_files, "MAX_DAYS", 100.0)
    monkeypatch.setattr(points_file, "MOST_POINTS", 100)
    for module in (daily_files, points_file):  # so many bytes are set aside
        monkeypatch.setattr(module, "_MOST_BYTES", 1_000_000)
    template = load_template("carpet_cleaning")
    rows = 50_000
    (project / "d.csv").write_text("visitors\n" + "1\n" * rows)
    (project / "p.csv").write_text("journey.tripwire.price\n" + "1\n" * rows)
    daily = {"kind": "daily", "file": "d.csv", "column": "visitors"}
    peak = peak_of(
        lambda: template.at({"channels.search.arrivals": daily}), "has more than 100 lines"
    )
    assert peak < 60 * rows
    peak = peak_of(
        lambda: read_points("p.csv", template), "lists 50,000 points; at most 100 are possible"
    )
    assert peak < 60 * rows


def test_variants_are_bounded_in_what_they_copy(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = library_path("saas").read_text("utf-8")
    (project / "x.yaml").write_text(text + named(
        "variants:", "  - {{name: v{i}, changes: {{seed: {i}}}}}", 9
    ).partition("\n")[2])  # fmt: skip
    assert len(load_variants("x.yaml")) == 9
    monkeypatch.setattr(loader, "MOST_COPIED", 500)
    words = "makes 9 variants of [0-9]+ values each; at most 500 values are possible: write fewer"
    with pytest.raises(ScenarioError, match=words):
        load_variants("x.yaml")
