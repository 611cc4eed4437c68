"""What people take along: B as a file, the report, and the numbers."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from cvosim.app.sources import distinct
from cvosim.app.state import Source, State
from cvosim.app.turns import Token
from cvosim.app.work import Work
from cvosim.scenario.yaml_writer import flow_text, scalar_text

VARIANT = "variant.yaml"


def variant_yaml(work: Work, state: State) -> str:
    """Write B as a file that extends its scenario.

    Raises
    ------
    ScenarioError
        Something is wrong with the changes.
    """
    _, variant = work.sources.pair(state)
    lines = [
        "# Scenario B of the what-if page.",
        *(f"# {words}" for words in _files(work, state)),
        "# To compare it with A again:",
        f"#   {again(work, state)}",
        f"extends: {scalar_text(file_names(work, state).b)}",
        f"name: {scalar_text(variant.name)}",
        *_left_aside(work, state.b or state.a),
    ]
    changes = [f"  {scalar_text(p)}: {flow_text(v)}" for p, v in state.changes.items()]
    return "\n".join([*lines, *(["changes:", *changes] if changes else ["changes: {}"])]) + "\n"


class FileNames(NamedTuple):
    """What the files that belong to a comparison are called, when they lie in one folder."""

    a: str
    b: str
    variant: str


def file_names(work: Work, state: State) -> FileNames:
    """Name A, what B starts from, and B as a file: none as another."""
    second = state.b or state.a
    own, base = (work.sources.file_of(one) or one.name for one in (state.a, second))
    if second != state.a:
        base = distinct(base, [own])
    return FileNames(own, base, distinct(VARIANT, [own, base]))


def _files(work: Work, state: State) -> list[str]:
    """Say which files of somebody's own belong to this one."""
    second = state.b or state.a
    names = file_names(work, state)
    own, base = (work.sources.file_of(one) for one in (state.a, second))
    beside = [names.a] if own else []
    if base and names.b != base:
        beside.append(f"a copy of B's {base} called {names.b}")
    elif base and base != own:
        beside.append(base)
    found = [f"Save it as {names.variant} beside {' and '.join(beside)}."] if beside else []
    for source, name in {state.a: own, second: base}.items():
        # those of a file that the server was started with have been checked
        if source.text and (work.sources.questions(source) or "variants:" in source.text):
            found.append(f"Its variants, experiment and sweep were left aside here: {name}.")
    return found


def again(work: Work, state: State, verb: str = "compare") -> str:
    """Write the command that gives the page's numbers, or its report, to the last digit."""
    seed = "" if state.seed is None else f" --seed {state.seed}"
    names = file_names(work, state)
    return f"cvosim {verb} {_word(names.a)} {names.variant} -n {state.customers}{seed}"


def _word(name: str) -> str:
    """Write a file's name as a shell takes it, and no program for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _left_aside(work: Work, source: Source) -> list[str]:
    """Take away what asks questions about the scenario that is changed, and not about B."""
    return [f"{section}: null" for section in work.sources.questions(source)]


def report_html(work: Work, state: State, token: Token) -> str:
    """Write the report of the comparison.

    Raises
    ------
    ScenarioError
        Something is wrong with the changes, or the two cannot be compared.
    StoppedError
        In between.
    """
    from cvosim.report.documents.comparison import comparison_document
    from cvosim.report.html import html_of

    found = work.closer(work.answer(state, token, every=True), token)
    return html_of(comparison_document(found).made_by(again(work, state, "report")))


def numbers_csv(work: Work, state: State, token: Token) -> str:
    """Write every number of the comparison, exactly.

    Raises
    ------
    ScenarioError
        Something is wrong with the changes, or the two cannot be compared.
    StoppedError
        In between.
    """
    from cvosim.report.text import comparison_csv

    return comparison_csv(work.answer(state, token, every=True).comparison)
