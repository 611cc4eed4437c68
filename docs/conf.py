"""How the pages become a site: ``sphinx-build -W docs site``."""

from __future__ import annotations

from typing import Any

from docutils.nodes import SkipNode, math, math_block
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import cvosim

project = "cvosim"
author = "the cvosim developers"
release = version = cvosim.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
myst_heading_anchors = 4
myst_fence_as_directive = ["math"]
exclude_patterns = ["claims/*", "images/*"]

autodoc_typehints = "none"  # the docstrings say types in words, with units
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "cvosim"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sphinx = False


def _mathml(translator: Any, node: math | math_block, *, as_block: bool) -> None:
    """Write a formula as MathML, which browsers draw by themselves: no script from elsewhere."""
    translator.body.append(tex2mathml(node.astext(), as_block=as_block))
    raise SkipNode


def _inline(translator: Any, node: math) -> None:
    _mathml(translator, node, as_block=False)


def _displayed(translator: Any, node: math_block) -> None:
    _mathml(translator, node, as_block=True)


def _no_field(_app: Sphinx, _what: str, _name: str, member: Any, *_: Any) -> bool | None:
    """Leave out the fields of named tuples: their class says what they are."""
    return True if type(member).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> None:
    """Register what Sphinx does not have."""
    app.connect("autodoc-skip-member", _no_field)
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
