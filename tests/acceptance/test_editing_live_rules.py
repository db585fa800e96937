"""A cadence edited while a hundred customers are in the middle of it: what docs/editing-live-rules.md promises.

Everybody got `hello` on the first day, the rules change on the second, and daily ticks go on until all is over.
"""

from __future__ import annotations

import email
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.people import LeadEntry, RepEntry
from engine.ground.clock import FrozenClock
from engine.service.app import App, adopt_rules, open_app
from engine.service.tick import Stages, TickCounts
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.store import state
from engine.store.database import Database
from engine.store.facts.dirty import Stamp, touch_leads
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import occasion, touch
from engine.store.upgrade import create_all

PEOPLE = 100
DAY = 86_400
FIRST = int(datetime(2026, 3, 2, 2, tzinfo=UTC).timestamp())
CONFIG = """\
windows:
  lead: {days: mon-sun, open: "00:00", close: "24:00"}
  rep: {days: mon-sun, open: "00:00", close: "24:00"}
quiet_hours: {start: "00:00", end: "00:00"}
caps: {catch_up: 1000}
channels: {email: {kind: file, folder: outbox}}
defaults: {via: [email]}
arbiter: {engine: reference}
"""
HELLO = "{id: hello, at: +0h, greet: lead, template: t/hello}"
CALL = "{id: call, at: 3d, remind: owner, template: t/call}"
BYE = "{id: bye, at: 7d, greet: lead, template: t/bye}"
PLACE = {"locale": "en", "timezone": "UTC"}
CADENCE = (HELLO, CALL, BYE)
WHOLE = {"hello": (1, PEOPLE), "call": (4, PEOPLE), "bye": (8, PEOPLE)}


def rule(*steps: str, more: str = "", ident: str = "welcome") -> str:
    """The cadence as a rule file; `more` are further keys of the rule."""
    lines = "".join(f"\n      - {step}" for step in steps)
    keys = "".join(f"\n    {line}" for line in more.splitlines())
    on = "on: {since: registered, after: 1d}"
    return f"rules:\n  - id: {ident}\n    category: care\n    {on}{keys}\n    steps:{lines}\n"


def rep(ident: str) -> RepEntry:
    return RepEntry(ident, {"name": ident, "email": f"{ident}@example.com"} | PLACE)


def person(ident: str, registered_at: int) -> LeadEntry:
    known = {"owner": "li", "registered_at": registered_at, "status": "active", "country": "CN"}
    return LeadEntry(ident, {"name": ident, "email": f"{ident}@example.com"} | known | PLACE)


class House:
    """The people, their rules on disk, and a clock. A day is counted from 1, the day of `hello`."""

    def __init__(self, app: App) -> None:
        self.app, self.stages, self.day = app, Stages(app), 0

    def write(self, text: str) -> None:
        (self.app.home / "rules/a.yaml").write_text(text, encoding="utf-8")

    def edit(self, text: str) -> None:
        """Put other rules in force, as `followup reload` does."""
        self.write(text)
        adopt_rules(self.app)

    def restarted(self, settings: Settings) -> House:
        """The same people and clock under another config.yaml."""
        found = House(replace(self.app, settings=settings, books=Books(settings)))
        found.day = self.day
        return found

    def come(self, lead: str) -> None:
        """Somebody registers now."""
        now = self.app.clock.now()
        with self.app.db.writing() as connection:
            upsert_leads(connection, [person(lead, now)], {}, Stamp(now, "test"))

    def met(self) -> set[str]:
        """Whom any rule has an occasion for."""
        with self.app.db.reading() as connection:
            return set(connection.execute(select(occasion.c.lead)).scalars())

    def until(self, day: int) -> None:
        """Ticks, one a day."""
        while self.day < day:
            self.day += 1
            self.tick()

    def tick(self) -> TickCounts:
        assert isinstance(self.app.clock, FrozenClock)
        self.app.clock.move_to(FIRST + (self.day - 1) * DAY)
        counts = TickCounts()
        self.stages.think(counts)
        self.stages.speak(counts)
        return counts

    def facts_change(self) -> None:
        """Something is recorded about everybody, so that everything of theirs is worked out anew."""
        with self.app.db.writing() as connection:
            touch_leads(connection, [f"lead-{n}" for n in range(PEOPLE)], "test", self.app.clock.now())

    def sent(self) -> dict[str, tuple[int, int]]:
        """By step: on which day it went out, and to or about how many. One day each, and nobody twice."""
        with self.app.db.reading() as connection:
            rows = connection.execute(
                select(touch.c.lead, touch.c.step, touch.c.released_at).where(touch.c.state == "delivered")
            ).all()
        twice = [key for key, n in Counter((row.lead, row.step) for row in rows).items() if n > 1]
        assert twice == []
        assert Counter(self.letters()) == Counter((row.lead, row.step) for row in rows)
        days: dict[str, set[int]] = {}
        for row in rows:
            days.setdefault(row.step, set()).add(1 + (row.released_at - FIRST) // DAY)
        count = Counter(row.step for row in rows)
        return {step: (*sorted(found), count[step]) for step, found in days.items()}  # type: ignore[misc]

    def letters(self) -> Iterator[tuple[str, str]]:
        """(lead, step) of every message that left."""
        for file in (self.app.home / "outbox").glob("*.eml"):
            lead, step = str(email.message_from_bytes(file.read_bytes())["Subject"]).split()
            yield lead, step

    def ended(self) -> Counter[Any]:
        """What never left: how often each (step, state, reason)."""
        query = select(touch.c.step, touch.c.state, touch.c.reason).where(touch.c.state != "delivered")
        with self.app.db.reading() as connection:
            return Counter(tuple(row) for row in connection.execute(query))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A hundred leads, `hello` sent to all of them."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for step in ("hello", "call", "bye", "gift"):
        folder = tmp_path / "templates/t" / step
        folder.mkdir(parents=True)
        text = "{% block subject %}{{ lead.name }} " + step + "{% endblock %}{% block body %}x{% endblock %}"
        (folder / "mail.en.txt.j2").write_text(text, encoding="utf-8")
    db = Database(f"sqlite:///{tmp_path / 'followup.sqlite'}")
    create_all(db)
    with db.writing() as connection:
        state.put(connection, state.REHEARSAL, True, FIRST)
        upsert_reps(connection, [rep("li"), rep("han")], {}, FIRST)
        people = [person(f"lead-{n}", FIRST - DAY) for n in range(PEOPLE)]
        upsert_leads(connection, people, {}, Stamp(FIRST, "test"))
    db.close()
    with open_app(tmp_path / "config.yaml", now=FIRST) as app:
        found = House(app)
        found.edit(rule(*CADENCE))
        found.until(1)
        assert found.sent() == {"hello": (1, PEOPLE)}
        yield found
        found.stages.close()


def edited(house: House, text: str) -> dict[str, tuple[int, int]]:
    """What has been sent in the end, if the rules become these on the second day."""
    house.until(2)
    house.edit(text)
    house.until(12)
    return house.sent()


def test_left_alone_everybody_gets_the_whole_cadence(house: House) -> None:
    house.until(12)
    assert house.sent() == WHOLE


LATER = "{id: gift, at: 10d, greet: lead, template: t/gift}"
SOON = "{id: gift, at: 54h, greet: lead, template: t/gift}"
PASSED = "{id: gift, at: 12h, greet: lead, template: t/gift}"
CALL_LATER = "{id: call, at: 5d, remind: owner, template: t/call}"
CALL_PASSED = "{id: call, at: 6h, remind: owner, template: t/call}"
ALL = "apply_to: all"


def without(step: str) -> dict[str, tuple[int, int]]:
    return {key: value for key, value in WHOLE.items() if key != step}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        pytest.param(rule(*CADENCE, LATER), WHOLE, id="step added, new"),
        pytest.param(rule(HELLO, SOON, CALL, BYE), WHOLE, id="step added soon, new"),
        pytest.param(
            rule(HELLO, SOON, CALL, BYE, more=ALL), WHOLE | {"gift": (4, PEOPLE)}, id="step added soon, all"
        ),
        pytest.param(rule(*CADENCE, LATER, more=ALL), WHOLE | {"gift": (11, PEOPLE)}, id="step added, all"),
        pytest.param(rule(HELLO, PASSED, CALL, BYE, more=ALL), WHOLE, id="step added in the past, all"),
        pytest.param(rule(HELLO, BYE), WHOLE, id="step removed, new"),
        pytest.param(rule(HELLO, BYE, more=ALL), without("call"), id="step removed, all"),
        pytest.param(rule(CALL, BYE, more=ALL), WHOLE, id="step removed that was sent, all"),
        pytest.param(rule(HELLO, CALL_LATER, BYE), WHOLE, id="step moved, new"),
        pytest.param(rule(HELLO, CALL_LATER, BYE, more=ALL), WHOLE | {"call": (6, PEOPLE)}, id="step moved, all"),
        pytest.param(
            rule(HELLO, CALL_PASSED, BYE, more=ALL), WHOLE | {"call": (3, PEOPLE)}, id="step moved to the past, all"
        ),
        pytest.param(rule(*CADENCE, more="for: {tier: gold}"), WHOLE, id="segment narrowed, new"),
        pytest.param(
            rule(*CADENCE, more="for: {tier: gold}\n" + ALL), {"hello": (1, PEOPLE)}, id="segment narrowed, all"
        ),
        pytest.param(rule(*CADENCE, more="enabled: false"), {"hello": (1, PEOPLE)}, id="disabled, new"),
        pytest.param(rule(*CADENCE, more="enabled: false\n" + ALL), {"hello": (1, PEOPLE)}, id="disabled, all"),
        pytest.param("rules: []", {"hello": (1, PEOPLE)}, id="deleted"),
        pytest.param(rule(*CADENCE, more="renamed_from: welcome", ident="hail"), WHOLE, id="renamed, new"),
        pytest.param(
            rule(*CADENCE, LATER, more="renamed_from: welcome\n" + ALL, ident="hail"), WHOLE | {"gift": (11, PEOPLE)},
            id="renamed and a step added, all",
        ),
    ],
)  # fmt: skip
def test_an_edit_does_to_those_in_flight_what_the_page_says(
    house: House, text: str, sent: dict[str, tuple[int, int]]
) -> None:
    assert edited(house, text) == sent


def test_what_a_removed_step_had_planned_is_superseded_by_the_change(house: House) -> None:
    house.until(3)  # the call of the fourth day is in the book
    house.edit(rule(HELLO, BYE, more=ALL))
    house.until(12)
    assert house.ended() == {("call", "superseded", "rule_changed"): PEOPLE}


def test_a_disabled_rule_cancels_what_comes_up_and_goes_on_where_it_is_when_it_is_back(house: House) -> None:
    house.edit(rule(*CADENCE, more="enabled: false"))
    house.until(6)
    assert house.ended()["call", "cancelled", "rule_gone"] == PEOPLE
    house.edit(rule(*CADENCE))
    house.until(12)
    assert house.sent() == without("call")


def test_a_rule_that_is_back_in_time_has_missed_nothing(house: House) -> None:
    house.edit(rule(*CADENCE, more="enabled: false"))
    house.until(3)
    house.edit(rule(*CADENCE))
    house.until(12)
    assert house.sent() == WHOLE


def test_a_step_added_too_late_says_so_and_a_fact_that_changes_does_not_bring_it(house: House) -> None:
    house.until(2)
    house.edit(rule(HELLO, PASSED, CALL, BYE, more=ALL))
    house.until(3)
    house.facts_change()
    house.until(12)
    assert house.sent() == WHOLE
    assert house.ended() == {("gift", "expired", "added_late"): PEOPLE}


def test_a_step_that_somebody_has_done_is_not_done_again_by_another(house: House) -> None:
    house.until(5)
    house.edit(rule(HELLO, CALL.replace("owner", "rep:han"), BYE, more=ALL))
    house.until(6)
    house.facts_change()
    house.until(12)
    assert house.sent() == WHOLE


def test_an_occasion_of_which_everything_is_sent_is_over(house: House) -> None:
    house.until(9)
    house.edit(rule(*CADENCE, LATER, more=ALL))
    house.until(12)
    assert house.sent() == WHOLE


def test_edits_upon_edits_move_everybody_in_the_end(house: House) -> None:
    house.until(2)
    house.edit(rule(HELLO, CALL_LATER, BYE))
    house.edit(rule(HELLO, CALL_LATER, BYE, LATER))
    house.until(3)
    house.edit(rule(HELLO, CALL_LATER, BYE, LATER, more=ALL))
    house.until(12)
    assert house.sent() == WHOLE | {"call": (6, PEOPLE), "gift": (11, PEOPLE)}
    with house.app.db.reading() as connection:
        assert len(set(connection.execute(select(occasion.c.revision)).scalars())) == 1


def test_a_fact_that_changes_after_the_edit_leaves_occasions_their_revision(house: House) -> None:
    house.until(2)
    house.edit(rule(HELLO, BYE, LATER))
    house.facts_change()
    house.until(12)
    assert house.sent() == WHOLE


def test_a_name_given_back_takes_its_past_along_twice(house: House) -> None:
    house.until(2)
    house.edit(rule(*CADENCE, more="renamed_from: welcome", ident="hail"))
    house.until(5)
    house.edit(rule(*CADENCE, more="renamed_from: hail", ident="welcome"))
    house.until(12)
    assert house.sent() == WHOLE


def test_a_paused_rule_is_still_paused_under_its_new_name(house: House) -> None:
    with house.app.db.writing() as connection:
        state.set_pause(connection, "rule", "welcome", "test", FIRST)
    assert edited(house, rule(*CADENCE, more="renamed_from: welcome", ident="hail")) == {"hello": (1, PEOPLE)}
