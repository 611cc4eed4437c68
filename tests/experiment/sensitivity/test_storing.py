from __future__ import annotations

from pathlib import Path

import pytest

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.storing import check_store


def test_own_folders_go_on(tmp_path: Path) -> None:
    check_store(tmp_path / "new")
    (tmp_path / "tornado").mkdir()
    (tmp_path / "sample").mkdir()
    check_store(tmp_path)


def test_foreign_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sobol").mkdir()
    for name in ("manifest.json", "results.parquet"):
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=r"not empty \(it holds manifest.json and 1 more\)"):
        check_store(tmp_path)
    with pytest.raises(DataError, match="is a file"):
        check_store(tmp_path / "manifest.json")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match="leads nowhere"):
        check_store(tmp_path / "link")
