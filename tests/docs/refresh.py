"""Renews what is printed under the commands of the pages: ``python tests/docs/refresh.py``.

Takes names of pages (``README.md``, ``journey.md``) or renews all, and their pictures. A block
without ``...`` becomes the whole output. In others, what stands is kept and gets its new numbers: a
table's row by its first word, a paragraph by its words. What it cannot renew it reports; numbers in
the running text of a page are for its author to check.
"""

from __future__ import annotations

import difflib
import re
import shutil
import sys
import tempfile
from pathlib import Path

from test_commands import FENCE, NAMED, PAGES, Command, commands, run, same

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CALLED = {"cvosim-demo.png": "demo.png", "pizza_chain.png": "journey.png"}
"""Pictures that have another name among the pages."""
TABLE = re.compile(r"\S {2,}\S|^-+(  |$)|^ *\"")
"""A row of a table or a line of JSON, as against a paragraph."""


def refreshed(command: Command, got: str) -> str:
    """What is to stand under a command that prints ``got``."""
    shown = [line.rstrip() for line in got.strip().splitlines()]
    wanted = command.expected.rstrip("\n").split("\n")
    if "..." not in command.expected:
        return "".join(f"{line}\n" for line in shown)
    lines: list[str] = []
    at = i = 0
    while i < len(wanted):
        if not wanted[i].strip() or wanted[i].strip() == "...":
            lines.append(wanted[i])
            i += 1
        elif TABLE.search(wanted[i]):
            at = place(shown, wanted[i].split()[:1], at)
            lines.append(shown[at])
            at, i = at + 1, i + 1
        else:
            end = paragraph(wanted, i)
            at = place(shown, wanted[i].split()[:2], at)
            after = paragraph(shown, at)
            if end == i + 1 and wanted[end:] and wanted[end] == "...":
                after = at + 1  # a single line; what follows it is left out
            lines += renewed(wanted[i:end], shown[at:after])
            at, i = after, end
    return "".join(f"{line}\n" for line in lines)


def place(shown: list[str], words: list[str], start: int) -> int:
    """The next line that begins with these words; rows of dashes are alike at any length."""
    key = masked(words)
    for at in range(start, len(shown)):
        if masked(shown[at].split()[: len(words)]) == key:
            return at
    raise LookupError(f"no line begins with: {' '.join(words)}")


def masked(words: list[str]) -> list[str]:
    """Words with one sign for every number and for every row of dashes."""
    return [re.sub(r"[-+]?\d[\d,.]*|^-+$", "#", word) for word in words]


def paragraph(lines: list[str], start: int) -> int:
    """Where a paragraph ends: at a blank line, a table, an elision, or behind an inner one."""
    for at in range(start, len(lines)):
        if not lines[at].strip() or lines[at] == "..." or (at > start and TABLE.search(lines[at])):
            return at
        if lines[at].endswith(" ..."):
            return at + 1
    return len(lines)


def renewed(before: list[str], now: list[str]) -> list[str]:
    """The new paragraph, cut where the old one was cut."""
    if not before[-1].endswith(" ..."):
        return now
    old = " ".join(before).removesuffix(" ...").split()
    spots = [
        (row, hit.end(), hit[0])
        for row, line in enumerate(now)
        for hit in re.finditer(r"\S+", line)
    ]
    alike = difflib.SequenceMatcher(
        None, masked(old), masked([spot[2] for spot in spots]), autojunk=False
    )
    block = [block for block in alike.get_matching_blocks() if block.size][-1]
    last = min(block.b + (len(old) - 1 - block.a), len(spots) - 1)
    if last == len(spots) - 1:
        return [*now, "..."]
    row, end, _ = spots[last]
    if end == len(now[row]):  # " ..." stands for something on the same line
        row, end, _ = spots[last - 1]
    return [*now[:row], f"{now[row][:end]} ..."]


def renew(page: Path, folder: Path) -> list[str]:
    """Write a page anew; returns what could not be renewed."""
    text, problems = page.read_text(encoding="utf-8"), []
    for language, block in FENCE.findall(text):
        if language == "yaml" and (name := NAMED.match(block)):
            (folder / name[1]).write_text(block, "utf-8")
        elif language == "python":
            (folder / "snippet.py").write_text(block, "utf-8")
            if "Traceback" in (said := run("python snippet.py", folder).text):
                problems.append(f"{page.name}: {said}")
        elif language == "console":
            new = block
            for command in commands(block):
                got = run(command.line, folder).text
                try:
                    output = refreshed(command, got)
                except LookupError as error:
                    problems.append(f"{page.name}: $ {command.line}\n  {error}")
                    continue
                if not same(output, got):
                    problems.append(f"{page.name}: $ {command.line}\n  renewed, and not alike yet")
                old = f"$ {command.line}\n{command.expected}"
                new = new.replace(old, f"$ {command.line}\n{output}", 1)
            text = text.replace(f"```console\n{block}```", f"```console\n{new}```", 1)
    page.write_text(text, "utf-8")
    keep_pictures(folder)
    return problems


def keep_pictures(folder: Path) -> None:
    """Renew the pictures that the pages show."""
    for picture in folder.glob("*.png"):
        place = IMAGES / CALLED.get(picture.name, picture.name)
        if place.exists():
            shutil.copy(picture, place)


def main(names: list[str]) -> int:
    """Renew the pages of these names, or all."""
    problems: list[str] = []
    for page in PAGES:
        if not names or page.name in names:
            with tempfile.TemporaryDirectory() as folder:
                problems += renew(page, Path(folder))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    from cvosim import load_scenario, simulate

    simulate(load_scenario("cdnow"), customers=10)  # compiles; no page shows that message
    sys.exit(main(sys.argv[1:]))
