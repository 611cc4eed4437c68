"""What axe-core and html-validate say of a page; both come from npm."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

SETTINGS = Path(__file__).parents[1] / "browser" / "html_validate.json"


def serious(driver: Any, node_modules: Path) -> list[str]:
    """What axe-core calls serious or critical in the page that is open, in its words."""
    driver.execute_script((node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations),"
        " (error) => done([{impact: 'critical', id: String(error), nodes: []}]));"
    )
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def unfold(driver: Any) -> None:
    """Open whatever can be opened, so that it is looked at, too."""
    driver.execute_script(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; });"
    )


def invalid(node_modules: Path, *files: Path) -> str:
    """What html-validate finds wrong with files; nothing, if they are valid."""
    program = node_modules / "html-validate" / "bin" / "html-validate.mjs"
    command = [str(shutil.which("node")), str(program), "--config", str(SETTINGS)]
    command += ["--formatter", "text", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
