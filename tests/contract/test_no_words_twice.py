"""`distinct`: a greeting that reads like last year's, or like a neighbour's, is noted or held back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.cli.output import alike_shown
from engine.domain.words import Action, Delivery, Misfire
from engine.rulebook.model import At, Distinct, Rule, Step
from engine.rulebook.trigger_kinds import HolidayTrigger
from engine.settings.local_model import FileChannel
from engine.settings.model import Settings
from engine.stages import acts
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.compose.templates import Written
from engine.store.database import Database
from engine.store.ledger import delivery, draft, generation, occasion, touch, wording
from engine.store.lookups import lookups
from engine.store.outbox import wordings
from engine.store.outbox.transitions import Consequence, Transition, record
from engine.store.tables import lead, rep
from tests.contract.outbox import NOON

MAIL = (
    "{% block subject %}x{% endblock %}{% block body %}Dear {{ lead.name }}, {{ lead.hope or 'may the new year bring"
    " you and your family health, luck and many quiet evenings' }}. Yours, {{ rep.name }}{% endblock %}"
)
HOPES = (
    "the orchard blooms as it did when we walked there in April", "your daughter sails through her finals and calls",
    "grandfather's recipe for plum wine finds its way to my desk", "that stubborn kiln in Jingdezhen fires evenly",
)  # fmt: skip


class World:
    """Reps li and zhao; greetings for the Spring Festival, one a step: what it asks for is its name."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.settings = Settings(channels={"email": FileChannel(kind="file", folder="x", receivers=("lead", "rep"))})
        both = (True, True, 0.8)
        self.steps = {
            "warn": Distinct(*both, holds=False), "hold": Distinct(*both, holds=True),
            "last": Distinct(True, False, 0.8, True), "near": Distinct(False, True, 0.8, True), "free": None,
        }  # fmt: skip
        with db.writing() as connection:
            templates = {"greeting/x/mail.en.txt.j2": MAIL}
            connection.execute(
                insert(generation).values(id=1, digest="d", loaded_at=0, rules={}, templates=templates, active=True)
            )
            for ident in ("li", "zhao"):
                connection.execute(insert(rep).values(id=ident, name=ident, email="x@y", timezone="UTC", locale="en"))

    def active(self, _connection: Any) -> None:
        return None

    def rule(self, _connection: Any, _rule: str, _revision: str) -> Rule:
        steps = (
            Step(name, At(), Action.GREET, "lead", "greeting/x", "festive", Misfire.ONCE, distinct=distinct)
            for name, distinct in self.steps.items()
        )
        return Rule("year", "", "festive", HolidayTrigger(("spring_festival",)), tuple(steps))

    def person(self, ident: str, owner: str = "li", **more: Any) -> None:
        with self.db.writing() as connection:
            connection.execute(insert(lead).values(
                id=ident, shard=0, name=ident, owner=owner, country="CN", timezone="UTC", locale="en",
                registered_at=0, email=f"{ident}@example.com", **more))

    def greet(self, ident: str, step: str, year: int = 2026, **more: Any) -> int:
        """Let a greeting go and write it; the touch."""
        anchor = f"spring_festival:{year}"
        with self.db.writing() as connection:
            connection.execute(insert(occasion).values(
                rule=f"year {step}", lead=ident, anchor=anchor, shard=0, revision="r", generation=1,
                occurs_on=f"{year}-02-17", born_at=0, counts_from_at=0))
            found = connection.execute(insert(touch).values({
                "occurrence_key": f"year|{ident}|{anchor}|{step}|{ident}", "rule": f"year {step}", "lead": ident,
                "anchor": anchor, "step": step, "receiver": ident, "shard": 0, "revision": "r", "generation": 1,
                "action": "greet", "audience": "lead", "category": "festive", "priority": 100, "nominal_at": NOON,
                "due_at": NOON, "day_on": f"{year}-02-17", "state": "released", "judged_version": 0,
                "via": ["email"], **more,
            }).returning(touch.c.id)).scalar_one()  # fmt: skip
        self.compose()
        return int(found)

    def compose(self) -> dict[str, int]:
        return compose(self.db, Shelf(self), self.settings, NOON)

    def seen(self, ident: int) -> dict[str, Any]:
        with self.db.reading() as connection:
            return dict(lookups.touch_by_id(connection, ident) or {})

    def texts(self, table: Any, ident: int) -> list[str]:
        with self.db.reading() as connection:
            return list(connection.execute(select(table.c.text).where(table.c.touch == ident)).scalars())


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_last_years_words_are_held_back_until_somebody_signs_or_changes_them(world: World) -> None:
    world.person("ann")
    world.greet("ann", "last", 2025)
    again = world.greet("ann", "last", 2026, expires_at=NOON + 9_000)
    seen = world.seen(again)
    assert (seen["state"], seen["reason"], seen["signer"]) == ("draft", "alike", "li")
    assert seen["deadline_at"] == NOON + 9_000
    assert seen["alike"] == {"as": "last_year", "lead": "ann", "on": "2025-02-17", "likeness": 1.0}
    assert alike_shown(seen["alike"]) == "100 % like what ann got for 2025-02-17"
    assert (len(world.texts(draft, again)), world.texts(delivery, again)) == (1, [])
    acts.approve(world.db, again, "li", NOON, Written("x", "Ann, how is the orchard?\n"))
    with world.db.writing() as connection:  # as release does with what is signed
        connection.execute(update(touch).where(touch.c.id == again).values(state="released"))
    assert world.compose() == {"composed": 2}, "the letter, and the note about it"
    assert world.texts(delivery, again) == ["Ann, how is the orchard?\n"]
    assert world.seen(again)["alike"] is None


def test_of_a_confidential_customers_greeting_the_fingerprint_stays_and_nothing_else(world: World) -> None:
    for ident, confidential in (("ann", True), ("bo", False)):
        world.person(ident, confidential=confidential)
        signed = world.greet(ident, "last", 2025, signed_by="li")
        with world.db.writing() as connection:
            text = {"touch": signed, "subject": "x", "text": "x", "html": "", "written_at": 0, "edited": True}
            connection.execute(insert(draft).values(text))
            sent = connection.execute(select(delivery).where(delivery.c.touch == signed)).one()
            record(connection, [Transition(
                sent.id, signed, sent.epoch, Delivery.PENDING, Delivery.SENT, Consequence.DELIVERED)], NOON)
        found = (world.texts(delivery, signed), world.texts(draft, signed))
        assert found == (([""], []) if confidential else ([sent.text], ["x"]))
        assert world.seen(world.greet(ident, "last", 2026))["alike"]["likeness"] == 1.0


def test_the_owner_gets_a_note_of_what_was_held_back(world: World) -> None:
    world.person("ann")
    world.greet("ann", "hold", 2025)
    world.greet("ann", "hold", 2026)
    world.compose()
    with world.db.reading() as connection:
        notes = connection.execute(select(delivery).where(delivery.c.receiver == "li")).all()
        said = connection.execute(select(wording.c.touch)).all()
    assert len(said) == 2, "greetings, not notes about them"
    assert [note.subject for note in notes] == ["A greeting reads like another one: rule year hold"]


def test_a_warning_is_noted_and_lets_it_leave(world: World) -> None:
    world.person("ann")
    world.greet("ann", "warn", 2025)
    again = world.greet("ann", "warn", 2026)
    assert world.seen(again)["alike"]["as"] == "last_year"
    assert len(world.texts(delivery, again)) == 1


def test_neighbours_are_of_the_same_account_or_owner_and_only_later_ones_are_too_much_like(world: World) -> None:
    for ident, owner, account in (("a", "li", None), ("b", "li", None), ("c", "zhao", "acme"), ("d", "zhao2", "acme")):
        world.person(ident, owner, account=account)
    states = {ident: world.seen(world.greet(ident, "near"))["state"] for ident in "abcd"}
    assert states == {"a": "released", "b": "draft", "c": "released", "d": "draft"}


def test_own_words_for_each_are_never_held(world: World) -> None:
    for ident, hope in zip("abcd", HOPES, strict=True):
        world.person(ident, hope=hope, account="acme")
    assert {world.seen(world.greet(ident, "hold"))["state"] for ident in "abcd"} == {"released"}


def test_of_one_batch_the_second_is_like_the_first(world: World) -> None:
    for ident in "ab":
        world.person(ident)
    first = world.greet("a", "near", state="planned")
    second = world.greet("b", "near", state="planned")
    with world.db.writing() as connection:
        connection.execute(update(touch).values(state="released"))
    assert world.compose() == {"composed": 1, "drafts": 1, "alike": 1}
    assert (world.seen(first)["state"], world.seen(second)["state"]) == ("released", "draft")


def test_a_template_with_other_words_says_those_and_only_when_none_are_left_it_is_held(world: World) -> None:
    body = MAIL.partition("Dear")[0] + f"{{{{ {list(HOPES)!r}[turn % 4] }}}}" + "{% endblock %}"
    with world.db.writing() as connection:
        words = {"greeting/x/mail.en.txt.j2": body}
        connection.execute(update(generation).values(templates=words))
    for ident in "abcde":
        world.person(ident)
    seen = [world.seen(world.greet(ident, "hold")) for ident in "abcde"]
    assert [(one["state"], one["alike"] is None) for one in seen] == [*[("released", True)] * 4, ("draft", False)]
    said = [world.texts(delivery, one["id"])[0].strip() for one in seen[:4]]
    assert sorted(said) == sorted(HOPES)


def test_signed_words_are_said_as_they_were_signed(world: World) -> None:
    with world.db.writing() as connection:
        words = {"greeting/x/mail.en.txt.j2": MAIL.replace("Dear", "{{ 'Good morning,' if turn % 2 else 'Dear' }}")}
        connection.execute(update(generation).values(templates=words))
    for ident in "ab":
        world.person(ident)
    world.greet("a", "hold")
    held = world.greet("b", "hold")
    said = world.texts(draft, held)
    acts.approve(world.db, held, "li", NOON)
    with world.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == held).values(state="released"))
    world.compose()
    assert world.texts(delivery, held) == said


def test_where_the_text_is_gone_its_fingerprint_is_compared(world: World) -> None:
    world.person("ann", confidential=True)
    first = world.greet("ann", "last", 2025)
    with world.db.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.touch == first).values(text=""))
    again = world.greet("ann", "last", 2026)
    assert world.seen(again)["alike"]["likeness"] == 1.0


def test_what_never_left_and_steps_without_the_word_count_for_nothing(world: World) -> None:
    world.person("ann")
    first = world.greet("ann", "last", 2025)
    with world.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == first).values(state="cancelled"))
    assert world.seen(world.greet("ann", "last", 2026))["state"] == "released"
    world.greet("ann", "free", 2026)
    with world.db.reading() as connection:
        assert set(connection.execute(select(wording.c.step)).scalars()) == {"last"}


def test_no_more_neighbours_are_read_than_the_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordings, "MOST_NEIGHBOURS", 2)
    for ident in ("a", "b", "c", "d"):
        world.person(ident)
        world.greet(ident, "warn")
    with world.db.reading() as connection:
        latest = wordings.said_for_owner(connection, "li", "spring_festival", "2026-02-17")
    assert [said.lead for said in latest] == ["d", "c"]
