"""Writing a calibrated scenario: whole or not at all, and refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from cvosim.errors import DataError
from cvosim.experiment.calibrated_file import CalibratedFile, calibrated_file
from cvosim.scenario import library_path, load_scenario
from cvosim.scenario.template import load_sweep

POISSON = {"model": "poisson", "mean_days": 41.0}


@pytest.fixture(scope="module")
def file() -> CalibratedFile:
    return calibrated_file("cdnow", POISSON, None)[0]


def test_what_is_not_given_stays(file: CalibratedFile) -> None:
    _, scenario = calibrated_file("cdnow", POISSON, None)
    repeat = scenario.journey.repeat_purchases
    assert repeat is not None
    assert repeat.frequency.model_dump() == POISSON
    assert repeat.spend.model == "gamma_gamma"
    assert "frequency: {model: poisson, mean_days: 41.0}" in file.text


def test_writing_is_whole_or_not_at_all(
    file: CalibratedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.yaml"
    target.write_text("precious")

    def full(self: Path, data: bytes) -> NoReturn:
        with self.open("wb") as disk:
            disk.write(data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DataError, match=r"out.yaml: cannot be written: No space left"):
            file.write(target)
    assert target.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [target]
    file.write(target)
    assert target.read_text("utf-8") == file.text
    assert list(tmp_path.iterdir()) == [target]


def test_places_that_cannot_be_written(file: CalibratedFile, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a directory; name a file"):
        file.write(tmp_path)
    with pytest.raises(DataError, match=r"x.yaml: the directory .*none does not exist"):
        file.write(tmp_path / "none" / "x.yaml")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"x.yaml: the directory .*file does not exist"):
        file.write(tmp_path / "file" / "x.yaml")
    with pytest.raises(DataError, match="cannot be written"):
        file.write(tmp_path / ("x" * 300))
    file.write(Path("/dev/null"))
    assert not Path("/dev/null").is_file()


def test_a_link_stays_a_link(file: CalibratedFile, tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    file.write(tmp_path / "link.yaml")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text("utf-8") == file.text


def test_files_of_daily_arrivals_are_found_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d.csv").write_text("day,n\n0,3\n1,5\n")
    (tmp_path / "shop.yaml").write_text(
        "name: Shop\nhorizon_days: 9\nmarket: {segments: [{name: all, share: 1}]}\nchannels:\n"
        "  - {name: web, kind: earned, share: 1, arrivals: {kind: daily, file: d.csv, column: n}}\n"
        "journey: {core_offer: {name: first, conversion: 0.5, price: 20}}\n"
    )
    values = {"journey.core_offer.conversion": 0.25}
    file, scenario = calibrated_file(tmp_path / "shop.yaml", values=values)
    assert scenario.journey.core_offer is not None
    assert scenario.journey.core_offer.conversion == 0.25
    (tmp_path / "deep").mkdir()
    with pytest.raises(DataError, match=r"new.yaml: could not be loaded: it would name \.\./d.csv"):
        file.write(tmp_path / "deep" / "new.yaml")
    assert not (tmp_path / "deep" / "new.yaml").exists()
    monkeypatch.chdir(tmp_path)
    file.write(tmp_path / "deep" / "new.yaml")
    assert 'file: "../d.csv"' in (tmp_path / "deep" / "new.yaml").read_text()
    written = load_scenario(tmp_path / "deep" / "new.yaml").channels[0].arrivals
    assert written is not None
    assert written.kind == "daily"
    assert written.weights == (3, 5)
    file.write(tmp_path / "beside.yaml")
    assert "file: d.csv" in (tmp_path / "beside.yaml").read_text()


def test_the_points_of_a_sweep_are_found_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("journey.tripwire.price\n19\n29\n", "utf-8")
    (tmp_path / "swept.yaml").write_text(
        "extends: carpet_cleaning\nname: Swept\nsweep: {design: {kind: list, file: points.csv}}\n",
        "utf-8",
    )
    file, _ = calibrated_file("swept.yaml", values={"journey.tripwire.conversion": 0.25})
    (tmp_path / "deep").mkdir()
    file.write(Path("deep", "new.yaml"))
    assert "../points.csv" in (tmp_path / "deep" / "new.yaml").read_text("utf-8")
    load_sweep("deep/new.yaml")


def test_a_variant_goes_where_it_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside its base or above, or anywhere as long as the base is in the working folder."""
    work, far = tmp_path / "work", tmp_path / "far"
    for folder in (work, far / "deep"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(work)
    (far / "base.yaml").write_text(library_path("cdnow").read_text("utf-8"), "utf-8")
    (far / "variant.yaml").write_text("extends: base.yaml\nname: Mine\n", "utf-8")
    file, _ = calibrated_file(far / "variant.yaml", POISSON)
    for place in (work / "x.yaml", far / "deep" / "x.yaml"):
        with pytest.raises(DataError, match="could not be loaded") as error:
            file.write(place)
        assert f"write it into {far}" in str(error.value)
        assert "\n" not in str(error.value)
    for place in (far / "x.yaml", tmp_path / "x.yaml"):
        file.write(place)
        assert load_scenario(place).name == "Mine"
    monkeypatch.chdir(far)
    file.write(work / "x.yaml")
    assert load_scenario(work / "x.yaml").name == "Mine"
