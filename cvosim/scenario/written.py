"""Scenario files that cvosim writes: only where they load."""

from __future__ import annotations

from pathlib import Path

from cvosim.errors import DataError, ScenarioError
from cvosim.scenario.loader import scenario_of_text
from cvosim.scenario.named_files import ELSEWHERE


def require_loadable(text: str, path: Path, home: Path) -> None:
    r"""Refuse a place for a scenario file where it may not read the files that it names.

    Whatever else is wrong with the file is left to its reader to say.

    Parameters
    ----------
    text : str
        What the file will hold, its names as seen from its folder.
    path : Path
        Where it shall be written.
    home : Path
        The folder of the scenario that it is made of, from which that one was loaded.

    Raises
    ------
    DataError
        Says where to write it instead.

    Examples
    --------
    >>> text = "extends: carpet_cleaning\nname: Mine\n"
    >>> require_loadable(text, Path("anywhere.yaml"), Path())
    """
    if path.exists() and not path.is_file():
        return  # whoever reads a pipe puts it where it belongs
    try:
        scenario_of_text(text, path.resolve())
    except ScenarioError as error:
        far = [problem for problem in error.problems if ELSEWHERE in problem.message]
        if far:
            name = far[0].message.partition(": ")[0]
            raise DataError(
                f"{path}: could not be loaded: it would name {name}, which is neither in its "
                f"folder nor in the working folder, nor below; write it into {home}, or work in "
                "a folder above both"
            ) from None
