"""Variants and overrides: what they change, what they keep, and where they err."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import Scenario, load_scenario, load_variants

Said = Callable[..., list[str]]
Varied = Callable[..., Scenario]
HEAD = "extends: base.yaml\nname: v\n"


@pytest.fixture
def varied(folder: Path, shop: str) -> Varied:
    """The shop with some changes, written as the lines of a ``changes`` section."""

    def vary(*changes: str, base: str = shop, overrides: tuple[str, ...] = ()) -> Scenario:
        (folder / "base.yaml").write_text(base, "utf-8")
        section = "changes:\n" + "".join(f"  {change}\n" for change in changes) if changes else ""
        (folder / "v.yaml").write_text(HEAD + section, "utf-8")
        return load_scenario("v.yaml", overrides)

    return vary


def test_nothing_changed_but_the_name(varied: Varied, folder: Path) -> None:
    variant = varied()
    base = load_scenario("base.yaml")
    assert variant == base.model_copy(update={"name": "v"})


# ------------------------------------------------ what conversions were observed at


def test_references_of_the_journey_as_written(varied: Varied) -> None:
    """Lead magnet 0.5 x 0.6, then the tripwire's 3; the core offer brings nothing."""
    stages = varied().journey.stages()
    assert {key: offer.reference_trust for key, offer in stages.items()} == {
        "lead_magnet": 0.0,
        "tripwire": 0.3,
        "core_offer": 3.3,
        "gold": 3.3,
    }
    assert varied().journey.profit_maximizers[0].list_price == 79.0


def test_maximizers_bring_reference_trust_too(varied: Varied) -> None:
    """All earlier steps count: 3.3 from the required ones, then 0.25 and -0.75."""
    more = (
        "{kind: upsell, name: gold, price: 1, conversion: 0.1, trust: 0.25}",
        "{kind: upsell, name: bronze, price: 1, conversion: 0.1, trust: -0.75}",
        "{kind: upsell, name: tin, price: 1, conversion: 0.1}",
    )
    journey = varied(f"journey.profit_maximizers: [{', '.join(more)}]").journey
    found = [offer.reference_trust for offer in journey.profit_maximizers]
    assert found == pytest.approx([3.3, 3.55, 2.8], abs=1e-12)


def test_removing_a_step_keeps_the_reference_trust(varied: Varied) -> None:
    journey = varied("journey.tripwire: null").journey
    assert journey.tripwire is None
    assert {key: offer.reference_trust for key, offer in journey.stages().items()} == {
        "lead_magnet": 0.0,
        "core_offer": 3.3,
        "gold": 3.3,
    }


def test_changing_a_price_keeps_the_list_price(varied: Varied) -> None:
    tripwire = varied("journey.tripwire.price: 19").journey.tripwire
    assert tripwire is not None
    assert (tripwire.price, tripwire.list_price) == (19.0, 29.0)


def test_changing_trust_keeps_later_references(varied: Varied) -> None:
    core = varied("journey.tripwire.trust: 1").journey.core_offer
    assert core is not None
    assert core.reference_trust == 3.3


def test_a_stage_stated_afresh_is_observed_in_the_variant(varied: Varied) -> None:
    journey = varied(
        "journey.tripwire: null",
        "journey.core_offer: {name: thing, price: 199, conversion: 0.2}",
    ).journey
    assert journey.core_offer is not None
    assert (journey.core_offer.reference_trust, journey.core_offer.list_price) == (0.3, 199.0)
    assert journey.profit_maximizers[0].reference_trust == 3.3


def test_a_reference_set_to_null_is_taken_from_the_variant(varied: Varied) -> None:
    core = varied(
        "journey.tripwire: null", "journey.core_offer.reference_trust: null"
    ).journey.core_offer
    assert core is not None
    assert core.reference_trust == 0.3


def test_stated_references_stay(varied: Varied, shop: str) -> None:
    base = shop.replace("price: 249", "price: 249, list_price: 300, reference_trust: -1")
    core = varied("journey.core_offer.price: 200", base=base).journey.core_offer
    assert core is not None
    assert (core.reference_trust, core.list_price) == (-1.0, 300.0)


def test_every_link_of_a_chain_fixes_its_own_references(folder: Path, shop: str) -> None:
    (folder / "base.yaml").write_text(shop, "utf-8")
    (folder / "one.yaml").write_text(
        "extends: base.yaml\nname: one\n"
        "changes: {journey.tripwire: {name: demo, price: 9, conversion: 0.3, trust: 1}}",
        "utf-8",
    )
    (folder / "two.yaml").write_text(
        "extends: one.yaml\nname: two\nchanges: {journey.tripwire.price: 5}", "utf-8"
    )
    journey = load_scenario("two.yaml").journey
    assert journey.tripwire is not None
    assert (journey.tripwire.price, journey.tripwire.list_price) == (5.0, 9.0)
    assert journey.core_offer is not None
    assert journey.core_offer.reference_trust == 3.3


# ---------------------------------------------------------------- what can be changed


def test_top_level_keys_may_be_restated(folder: Path, shop: str) -> None:
    (folder / "base.yaml").write_text(shop, "utf-8")
    (folder / "v.yaml").write_text(
        HEAD + "description: d\ncustomers: 5\nseed: 3\nhorizon_days: 50\ncurrency: EUR", "utf-8"
    )
    found = load_scenario("v.yaml")
    assert (found.description, found.customers, found.seed) == ("d", 5, 3)
    assert (found.horizon_days, found.currency) == (50.0, "EUR")


def test_items_by_name_and_by_index(varied: Varied) -> None:
    found = varied(
        "journey.profit_maximizers.gold.price: 5",
        "journey.return_path.1.days.0: 0",
        "channels.street.cost_per_prospect: 2",
        "market.segments.all_of_them.fit: 1",
    )
    assert found.journey.profit_maximizers[0].price == 5.0
    assert found.journey.return_path[1].model_dump()["days"] == (0.0, 3.0)
    assert found.channels[0].cost_per_prospect == 2.0
    assert found.market.segments[0].fit == 1.0


def test_what_the_author_left_out_can_be_set(varied: Varied) -> None:
    found = varied(
        "economics.discount_rate: 0.1",
        "journey.core_offer.trust: 2",
        "market.segments.all_of_them.awareness.product: 1",
        "market.segments.all_of_them.effects.tripwire: 0.5",
        "journey.tripwire.delay: {kind: fixed, days: 3}",
        "journey.profit_maximizers.more: {kind: upsell, name: more, price: 1, conversion: 1}",
    )
    assert found.economics.discount_rate == 0.1
    assert found.market.segments[0].awareness.product == 1.0
    assert found.market.segments[0].effects == {"tripwire": 0.5}
    assert [offer.name for offer in found.journey.profit_maximizers] == ["gold", "more"]


def test_an_item_is_added_under_the_name_of_its_path(varied: Varied) -> None:
    found = varied(
        "journey.profit_maximizers.photos: {kind: upsell, price: 50, conversion: 0.1}",
        "journey.profit_maximizers.photos.price: 60",
        "journey.return_path.bye: {kind: exit_offer, at: [photos], discount: 0.2, conversion: 0.1}",
        "channels.street.share: 0.75",
        "channels.radio: {name: radio, kind: paid, share: 0.25}",
        "market.segments.all_of_them.share: 0.5",
        "market.segments.others: {share: 0.5}",
    )
    photos = found.journey.profit_maximizers[-1]
    assert (photos.name, photos.price, photos.list_price) == ("photos", 60.0, 60.0)
    assert photos.reference_trust == 3.3
    assert [program.name for program in found.journey.return_path][-1] == "bye"
    assert [channel.name for channel in found.channels] == ["street", "radio"]
    assert [segment.name for segment in found.market.segments] == ["all_of_them", "others"]


def test_an_item_is_added_to_a_list_that_was_left_out(varied: Varied) -> None:
    bye = "{kind: exit_offer, at: [tripwire], discount: 0.2, conversion: 0.1}"
    found = varied("journey.return_path: null", f"journey.return_path.bye: {bye}")
    assert [program.name for program in found.journey.return_path] == ["bye"]


def test_an_item_that_is_replaced_keeps_its_name(varied: Varied) -> None:
    found = varied("journey.profit_maximizers.gold: {kind: upsell, price: 5, conversion: 1}")
    assert [(o.name, o.price) for o in found.journey.profit_maximizers] == [("gold", 5.0)]


def test_null_removes_items_and_optional_values(varied: Varied) -> None:
    found = varied("journey.profit_maximizers.gold: null", "journey.tripwire.trust: null")
    assert found.journey.profit_maximizers == ()
    assert found.journey.tripwire is not None
    assert found.journey.tripwire.trust == 0.0


def test_removing_a_stage_takes_it_out_of_programs_and_effects(varied: Varied, shop: str) -> None:
    base = shop.replace(
        "share: 1}\nchannels", "share: 1, effects: {tripwire: 1, gold: 2}}\nchannels"
    )
    found = varied("journey.tripwire: null", "journey.profit_maximizers.0: null", base=base)
    assert [(p.name, p.at) for p in found.journey.return_path] == [("mails", ("core_offer",))]
    assert found.market.segments[0].effects == {}


def test_removing_all_maximizers_prunes_too(varied: Varied) -> None:
    found = varied("journey.profit_maximizers: null")
    assert found.journey.return_path[1].at == ("tripwire", "core_offer")


def test_changes_are_carried_out_in_order(varied: Varied) -> None:
    found = varied(
        "journey.tripwire.trust: 9",
        "journey.tripwire: {name: free, commitment: time, conversion: 0.5}",
        "journey.tripwire.trust_weight: 2",
    )
    assert found.journey.tripwire is not None
    assert (found.journey.tripwire.name, found.journey.tripwire.trust) == ("free", 0.0)
    assert found.journey.tripwire.trust_weight == 2.0


# ---------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "journey.tripwyre.price: 1",
            'no such path: no "tripwyre" in journey; did you mean "tripwire"?',
        ),
        (
            "journy.tripwire: null",
            'no such path: no "journy" at the top of a scenario; did you mean "journey"?',
        ),
        (
            "journey.tripwire.prise: 1",
            'no such path: no "prise" in journey.tripwire; did you mean "price"?',
        ),
        (
            "journey.profit_maximizers.gould.price: 1",
            'no such path: no item is named "gould"; did you mean "gold"? To add it, write '
            "journey.profit_maximizers.gould: {kind: upsell, conversion: ..., price: ...}",
        ),
        (
            "journey.profit_maximizers.zzz: null",
            'no such path: no item is named "zzz"; there are: gold',
        ),
        (
            "journey.profit_maximizers.other: {kind: upsell, name: another}",
            'no item is named "other", and the one to add calls itself "another"; leave its name '
            "out, or let the two agree",
        ),
        (
            "journey.profit_maximizers.other: 5",
            'no such path: no item is named "other"; there are: gold; to add it, write '
            "journey.profit_maximizers.other: {kind: upsell, conversion: ..., price: ...}",
        ),
        (
            "journey.return_path.bye.cost: 5",
            'no such path: no item is named "bye"; there are: ten_off, mails; to add it, write '
            "journey.return_path.bye: {kind: exit_offer, at: ..., conversion: ..., "
            "discount: ...}",
        ),
        (
            "market.segments.young.fit: 5",
            'no such path: no item is named "young"; there are: all_of_them; to add it, write '
            "market.segments.young: {share: ...}",
        ),
        (
            "journey.return_path.mails.at.gilt: {name: gilt}",
            'no such path: no item is named "gilt"',
        ),
        (
            "journey.profit_maximizers.1.price: 1",
            "no such path: items are numbered from 0 to 0",
        ),
        (
            "journey.core_offer.delay: null",
            "nothing to remove: the scenario has no journey.core_offer.delay",
        ),
        (
            "journey.core_offer.delay.days: 2",
            "the scenario has no journey.core_offer.delay to change",
        ),
        (
            "economics.discount_rate: null",
            "the scenario has no economics to change",
        ),
        (
            "journey.tripwire.price.net: 1",
            "journey.tripwire.price is a value, it has no net",
        ),
        (
            "journey.tripwire.price.net.of: 1",
            "journey.tripwire.price is a value, it has no net",
        ),
        (
            "journey: {tripwire: {price: 19}}",
            "would replace the whole journey; write one path for each change, such as "
            "journey.tripwire.price",
        ),
        ("journey..price: 1", "is no path; write one such as journey.tripwire.price"),
    ],
)
def test_paths_that_do_not_exist(said: Said, shop: str, change: str, message: str) -> None:
    path = change.partition(":")[0]
    lines = said(f"{HEAD}changes:\n  horizon_days: 50\n  {change}", base=shop)
    assert lines == [f"s.yaml:5:3: {path}: {message}"]


def test_errors_point_at_the_file_that_the_value_came_from(said: Said, shop: str) -> None:
    lines = said(
        f"{HEAD}changes:\n  journey.tripwire.price: -1\n  journey.core_offer.conversion: null",
        base=shop.replace("margin: 0.5", "margin: 5"),
    )
    assert lines == [
        "s.yaml:4:27: journey.tripwire.price: must be at least 0 (got -1)",
        "s.yaml:5:3: journey.core_offer.conversion: required: a number between 0 and 1",
        "base.yaml:17:13: journey.repeat_purchases.margin: must be between 0 and 1 (got 5); "
        "5 % is 0.05",
    ]


def test_a_sum_is_blamed_on_the_share_that_was_changed(said: Said, shop: str) -> None:
    lines = said(f"{HEAD}changes: {{channels.street.share: 0.5}}", base=shop)
    assert lines == ["s.yaml:3:34: channels: the shares must add to 1 (they add to 0.5)"]
    lines = said(shop, ["market.segments.0.share=0.5"])
    assert lines == [
        "-S market.segments.0.share: market.segments: the shares must add to 1 (they add to 0.5)"
    ]


def test_what_starts_at_a_removed_stage_is_reported(said: Said, shop: str) -> None:
    lines = said(f"{HEAD}changes: {{journey.core_offer: null}}", base=shop)
    assert lines == [
        'base.yaml:14:3: journey.repeat_purchases.after: no stage has the key "core_offer"; '
        "there are: lead_magnet, tripwire, gold"
    ]


def test_a_variant_file_of_the_wrong_shape(said: Said, shop: str) -> None:
    lines = said("extends: base\njourney: {}\nchanges: [1]\nnonsense: 1", base=shop)
    assert lines[1] == 's.yaml:1:10: extends: base: no such file; did you mean "base.yaml"?'
    lines = said("extends: base.yaml\njourney: {}\nchanges: [1]\nnonsense: 1", base=shop)
    assert [line.partition(";")[0] for line in lines] == [
        "s.yaml:1:1: name: required: a variant needs a name of its own",
        "s.yaml:2:1: journey: a variant changes sections by paths: "
        "`changes: {journey.tripwire.price: 19}`",
        "s.yaml:3:1: changes: must map paths to values, such as {journey.tripwire.price: 19}",
        "s.yaml:4:1: nonsense: unknown key",
    ]
    assert said("extends: [a]\nname: v") == [
        "s.yaml:1:1: extends: must be a scenario file, relative to this one, or a library name"
    ]
    assert "s.yaml:2:1: changes: needs `extends: file.yaml` to say what is changed" in said(
        "name: v\nchanges: {a: 1}"
    )


def test_a_cycle_prints_its_chain(said: Said) -> None:
    lines = said(
        "extends: a.yaml\nname: v",
        a="extends: b.yaml\nname: a",
        b="# b\nname: b\nextends: ./a.yaml",
    )
    assert lines == ["b.yaml:3:10: extends: goes round in a circle: a.yaml -> b.yaml -> a.yaml"]
    assert said("extends: s.yaml\nname: v") == [
        "s.yaml:1:10: extends: goes round in a circle: s.yaml -> s.yaml"
    ]


def test_a_very_long_chain(said: Said, shop: str) -> None:
    links = {f"l{i}": f"extends: l{i + 1}.yaml\nname: v" for i in range(60)}
    assert said("extends: l0.yaml\nname: v", **links, l60=shop) == [
        "l48.yaml:1:10: extends: more than 50 files"
    ]


def test_both_files_are_reported_when_neither_can_be_read(said: Said) -> None:
    lines = said("extends: base.yaml\nname: v\nname: w", base="a: [")
    assert lines[0] == "s.yaml:3:1: name: key given twice (first on line 2)"
    assert lines[1].startswith("base.yaml:")


# -------------------------------------------------------------------------- overrides


def test_overrides_come_last_and_behave_like_changes(varied: Varied) -> None:
    found = varied(
        "journey.tripwire.price: 19",
        overrides=(
            "journey.tripwire.price=9",
            "journey.lead_magnet = null",
            "journey.core_offer.delay={kind: fixed, days: 2}",
            "name=An equals = sign",
        ),
    )
    assert found.journey.tripwire is not None
    assert (found.journey.tripwire.price, found.journey.tripwire.list_price) == (9.0, 29.0)
    assert found.journey.tripwire.reference_trust == 0.3
    assert found.journey.lead_magnet is None
    assert found.name == "An equals = sign"


def test_overrides_in_the_wrong(said: Said, shop: str) -> None:
    overrides = [
        "journey.tripwire.price=10%",
        "journey.core_offer={name: thing, price: 1}",
        "seed",
        "=3",
        "seed=",
        "seed={a",
        "journey.tripwire.prise=3",
        "name=\udcff",
        "customers=&a [*a]",
    ]
    assert said(shop, overrides) == [
        '-S: must be path=value, such as journey.tripwire.price=19 (got "seed")',
        '-S: must be path=value, such as journey.tripwire.price=19 (got "=3")',
        '-S: must be path=value, such as journey.tripwire.price=19 (got "seed="); '
        "to remove it write null: seed=null",
        '-S journey.tripwire.price: must be a number, at least 0 (got "10%"); '
        "it is an amount of money, not a part of one",
        "-S journey.core_offer: journey.core_offer.conversion: required: a number between 0 and 1",
        '-S journey.tripwire.prise: no such path: no "prise" in journey.tripwire; '
        'did you mean "price"?',
        "-S seed: not valid YAML: did not find expected ',' or '}'",
        "-S name: is not text that can be read as UTF-8",
        "-S customers: 0: *a refers to no earlier, finished &a",
    ]


def test_one_override_may_stand_alone(folder: Path) -> None:
    assert load_scenario("cdnow", "seed=3").seed == 3


# ------------------------------------------------------------------- variants in a file


SECTION = """
variants:
  - name: Straight
    changes: {journey.tripwire: null}
  - name: Cheaper
    description: For less.
    changes: {journey.tripwire.price: 19}
"""


def test_variants_in_one_file(folder: Path, shop: str) -> None:
    (folder / "s.yaml").write_text(shop + SECTION, "utf-8")
    straight, cheaper = load_variants("s.yaml", ["seed=9"])
    assert load_scenario("s.yaml").name == "Shop"
    assert (straight.name, straight.seed, straight.journey.tripwire) == ("Straight", 9, None)
    assert straight.journey.core_offer is not None
    assert straight.journey.core_offer.reference_trust == 3.3
    assert (cheaper.name, cheaper.description) == ("Cheaper", "For less.")
    assert cheaper.journey.tripwire is not None
    assert cheaper.journey.tripwire.list_price == 29.0


def test_variants_in_one_file_are_checked_with_it(said: Said, shop: str) -> None:
    wrong = SECTION.replace("price: 19", "price: -19").replace("Straight", "Cheaper")
    wrong += "  - {name: x, changes: 3}\n  - 5\n  - {name: y, changes: {seed: 1}, extra: 1}\n"
    lines = said(shop + wrong)
    assert lines == [
        's.yaml:23:3: variants: the name "Cheaper" is given twice',
        "s.yaml:27:39: journey.tripwire.price: must be at least 0 (got -19)",
        "s.yaml:28:5: variants.2: needs a name, and changes that map paths to values",
        "s.yaml:29:5: variants.3: must be a section with name and changes",
        "s.yaml:30:35: variants.4.extra: unknown key; known here: name, description, changes",
    ]
    with pytest.raises(ScenarioError) as caught:
        load_variants("s.yaml")
    assert [str(problem) for problem in caught.value.problems] == lines
    assert said(shop + "variants: 3\n") == [
        "s.yaml:21:11: variants: must be a list of sections with name and changes"
    ]
    assert said(shop + "variants:\n") == []


def test_overrides_need_not_suit_variants_that_are_not_asked_for(folder: Path, shop: str) -> None:
    (folder / "s.yaml").write_text(shop + SECTION, "utf-8")
    assert load_scenario("s.yaml", ["journey.tripwire=null"]).journey.tripwire is None
    assert load_variants("s.yaml", ["journey.core_offer.price=1"])[0].name == "Straight"
