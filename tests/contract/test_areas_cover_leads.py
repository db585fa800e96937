"""Circumstances with an area: whom a shape, several regions and a change of them reach, and who is judged again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.domain.areas import Circle, Polygon
from engine.domain.extents import Extent
from engine.domain.people import LeadEntry
from engine.domain.words import Phase
from engine.rulebook.evaluate import Snapshot
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Database
from engine.store.facts.circumstances import (
    Happening,
    add_circumstance,
    cancel_circumstance,
    change_circumstance,
    end_circumstance,
    leads_covered,
)
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads, upsert_leads
from engine.store.tables import dirty_lead

NOW = 1_771_000_000
DAY = 86_400
DEFAULTS = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "country": "CN"}
WHERE = {
    "chengdu": (30.66, 104.07), "deyang": (31.13, 104.40), "chongqing": (29.56, 106.55),
    "suva": (-18.14, 178.44), "apia": (-13.83, -171.76),
}  # fmt: skip
AROUND_CHENGDU = Circle((30.6, 104.0), 100)
BASIN = Polygon(((30.0, 103.0), (31.0, 103.0), (31.0, 105.0), (30.0, 105.0), (30.0, 103.0)))
PACIFIC = Polygon(((-25.0, 175.0), (-10.0, 175.0), (-10.0, -170.0), (-25.0, -170.0), (-25.0, 175.0)))


@pytest.fixture
def db(database: Database) -> Database:
    """One lead in each of five places, one of whom only the region is known."""
    entries = [LeadEntry(name, {"name": name, "lat": lat, "lon": lon}) for name, (lat, lon) in WHERE.items()]
    entries.append(LeadEntry("wenjiang", {"name": "wenjiang", "region": "510115"}))
    with database.writing() as connection:
        upsert_leads(connection, entries, DEFAULTS, Stamp(NOW, "test"))
        connection.execute(dirty_lead.delete())
    return database


def happens(db: Database, *shapes: Circle | Polygon, regions: tuple[str, ...] = ()) -> list[str]:
    with db.writing() as connection:
        flood = Happening("f", "flood", NOW, NOW + DAY, area=Extent(regions, shapes), aftermath=14 * DAY)
        add_circumstance(connection, flood, "ops", NOW)
        connection.execute(dirty_lead.delete())
        return leads_covered(connection, "f")


def dirty(db: Database) -> list[str]:
    with db.reading() as connection:
        return sorted(connection.execute(select(dirty_lead.c.lead)).scalars())


def seen(db: Database, lead: str, now: int) -> Snapshot:
    with db.reading() as connection:
        return load_snapshots(connection, [lead], frozenset(), now, circumstances=True)[lead]


def test_a_shape_reaches_who_lives_inside(db: Database) -> None:
    assert happens(db, BASIN) == ["chengdu"]


def test_a_circle_counts_kilometres(db: Database) -> None:
    assert happens(db, AROUND_CHENGDU) == ["chengdu", "deyang"]


def test_a_shape_may_lie_across_the_antimeridian(db: Database) -> None:
    assert happens(db, PACIFIC) == ["apia", "suva"]


def test_several_regions_and_a_shape_are_one_area(db: Database) -> None:
    assert happens(db, BASIN, regions=("5101", "51", "44")) == ["chengdu", "wenjiang"]


def test_who_comes_and_who_moves_is_covered_too(db: Database) -> None:
    happens(db, BASIN, regions=("4403",))
    with db.writing() as connection:
        change_leads(connection, {"deyang": {"lat": 30.5, "lon": 104.5}, "suva": {"region": "440305"},
                                  "chengdu": {"lat": None, "lon": None}}, Stamp(NOW, "test"))  # fmt: skip
        upsert_leads(connection, [LeadEntry("new", {"name": "n", "lat": 30.2, "lon": 103.2})], DEFAULTS,
                     Stamp(NOW, "test"))  # fmt: skip
        assert leads_covered(connection, "f") == ["deyang", "new", "suva"]


def test_a_smaller_area_lets_go_and_has_only_those_judged_again(db: Database) -> None:
    happens(db, AROUND_CHENGDU)
    area = Extent(shapes=(BASIN, Circle((29.56, 106.55), 5)))
    smaller = Happening("f", "flood", NOW, NOW + DAY, area=area, aftermath=14 * DAY)
    with db.writing() as connection:
        change_circumstance(connection, smaller, "feed", NOW + 1)
        assert leads_covered(connection, "f") == ["chengdu", "chongqing"]
    assert dirty(db) == ["chongqing", "deyang"]


def test_news_that_say_nothing_new_have_nobody_judged_again(db: Database) -> None:
    happens(db, BASIN)
    again = Happening("f", "flood", NOW, NOW + DAY, area=Extent((), (BASIN,)), aftermath=14 * DAY)
    with db.writing() as connection:
        assert not change_circumstance(connection, again, "feed", NOW + 1)
    assert dirty(db) == []


def test_news_of_another_end_have_everybody_judged_again_once(db: Database) -> None:
    happens(db, AROUND_CHENGDU)
    longer = Happening("f", "flood", NOW, NOW + 2 * DAY, area=Extent((), (BASIN,)), aftermath=14 * DAY)
    with db.writing() as connection:
        assert change_circumstance(connection, longer, "feed", NOW + 1)
    assert dirty(db) == ["chengdu", "deyang"]


@pytest.mark.parametrize(
    ("at", "phase"),
    [(-1, None), (0, Phase.ACTIVE), (DAY - 1, Phase.ACTIVE), (DAY, Phase.AFTERMATH), (15 * DAY - 1, Phase.AFTERMATH),
     (15 * DAY, Phase.ENDED)],
)  # fmt: skip
def test_after_its_end_comes_the_aftermath(db: Database, at: int, phase: Phase | None) -> None:
    happens(db, BASIN)
    assert [one["phase"] for one in seen(db, "chengdu", NOW + at).circumstances] == [phase]


def test_what_is_taken_back_has_no_aftermath_and_no_age(db: Database) -> None:
    happens(db, BASIN)
    with db.writing() as connection:
        assert cancel_circumstance(connection, "f", "feed", NOW + 10)
        assert not cancel_circumstance(connection, "f", "feed", NOW + 20)
    (one,) = seen(db, "chengdu", NOW + 10).circumstances
    assert (one["phase"], one["age"], one["active"]) == (Phase.CANCELLED, None, False)
    assert dirty(db) == ["chengdu"]


def test_what_is_long_over_keeps_whom_it_had(db: Database) -> None:
    happens(db, BASIN)
    with db.writing() as connection:
        end_circumstance(connection, "f", NOW + DAY, "ops", NOW + DAY)
        later = Stamp(NOW + 500 * DAY, "test")
        change_leads(connection, {"deyang": {"lat": 30.5, "lon": 104.5}, "chengdu": {"lat": 0.0}}, later)
        assert leads_covered(connection, "f") == ["chengdu"]
