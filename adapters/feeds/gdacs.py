"""GDACS, the United Nations' disaster alerts, as RSS. Every item is one event, updated in place under its guid.

https://www.gdacs.org: eventtype EQ, TC, FL, VO, DR, WF, TS; alertlevel Green, Orange, Red.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from adapters.feeds.areas import point
from adapters.feeds.messages import Act, Area, BadFeed, Circle, Document, Hazard, Message, Point
from adapters.feeds.xml import children, local, read_xml, text_of

SEVERITIES = {"Green": "minor", "Orange": "severe", "Red": "extreme"}
"""Alert levels by CAP's word: green means that no international help is needed."""
RADIUS_KM = {"EQ": 100.0, "TC": 200.0, "FL": 100.0, "VO": 50.0, "DR": 200.0, "WF": 30.0, "TS": 200.0}
"""How far around its point an event is taken to be felt, in km: ours, for GDACS gives a point and a map's box only."""


def read_gdacs(data: bytes) -> Document:
    """Every item of the feed. BadFeed: it is no RSS. An item that cannot be used is one problem."""
    root = read_xml(data)
    if local(root) != "rss":
        raise BadFeed(f"<{local(root)}> is no RSS feed")
    messages, problems = [], []
    for item in root.iter("item"):
        try:
            messages.append(_message(item))
        except BadFeed as error:
            problems.append(f'item "{text_of(item, "guid")}": {error}')
    return Document(tuple(messages), (), tuple(problems))


def _message(item: Element) -> Message:
    kind, ident = _required(item, "eventtype"), _required(item, "eventid")
    level = _required(item, "alertlevel")
    if level not in SEVERITIES:
        raise BadFeed(f'alertlevel is "{level}", not one of {", ".join(SEVERITIES)}')
    current = text_of(item, "iscurrent").lower() != "false"
    name = text_of(item, "country") or text_of(item, "eventname")
    ends_at = None if current else _instant(_required(item, "todate"))
    hazard = Hazard(
        kind, SEVERITIES[level], _instant(_required(item, "fromdate")), ends_at,
        (Area(name, circles=(Circle(_point(item), RADIUS_KM.get(kind, 100.0)),)),),
        text_of(item, "title"), "", text_of(item, "link"), (kind,),
    )  # fmt: skip
    root = f"gdacs,{kind}{ident}"
    sent_at = _instant(_required(item, "pubDate"))
    if text_of(item, "temporary").lower() == "true":
        return Message(root, sent_at, Act.IGNORE, (hazard,), (), "temporary")
    return Message(root, sent_at, Act.UPDATE, (hazard,), (root,))


def _point(item: Element) -> Point:
    for place in children(item, "Point"):
        return point(f"{text_of(place, 'lat')},{text_of(place, 'long')}")
    return point(",".join(_required(item, "point").split()))


def _instant(text: str) -> int:
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError as error:
        raise BadFeed(f'"{text}" is no date of RFC 822') from error
    return int(moment.timestamp())


def _required(item: Element, name: str) -> str:
    found = text_of(item, name)
    if not found:
        raise BadFeed(f"<item> has no <{name}>")
    return found
