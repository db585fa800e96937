"""I9: incremental planning equals an oracle that looks at every lead and every rule at every tick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.domain.civil import utc_date
from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry, RepEntry
from engine.domain.records import RecordEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Attribute, Holiday, QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance, end_circumstance
from engine.store.facts.dates import DateEntry, write_dates
from engine.store.facts.dirty import Stamp, touch_leads
from engine.store.facts.entries import write_records
from engine.store.facts.history import mark_history
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.tables import dirty_lead, transition
from engine.store.upgrade import create_all
from tests.properties.effort import examples
from tests.properties.oracle_facts import Lead, World
from tests.properties.oracle_rules import POLICIES, RULES
from tests.properties.plan_oracle import MOON, Oracle

ZONES = ("Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "Pacific/Honolulu")
START = 1_788_220_800     # 2026-09-01T00:00Z: festivals, year ends and DST changes lie ahead
ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(
    windows={"lead": ALWAYS, "rep": ALWAYS},
    quiet_hours=QuietHours(start="00:00", end="00:00"),
    holidays={"mid_autumn": Holiday(default=MOON)},
    attributes={"keys_on": Attribute(type="date")},
)
PHASES = (Phase.explicit, Phase.generate)   # shrinking a run of ticks takes minutes and says little more
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}

people = st.sampled_from(["ann", "bo", "cy"])
reps = st.sampled_from(["li", "wu"])
grades = st.sampled_from(["A", "B", "C"])
tiers = st.sampled_from(["gold", "platinum", "iron"])
zones = st.sampled_from(ZONES)
birthdays = st.tuples(st.sampled_from(["solar", "lunar"]), st.integers(9, 12), st.integers(1, 30))
edits = st.one_of(
    st.tuples(st.just("tier"), people, tiers),
    st.tuples(st.just("grade"), people, grades),
    st.tuples(st.just("owner"), people, reps),
    st.tuples(st.just("timezone"), people, zones),
    st.tuples(st.just("stage"), people, st.sampled_from(["won", "need"])),
    st.tuples(st.just("birthday"), people, birthdays),
    st.tuples(st.just("contact"), people, st.integers(0, 20)),
    st.tuples(st.just("contract"), people, st.tuples(st.sampled_from(["c1", "c2"]), st.integers(-20, 40))),
    st.tuples(st.just("receivable"), people, st.tuples(st.sampled_from(["r1", "r2"]), st.integers(-9, 20))),
    st.tuples(st.just("keys_on"), people, st.none() | st.integers(-9, 20)),
    st.tuples(st.just("signed"), people, st.integers(-150, 9)),
    st.tuples(st.just("history"), people, st.none()),
    st.tuples(st.just("talk"), people, st.tuples(st.integers(0, 20), st.sampled_from(["visit", "phone", "missed"]))),
    st.tuples(st.just("flood"), people, st.tuples(st.integers(-4, 10), st.none() | st.integers(1, 20))),
    st.tuples(st.just("dry"), people, st.none()),
    st.tuples(st.just("rep_zone"), reps, zones),
    st.tuples(st.just("absent"), reps, st.none() | st.tuples(st.integers(-3, 9), st.integers(0, 9))),
)
ticks = st.lists(st.tuples(st.integers(60, 3 * 86_400), st.lists(edits, max_size=3)), min_size=3, max_size=14)
crowd = st.fixed_dictionaries(
    {name: st.tuples(zones, reps, tiers, grades, st.integers(0, 40), birthdays) for name in ("ann", "bo", "cy")}
)


@dataclass
class Stage:
    """The planner under test and the oracle's facts, edited together."""

    db: Database
    books: Books
    world: World = field(default_factory=World)
    logged: int = 0

    def add(self, name: str, facts: tuple[Any, ...], now: int) -> None:
        zone, owner, tier, grade, age, birthday = facts
        registered = now - age * 86_400 - 3_600 * 4
        self.world.leads[name] = Lead(
            name, zone, owner, tier, grade, registered, birthday, owner_since=registered
        )
        self.world.dirty.add(name)
        values = {"name": name, "owner": owner, "tier": tier, "grade": grade, "timezone": zone,
                  "registered_at": registered, "locale": "en", "country": "CN", "stage": "new"}  # fmt: skip
        with self.db.writing() as connection:
            upsert_leads(connection, [LeadEntry(name, values)], {}, Stamp(now, "test"))
        self._birthday(name, birthday, now)

    def _birthday(self, name: str, birthday: tuple[str, int, int], now: int) -> None:
        """The tenth lunar month begins in November: two months less lie in the same days."""
        calendar, month, day = birthday
        fitting = (calendar, month - 2, day) if calendar == "lunar" else (calendar, month, self._fit(month, day))
        entry = DateEntry(f"{name}:birthday", name, "birthday", LifeDate(calendar, None, *fitting[1:]))
        self.world.leads[name].birthday = fitting
        with self.db.writing() as connection:
            write_dates(connection, [entry], SETTINGS, now)
            touch_leads(connection, [name], "date", now)

    @staticmethod
    def _fit(month: int, day: int) -> int:
        return min(day, {9: 30, 11: 30}.get(month, 31))

    def edit(self, what: str, who: str, value: Any, now: int) -> None:
        if what == "rep_zone":
            self._move_rep(who, value, now)
            return
        if what == "absent":
            self._send_away(who, value, now)
            return
        self.world.dirty.add(who)
        if what == "birthday":
            self._birthday(who, value, now)
        elif what == "contact":
            self._contact(who, value, now)
        elif what in ("contract", "receivable"):
            self._record(what, who, value, now)
        elif what in ("talk", "flood", "dry", "keys_on", "signed", "history"):
            getattr(self, f"_{what}")(who, value, now)
        else:
            self._change(who, what, value, now)

    def _move_rep(self, rep: str, zone: str, now: int) -> None:
        self.world.dirty |= {""} if zone != self.world.reps[rep][0] else set()
        self.world.reps[rep] = (zone, self.world.reps[rep][1])
        self.world.dirty |= {lead.id for lead in self.world.leads.values() if lead.owner == rep or rep == "boss"}
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry(rep, {"timezone": zone})], {}, now)

    def _send_away(self, rep: str, days: tuple[int, int] | None, now: int) -> None:
        """Away for some days, with the boss standing in; or not away any more."""
        self.world.away.pop(rep, None)
        first = last = None
        if days is not None:
            first, last = (utc_date(now + ahead * 86_400).isoformat() for ahead in (days[0], sum(days)))
            self.world.away[rep] = (first, last, "boss")
        with self.db.writing() as connection:
            values = {"absent_from": first, "absent_to": last, "delegate": "boss"}
            upsert_reps(connection, [RepEntry(rep, values)], {}, now)
            self.world.dirty |= set(connection.execute(select(dirty_lead.c.lead)).scalars())

    def _contact(self, name: str, days_ago: int, now: int, kind: str = "") -> None:
        """A contact, logged days after it happened."""
        lead = self.world.leads[name]
        at = now - days_ago * 86_400
        self.logged += 1
        ref = f"i{self.logged}"
        if lead.last_contact is None or at > lead.last_contact:
            lead.last_contact, lead.last_ref = at, ref
        if lead.owner_since is None or at >= lead.owner_since:
            lead.since_owner += 1
        if kind and at > lead.talks.get(kind, (0, ""))[0]:
            lead.talks[kind] = (at, ref)
        purpose, channel = kind if kind == "visit" else None, kind if kind == "phone" else None
        with self.db.writing() as connection:
            entry = Interaction(ref, name, at, "reached", True, purpose=purpose, channel=channel)
            log_interaction(connection, entry, now)

    def _record(self, kind: str, name: str, value: tuple[str, int], now: int) -> None:
        """Two contracts and two receivables of each, whose days move."""
        ident, days = f"{name}-{value[0]}", value[1]
        on, lead = utc_date(now + days * 86_400), self.world.leads[name]
        known, key = (lead.contracts, "ends_on") if kind == "contract" else (lead.receivables, "due_on")
        known[ident] = on
        with self.db.writing() as connection:
            entry = RecordEntry(ident, name, kind, {key: on.isoformat()})
            write_records(connection, [entry], SETTINGS, Stamp(now, "test"))

    def _keys_on(self, name: str, days: int | None, now: int) -> None:
        """The day of an attribute is set, moved or taken away."""
        on = None if days is None else utc_date(now + days * 86_400)
        self.world.leads[name].keys_on = on
        with self.db.writing() as connection:
            entry = LeadEntry(name, {}, {"keys_on": on and on.isoformat()})
            upsert_leads(connection, [entry], {}, Stamp(now, "test"))

    def _signed(self, name: str, days: int, now: int) -> None:
        on = utc_date(now + days * 86_400)
        self.world.leads[name].signed = on
        entry = DateEntry(f"{name}:signing", name, "signing", LifeDate("solar", on.year, on.month, on.day))
        with self.db.writing() as connection:
            write_dates(connection, [entry], SETTINGS, now)
            touch_leads(connection, [name], "date", now)

    def _history(self, name: str, _value: None, now: int) -> None:
        """Rows marked as history came in."""
        self.world.leads[name].history = now
        with self.db.writing() as connection:
            touch_leads(connection, [name], "test", now)
            mark_history(connection, {}, [name], now)

    def _talk(self, name: str, value: tuple[int, str], now: int) -> None:
        """A visit or a call, or one that nobody answered, logged days after it happened."""
        days_ago, kind = value
        at, lead = now - days_ago * 86_400, self.world.leads[name]
        if kind != "missed":
            self._contact(name, days_ago, now, kind)
            return
        self.logged += 1
        lead.missed.append((f"i{self.logged}", at, now))
        with self.db.writing() as connection:
            entry = Interaction(f"i{self.logged}", name, at, "no_answer", False, channel="phone")
            log_interaction(connection, entry, now)

    def _flood(self, name: str, value: tuple[int, int | None], now: int) -> None:
        self.logged += 1
        ident, start = f"f{self.logged}", now + value[0] * 86_400
        end = None if value[1] is None else start + value[1] * 86_400
        self.world.leads[name].floods[ident] = (start, end)
        with self.db.writing() as connection:
            add_circumstance(connection, Happening(ident, "flood", start, end, lead=name), "test", now)

    def _dry(self, name: str, _value: None, now: int) -> None:
        """The latest flood is over."""
        floods = self.world.leads[name].floods
        if floods:
            ident = list(floods)[-1]
            floods[ident] = (floods[ident][0], now)
            with self.db.writing() as connection:
                end_circumstance(connection, ident, now, "test", now)

    def _change(self, name: str, what: str, value: str, now: int) -> None:
        lead = self.world.leads[name]
        attribute = "zone" if what == "timezone" else what
        if getattr(lead, attribute) == value:
            return
        setattr(lead, attribute, value)
        if what == "owner":
            lead.owner_since, lead.since_owner = now, 0
        with self.db.writing() as connection:
            change_leads(connection, {name: {what: value}}, Stamp(now, "test"))
            if what == "stage" and value == "won":
                newest = select(transition.c.id).order_by(transition.c.id.desc()).limit(1)
                lead.won.append((connection.execute(newest).scalar_one(), now))

    def waiting(self) -> dict[str, int]:
        with self.db.reading() as connection:
            query = select(touch.c.occurrence_key, touch.c.nominal_at).where(touch.c.state == "planned")
            return {row[0]: row[1] for row in connection.execute(query)}

    def looks(self) -> dict[str, int]:
        with self.db.reading() as connection:
            query = select(touch.c.occurrence_key, touch.c.judge_at).where(touch.c.state == "planned")
            return {row[0]: row[1] for row in connection.execute(query)}

    def tick(self, now: int) -> None:
        plan(self.db, SETTINGS, self.books, Clockwork.of(SETTINGS), now)


@contextmanager
def stage() -> Iterator[Stage]:
    db = Database("sqlite://")
    try:
        create_all(db)
        book, problems = load_rulebook({"rules/all.yaml": RULES + POLICIES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/all.yaml": RULES + POLICIES}, TEMPLATES, START)
        this = Stage(db, Books(SETTINGS))
        with db.writing() as connection:
            for rep in ("li", "wu", "boss"):
                upsert_reps(connection, [rep_entry(rep)], {}, START)
                this.world.reps[rep] = ("Asia/Shanghai", "boss")
        yield this
    finally:
        db.close()


def rep_entry(rep: str) -> RepEntry:
    return RepEntry(rep, {"name": rep, "timezone": "Asia/Shanghai", "locale": "en", "manager": "boss"})


def assert_same(waiting: dict[str, int], expected: dict[str, int]) -> None:
    missing = {key: due for key, due in expected.items() if waiting.get(key) != due}
    extra = {key: due for key, due in waiting.items() if expected.get(key) != due}
    assert (missing, extra) == ({}, {})


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowd=crowd, ticks=ticks)
@example(  # a history that comes in after what it would have kept silent about stands in the book leaves it there
    crowd={"ann": ("Pacific/Honolulu", "li", "iron", "A", 21, ("lunar", 12, 12))},
    ticks=[(199_724, [("talk", "ann", (8, "missed"))]), (139_340, [("history", "ann", None)])],
)
def test_the_book_is_what_an_oracle_without_cursors_expects(crowd: Any, ticks: Any) -> None:
    with stage() as this:
        oracle = Oracle(this.world)
        now = START
        for name, facts in crowd.items():
            this.add(name, facts, now)
        this.tick(now)
        assert_same(this.waiting(), oracle.tick(now))
        for step, changes in ticks:
            now += step
            for change in changes:
                this.edit(*change, now)
            this.tick(now)
            assert_same(this.waiting(), oracle.tick(now))
            assert_same(this.looks(), oracle.looks)


@settings(max_examples=examples(12), deadline=None, phases=PHASES)
@given(crowd=crowd, cuts=st.lists(st.integers(1, 86_400 * 20), max_size=12))
def test_any_split_of_the_time_gives_the_same_book(crowd: Any, cuts: list[int]) -> None:
    end = START + 21 * 86_400
    with stage() as whole, stage() as split:
        for name, facts in crowd.items():
            whole.add(name, facts, START)
            split.add(name, facts, START)
        for at in range(START, end, 6 * 3600):
            whole.tick(at)
        whole.tick(end)
        for at in sorted({START, end, *(START + cut for cut in cuts)}):
            split.tick(at)
            split.tick(at)
        assert split.waiting() == whole.waiting()
