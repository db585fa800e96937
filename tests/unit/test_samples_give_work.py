"""The starter content against the sample customers, through the real import and planner."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import or_, select

from engine.desk.folder import check_folder, read_folder
from engine.service.samples import Samples, sample_people, write_samples
from engine.settings.load import load_settings
from engine.settings.model import Holiday, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.imports import run_import
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.ledger import touch
from engine.store.upgrade import create_all

ROOT = Path(__file__).parents[2]
ANOTHER_DAY = {
    ("spring-festival", "wish"): "the demo's Spring Festival is a week away, for its notes",
    ("courtesy-call", "call"): "what a start finds of it is spread over four weeks",
    ("visit-rhythm", "visit"): "what a start finds of it is spread over four weeks",
    ("article", "send"): "what a start finds of it is spread over four weeks",
    ("portrait-gaps", "ask"): "what a start finds of it is spread over four weeks",
    ("low-score", "call"): "nobody has answered a survey yet",
    ("bereavement", "afterwards"): "a start looks two weeks back, and this is seven weeks after",
}
"""Steps that nobody meets in the hour of a demo, each with the reason."""
PERHAPS = {
    ("referral", "ask"), ("morning", "digest"), ("team-morning", "digest"), ("week", "report"), ("team-week", "report"),
    ("team-month", "report"), ("evening", "report"), ("team-evening", "report"),
    ("first-months", "report"), ("first-contact", "again"),
    ("first-contact", "manager"), ("contract-end", "settle"), ("need-rhythm", "call"), ("credit-yearly", "check"),
}  # fmt: skip
"""Steps of ten or six o'clock, of working days and hours, of the first days of a week or month, or of a full day."""
HOURS = {
    "Monday 00:10 UTC": datetime(2026, 3, 2, 0, 10, tzinfo=UTC),
    "Thursday 09:50 UTC": datetime(2026, 8, 6, 9, 50, tzinfo=UTC),
    "Saturday 22:31 UTC, Sunday there": datetime(2026, 12, 5, 22, 31, tzinfo=UTC),
}


@pytest.mark.parametrize("when", HOURS.values(), ids=HOURS)
def test_every_step_that_ships_is_met_by_somebody_now(when: datetime, tmp_path: Path) -> None:
    now = int(when.timestamp())
    people = sample_people(now)
    settings = house_of(people)
    db = Database(f"sqlite:///{tmp_path}/demo.sqlite")
    create_all(db)
    settle_in(db, settings, people, tmp_path, now)
    checked = check_folder(settings, read_folder(settings, ROOT))
    adopt(db, checked.book, checked.rules, checked.templates, now)
    plan(db, settings, Books(settings), Clockwork.of(settings), now)

    shipped = {(rule.id, step.id) for rule in checked.book.rules if rule.enabled for step in rule.steps}
    assert shipped - set(due_steps(db, now)) - PERHAPS == set(ANOTHER_DAY)
    assert most_of_one_rep(db, now) <= settings.caps.catch_up
    assert ("chen-hao", "li-min") in stand_ins(db, now)
    db.close()


def house_of(people: Samples) -> Settings:
    """The starter config, as a demo changes it: today is a festival, and nobody has a day off."""
    settings = load_settings(ROOT / "config.yaml")
    holidays = {name: Holiday(default=days) for name, days in people.holidays.items()}
    windows = {**settings.windows, "rep": Window(days="mon-sun", open="08:30", close="18:30")}
    caps = settings.caps.model_copy(update={"catch_up": 45})
    return settings.model_copy(update={"holidays": holidays, "windows": windows, "caps": caps})


def settle_in(db: Database, settings: Settings, people: Samples, folder: Path, now: int) -> None:
    """Import the files, then let happen what cannot be imported."""
    write_samples(folder, people)
    for what in ("reps", "leads", "records", "interactions"):
        report = run_import(db, settings, what, folder / f"{what}.csv", now)
        assert (report.quarantined, report.unknown_owners) == (0, 0)
    with db.writing() as connection:
        for number, row in enumerate(people.events):
            add_circumstance(connection, Happening(id=str(number), **row), "demo", now)  # type: ignore[arg-type]
        for row in people.changes:
            changed = {str(row["lead"]): {str(row["field"]): row["value"]}}
            change_leads(connection, changed, Stamp(int(row["at"]), "demo"))


def due_steps(db: Database, now: int) -> list[tuple[str, str]]:
    """(rule, step) of every touch that is due, or whose draft is."""
    with db.reading() as connection:
        query = select(touch.c.rule, touch.c.step).where(touch.c.judge_at <= now, touch.c.state == "planned")
        return [(row.rule, row.step) for row in connection.execute(query)]


def stand_ins(db: Database, now: int) -> set[tuple[str, str | None]]:
    """Who is to do what is due now, and whose it is."""
    with db.reading() as connection:
        rows = connection.execute(select(touch.c.receiver, touch.c.absent).where(touch.c.due_at <= now))
        return {(row.receiver, row.absent) for row in rows}


def most_of_one_rep(db: Database, now: int) -> int:
    """Reminders for the busiest one; of a rule's several steps for one customer only the latest is sent."""
    lives = or_(touch.c.expires_at.is_(None), touch.c.expires_at > now)
    query = select(touch.c.receiver, touch.c.lead, touch.c.rule).distinct()
    with db.reading() as connection:
        rows = connection.execute(query.where(touch.c.due_at <= now, touch.c.audience != "lead", lives))
        return max(Counter(row.receiver for row in rows).values())
