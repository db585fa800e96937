"""Whatever happens, nobody goes back to the pool before his rep has known of it for three days; and he does go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from engine.desk.folder import read_folder
from engine.desk.overlay import Stages
from engine.domain.civil import DAY, local_date
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings
from engine.stages.books import Books, adopt
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.lookups import lookups
from engine.store.tables import lead
from engine.store.upgrade import create_all
from tests.properties.effort import examples

HOUSE = Path(__file__).parents[2]
SETTINGS = load_settings(HOUSE / "config.yaml")
TEMPLATES = read_folder(SETTINGS, HOUSE).templates
OWNERS = "rules/owners.yaml"
RULES = {OWNERS: (HOUSE / OWNERS).read_text("utf-8").replace("enabled: false", "enabled: true")}
CALENDARS = Clockwork.of(SETTINGS).calendars
START = 1_769_385_600     # 2026-01-26T00:00Z: the Spring Festival lies ahead
DAYS, QUIET_FROM = 130, 50
"""How long is played, and from when on nothing happens any more."""
SPAN = {"A": 14, "B": 30, "C": 60}
NOTICE, BACKFILL, AGAIN, HELD_UP, HOUR = 3, 30, 14, 13, 1 / 24
"""Days: from the warning, for those neglected before, until it is repeated, and by an absence or a holiday."""
PLACE = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "country": "CN"}
PEOPLE = tuple(f"p{n}" for n in range(8))

grades = st.sampled_from(sorted(SPAN))
people = st.fixed_dictionaries({one: st.tuples(grades, st.integers(0, 90 * 24)) for one in PEOPLE})
whom = st.sampled_from(PEOPLE)
deeds = st.one_of(
    st.tuples(st.just("grade"), whom, grades),
    st.tuples(st.just("contact"), whom, st.integers(0, 48)),
    st.tuples(st.just("owner"), whom, st.sampled_from(["li", "wu"])),
    st.tuples(st.just("absent"), st.sampled_from(["li", "wu"]), st.integers(0, 12)),
)
histories = st.lists(st.tuples(st.integers(0, QUIET_FROM * 24), deeds), max_size=30).map(sorted)


LATE = {one: ("A" if one == "p0" else "B", 0) for one in PEOPLE}
RISES, FALLS = (15 * 24, ("grade", "p1", "A")), (12 * 24, ("grade", "p0", "B"))
"""One whose warning's hour is over with his new grade, and one who was warned of another day than he has now."""


@given(people, histories)
@example(LATE, [FALLS, RISES])
@settings(
    max_examples=examples(3), deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_nobody_returns_unwarned_and_nobody_stays(crowd: Mapping[str, tuple[str, int]], history: list[Any]) -> None:
    with house(crowd) as stages:
        now = START
        for hour, (deed, who, what) in [*history, (DAYS * 24, ("", "", ""))]:
            at = START + hour * 3600
            while now < at:
                stages.step(now)
                now = stages.next_instant(now)
            do(stages.db, deed, who, what, now)
        with stages.db.reading() as connection:
            rows = [dict(row) for row in lookups.touches(connection, lookups.Filter()) if row["rule"] == "pool-return"]
            left = [dict(row) for row in connection.execute(lead.select()).mappings() if row["status"] == "active"]
    back = [row for row in rows if row["step"] == "return" and row["changed"]]
    assert len(back) + len(left) == len(PEOPLE)
    for row in back:
        at, told = row["settled_at"], [one["settled_at"] for one in rows if warned_of(one, row)]
        days = (at - max(told, default=0)) / DAY
        assert NOTICE - HOUR <= days <= NOTICE + HELD_UP, (row["lead"], day_of(at), list(map(day_of, told)))
        assert CALENDARS.moved(day_of(max(told)), 1) <= day_of(at), "not a working day between"
    for row in left:
        since = max(row["last_contact_at"], row["owner_since_at"] or 0)
        due = max((since - START) / DAY + SPAN[row["grade"]], QUIET_FROM, BACKFILL)
        assert due + NOTICE + AGAIN + 2 * HELD_UP >= DAYS, f"{row['id']} ({row['grade']}) stays after {due:.1f}"


def warned_of(one: Mapping[str, Any], back: Mapping[str, Any]) -> bool:
    """Whether that is a warning, which left, of this customer to the rep who lost him, or to who stood in for him."""
    rep = back["changed"]["owner"][0]
    warning = (one["lead"], one["step"], one["state"]) == (back["lead"], "warn", "delivered")
    return warning and rep in (one["receiver"], one["absent"])


def do(db: Database, deed: str, who: str, what: Any, now: int) -> None:
    with db.writing() as connection:
        active = {row["id"] for row in connection.execute(lead.select()).mappings() if row["status"] == "active"}
        if deed == "absent":
            days = {"absent_from": day_of(now).isoformat(),
                    "absent_to": day_of(now + what * DAY).isoformat()}  # fmt: skip
            upsert_reps(connection, [RepEntry(who, days)], PLACE, now)
        elif deed == "contact" and who in active:
            log_interaction(connection, Interaction(f"{who}{now}", who, now - what * 3600, "reached", True), now)
        elif deed and who in active:
            change_leads(connection, {who: {deed: what}}, Stamp(now, "test"))


def day_of(at: int) -> date:
    return local_date(at, PLACE["timezone"])


@contextmanager
def house(crowd: Mapping[str, tuple[str, int]]) -> Iterator[Stages]:
    """A house with the shipped rules, two reps and their customers, each quiet for some hours."""
    db, books, clockwork = Database("sqlite://"), Books(SETTINGS), Clockwork.of(SETTINGS)
    release = Release(db, SETTINGS, books, clockwork)
    book, problems = load_rulebook(RULES, catalogue_for(SETTINGS, TEMPLATES))
    assert book is not None, problems
    try:
        create_all(db)
        adopt(db, book, RULES, TEMPLATES, START)
        with db.writing() as connection:
            reps = [
                RepEntry("boss", {"name": "Boss", "role": "manager"}),
                RepEntry("li", {"name": "Li", "manager": "boss"}),
                RepEntry("wu", {"name": "Wu", "manager": "boss", "delegate": "boss"}),
            ]
            upsert_reps(connection, reps, PLACE, START)
            known = {"status": "active", "owner": "li", "registered_at": START - 200 * DAY}
            entries = [
                LeadEntry(one, known | {"name": one, "grade": grade, "last_contact_at": START - hours * 3600})
                for one, (grade, hours) in crowd.items()
            ]
            upsert_leads(connection, entries, PLACE, Stamp(START, "test"))
        yield Stages(db, SETTINGS, books, clockwork, release)
    finally:
        release.close()
        db.close()
