"""A cadence that is broken by an edit while a hundred customers are in the middle of it, and mended days later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.store.ledger import occasion
from tests.acceptance.test_editing_live_rules import ALL, BYE, CADENCE, HELLO, LATER, PEOPLE, WHOLE, House, house, rule

__all__ = ["house"]
CALL_TWICE = "{id: call, at: 3d, remind: nobody, template: t/call}"
BROKEN = rule(HELLO, CALL_TWICE, BYE)
HELD = {("call", "held", "quarantined"): PEOPLE}
LATE = WHOLE | {"call": (6, PEOPLE)}


@pytest.fixture
def kept(house: House) -> Iterator[House]:
    """The hundred leads on the second day, in a house that leaves bad rules out."""
    settings = house.app.settings.model_copy(update={"on_invalid": "quarantine"})
    found = house.restarted(settings)
    found.until(2)
    yield found
    found.stages.close()


def test_what_comes_up_meanwhile_is_held_and_goes_out_once_when_the_rule_is_back(kept: House) -> None:
    kept.edit(BROKEN)
    kept.until(5)
    assert kept.ended() == HELD
    kept.edit(rule(*CADENCE))
    kept.until(12)
    assert kept.sent() == LATE


def test_a_rule_that_is_back_before_anything_came_up_has_missed_nothing(kept: House) -> None:
    kept.edit(BROKEN)
    kept.until(3)
    kept.edit(rule(*CADENCE))
    kept.until(12)
    assert kept.sent() == WHOLE


def test_facts_that_change_meanwhile_end_nothing(kept: House) -> None:
    kept.edit(BROKEN)
    kept.until(5)
    kept.facts_change()
    kept.tick()
    assert kept.ended() == HELD
    kept.edit(rule(*CADENCE))
    kept.until(12)
    assert kept.sent() == LATE


def test_a_rule_mended_by_another_edit_moves_those_under_way_as_it_says(kept: House) -> None:
    kept.edit(BROKEN)
    kept.until(5)
    kept.edit(rule(*CADENCE, LATER, more=ALL))
    kept.until(12)
    assert kept.sent() == LATE | {"gift": (11, PEOPLE)}


def test_broken_twice_and_mended_twice_nobody_hears_twice(kept: House) -> None:
    for day in (3, 5):
        kept.edit(BROKEN)
        kept.until(day)
        kept.edit(rule(*CADENCE))
        kept.until(day + 1)
    kept.until(12)
    assert kept.sent() == WHOLE


def test_one_that_was_renamed_wrongly_takes_its_own_along_once_it_is_mended(kept: House) -> None:
    kept.edit(rule(HELLO, CALL_TWICE, BYE, more="renamed_from: welcome", ident="hail"))
    kept.until(5)
    assert kept.ended() == HELD
    kept.edit(rule(*CADENCE, more="renamed_from: welcome", ident="hail"))
    kept.until(12)
    assert kept.sent() == LATE


def test_one_that_is_deleted_while_it_is_out_ends_as_any_deleted_rule(kept: House) -> None:
    kept.edit(BROKEN)
    kept.until(5)
    kept.edit("rules: []")
    kept.until(12)
    assert kept.sent() == {"hello": (1, PEOPLE)}
    assert kept.ended()["call", "cancelled", "rule_gone"] == PEOPLE


def test_an_id_that_stands_twice_leaves_both_out(kept: House) -> None:
    twice = rule(*CADENCE) + rule(HELLO).removeprefix("rules:\n")
    kept.edit(twice)
    kept.until(5)
    assert kept.ended() == HELD
    kept.edit(rule(*CADENCE))
    kept.until(12)
    assert kept.sent() == LATE


def test_whoever_came_meanwhile_is_not_lost_to_a_rule_that_never_looks_back(kept: House) -> None:
    """`backfill: none` counts from when the rule was left out, not from when it is back."""
    gentle = "backfill: none"
    kept.edit(rule(*CADENCE, more=gentle))
    kept.until(3)
    kept.edit(rule(HELLO, CALL_TWICE, BYE, more=gentle))
    kept.come("newcomer")
    kept.until(6)
    assert "newcomer" not in kept.met()
    kept.edit(rule(*CADENCE, more=gentle))
    kept.until(7)
    assert "newcomer" in kept.met()


def test_words_that_leave_config_yaml_hold_the_rules_that_use_them(kept: House) -> None:
    named = rule(*CADENCE, more="for: {not: {tier: [gold, iron]}}\n" + ALL)
    kept.edit(named)
    kept.tick()
    words = kept.app.settings.vocabularies.model_copy(update={"tiers": ("platinum", "lead")})
    later = kept.restarted(kept.app.settings.model_copy(update={"vocabularies": words}))
    later.edit(named)
    later.until(5)
    later.facts_change()
    later.tick()
    with later.app.db.reading() as connection:
        assert connection.execute(select(occasion.c.end_reason).distinct()).scalars().all() == [None]
    back = later.restarted(kept.app.settings)
    back.edit(named)
    back.until(12)
    assert back.sent() == LATE
