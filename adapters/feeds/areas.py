"""Where a CAP message holds: `lat,lon` pairs, rings that close, circles in kilometres."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from adapters.feeds.messages import Area, BadFeed, Circle, Point
from adapters.feeds.xml import children, text_of

EARTH = 20_038.0
"""Half the way round the earth in km: no circle is larger."""


def read_area(element: Element) -> Area:
    """One `area`. BadFeed names the coordinates that cannot be."""
    name = text_of(element, "areaDesc")
    codes = tuple((text_of(code, "valueName"), text_of(code, "value")) for code in children(element, "geocode"))
    return Area(
        name,
        tuple(_polygon(_content(one)) for one in children(element, "polygon") if _content(one)),
        tuple(_circle(_content(one)) for one in children(element, "circle") if _content(one)),
        tuple((kind, value) for kind, value in codes if value),
    )


def _content(element: Element) -> str:
    return (element.text or "").strip()


def _polygon(text: str) -> tuple[Point, ...]:
    points = tuple(point(pair) for pair in text.split())
    if len(points) < 4 or points[0] != points[-1]:
        raise BadFeed(f"a polygon has four points at least, and ends where it begins; this one has {len(points)}")
    return points


def _circle(text: str) -> Circle:
    centre, _, km = text.partition(" ")
    try:
        float(km)
    except ValueError:
        raise BadFeed(f'"{text}" is no circle; write lat,lon radius-in-km') from None
    return Circle(point(centre), radius(km))


def radius(text: str) -> float:
    """`20` or `20km`, in km."""
    try:
        km = float(text.strip().removesuffix("km"))
    except ValueError:
        raise BadFeed(f'"{text}" is no radius; write e.g. 20km') from None
    if not 0 <= km <= EARTH:
        raise BadFeed(f"a circle of {text.strip()} km does not fit on the earth")
    return km


def point(text: str) -> Point:
    """`38.47,-120.14`: latitude first."""
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise BadFeed(f'"{text}" is no place; write lat,lon') from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise BadFeed(f'"{text}" lies nowhere: latitude first, -90 to 90, then longitude, -180 to 180')
    return Point(lat, lon)
