"""One cluster for the tests of a file that do not kill it; idle, it still takes CPU time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.dask_cluster import DaskCluster, dask_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with dask_cluster() as running:
        yield running
