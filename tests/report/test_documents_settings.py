from __future__ import annotations

import pytest

from cvosim.report.documents.settings import differences_table, settings_tables
from cvosim.scenario import Scenario, load_scenario


def changed(*changes: str) -> Scenario:
    return load_scenario("carpet_cleaning", ["name=Other", *changes])


BASE = load_scenario("carpet_cleaning")


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("journey.tripwire.price=19.955", ("journey.tripwire.price", "29", "19.955")),
        ("journey.tripwire=null", ("journey.tripwire", "with one_room_clean", "none")),
        (
            "journey.profit_maximizers.stain_guard.price=1234567.25",
            ("journey.profit_maximizers.stain_guard.price", "79", "1,234,567.25"),
        ),
        (
            "journey.return_path.nurture.days=[1, 2]",
            ("journey.return_path.nurture.days", "1, 3, 7, 14, 30", "1, 2"),
        ),
    ],
)
def test_a_change_is_told_by_its_path(change: str, row: tuple[str, ...]) -> None:
    table = differences_table([BASE, changed(change)])
    assert table is not None
    assert row in table.shown
    assert table.header == ("setting", "Carpet cleaning", "Other")


def test_what_is_left_out_is_said_where_it_means_something() -> None:
    scenario = load_scenario("carpet_cleaning", ["channels.facebook.arrivals=null"])
    base = {table.title: {row[0]: row[1:] for row in table.shown}
            for table in settings_tables(scenario)}  # fmt: skip
    assert base["Channels"]["arrivals: kind"][0] == "all on day 0"
    assert base["Channels"]["effects: lead magnet"] == ("0", "0.5", "0")
    assert base["Return path"]["frequency cap"] == ("", "", "no limit")


def test_scenarios_that_differ_in_name_alone_do_not_differ() -> None:
    assert differences_table([BASE, changed("customers=5", "seed=3", "description=x")]) is None


def test_another_order_of_the_same_things_is_a_difference() -> None:
    turned = BASE.model_copy(update={"channels": BASE.channels[::-1], "name": "Turned"})
    table = differences_table([BASE, turned])
    assert table is not None
    assert table.shown == (
        ("channels (order)", "facebook, search, organic", "organic, search, facebook"),
    )


def test_of_several_variants_each_has_a_column() -> None:
    two = changed("journey.tripwire.price=19")
    three = load_scenario("carpet_cleaning", ["name=Third", "horizon_days=365"])
    table = differences_table([BASE, two, three])
    assert table is not None
    assert table.shown == (
        ("horizon_days", "730", "730", "365"),
        ("journey.tripwire.price", "29", "19", "29"),
    )


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain", "saas", "cdnow"])
def test_every_setting_is_listed(name: str) -> None:
    """Each number of the scenario that a run depends on stands in some table."""
    scenario = load_scenario(name)
    shown = {cell for table in settings_tables(scenario) for row in table.shown for cell in row}
    text = " ".join(shown)
    price = scenario.model_dump(mode="json")["journey"]["core_offer"]["price"]
    assert f"{price:,.15g}" in shown
    for channel in scenario.channels or ():
        assert f"{channel.share:,.15g}" in text
    assert all(table.title for table in settings_tables(scenario))


def test_tables_say_whose_they_are() -> None:
    assert settings_tables(BASE, "Mine")[0].title == "Mine: In general"
