"""A figure with its words and numbers, as a notebook shows it."""

from __future__ import annotations

from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import Funnel, FunnelBar, funnel
from cvosim.report.html import exhibit_html
from cvosim.report.tables import Table


def exhibit() -> Exhibit:
    data = Funnel(("now",), ("prospects",), ((FunnelBar(1000, None),),))
    table = Table(("step", "now"), (("prospects", 1000),), (("prospects", "1,000"),))
    return Exhibit("funnel", "Who takes <each> step", "1,000 prospects.", funnel, data, table)


def test_a_notebook_shows_what_a_report_shows() -> None:
    page = exhibit()._repr_html_()
    assert page == exhibit_html(exhibit())
    assert page.count("<svg") == 1
    assert "1,000 prospects." in page
    assert '<td class="n">1,000</td>' in page
    assert "Who takes &lt;each&gt; step" in page
    assert "<each>" not in page
