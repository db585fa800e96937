"""A house with a flood rule that gathers: two reps, four customers in Chengdu, and channels that keep what arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from adapters.base import Message
from engine.domain.people import LeadEntry, RepEntry
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.local_model import FileChannel
from engine.settings.model import Caps, Defaults, QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance, end_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.ledger import delivery, touch
from tests.contract.outbox import FarSide

CN = "Asia/Shanghai"
DESK = FileChannel(kind="file", folder="desk")
SETTINGS = Settings(
    windows={"lead": Window(open="00:00", close="24:00"), "rep": Window(open="09:00", close="18:00")},
    quiet_hours=QuietHours(start="00:00", end="00:00"),
    channels={"desk": DESK, "other": DESK}, defaults=Defaults(via=("desk",)), caps=Caps(catch_up=2),
)  # fmt: skip
TEMPLATES = {"reminder/x/mail.en.txt.j2": """{% block subject %}{{ count }} of {{ circumstances[0].kind }}{% endblock %}
{% block body %}{% for one in customers %}{{ one.name }} {{ one.region }} {{ one.severity }}
{% endfor %}{{ more }} more{% endblock %}"""}  # fmt: skip
RULES = """
rules:
  - id: flood
    category: care
    on: {event: [flood]}
    steps: [{id: ask, at: +0h, remind: owner, template: reminder/x, gather: true, urgent: true, via: [desk, other]}]
  - id: storm
    category: care
    on: {event: [storm]}
    steps: [{id: ask, at: +0h, remind: owner, template: reminder/x, gather: true, expires: 2d}]
policies:
  - {id: mourning, when: {touch: {category: care}, circumstance: {kind: bereavement}}, then: {suppress: touch}}
"""


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai: `04T10:00`."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


class House:
    """li has ann (a key customer), bo (whom nobody else may know of) and cy in Chengdu, wu has dan."""

    def __init__(self, db: Database, settings: Settings = SETTINGS) -> None:
        self.db, self.settings = db, settings
        self.clock, self.far, self.other = FrozenClock(at("02T12:00")), FarSide(), FarSide()
        self.books, self.clockwork = Books(settings), Clockwork.of(settings)
        self.release, self.shelf = Release(db, settings, self.books, self.clockwork), Shelf(self.books)
        channels = {"desk": self.far, "other": self.other}
        self.dispatcher = Dispatcher(db, channels, settings, self.clock, "test")
        book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(settings, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": RULES}, TEMPLATES, self.clock.now())
        place = {"timezone": CN, "locale": "en", "country": "CN", "registered_at": self.clock.now(), "region": "510104"}
        people = {"ann": {"key": True}, "bo": {"confidential": True}, "cy": {}, "dan": {"owner": "wu"}}
        with db.writing() as connection:
            reps = [RepEntry(rep, {"name": rep, "timezone": CN, "locale": "en"}) for rep in ("li", "wu")]
            upsert_reps(connection, reps, {}, 0)
            entries = [LeadEntry(n, place | {"name": n.title(), "owner": "li"} | more) for n, more in people.items()]
            upsert_leads(connection, entries, {}, Stamp(self.clock.now(), "test"))

    def close(self) -> None:
        self.dispatcher.close()
        self.release.close()

    def tick(self, text: str, *, sends: bool = True) -> None:
        self.clock.move_to(at(text))
        plan(self.db, self.settings, self.books, self.clockwork, self.clock.now())
        self.release.run(self.clock.now())
        compose(self.db, self.shelf, self.settings, self.clock.now())
        if sends:
            self.dispatcher.run()

    def happens(self, kind: str, ident: str = "f", **more: Any) -> None:
        where = more or {"region": "5101", "severity": "severe"}
        with self.db.writing() as connection:
            add_circumstance(connection, Happening(ident, kind, self.clock.now(), **where), "test", self.clock.now())

    def over(self, ident: str = "f") -> None:
        with self.db.writing() as connection:
            end_circumstance(connection, ident, self.clock.now(), "test", self.clock.now())

    def change(self, who: str, **values: Any) -> None:
        with self.db.writing() as connection:
            change_leads(connection, {who: values}, Stamp(self.clock.now(), "test"))

    def states(self, rule: str = "flood") -> dict[str, str]:
        with self.db.reading() as connection:
            query = select(touch.c.lead, touch.c.state).where(touch.c.rule == rule).order_by(touch.c.id)
            return {row[0]: row[1] for row in connection.execute(query)}

    def deliveries(self) -> list[str]:
        with self.db.reading() as connection:
            return list(connection.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars())

    def mails(self, rep: str = "li") -> list[Message]:
        return [mail for mail in self.far.arrived if mail.receiver_name == rep]


def names(mail: Message) -> list[str]:
    """Whom the message names."""
    return [line.split()[0] for line in mail.text.splitlines()[:-1]]
