"""A small order log as text, and what reading a bad one says."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cvosim.clv.orders.reading import read_orders
from cvosim.errors import DataError

GOOD = "customer,date,amount\nann,2024-01-01,10\nbob,2024-01-03,5.5\nann,2024-02-01,7\n"

Write = Callable[[str | bytes], Path]


def complaint(path: Path, **columns: Any) -> list[str]:
    """Lines of the error, without the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError) as error:
            read_orders(path, **columns)
    return str(error.value).replace(f"{path.parent}{os.sep}", "").splitlines()
