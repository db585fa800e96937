"""Real warnings over HTTP become the circumstances they describe. Needs FOLLOWUP_REFERENCE_DATA."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.ground.errors import UsageError
from engine.service.app import App
from engine.service.feeds import ingest_once, poll, standing
from engine.stages.ingest.story import story_of
from engine.store.database import Database
from engine.store.facts.circumstances import list_circumstances
from tests.contract.feed_site import Site, app_with

REFERENCE = os.environ.get("FOLLOWUP_REFERENCE_DATA", "")
pytestmark = pytest.mark.skipif(not REFERENCE, reason="FOLLOWUP_REFERENCE_DATA is not set: feeds are not compared")
MONTANA = "Central and Southern Lewis and Clark; Lewis and Clark (FIPS6 030049, UGC MTZ014)"


@pytest.fixture
def site() -> Iterator[Site]:
    with closing(Site()) as found:
        for file in Path(REFERENCE).glob("*/*.*"):
            found.pages[f"/{file.name}"] = (200, {}, file.read_bytes())
        yield found


def looked_at(site: Site, database: Database, folder: Path, name: str, **feed: Any) -> tuple[App, Any]:
    app = app_with(database, folder, url=site.url(f"/{name}"), min_severity="unknown", **feed)
    return app, poll(app, "met")


def happened(app: App) -> list[tuple[Any, ...]]:
    with app.db.reading() as connection:
        rows = [dict(row) for row in list_circumstances(connection)]
    facts = ("kind", "severity", "starts_at", "ends_at")
    return [(*(row[name] for name in facts), len(row["area"]["shapes"])) for row in rows]


@pytest.mark.parametrize(
    ("name", "ident", "expected"),
    [
        ("canada.cap", "2.49.0.1.124.6bddbc91.2012", ("storm", "minor", 1_336_000_800, 1_336_004_400, 2)),
        ("earthquake.cap", "USGS-earthquakes-us2010apcd.6.20100831T000925.496Z",
         ("earthquake", "unknown", 1_283_231_365, 1_283_404_165, 1)),
    ],
)  # fmt: skip
def test_a_warning_becomes_the_circumstance_that_it_describes(
    site: Site, database: Database, tmp_path: Path, name: str, ident: str, expected: tuple[Any, ...]
) -> None:
    app, look = looked_at(site, database, tmp_path, name)
    assert (happened(app), look.problems) == ([expected], ())
    with app.db.reading() as connection:
        story = story_of(connection, ident, app.clock.now())
    assert story["messages"][0]["id"].endswith(f",{ident}")
    assert story["circumstances"][0]["phase"] == "ended"
    assert story["circumstances"][0]["attrs"]["web"].startswith("http://")


@pytest.mark.parametrize("name", ["weather.cap", "weather.atom"])
def test_a_warning_of_zones_that_are_no_regions_is_told_with_its_state(
    site: Site, database: Database, tmp_path: Path, name: str
) -> None:
    app, look = looked_at(site, database, tmp_path, name)
    (told,) = [line for one in look.told for line in one.lines]
    assert told == (
        f'unmatched area of "Flash Flood Watch": {MONTANA}; '
        "if it concerns you: followup event add flood --region US-MT, or --area FILE"
    )
    assert [line for _, line in next(standing(app))["unmatched"]] == [told]
    assert happened(app) == []


def test_the_links_of_an_atom_feed_are_followed_at_its_own_host(
    site: Site, database: Database, tmp_path: Path
) -> None:
    """Without the alert that the entry carries itself, and with its address moved to our server."""
    page = re.sub(rb"<content.*</content>", b"", site.pages["/weather.atom"][2], flags=re.DOTALL)
    page = page.replace(b"http://www.weather.gov/alerts-beta/wwacapget.php?x=DC", site.url("/canada.cap?").encode())
    site.pages["/weather.atom"] = (200, {}, page)
    site.pages["/canada.cap?20120829202900LWXAirQualityAlertLWX20120831040000DC"] = site.pages["/canada.cap"]
    app, look = looked_at(site, database, tmp_path, "weather.atom")
    assert (look.problems, [row[0] for row in happened(app)]) == ((), ["storm"])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("invalid.cap", "<alert> has no <scope>"), ("noaa_errors.cap", "<info> has no <urgency>"),
        ("xee.cap", "refused: it declares a document type or entities (DTDForbidden)"),
    ],
)
def test_what_is_invalid_is_one_line_and_nothing_happens(
    site: Site, database: Database, tmp_path: Path, name: str, problem: str
) -> None:
    app, look = looked_at(site, database, tmp_path, name)
    assert [line.endswith(problem) for line in look.problems] == [True], look.problems
    (feed,) = standing(app)
    assert feed["away"] or feed["problems"]
    assert happened(app) == []
    assert len(site.asked) == 1


def test_the_entity_attack_is_refused_from_a_file_too(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="refused: it declares a document type or entities"):
        ingest_once(app_with(database, tmp_path, file="x"), f"{REFERENCE}/cap/xee.cap", "")


def test_a_warning_without_a_hazard_is_read_and_does_nothing(site: Site, database: Database, tmp_path: Path) -> None:
    app, look = looked_at(site, database, tmp_path, "no_optional_fields.cap")
    assert [one.lines for one in look.told] == [("tells of no hazard",)]
    assert happened(app) == []


def test_earthquakes_of_usgs_hold_for_a_week(site: Site, database: Database, tmp_path: Path) -> None:
    app, look = looked_at(site, database, tmp_path, "usgs-earthquakes.geojson", format="usgs")
    quake = ("earthquake", "minor", 1_537_603_200, 1_537_603_200 + 7 * 86_400, 1)
    assert happened(app) == [quake, quake]
    assert [one.message for one in look.told] == ["usgs,1234", "usgs,2345"]
    assert look.problems == ('feature "3456": has no magnitude',)


def test_gdacs_tells_of_every_event_that_config_wants(site: Site, database: Database, tmp_path: Path) -> None:
    app, look = looked_at(site, database, tmp_path, "gdacs-rss.xml", format="gdacs")
    assert (len(look.told), look.problems) == (16, ())
    storms = [row for row in happened(app) if row[0] == "storm"]
    assert [row[1:] for row in storms] == [
        ("severe", 1_576_951_200, 1_577_556_000 + 7 * 86_400, 1),
        ("minor", 1_577_340_000, 1_577_642_400 + 7 * 86_400, 1),
        ("minor", 1_577_620_800, 1_577_620_800 + 7 * 86_400, 1),
    ]
    assert [row[:3] for row in happened(app) if row[0] == "earthquake"] == [
        ("earthquake", "minor", 1_577_326_895), ("earthquake", "minor", 1_577_547_395),
    ]  # fmt: skip
    assert len(happened(app)) == 5  # no kind of the starter is a drought
