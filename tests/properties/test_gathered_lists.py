"""Floods, moves, mourning, pauses and lost replies in any order: nobody is told of twice, forgotten, or in mourning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from adapters.base import Outcome, Receipt
from engine.desk.folder import Checked
from engine.desk.planning import Span, planned_touches
from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.database import Database
from engine.store.facts.circumstances import list_circumstances
from engine.store.ledger import pause, touch
from engine.store.upgrade import create_all
from tests.contract.flooded_house import RULES, TEMPLATES, House, at, names
from tests.contract.outbox import Script
from tests.properties.effort import examples

PEOPLE = {"Ann": "ann", "B…": "bo", "Cy": "cy", "Dan": "dan"}
who = st.sampled_from(sorted(PEOPLE.values()))
edits = st.one_of(
    st.tuples(st.just("flood"), st.sampled_from(["5101", "1101", "510104"])),
    st.tuples(st.just("move"), st.tuples(who, st.sampled_from(["510104", "1101"]))),
    st.tuples(st.just("owner"), st.tuples(who, st.sampled_from(["li", "wu"]))),
    st.tuples(st.just("grade"), st.tuples(who, st.sampled_from(["A", "B"]))),
    st.tuples(st.just("mourn"), who),
    st.tuples(st.just("pause"), st.booleans()),
)
rounds = st.lists(
    st.tuples(st.lists(edits, max_size=3), st.lists(edits, max_size=1), st.booleans()), min_size=2, max_size=6
)
MINUTE = 60
PHASES = (Phase.explicit, Phase.generate)  # shrinking a run of ticks takes minutes and says little more


@contextmanager
def flooded() -> Iterator[House]:
    with TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/store.sqlite")
        create_all(db)
        house = House(db)
        try:
            yield house
        finally:
            house.close()
            db.close()


def edit(house: House, what: str, value: Any) -> None:
    if what == "flood":
        with house.db.reading() as connection:
            number = len(list_circumstances(connection))
        house.happens("flood", f"f{number}", region=value)
    elif what == "mourn":
        with house.db.reading() as connection:
            number = len(list_circumstances(connection))
        house.happens("bereavement", f"b{number}", lead=value)
    elif what == "pause":
        with house.db.writing() as connection:
            connection.execute(pause.delete())
            if value:
                connection.execute(pause.insert().values(scope="rule", name="flood", actor="boss", at=0))
    else:
        lead, new = value
        house.change(lead, **{"region" if what == "move" else what: new})


def mourners(house: House) -> set[str]:
    with house.db.reading() as connection:
        return {str(row["lead"]) for row in list_circumstances(connection) if row["kind"] == "bereavement"}


def clock(minutes: int) -> str:
    return f"02T{12 + minutes // 60}:{minutes % 60:02}"


@settings(max_examples=examples(8), deadline=None, phases=PHASES)
@given(rounds)
def test_everybody_is_told_of_once_and_nobody_in_mourning(played: list[Any]) -> None:
    with flooded() as house:
        for n, (before, between, lost) in enumerate(played):
            for one in before:
                edit(house, *one)
            house.tick(clock(n + 1), sends=False)
            for one in between:
                edit(house, *one)
            mourning, arrived = mourners(house), len(house.far.arrived)
            house.far.scripts = [Script(Receipt(Outcome.RETRY, "421"))] if lost else []
            house.dispatcher.run()
            told = [PEOPLE[name] for mail in house.far.arrived[arrived:] for name in names(mail)]
            assert not mourning & set(told)
        edit(house, "pause", False)
        for n in range(20, 32, 2):
            house.tick(clock(n))
        told_of = Counter((PEOPLE[name], mail.receiver_name) for mail in house.far.arrived for name in names(mail))
        with house.db.reading() as connection:
            query = select(touch.c.lead, touch.c.receiver, touch.c.state).where(touch.c.rule == "flood")
            rows = list(connection.execute(query))
        assert told_of == Counter((row[0], row[1]) for row in rows if row[2] == Touch.DELIVERED)
        assert not [row for row in rows if row[2] in (*TOUCH_OPEN, Touch.RELEASED, Touch.DEAD)]


@settings(max_examples=examples(8), deadline=None, phases=PHASES)
@given(st.lists(edits.filter(lambda one: one[0] != "pause"), min_size=1, max_size=8))
def test_a_dry_run_gathers_as_ticks_do(changes: list[tuple[str, Any]]) -> None:
    with flooded() as house:
        house.tick(clock(1))
        for one in changes:
            edit(house, *one)
        house.clock.move_to(at(clock(2)))
        now = house.clock.now()
        with house.db.reading() as connection:
            active = house.books.active(connection)
        assert active is not None
        checked = Checked(active.book, {"rules/a.yaml": RULES}, TEMPLATES)
        planned = planned_touches(house.db, house.settings, checked, Span(now, 0, now + MINUTE))
        foreseen = {one.occurrence_key: (one.carried_by, one.gathered) for one in planned if one.carried_by}
        house.tick(clock(2))
        with house.db.reading() as connection:
            rows = list(connection.execute(select(touch).where(touch.c.gathered)).mappings())
        keys = {row["id"]: row["occurrence_key"] for row in rows}
        counts = Counter(row["carried_by"] for row in rows)
        assert foreseen == {
            row["occurrence_key"]: (keys[row["carried_by"]], counts[row["carried_by"]])
            for row in rows
            if row["state"] == Touch.DELIVERED
        }
