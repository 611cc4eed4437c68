"""One process at a time may write to a store: a file that says which."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import in_words

LOCK = "lock"
_SETTLING = 0.05
"""Seconds after which one who took a stale lock over looks whether somebody else did, too."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one who writes to a store.

    The lock of a process of this computer that is no more (killed, or the computer was
    switched off) is taken over.

    Raises
    ------
    DataError
        When another process is at work there, or the folder may not be written to.
    """
    path = folder / LOCK
    mine = json.dumps(
        {
            "process": os.getpid(),
            "computer": platform.node(),
            "born": _born(os.getpid()),
            "since": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
    )
    with in_words("write", path):
        while not _created(path, mine):
            _refuse_or_take_over(path, mine)
            if _text(path) == mine:
                break
    try:
        yield
    finally:
        if _text(path) == mine:
            path.unlink(missing_ok=True)


def _created(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _refuse_or_take_over(path: Path, mine: str) -> None:
    text = _text(path)
    if text is None:
        return
    for _ in range(10):
        if text != "":
            break
        time.sleep(_SETTLING)  # its owner is about to fill it, or died before it did
        text = _text(path)
    owner = _owner(text or "")
    if _at_work(owner):
        raise DataError(_words(path, owner))
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(mine, encoding="utf-8")
    beside.replace(path)
    time.sleep(_SETTLING)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _owner(text: str) -> dict[str, Any]:
    try:
        owner = json.loads(text)
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _words(path: Path, owner: dict[str, Any]) -> str:
    who = f"process {owner['process']}"
    if owner.get("computer") != platform.node():
        who += f" on {owner.get('computer')}"
    since = str(owner.get("since"))[:19].replace("T", " ")
    return (
        f"{path.parent}: {who} has been running this sweep since {since} UTC; wait for it, stop "
        f"it, or, if it is not running any more, delete {path}"
    )


def _at_work(owner: dict[str, Any]) -> bool:
    """Whether the owner of a lock may still be running."""
    if not isinstance(owner.get("process"), int):
        return False
    if owner.get("computer") != platform.node():
        return True
    return _alive(owner["process"]) and _born(owner["process"]) == owner.get("born")


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # there, asking like below would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _born(process: int) -> str:
    """When a living process began, where the system says so: their numbers are used again."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]
