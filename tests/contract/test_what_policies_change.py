"""What policies change about a touch that goes on: its rank, its channels, who signs it, who gets a copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.civil import local
from engine.domain.people import LeadEntry, RepEntry
from engine.ground.errors import UsageError
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.acts import approve
from engine.stages.books import Books, adopt
from engine.stages.colleagues import set_channels
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.facts.suppressions import suppress
from engine.store.ledger import draft, touch, verdict
from engine.store.outbox.transitions import judge_again
from engine.store.upgrade import create_all

HOUR, DAY = 3600, 86_400
CN = "Asia/Shanghai"
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}
CHANNELS = {
    "email": {"kind": "file", "folder": "mail"},
    "sms": {"kind": "file", "folder": "sms", "receivers": ["lead"]},
    "desk": {"kind": "file", "folder": "desk", "receivers": ["rep"]},
}
WISH = """
rules:
  - id: thanks
    category: care
    on: {since: registered, after: 1d}
    steps: [{id: wish, at: 0d 10:00, greet: lead, template: greeting/x, via: [sms, email], misfire: {belated: 1d}}]
"""
CALL = """
rules:
  - id: first
    category: care
    on: {since: registered, after: 1d}
    steps: [{id: call, at: 0d 10:00, remind: owner, template: reminder/x}]
"""
KEY = "{touch: {audience: lead}, lead: {key: true}}"
SIGNED = """
rules:
  - id: thanks
    category: care
    on: {since: registered, after: 1d}
    steps:
      - id: wish
        at: 0d 10:00
        greet: lead
        template: greeting/x
        misfire: {belated: 1d}
        sign_by: {draft: 0d 00:00, deadline: 0d 08:00, late: LATE}
"""


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai: `04T10:00`."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


MONDAY = at("02T00:00")


class House:
    """Ann, registered on Monday, in li's care, whose manager is boss, whose manager is top. Ticks every hour."""

    def __init__(self, db: Database, rules: str, *policies: str) -> None:
        self.db, self.now = db, MONDAY
        self.settings = Settings.model_validate({"channels": CHANNELS, "defaults": {"via": ["email"]}})
        self.books, self.clockwork = Books(self.settings), Clockwork.of(self.settings)
        self.release = Release(db, self.settings, self.books, self.clockwork)
        text = rules + f"policies: [{', '.join(policies)}]\n" * bool(policies)
        book, problems = load_rulebook({"rules/a.yaml": text}, catalogue_for(self.settings, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": text}, TEMPLATES, MONDAY)
        for rep, manager in (("top", None), ("boss", "top"), ("wu", "boss"), ("li", "boss")):
            self.rep(rep, name=rep, timezone=CN, locale="en", manager=manager)
        self.lead(name="Ann", owner="li", timezone=CN, locale="en", country="CN", registered_at=MONDAY, key=True)

    def rep(self, ident: str, **values: Any) -> None:
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry(ident, values)], {}, self.now)

    def lead(self, **values: Any) -> None:
        with self.db.writing() as connection:
            upsert_leads(connection, [LeadEntry("ann", values)], {}, Stamp(self.now, "test"))

    def until(self, text: str) -> None:
        """Tick every hour up to that instant, and then; what is let go is taken as delivered."""
        while self.now <= at(text):
            plan(self.db, self.settings, self.books, self.clockwork, self.now)
            self.release.run(self.now)
            with self.db.writing() as connection:
                connection.execute(update(touch).where(touch.c.state == "released").values(state="delivered"))
            self.now += HOUR

    def sign(self, row: Any, actor: str) -> None:
        with self.db.writing() as connection:
            connection.execute(
                insert(draft).values(touch=row.id, subject="s", text="t", html="", written_at=0, edited=False)
            )
        approve(self.db, row.id, actor, self.now)

    def rows(self) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(touch).order_by(touch.c.id)))

    @property
    def wish(self) -> Any:
        return self.rows()[0]

    def said(self) -> list[tuple[str, str, object]]:
        with self.db.reading() as connection:
            return [(row.policy, row.effect, row.facts.get("then")) for row in connection.execute(select(verdict))]


@pytest.fixture
def db() -> Iterator[Database]:
    found = Database("sqlite://")
    create_all(found)
    yield found
    found.close()


def hour(instant: int) -> str:
    return local(instant, CN).strftime("%dT%H:%M")


def test_a_priority_is_written_and_decides_who_takes_in_whom(database: Database) -> None:
    two = WISH + WISH.partition("rules:\n")[2].replace("id: thanks", "id: welcome")
    house = House(
        database, two,
        "{id: welcome-first, when: {touch: {rule: welcome}}, then: {priority: 10}}",
        "{id: one, when: {touch: {audience: lead}, other: {audience: lead, outranks: touch}},"
        " then: {merge: touch, into: other}}",
    )  # fmt: skip
    house.until("03T10:00")
    found = {row.rule: (row.state, row.priority, row.policy) for row in house.rows()}
    assert found == {"thanks": ("merged", 100, "one"), "welcome": ("delivered", 10, None)}
    assert ("welcome-first", "priority", 10) in house.said()


def test_a_reroute_takes_the_place_of_the_steps_channels(db: Database) -> None:
    house = House(db, WISH, "{id: by-mail, when: {touch: {channel: sms, audience: lead}}, then: {reroute: email}}")
    house.until("03T10:00")
    assert (house.wish.state, house.wish.via) == ("delivered", ["email"])
    assert house.said() == [("by-mail", "reroute", ["email"])]


def test_unsigned_it_never_leaves_and_signed_late_it_leaves_late(database: Database) -> None:
    policy = f"{{id: key, when: {KEY}, then: {{require_signature: manager}}}}"
    house = House(database, WISH, policy)
    house.until("03T12:00")
    assert (house.wish.state, house.wish.signer, house.wish.policy) == ("draft", "boss", "key")
    assert house.wish.deadline_at == house.wish.expires_at == at("05T00:00")
    house.sign(house.wish, "boss")
    house.until("03T13:00")
    assert (house.wish.state, house.wish.signed_by, hour(house.wish.released_at)) == ("delivered", "boss", "03T13:00")


def test_what_nobody_signs_expires(db: Database) -> None:
    house = House(db, WISH, "{id: all, when: {touch: {audience: lead}}, then: {require_signature: owner}}")
    house.until("06T00:00")
    assert (house.wish.state, house.wish.signer, house.wish.released_at) == ("expired", "li", None)


def test_a_draft_may_lie_ready_the_day_before_and_is_judged_again_at_its_hour(database: Database) -> None:
    policy = "{id: key, when: {touch: {audience: lead}}, then: {require_signature: owner, draft: 1d}}"
    house = House(database, WISH, policy)
    house.until("02T10:00")
    assert (house.wish.state, house.wish.signer) == ("draft", "li")
    house.sign(house.wish, "li")
    house.until("03T09:00")
    assert house.wish.state == "signed"
    house.until("03T10:00")
    assert (house.wish.state, hour(house.wish.released_at)) == ("delivered", "03T10:00")


def test_a_draft_is_laid_out_early_only_for_whom_the_policy_speaks_of(db: Database) -> None:
    policy = f"{{id: key, when: {KEY}, then: {{require_signature: owner, draft: 1d}}}}"
    house = House(db, WISH, policy)
    house.lead(key=False)
    house.until("02T15:00")
    assert (house.wish.state, house.wish.judge_at, house.said()) == ("planned", house.wish.due_at, [])
    house.until("03T10:00")
    assert (house.wish.state, hour(house.wish.released_at)) == ("delivered", "03T10:00")


def test_a_draft_goes_to_the_new_owner_and_leaves_unsigned_once_no_policy_wants_it(database: Database) -> None:
    policy = f"{{id: key, when: {KEY}, then: {{require_signature: owner}}}}"
    house = House(database, WISH, policy)
    house.until("03T11:00")
    house.lead(owner="wu")
    house.until("03T12:00")
    assert (house.wish.state, house.wish.signer) == ("draft", "wu")
    house.lead(key=False)
    house.until("03T13:00")
    assert (house.wish.state, house.wish.needs_signature, house.wish.signer) == ("delivered", False, None)


def test_a_policys_signer_takes_the_place_of_the_steps_who_keeps_its_hours(db: Database) -> None:
    policy = "{id: key, when: {touch: {audience: lead}}, then: {require_signature: manager}}"
    house = House(db, SIGNED.replace("LATE", "expire"), policy)
    house.until("03T00:00")
    assert (house.wish.state, house.wish.signer, hour(house.wish.deadline_at)) == ("draft", "boss", "03T08:00")
    house.lead(tier="gold")
    house.until("03T01:00")
    assert house.wish.signer == "boss"
    house.until("03T08:00")
    assert (house.wish.state, house.wish.reason) == ("expired", "unsigned")


def test_the_manager_gets_a_copy_once_and_his_delegate_if_he_is_away(database: Database) -> None:
    policy = "{id: key, when: {touch: {audience: rep}, lead: {key: true}}, then: {escalate: manager}}"
    house = House(database, CALL, policy)
    house.rep("boss", absent_from="2026-03-03", absent_to="2026-03-03", delegate="wu")
    house.until("03T12:00")
    found = [(row.receiver, row.absent, row.audience, row.state) for row in house.rows()]
    assert found == [("li", None, "rep", "delivered"), ("wu", "boss", "manager", "delivered")]
    house.lead(tier="gold")
    house.until("04T12:00")
    assert len(house.rows()) == 2


def test_late_it_is_the_signers_managers_to_sign_until_it_expires(database: Database) -> None:
    house = House(database, SIGNED.replace("LATE", "escalate"))
    house.until("03T07:00")
    assert (house.wish.state, house.wish.signer) == ("draft", "li")
    house.until("03T08:00")
    assert (house.wish.state, house.wish.signer, hour(house.wish.deadline_at)) == ("draft", "boss", "05T00:00")
    assert [(row.receiver, row.occurrence_key.rpartition("|")[2]) for row in house.rows()[1:]] == [("boss", "sign")]
    house.lead(tier="gold")
    house.until("03T11:00")
    assert (house.wish.state, house.wish.signer) == ("draft", "boss")
    house.sign(house.wish, "boss")
    house.until("03T12:00")
    assert (house.wish.state, house.wish.signed_by) == ("delivered", "boss")


def test_what_his_manager_does_not_sign_either_expires(db: Database) -> None:
    house = House(db, SIGNED.replace("LATE", "escalate"))
    house.until("05T00:00")
    assert (house.wish.state, house.wish.released_at, len(house.rows())) == ("expired", None, 2)


def test_without_a_manager_it_expires_at_the_first_deadline(db: Database) -> None:
    house = House(db, SIGNED.replace("LATE", "escalate"))
    house.rep("li", manager=None)
    house.until("03T08:00")
    assert [(row.state, row.reason) for row in house.rows()] == [("expired", "unsigned")]


def test_a_deferred_wish_takes_its_draft_and_its_deadline_along(db: Database) -> None:
    cap = "{id: tomorrow, when: {touch: {audience: lead}, lead: {key: true}}, then: {defer: 1d}}"
    house = House(db, SIGNED.replace("LATE", "expire"), cap)
    house.until("03T00:00")
    assert (house.wish.state, hour(house.wish.due_at)) == ("deferred", "04T10:00")
    assert hour(house.wish.deadline_at) == "04T08:00"
    house.lead(key=False)
    house.until("04T00:00")
    assert (house.wish.state, house.wish.signer) == ("draft", "li")


def test_a_hold_ends_at_its_hour_when_the_time_for_it_is_over(db: Database) -> None:
    policy = "{id: quiet, when: {touch: {audience: lead}, lead: {key: true}}, then: {hold: touch, at_most: 5h}}"
    house = House(db, WISH, policy)
    house.until("03T14:00")
    assert house.wish.state == "held"
    house.until("03T15:00")
    assert (house.wish.state, house.wish.reason) == ("expired", "held_too_long")


def test_a_hold_ends_as_soon_as_its_cause_does(database: Database) -> None:
    policy = "{id: quiet, when: {touch: {audience: lead}, lead: {key: true}}, then: {hold: touch, at_most: 1d}}"
    house = House(database, WISH, policy)
    house.until("03T14:00")
    house.lead(key=False)
    house.until("03T15:00")
    assert (house.wish.state, hour(house.wish.released_at)) == ("delivered", "03T15:00")


@pytest.mark.parametrize(
    ("refused", "state", "passed"),
    [("sms", "released", None), ("", "released", None),
     ("email", "suppressed", {"email": "suppression_list"})],
)
def test_judged_again_it_goes_on_with_a_channel_that_has_not_failed(
    db: Database, refused: str, state: str, passed: dict[str, str] | None
) -> None:
    house = House(db, WISH)
    for hour in ("03T09:00", "03T10:00"):
        house.now = at(hour)
        plan(db, house.settings, house.books, house.clockwork, house.now)
        house.release.run(house.now)
    with db.writing() as connection:
        connection.execute(update(touch).values(via_index=1))  # as after a refusal by the first one
        if refused:
            suppress(connection, "ann", refused, "", "asked", "li", house.now)
        judge_again(connection, [house.wish.id], house.now)
    plan(db, house.settings, house.books, house.clockwork, house.now)
    house.release.run(house.now)
    house.release.close()
    assert (house.wish.state, house.wish.passed_over) == (state, passed)
    assert (house.wish.via[:1], house.wish.via_index) == (["sms"], 1), "what has failed stays known"


@pytest.mark.parametrize(("step", "via"), [("", ["desk", "email"]), (", via: [email]", ["email"])])
def test_a_rep_has_an_order_of_channels_of_his_own_where_the_step_names_none(
    db: Database, step: str, via: list[str]
) -> None:
    house = House(db, CALL.replace("reminder/x}", f"reminder/x{step}}}"))
    set_channels(db, house.settings, "li", ["desk", "email"], house.now)
    house.until("03T10:00")
    assert [(row.receiver, row.via) for row in house.rows()] == [("li", via)]


def test_a_rep_is_not_reached_by_what_reaches_customers_only(db: Database) -> None:
    house = House(db, CALL)
    for channels, said in ((["sms"], "reaches no colleagues"), (["desc"], 'did you mean "desk"')):
        with pytest.raises(UsageError, match=said):
            set_channels(db, house.settings, "li", channels, house.now)


def test_policies_are_asked_about_the_channel_that_comes_after_one_that_failed(db: Database) -> None:
    house = House(db, WISH, "{id: no-mail, when: {touch: {channel: email}}, then: {suppress: touch}}")
    for hour in ("03T09:00", "03T10:00"):
        house.now = at(hour)
        plan(db, house.settings, house.books, house.clockwork, house.now)
        house.release.run(house.now)
    assert house.wish.state == "released", "by sms"
    with db.writing() as connection:
        connection.execute(update(touch).values(via_index=1))
        judge_again(connection, [house.wish.id], house.now)
    house.until("03T10:00")
    assert (house.wish.state, house.wish.policy) == ("suppressed", "no-mail")
