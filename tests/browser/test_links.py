"""Links may come from anybody: whatever they hold, the page opens and works."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from helpers.page_in_browser import AT_START, Page, complaints

pytestmark = pytest.mark.browser

PRICE = "journey.tripwire.price"


def inflating(size: int) -> str:
    """A few letters that are very many bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"# " + b"a" * size) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


BROKEN = {
    "no number of customers": "a=carpet_cleaning&n=null",
    "a list of customers": "a=carpet_cleaning&n=[1]",
    "a section as a value": f'a=carpet_cleaning&n=10000&set.{PRICE}={{"a":1}}',
    "a list as a value": f"a=carpet_cleaning&n=10000&set.{PRICE}=[1]",
    "no number as a value": f"a=carpet_cleaning&n=10000&set.{PRICE}=1e999",
    "a path that is none": "a=carpet_cleaning&n=10000&set.__proto__=1",
    "another path that is none": "a=carpet_cleaning&n=10000&set.constructor=1",
    "a path without end": f"a=carpet_cleaning&n=10000&set.a.{'b' * 400}=1",
    "a word without end": f'a=carpet_cleaning&n=10000&set.{PRICE}="{"b" * 400}"',
    "a seed without end": f"a=carpet_cleaning&n=10000&seed={'1' * 400}",
    "more changes than are taken": "a=carpet_cleaning&n=10000"
    + "".join(f"&set.journey.x{n}=1" for n in range(501)),
    "a file that swells": f"a.name=a.yaml&a.text={inflating(50_000_000)}&n=10000",
    "letters that are no file": "a.name=mine.yaml&a.text=!!!&n=10000",
}


READ = """
const [fragment, done] = arguments;
import("/static/link.js")
  .then((link) => link.stateOf(fragment, 10000, {text: 65536, changes: 500}))
  .then((state) => done(JSON.stringify(state)), (error) => done(error.message));
"""


def test_only_what_a_state_can_be_is_read_from_a_link(page: Page) -> None:
    for name, fragment in BROKEN.items():
        assert "damaged" in page.driver.execute_async_script(READ, fragment), name
    good = page.driver.execute_async_script(READ, f"{AT_START}&seed=18446744073709551615")
    assert json.loads(good)["seed"] == "18446744073709551615"
    reaching = f"{AT_START}&set.constructor.prototype.polluted=1"
    assert "prototype" in page.driver.execute_async_script(READ, reaching)
    assert page.do("return ({}).polluted") is None


@pytest.mark.parametrize("name", ["no number of customers", "a section as a value"])
def test_a_broken_link_says_so_and_the_page_works(page: Page, name: str) -> None:
    page.open(BROKEN[name])
    assert "damaged" in page.text("#banner")
    assert page.do("return document.querySelector('#banner button')") is None, "no use to try again"
    assert page.do("return document.querySelector('main').dataset.state") == "ready"
    assert page.numbers()


def test_what_the_server_refuses_is_said_and_can_be_undone(page: Page) -> None:
    page.open(f"{AT_START}&set.journey.tripwire.nonsense=1")
    assert "nonsense" in page.text("#banner") + page.text("#levers")
    page.one("#reset-all").click()
    page.until("return document.querySelector('main').dataset.state === 'ready'")
    assert page.text("#banner") == ""


@pytest.mark.parametrize(("fragment", "side"), [
    ("a=nowhere&b=carpet_cleaning&n=10000", "a"),
    ("a=carpet_cleaning&b=nowhere&n=10000", "b"),
])  # fmt: skip
def test_a_scenario_that_is_not_there_is_said_on_its_side(
    page: Page, fragment: str, side: str
) -> None:
    page.driver.get("about:blank")
    page.driver.get(f"{page.address}/#{fragment}")
    page.until(f"return document.querySelector('.source.{side} .problem')?.textContent")
    assert "nowhere" in page.text(f".source.{side} .problem")
    other = {"a": "b", "b": "a"}[side]
    assert page.text(f".source.{other} .problem") == ""
    assert page.do("return document.querySelector('#banner button')") is None
    assert all("422" in one for one in complaints(page.driver))
