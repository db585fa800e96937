"""Messages of feeds become circumstances: updates and cancels in any order, exercises, areas, severities."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from adapters.feeds.messages import Act, Area, Circle, Hazard, Message, Point
from engine.domain.people import LeadEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.feed_model import Feed
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.ingest.ingest import NO_GATES, Listening, Told, ingest
from engine.stages.ingest.story import story_of
from engine.store.database import Database
from engine.store.facts.circumstances import leads_covered, list_circumstances
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.tables import dirty_lead, gate_event

NOW = 1_771_000_000
HOUR, DAY = 3_600, 86_400
DEFAULTS = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "country": "CN"}
BY_HAND, FILE = "if it concerns you: followup event add storm", "or --area FILE"
CHENGDU = Area("成都市", codes=(("GB/T 2260", "510100000000"),))
AROUND = Area("near", circles=(Circle(Point(31.13, 104.4), 10),))


@pytest.fixture
def db(database: Database) -> Database:
    entries = [
        LeadEntry("chengdu", {"name": "c", "region": "510104"}),
        LeadEntry("deyang", {"name": "d", "region": "5106", "lat": 31.13, "lon": 104.4}),
    ]
    with database.writing() as connection:
        upsert_leads(connection, entries, DEFAULTS, Stamp(NOW, "test"))
        connection.execute(dirty_lead.delete())
    return database


def storm(
    name: str, sent: int, act: Act = Act.ALERT, *about: str, areas: tuple[Area, ...] = (CHENGDU,), event: str = "暴雨",
    severity: str = "severe", why: str = "",
) -> Message:  # fmt: skip
    hazard = Hazard(event, severity, NOW, NOW + DAY, areas, "大雨", "")
    return Message(name, NOW + sent, act, () if act == Act.CANCEL else (hazard,), about, why)


def take(
    db: Database, *messages: Message, now: int = NOW, settings: Settings | None = None, gates: Gates = NO_GATES,
    **feed: Any,
) -> list[Told]:  # fmt: skip
    to = Listening("met", Feed(**feed), gates)
    return [told for one in messages for told in ingest(db, settings or Settings(), to, [one], now)]


def known(db: Database) -> list[tuple[str, str, str, int]]:
    with db.reading() as connection:
        return [(row["kind"], row["phase"], row["severity"], row["leads"]) for row in list_circumstances(connection)]


def covered(db: Database) -> set[str]:
    with db.reading() as connection:
        return {lead for row in list_circumstances(connection) if row["ends_at"] > NOW + HOUR
                for lead in leads_covered(connection, row["id"])}  # fmt: skip


def dirty(db: Database) -> set[str]:
    with db.writing() as connection:
        found = set(connection.execute(select(dirty_lead.c.lead)).scalars())
        connection.execute(dirty_lead.delete())
    return found


def test_an_alert_becomes_a_circumstance_of_its_region(db: Database) -> None:
    (told,) = take(db, storm("a", 0))
    assert known(db) == [("storm", "active", "severe", 1)]
    assert told.lines[0].endswith("begins: applies to 1 lead")
    assert dirty(db) == {"chengdu"}


def test_a_message_is_read_once(db: Database) -> None:
    take(db, storm("a", 0))
    dirty(db)
    (told,) = take(db, storm("a", 0))
    assert told.seen_before
    assert dirty(db) == set()


def test_an_update_moves_the_area_and_both_ends_are_judged_again(db: Database) -> None:
    take(db, storm("a", 0))
    dirty(db)
    take(db, storm("b", 10, Act.UPDATE, "a", areas=(AROUND,)))
    assert known(db) == [("storm", "active", "severe", 1)]
    assert covered(db) == dirty(db) - {"chengdu"} == {"deyang"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_latest_message_counts_in_whatever_order_they_come(db: Database, order: tuple[int, ...]) -> None:
    messages = (
        storm("a", 0), storm("b", 10, Act.UPDATE, "a"),
        storm("c", 20, Act.UPDATE, "b", areas=(AROUND,), severity="extreme"),
    )  # fmt: skip
    take(db, *(messages[n] for n in order))
    assert covered(db) == {"deyang"}
    assert ("storm", "active", "extreme", 1) in known(db)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_cancel_ends_it_whenever_it_comes(db: Database, order: tuple[int, ...]) -> None:
    messages = (storm("a", 0), storm("b", 10, Act.UPDATE, "a"), storm("c", 20, Act.CANCEL, "a", "b"))
    take(db, *(messages[n] for n in order))
    assert [row[1] for row in known(db)] == ["cancelled"] * len(known(db))
    assert covered(db) == set()


def test_an_exercise_is_remembered_and_does_nothing(db: Database) -> None:
    take(db, storm("x", 0, Act.IGNORE, why="status Exercise"))
    assert known(db) == []
    assert dirty(db) == set()
    with db.reading() as connection:
        (message,) = story_of(connection, "x", NOW)["messages"]
    assert message["told"] == ["seen, did nothing: status Exercise"]


def test_an_update_that_no_longer_tells_of_a_hazard_ends_it(db: Database) -> None:
    take(db, storm("a", 0), storm("b", 10, Act.UPDATE, "a", severity="minor"), now=NOW + 10)
    assert covered(db) == set()


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (storm("a", 0, areas=(Area("somewhere"),)),
         f'unmatched area of "暴雨": somewhere; {BY_HAND} --region CODE, {FILE}'),
        (storm("a", 0, areas=(Area("x", codes=(("SAME", "510100"),)),)),
         f'unmatched area of "暴雨": x (SAME 510100); {BY_HAND} --region CODE, {FILE}'),
        (storm("a", 0, areas=(Area("x", codes=(("UGC", "MTZ014"),)),)),
         f'unmatched area of "暴雨": x (UGC MTZ014); {BY_HAND} --region US-MT, {FILE}'),
        (storm("a", 0, areas=()), f'unmatched area of "暴雨": none named; {BY_HAND} --region CODE, {FILE}'),
        (storm("a", 0, event="Air Quality Alert"), '"Air Quality Alert" is no kind of circumstance here'),
        (storm("a", 0, severity="minor"), '"暴雨" is minor, below moderate'),
        (storm("a", 0, Act.CANCEL, "z"), "cancels what was not known"),
    ],
)
def test_what_cannot_be_used_is_told_and_not_guessed(db: Database, message: Message, line: str) -> None:
    (told,) = take(db, message)
    assert told.lines == (line,)
    assert known(db) == []


def test_of_several_areas_those_that_are_known_count_and_the_others_are_named(db: Database) -> None:
    (told,) = take(db, storm("a", 0, areas=(CHENGDU, Area("somewhere"))))
    assert told.unmatched == told.lines[:1]
    assert told.lines[0].startswith('unmatched area of "暴雨": somewhere; ')
    assert covered(db) == {"chengdu"}


def test_an_area_counts_by_its_exact_name_if_by_nothing_else(db: Database) -> None:
    take(db, storm("a", 0, areas=(Area("四川省德阳市"),)))
    assert covered(db) == {"deyang"}


def test_a_feed_has_its_own_words_and_codes(db: Database) -> None:
    own = Area("x", codes=(("place", "5106"),))
    take(db, storm("a", 0, areas=(own,), event="Air Quality Alert"), kinds={"air*": "illness"},
         region_codes={"Place": "gbt2260"})  # fmt: skip
    assert [row[0] for row in known(db)] == ["illness"]
    assert covered(db) == {"deyang"}
    take(db, storm("b", 0), kinds={"*雨*": ""})
    assert len(known(db)) == 1


def test_the_aftermath_is_that_of_the_kind(db: Database) -> None:
    settings = Settings.model_validate({"circumstances": {"storm": {"aftermath": "14d"}}})
    take(db, storm("a", 0), settings=settings)
    with db.reading() as connection:
        assert [row["aftermath"] for row in list_circumstances(connection)] == [14 * DAY]


def floor(**gate: str) -> Gates:
    keys = ", ".join(f"{name}: {value}" for name, value in gate.items())
    keys += ", on: {event_end: storm}, if: {actor.role: source}"
    text = f"gates:\n  - {{id: floor, otherwise: refuse, {keys}}}\n"
    book, problems = load_rulebook({"gates.yaml": text}, catalogue_for(Settings(), {}))
    assert book, problems
    return Gates.of(book, Settings())


def test_gates_stand_before_the_ends_that_a_feed_tells_and_what_they_refuse_goes_on(db: Database) -> None:
    gates = floor(summary="Storms end when we say so", require="{event.attrs.confirmed_by: customer}")
    (begun,) = take(db, storm("a", 0), gates=gates)
    refused = (
        "refused by gate floor: Storms end when we say so (event.attrs.confirmed_by: wanted customer, found missing)"
    )
    assert begun.lines[0].endswith(f"begins: applies to 1 lead; its end is {refused}")
    assert take(db, storm("b", 10, Act.CANCEL, "a"), gates=gates)[0].lines[0].endswith(f"goes on: its end is {refused}")
    with db.reading() as connection:
        (row,) = list_circumstances(connection)
        kept = connection.execute(select(gate_event.c.outcome, gate_event.c.actor, gate_event.c.role)).all()
    assert (row["phase"], row["ends_at"]) == ("active", None)
    assert [tuple(one) for one in kept] == [("refused", "met", "source")] * 2


def test_a_gate_that_lets_a_feed_pass_leaves_the_end_as_told(db: Database) -> None:
    gates = floor(require="{event.severity: severe}")
    take(db, storm("a", 0), gates=gates)
    with db.reading() as connection:
        assert [row["ends_at"] for row in list_circumstances(connection)] == [NOW + DAY]
    take(db, storm("b", 10, Act.CANCEL, "a"), gates=gates)
    assert [row[1] for row in known(db)] == ["cancelled"]


def test_what_a_warning_says_is_kept_on_one_line_and_cut(db: Database) -> None:
    hazard = Hazard("storm", "severe", NOW, NOW + DAY, (CHENGDU,), "a\n b", "x" * 700, "https://met.example/a")
    bad = replace(hazard, web="javascript:alert(1)", starts_at=NOW + 1)
    take(db, Message("a", NOW, Act.ALERT, (hazard, bad)))
    with db.reading() as connection:
        first, second = (row["attrs"] for row in list_circumstances(connection))
    assert (first["headline"], len(first["instruction"]), first["web"]) == ("a b", 600, "https://met.example/a")
    assert second["web"] == ""


def test_a_rehearsal_says_all_and_keeps_nothing(db: Database) -> None:
    (told,) = ingest(db, Settings(), Listening("met", Feed()), [storm("a", 0)], NOW, dry_run=True)
    assert told.lines[0].endswith("begins: applies to 1 lead")
    assert known(db) == []
    assert not take(db, storm("a", 0))[0].seen_before
