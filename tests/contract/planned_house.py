"""A database with a few people whose rules are planned as often as a test likes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from engine.domain.people import LeadEntry, RepEntry
from engine.domain.records import RecordEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Attribute, QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch

DAY = 86_400
ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(
    windows={"lead": ALWAYS, "rep": ALWAYS},
    quiet_hours=QuietHours(start="00:00", end="00:00"),
    attributes={"moved_on": Attribute(type="date")},
)
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}


def instant(text: str) -> int:
    """Seconds of an ISO instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class PlannedHouse:
    """Everybody lives by UTC, so that what is planned is easily read."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.talks = 0

    def people(self, *leads: str, now: int, **values: object) -> None:
        """Leads in the care of li, registered just now unless `registered_at` says otherwise."""
        common = {"timezone": "UTC", "locale": "en", "country": "CN", "registered_at": now, "owner": "li", **values}
        attrs = common.pop("attrs", {})
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry("li", {"name": "li", "timezone": "UTC", "locale": "en"})], {}, now)
            entries = [LeadEntry(one, {"name": one, **common}, attrs) for one in leads]
            upsert_leads(connection, entries, {}, Stamp(now, "test"))

    def rule(self, on: str, *steps: str, now: int, more: str = "", remind: str = "owner") -> None:
        """The one rule in force. A step is `at` of a reminder to the owner, called s1, s2, ..."""
        listed = [f"{{id: s{n}, at: {at}, remind: {remind}, template: reminder/x}}" for n, at in enumerate(steps, 1)]
        text = f"rules:\n  - id: one\n    category: care\n    on: {on}\n{more}    steps: [{', '.join(listed)}]\n"
        book, problems = load_rulebook({"rules/all.yaml": text}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(self.db, book, {"rules/all.yaml": text}, TEMPLATES, now)

    def record(self, ident: str, lead: str, kind: str, now: int, **values: object) -> None:
        with self.db.writing() as connection:
            write_records(connection, [RecordEntry(ident, lead, kind, values)], SETTINGS, Stamp(now, "test"))

    def talk(self, lead: str, outcome: str, at: int, now: int, **more: str) -> str:
        self.talks += 1
        entry = Interaction(
            f"i{self.talks}", lead, at, outcome, outcome in SETTINGS.vocabularies.effective_outcomes, **more  # type: ignore[arg-type]
        )
        with self.db.writing() as connection:
            assert log_interaction(connection, entry, now)
        return entry.id

    def plan(self, now: int, until: int = 0, every: int = DAY // 2) -> None:
        """Once; or every so often until then."""
        for at in range(now, max(until, now) + 1, every):
            plan(self.db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), at)

    def book(self, state: str = "planned") -> list[tuple[str, str, str]]:
        """(step and lead, anchor, UTC minute) of every touch in that state, in order of time."""
        query = select(touch).where(touch.c.state == state).order_by(touch.c.nominal_at, touch.c.lead, touch.c.anchor)
        with self.db.reading() as connection:
            return [
                (f"{row.step} {row.lead}", row.anchor,
                 datetime.fromtimestamp(row.nominal_at, UTC).isoformat(timespec="minutes")[:16])
                for row in connection.execute(query)
            ]  # fmt: skip
