"""What people take along: B as a file, the report, and the numbers."""

from __future__ import annotations

import shlex

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
    a, second = state.a, state.b or state.a
    _, variant = work.sources.pair(state)
    files = [one.name for one in dict.fromkeys((a, second)) if work.sources.is_file(one)]
    beside = f"Save it beside {' and '.join(files)}. " if files else ""
    lines = [
        f"# Scenario B of the what-if page. {beside}To compare it with A again:",
        f"#   {again(state)}",
        f"extends: {scalar_text(second.name)}",
        f"name: {scalar_text(variant.name)}",
        *_left_aside(work, second),
    ]
    changes = [f"  {scalar_text(p)}: {flow_text(v)}" for p, v in state.changes.items()]
    return "\n".join([*lines, *(["changes:", *changes] if changes else ["changes: {}"])]) + "\n"


def again(state: State) -> str:
    """Write the command that gives the page's numbers, to the last digit."""
    seed = "" if state.seed is None else f" --seed {state.seed}"
    first = shlex.quote(state.a.name)
    return f"cvosim compare {first} {VARIANT} -n {state.customers}{seed}"


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
    return html_of(comparison_document(found, again(state)))


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
