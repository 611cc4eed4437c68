"""One cluster for the tests that do not kill it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.dask_cluster import DaskCluster, dask_cluster


@pytest.fixture(scope="package")
def cluster() -> Iterator[DaskCluster]:
    with dask_cluster() as running:
        yield running
