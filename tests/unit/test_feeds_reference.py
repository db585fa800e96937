"""Real messages and feeds become what they describe. Needs FOLLOWUP_REFERENCE_DATA; skipped, loudly, without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.feeds.cap import read_cap
from adapters.feeds.gdacs import read_gdacs
from adapters.feeds.messages import Act, BadFeed, Circle, Message, Point
from adapters.feeds.usgs import felt_km, read_usgs, severity

REFERENCE = os.environ.get("FOLLOWUP_REFERENCE_DATA", "")
pytestmark = pytest.mark.skipif(not REFERENCE, reason="FOLLOWUP_REFERENCE_DATA is not set: feeds are not compared")


def data_of(name: str) -> bytes:
    return (Path(REFERENCE) / name).read_bytes()


def told(message: Message) -> list[tuple[str, str, list[str]]]:
    return [(hazard.event, hazard.severity, [area.name for area in hazard.areas]) for hazard in message.hazards]


def test_an_update_from_canada_in_two_languages_is_one_hazard_with_its_polygons() -> None:
    (message,) = read_cap(data_of("cap/canada.cap")).messages
    (hazard,) = message.hazards
    assert message.id == "cap@ec.gc.ca,2.49.0.1.124.6bddbc91.2012"
    assert message.act is Act.UPDATE
    assert len(message.references) == 2
    assert (hazard.event, hazard.severity) == ("thunderstorm", "minor")
    assert (hazard.starts_at, hazard.ends_at) == (1_336_000_800, 1_336_004_400)
    assert [len(area.polygons) for area in hazard.areas] == [1, 1]


def test_an_earthquake_and_a_watch_of_the_united_states() -> None:
    quake = read_cap(data_of("cap/earthquake.cap")).messages[0]
    assert told(quake)[0][:2] == ("Earthquake", "unknown")
    assert quake.hazards[0].areas[0].circles[0].centre.lat < 0
    watch = read_cap(data_of("cap/weather.cap")).messages[0]
    assert told(watch) == [("Flash Flood Watch", "severe", ["Central and Southern Lewis and Clark; Lewis and Clark"])]


def test_a_message_without_info_is_valid_and_tells_nothing() -> None:
    (message,) = read_cap(data_of("cap/no_optional_fields.cap")).messages
    assert (message.act, message.hazards) == (Act.ALERT, ())


def test_an_atom_feed_gives_the_alert_inside_it() -> None:
    document = read_cap(data_of("cap/weather.atom"))
    assert [told(message)[0][0] for message in document.messages] == ["Flash Flood Watch"]


@pytest.mark.parametrize(
    ("name", "line"), [("invalid.cap", "<alert> has no <scope>"), ("noaa_errors.cap", "<info> has no <urgency>")]
)
def test_an_invalid_message_is_one_line(name: str, line: str) -> None:
    document = read_cap(data_of(f"cap/{name}"))
    assert document.messages == ()
    (problem,) = document.problems
    assert problem.endswith(line)


def test_the_entity_attack_is_refused() -> None:
    with pytest.raises(BadFeed, match="entities"):
        read_cap(data_of("cap/xee.cap"))


def test_gdacs_gives_every_event_with_its_level_and_place() -> None:
    document = read_gdacs(data_of("feeds/gdacs-rss.xml"))
    assert (len(document.messages), document.problems) == (16, ())
    first = document.messages[0]
    assert (first.id, first.act) == ("gdacs,TC1000643", Act.UPDATE)
    assert (first.hazards[0].severity, first.hazards[0].codes) == ("minor", ("TC",))
    assert first.hazards[0].areas[0].circles[0].centre == Point(-19.4, 59.8)


def test_usgs_gives_earthquakes_and_names_one_without_magnitude() -> None:
    document = read_usgs(data_of("feeds/usgs-earthquakes.geojson"))
    assert [message.id for message in document.messages] == ["usgs,1234", "usgs,2345"]
    assert document.messages[0].hazards[0].areas[0].circles == (Circle(Point(-32.2345, 149.1234), felt_km(3)),)
    assert document.problems == ('feature "3456": has no magnitude',)


def test_magnitudes_have_a_severity_and_a_reach() -> None:
    assert [severity(m) for m in (3, 5, 6.4, 7.9)] == ["minor", "moderate", "severe", "extreme"]
    assert [felt_km(m) for m in (5, 5.5, 6, 9)] == [30, 60, 120, 500]
