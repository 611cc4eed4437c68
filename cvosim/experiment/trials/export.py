"""The cohort of a simulated experiment as a file, such as real experiments leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.stats.cohort import Cohort

ENDINGS = (".csv", ".parquet")


def write_cohort(cohort: Cohort, path: str | Path) -> None:
    """Write a cohort to a CSV or Parquet file, a row a customer.

    Columns: ``unit`` (number of the row), ``variant`` (name of the arm), ``segment``,
    ``assigned_day``, ``observed_days``, then every outcome; missing values are empty.

    Parameters
    ----------
    cohort : Cohort
        As `SplitTest` gives it.
    path : str or Path
        Its ending chooses the format; a file that is there is replaced.

    Raises
    ------
    DataError
        When the ending is neither, or the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim.stats.cohort import Cohort
    >>> cohort = Cohort(("A", "B"), np.array([0, 1], np.int32), {"spend": np.array([0.0, 2.5])})
    >>> with TemporaryDirectory() as folder:
    ...     write_cohort(cohort, f"{folder}/data.csv")
    ...     print(Path(f"{folder}/data.csv").read_text())
    "unit","variant","spend"
    0,"A",0
    1,"B",2.5
    <BLANKLINE>
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    kind = Path(path).suffix.lower()
    if kind not in ENDINGS:
        raise DataError(f"{path}: must end in {' or '.join(ENDINGS)}")
    rows = np.arange(len(cohort)) if cohort.unit is None else cohort.unit
    columns = {"unit": pa.array(rows), "variant": _words(cohort.arm, cohort.arms)}
    if cohort.stratum is not None:
        columns["segment"] = _words(cohort.stratum, cohort.strata)
    for name in ("assigned_day", "observed_days"):
        if getattr(cohort, name) is not None:
            columns[name] = pa.array(getattr(cohort, name))
    for name, values in cohort.columns.items():
        columns[name] = pa.array(values, from_pandas=True)
    table = pa.table(columns)
    try:
        if kind == ".csv":
            csv.write_csv(table, str(path))
        else:
            parquet.write_table(table, str(path), compression="zstd")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error})") from None


def _words(codes: np.ndarray, names: tuple[str, ...]) -> object:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names)).cast(pa.string())
