"""CAP messages as feeds really send them: what acts, what is refused, and with which line."""

from __future__ import annotations

import pytest

from adapters.feeds.cap import read_cap
from adapters.feeds.messages import LIMIT, Act, BadFeed, Circle, Point
from adapters.feeds.xml import DEPTH

HEAD = "<identifier>a-1</identifier><sender>met@example</sender><sent>2026-07-01T08:00:00+08:00</sent>"
INFO = """<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Observed</certainty><expires>2026-07-02T08:00:00+08:00</expires>{area}</info>"""
SQUARE = "30,103 31,103 31,104 30,104 30,103"


def alert(*, version: str = "1.2", head: str = HEAD, status: str = "Actual", kind: str = "Alert", more: str = "",
          info: str = "") -> str:  # fmt: skip
    return (
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:{version}">{head}<status>{status}</status>'
        f"<msgType>{kind}</msgType><scope>Public</scope>{more}{info}</alert>"
    )


def area(inside: str) -> str:
    return INFO.format(area=f"<area><areaDesc>成都</areaDesc>{inside}</area>")


def read_one(text: str):  # type: ignore[no-untyped-def]
    document = read_cap(text.encode())
    assert document.problems == ()
    return document.messages[0]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_an_alert_tells_what_where_and_how_long(version: str) -> None:
    message = read_one(alert(version=version, info=area(f"<polygon>{SQUARE}</polygon><circle>30.5,103.5 20</circle>")))
    (hazard,) = message.hazards
    assert (message.id, message.act, message.sent_at) == ("met@example,a-1", Act.ALERT, 1_782_864_000)
    assert (hazard.event, hazard.severity, hazard.ends_at) == ("暴雨", "severe", 1_782_864_000 + 86_400)
    assert hazard.areas[0].polygons[0][1] == Point(31.0, 103.0)
    assert hazard.areas[0].circles == (Circle(Point(30.5, 103.5), 20.0),)


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft"])
def test_only_an_actual_message_acts(status: str) -> None:
    message = read_one(alert(status=status, info=area("")))
    assert (message.act, message.why) == (Act.IGNORE, f"status {status}")


def test_updates_and_cancels_say_what_they_are_about() -> None:
    about = "met@example,a-0,2026-07-01T07:00:00+08:00 met@example,a-00,2026-07-01T06:00:00Z"
    message = read_one(alert(kind="Cancel", more=f"<references>{about}</references>"))
    assert (message.act, message.references) == (Act.CANCEL, ("met@example,a-0", "met@example,a-00"))
    refused = read_cap(alert(kind="Update").encode())
    assert refused.problems == (
        'alert "a-1": msgType update without references: it does not say what it is about',
    )


def test_several_languages_are_one_hazard_and_several_events_are_several() -> None:
    english = area("").replace("zh-CN", "en-US").replace("暴雨", "Heavy rain")
    wind = area("").replace("暴雨", "大风")
    message = read_one(alert(info=area("") + english + wind))
    assert [hazard.event for hazard in message.hazards] == ["暴雨", "大风"]


def test_areas_of_one_event_in_several_infos_are_put_together() -> None:
    message = read_one(alert(info=area(f"<polygon>{SQUARE}</polygon>") + area("<circle>29,102 5</circle>")))
    (hazard,) = message.hazards
    assert [len(one.polygons) + len(one.circles) for one in hazard.areas] == [1, 1]


def test_several_alerts_in_one_document_and_in_edxl_are_all_read() -> None:
    second = alert(head=HEAD.replace("a-1", "a-2"))
    wrapped = (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject><xmlContent>'
        f"<embeddedXMLContent>{alert()}{second}</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>"
    )
    assert [message.id for message in read_cap(wrapped.encode()).messages] == ["met@example,a-1", "met@example,a-2"]


def test_entries_without_their_alert_are_links_to_follow() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="https://a.example/html"/>'
        '<link type="application/cap+xml" href="https://a.example/1.cap"/></entry>'
        f"<entry><link href='https://a.example/2.cap'/><content>{alert()}</content></entry></feed>"
    )
    document = read_cap(feed.encode())
    assert document.links == ("https://a.example/1.cap",)
    assert len(document.messages) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (alert(head=HEAD.replace("<sender>met@example</sender>", "")), "<alert> has no <sender>"),
        (alert(status="actual"), '<status> is "actual", not one of Actual, Exercise, System, Test, Draft'),
        (alert(head=HEAD.replace("+08:00", "")),
         '"2026-07-01T08:00:00" is no instant with an offset, such as 2026-07-01T08:00:00+08:00'),
        (alert(info=area("<polygon>30,103 31,103 30,103</polygon>")),
         "a polygon has four points at least, and ends where it begins; this one has 3"),
        (alert(info=area("<polygon>103,30 103,31 104,31 104,30 103,30</polygon>")),
         '"103,30" lies nowhere: latitude first, -90 to 90, then longitude, -180 to 180'),
        (alert(info=area("<circle>30,103</circle>")), '"30,103" is no circle; write lat,lon radius-in-km'),
        (alert(info=area("<circle>30,103 99999</circle>")), "a circle of 99999 km does not fit on the earth"),
        (alert(info=area("").replace("<severity>Severe</severity>", "<severity/>")), "<info> has no <severity>"),
        (alert(more="<references>nonsense</references>"), '"nonsense" in references is not sender,identifier,sent'),
    ],
)  # fmt: skip
def test_a_message_that_breaks_the_standard_is_one_line(text: str, line: str) -> None:
    document = read_cap(text.encode())
    assert document.messages == ()
    assert [problem.partition(": ")[2] for problem in document.problems] == [line]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>',
         "refused: it declares a document type or entities (DTDForbidden)"),
        (b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><alert>&b;</alert>',
         "refused: it declares a document type or entities (DTDForbidden)"),
        (b"<html/>", "<html> is neither a CAP alert nor a feed of them"),
        (b"not xml", "line 1, column 1: no well-formed XML"),
        (b"", "line 1, column 1: no well-formed XML"),
        (b"<a>" * (DEPTH + 1), f"elements lie more than {DEPTH} deep"),
        (b" " * (LIMIT + 1), "larger than 2 MB"),
    ],
)  # fmt: skip
def test_what_is_hostile_or_no_cap_at_all_is_refused(data: bytes, line: str) -> None:
    with pytest.raises(BadFeed) as caught:
        read_cap(data)
    assert str(caught.value) == line
