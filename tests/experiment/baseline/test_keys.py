"""A scenario goes by one key wherever it is asked for, and no two go by the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.baselines import FEW, kept, written

from cvosim.errors import CvosimError
from cvosim.experiment.baseline.checking import check, record, updated
from cvosim.experiment.baseline.keys import is_there, key_of
from cvosim.scenario import library_path

CDNOW = library_path("cdnow").read_text("utf-8")
SMALL = FEW.replace("customers: 4000", "customers: 200")


def test_a_file_called_as_one_of_the_library_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SMALL, "cdnow")
    baseline = updated(None, [*record("cdnow", customers=50), *record("./cdnow")])
    assert sorted(baseline.records) == ["./cdnow", "cdnow"]
    assert record(Path("cdnow"), customers=5)[0].key == "./cdnow"
    found = check(baseline, ["./cdnow", "cdnow"])
    assert found.ok
    assert [one.record.name for one in found.findings] == ["Carpet cleaning", "CDNOW"]


@pytest.mark.parametrize("twin", ["shop.yaml", "./shop.yaml", "../{here}/shop.yaml"])
def test_the_same_scenario_twice_is_refused(
    twin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    baseline = kept(written(tmp_path, SMALL))
    with pytest.raises(CvosimError, match=r"the same scenario to a baseline \(shop.yaml\)"):
        check(baseline, ["shop.yaml", twin.format(here=tmp_path.name)])


def test_a_variant_that_is_called_as_another_file_is_refused(tmp_path: Path) -> None:
    variant = "variants: [{name: b.yaml, changes: {journey.tripwire.price: 19}}]\n"
    files = [written(tmp_path, SMALL + variant), written(tmp_path, SMALL, "shop.yaml: b.yaml")]
    with pytest.raises(CvosimError, match="name it once"):
        check(kept(files[0]), files, beside=tmp_path)


def test_a_linked_folder_leads_to_the_same_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "real" / "deep"
    real.mkdir(parents=True)
    file = written(real, SMALL)
    link = tmp_path / "link"
    try:
        link.symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    baseline = updated(None, record(file, beside=real))
    for source, beside in ((link / "shop.yaml", real), (file, link), (link / "shop.yaml", link)):
        found = check(baseline, [source], beside=beside)
        assert (found.ok, found.findings[0].key) == (True, "shop.yaml")
    monkeypatch.chdir(link)
    assert key_of("shop.yaml", Path()) == key_of("shop.yaml", real) == "shop.yaml"
    # a file that is a link keeps its own name
    (real / "other.yaml").symlink_to("shop.yaml")
    assert key_of(real / "other.yaml", real) == "other.yaml"


def test_gone_variants_and_files_that_are_not_there_fail(tmp_path: Path) -> None:
    variant = "variants: [{name: Dear, changes: {journey.tripwire.price: 49}}]\n"
    file = written(tmp_path, SMALL + variant)
    old = written(tmp_path, SMALL, "old.yaml")
    baseline = kept(file, old)
    old.rename(tmp_path / "new.yaml")
    written(tmp_path, SMALL)
    found = check(baseline, [file], beside=tmp_path)
    assert (found.ok, found.lost) == (False, ("old.yaml",))
    assert set(found.gone) == {"shop.yaml: Dear", "old.yaml"}
    after = updated(baseline, found)
    assert set(after.records) == {"shop.yaml"}
    assert check(after, [file], beside=tmp_path).ok
    written(tmp_path, SMALL + variant)
    found = check(baseline, [file], beside=tmp_path)
    assert (found.ok, found.gone, found.lost) == (False, ("old.yaml",), ("old.yaml",))
    assert is_there("shop.yaml: Dear", tmp_path)
    assert is_there("cdnow", tmp_path)
    assert not is_there("old.yaml", tmp_path)


def test_a_file_whose_name_looks_like_a_variant_is_there(tmp_path: Path) -> None:
    variant = "variants: [{name: Dear, changes: {journey.tripwire.price: 49}}]\n"
    file = written(tmp_path, SMALL + variant, "Q1: shop.yaml")
    other = written(tmp_path, SMALL, "other.yaml")
    baseline = kept(file, other)
    assert set(baseline.records) == {"Q1: shop.yaml", "Q1: shop.yaml: Dear", "other.yaml"}
    found = check(baseline, [other], beside=tmp_path)
    assert (len(found.unchecked), found.lost) == (2, ())
    file.unlink()
    assert len(check(baseline, [other], beside=tmp_path).lost) == 2
