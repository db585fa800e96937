"""The portrait: what is full, how much is known, and how close it allows."""

from __future__ import annotations

from typing import Any

from engine.domain.portrait import Block, Portrait, portrait_of
from engine.settings.load import read_settings
from engine.settings.meaning_portrait import blocks_of

BLOCKS = (
    Block("contact", (("phone", "email"), ("region",)), "doctor"),
    Block("background", (("date.birthday",),), "doctor"),
    Block("need", (("quality.standing",), ("attrs.likes",)), "teacher"),
    Block("depth", (("hope",),), "friend"),
)


def seen(dates: frozenset[str] = frozenset(), **known: Any) -> Portrait:
    attrs = {name.replace("__", "."): value for name, value in known.items() if name in ("quality__standing", "likes")}
    lead = dict.fromkeys(("phone", "email", "region", "hope")) | known | {"attrs": attrs}
    return portrait_of(BLOCKS, lead, dates)


def test_one_of_several_facts_is_enough_and_empty_ones_are_none() -> None:
    found = seen(email="a@b.c", region="", likes=[])
    assert [(one.block.name, one.percent) for one in found.seen] == [
        ("contact", 50), ("background", 0), ("need", 0), ("depth", 0),
    ]  # fmt: skip
    assert found.seen[0].unknown == (("region",),)
    assert (found.completeness, found.missing) == (16, ("contact", "background", "need", "depth"))
    assert found.allows is None


def test_closeness_goes_as_far_as_blocks_are_full_one_after_the_other() -> None:
    near = {"phone": "1", "region": "5101"}
    birthday = frozenset({"birthday"})
    assert seen(**near, hope="x").allowed == ()
    assert seen(birthday, **near, hope="x").allowed == ("doctor",)  # depth is full, need is not
    whole = seen(birthday, **near, hope="x", quality__standing="sound", likes=["tea"])
    assert (whole.allowed, whole.allows, whole.completeness) == (("doctor", "teacher", "friend"), "friend", 100)


def test_a_house_that_says_nothing_of_it_is_asked_for_what_it_can_know() -> None:
    text = "dates: [birthday]\nquestionnaires: {}\nvocabularies: {profiles: [friend, doctor]}"
    settings, _ = read_settings(text, "config.yaml")
    assert settings is not None
    blocks = {block.name: block for block in blocks_of(settings)}
    assert blocks["background"].facts == (("account",), ("temperament",), ("date.birthday",))
    assert (blocks["depth"].facts, blocks["depth"].closeness, blocks["need"].closeness) == ((), "friend", "")
