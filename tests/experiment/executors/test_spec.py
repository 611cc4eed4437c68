"""The word for an executor: understood, or refused in words."""

from __future__ import annotations

import pytest

from cvosim import DataError
from cvosim.experiment.executors import check_executor
from cvosim.experiment.executors.spec import Spec, cores, read_spec


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("serial", Spec("serial", 1)),
        ("threads:3", Spec("threads", 3)),
        ("processes:12", Spec("processes", 12)),
        ("tcp://10.0.0.7:8786", Spec("dask", 0, "tcp://10.0.0.7:8786")),
        ("tls://scheduler.lan:1/", Spec("dask", 0, "tls://scheduler.lan:1")),
        ("tcp://[::1]:8786", Spec("dask", 0, "tcp://[::1]:8786")),
    ],
)
def test_every_kind_is_understood(text: str, meaning: Spec) -> None:
    check_executor(text)
    assert read_spec(text) == meaning


def test_as_many_as_the_kernel_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    assert read_spec("threads") == Spec("threads", 3)
    assert read_spec("processes") == Spec("processes", 3)
    monkeypatch.delenv("NUMBA_NUM_THREADS")
    import numba

    assert cores() == numba.config.NUMBA_DEFAULT_NUM_THREADS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thread:2", 'did you mean "threads"?'),
        ("Processes", 'did you mean "processes"?'),
        ("", "must be one of"),
        ("serial:2", "must be one of"),
        ("threads:", "whole one from 1 to 1024"),
        ("threads:0", "whole one from 1 to 1024"),
        ("threads:x", "'threads:x'"),
        ("processes:-1", "whole one"),
        ("processes:²", "whole one"),
        ("tcp://host", "looks like tcp://host:8786"),
        ("tcp://host:99999", "looks like tcp://host:8786"),
        ("http://host:8786", "looks like tcp://host:8786"),
        (None, "must be one of"),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(DataError) as refusal:
        check_executor(text)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("executor: ")
    assert "\n" not in str(refusal.value)
