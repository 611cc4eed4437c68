"""Scenarios that come as text read nothing but the library."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import library, library_path, load_scenario
from cvosim.scenario.template import load_template
from cvosim.scenario.upload import questions_of_text, template_of_text

FOLDER = library_path("cdnow").parent


class Watch:
    """Notes every file or folder that the process looks into, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def only_the_library(self) -> bool:
        return all(FOLDER in (Path(one), Path(one).parent) for one in self.seen)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in ("open", "os.listdir", "os.scandir"):
            self.seen.append(str(arguments[0]))


@pytest.fixture(scope="module")
def hook() -> Watch:
    return Watch()


@pytest.fixture
def watch(hook: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """The process stands in a folder full of things that are nobody's business."""
    (tmp_path / "secret_plan.yaml").write_text("name: Secret\n", "utf-8")
    (tmp_path / "secret.csv").write_text("day,secret_column\n1,2\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    template_of_text("extends: cdnow\nname: Warm\n", "warm.yaml")
    hook.seen = []
    hook.on = True
    yield hook
    hook.on = False


def problems(text: str, name: str = "mine.yaml") -> list[str]:
    with pytest.raises(ScenarioError) as error:
        template_of_text(text, name)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("name", library())
def test_a_text_means_what_its_file_means(name: str, watch: Watch) -> None:
    text = library_path(name).read_text("utf-8")
    watch.seen.clear()
    found = template_of_text(text, f"{name}.yaml").scenario
    watch.on = False
    expected = load_scenario(name)
    assert found == expected.model_copy(update={"experiment": None, "sweep": None})
    assert watch.only_the_library()
    expected_questions = [key for key in ("experiment", "sweep") if getattr(expected, key)]
    assert [*questions_of_text(text, "x.yaml")] == expected_questions


OTHER_FILES = {
    "a file beside": "secret_plan.yaml",
    "without its ending": "secret_plan",
    "a way up": "../carpet_cleaning.yaml",
    "a whole path": "/etc/passwd",
    "a library file by its path": str(library_path("cdnow")),
    "itself": "mine.yaml",
    "nearly": "secret_plann.yaml",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_only_the_library_is_extended(name: str, watch: Watch) -> None:
    (only,) = problems(f"extends: {OTHER_FILES[name]}\nname: Mine\n")
    assert only.startswith("mine.yaml:1:10: extends: ")
    assert "is not in the library" in only
    assert "secret" not in only.replace(OTHER_FILES[name], "")
    assert watch.only_the_library()


DATA = "{kind: daily, file: secret.csv, column: other}"
WITH_FILES = {
    "a change": (
        f"extends: carpet_cleaning\nname: M\nchanges:\n  channels.search.arrivals: {DATA}\n",
        "mine.yaml:4:",
    ),
    "key by key": (
        "extends: carpet_cleaning\nname: M\nchanges:\n  channels.facebook.arrivals.kind: daily\n"
        "  channels.facebook.arrivals.file: secret.csv\n"
        "  channels.facebook.arrivals.column: other\n",
        "mine.yaml:4:",
    ),
    "a whole channel": (
        "extends: carpet_cleaning\nname: M\nchanges:\n"
        f"  channels.new: {{kind: owned, share: 0, arrivals: {DATA}}}\n",
        "mine.yaml:4:",
    ),
    "a scenario": (
        "name: M\nhorizon_days: 9\nchannels:\n"
        f"  - {{name: a, kind: owned, share: 1, arrivals: {DATA}}}\n"
        "journey:\n  lead_magnet: {name: l, conversion: 0.5}\n",
        "mine.yaml:4:",
    ),
    "an anchor": (
        f"name: M\ndescription: x\nhorizon_days: 9\nchannels:\n  - &c {{name: a, kind: owned, "
        f"share: 0.5, arrivals: {DATA}}}\n  - {{<<: *c, name: b}}\n"
        "journey:\n  lead_magnet: {name: l, conversion: 0.5}\n",
        "mine.yaml:5:",
    ),
}


@pytest.mark.parametrize("name", WITH_FILES)
def test_no_data_file_is_read(name: str, watch: Watch) -> None:
    text, place = WITH_FILES[name]
    found = problems(text)
    assert all("cannot name a data file" in one for one in found)
    assert any(one.startswith(place) for one in found)
    assert any(".arrivals.file: " in one for one in found)
    assert "secret" not in "".join(found)
    assert watch.only_the_library()


def test_questions_and_variants_are_left_aside(watch: Watch) -> None:
    text = (
        "extends: tripwire_price_test\nname: M\nsweep: {design: {kind: list, file: secret.csv}}\n"
        "variants:\n"
        f"  - {{name: v, changes: {{channels.search.arrivals: {DATA}}}}}\n"
    )
    assert template_of_text(text, "mine.yaml").scenario.name == "M"
    assert questions_of_text(text, "mine.yaml") == ("experiment", "sweep")
    assert watch.only_the_library()
    found = problems(f"{text}experiment: {{nonsense: true}}\n", "mine.yaml")
    assert "mine.yaml:6:14: experiment.nonsense: unknown key" in "\n".join(found)
    assert watch.only_the_library()


def test_all_problems_come_with_their_lines() -> None:
    text = (
        "extends: carpet_cleaning\nname: M\nchanges:\n  journey.tripwire.price: -3\n"
        "  journey.nothing: 1\n  journey.core_offer.conversion: 20%\n"
    )
    found = problems(text, "my plan.yaml")
    assert [one.split(": ")[0] for one in found] == [
        f"my plan.yaml:{line}" for line in ("4:27", "5:3", "6:34")
    ]


LAUGHS = "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "a billion laughs": "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + LAUGHS,
    "very deep": "[" * 60_000,
    "deep maps": "".join(f"{' ' * n}a:\n" for n in range(300)),
    "merged again and again": "a: &a {k: 1}\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 50)}], k{n}: 1}}\n"
        for n in range(20)
    ),
    "many keys": "".join(f"k{n}: 1\n" for n in range(7000)),
    "one long key": "a" * 60_000,
    "no text": "\0\1\2",
    "another language": "!!python/object/apply:os.system ['true']",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_go_off(name: str, watch: Watch) -> None:
    text = BOMBS[name]
    assert len(text.encode()) <= 65_536
    began = time.process_time()
    assert problems(text)
    assert time.process_time() - began < 3.0  # a bomb takes minutes
    assert watch.only_the_library()


def test_a_text_may_extend_what_stands_beside_it() -> None:
    text = "extends: mine.yaml\nname: Cheaper\nchanges: {journey.tripwire.price: 19}\n"
    mine = load_template("carpet_cleaning", ["journey.tripwire.price=31"])
    made = template_of_text(text, "cheaper.yaml", {"mine.yaml": mine}).scenario
    assert made.journey.tripwire is not None
    assert (made.journey.tripwire.price, made.journey.tripwire.list_price) == (19.0, 29.0)
    assert mine.scenario.journey.tripwire is not None
    assert mine.scenario.journey.tripwire.price == 31.0, "nothing happens to it"
    with pytest.raises(ScenarioError, match="not in the library"):
        template_of_text(text, "cheaper.yaml")


def test_a_spreadsheet_is_called_one() -> None:
    with pytest.raises(ScenarioError, match=r"plan\.xlsx: is a spreadsheet, not a scenario"):
        template_of_text("PK\x03\x04", "plan.xlsx")
