"""Areas as GeoJSON (RFC 7946): polygons, several of them, and points with a radius. Longitude comes first there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from adapters.feeds.areas import point, radius
from adapters.feeds.messages import LIMIT, Area, BadFeed, Circle, Point


def read_geojson(data: bytes, km: float | None) -> Area:
    """Everything the document draws. A point is the middle of a circle of `km`, or of its property `radius_km`.

    BadFeed: it is no GeoJSON, or has a geometry that is no area. Holes in polygons count as inside.
    """
    if len(data) > LIMIT:
        raise BadFeed(f"larger than {LIMIT // 1_000_000} MB")
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFeed("no JSON") from error
    polygons: list[tuple[Point, ...]] = []
    circles: list[Circle] = []
    for geometry, own in _geometries(read, km):
        match geometry.get("type"), geometry.get("coordinates"):
            case "Polygon", list(rings) if rings:
                polygons.append(_ring(rings[0]))
            case "MultiPolygon", list(several):
                polygons += [_ring(rings[0]) for rings in several if rings]
            case "Point", list(place):
                circles.append(Circle(_point(place), radius("none" if own is None else str(own))))
            case kind, _:
                raise BadFeed(f'"{kind}" is no area; draw a Polygon, a MultiPolygon, or a Point with a radius')
    if not polygons and not circles:
        raise BadFeed("draws nothing")
    return Area("", tuple(polygons), tuple(circles))


def _geometries(read: Any, km: float | None) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every geometry of the document, with the radius that a point in it has."""
    match read:
        case {"type": "FeatureCollection", "features": list(features)}:
            for feature in features:
                yield from _geometries(feature, km)
        case {"type": "Feature", "geometry": dict(geometry)}:
            own = read.get("properties")
            yield geometry, km if km is not None else own.get("radius_km") if isinstance(own, dict) else None
        case {"type": str(), "coordinates": list()}:
            yield read, km
        case _:
            raise BadFeed("no GeoJSON: neither a FeatureCollection, a Feature nor a geometry")


def _ring(places: object) -> tuple[Point, ...]:
    ring = tuple(_point(place) for place in places) if isinstance(places, list) else ()
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise BadFeed(f"a polygon has four points at least, and ends where it begins; this one has {len(ring)}")
    return ring


def _point(place: object) -> Point:
    if not isinstance(place, list) or len(place) < 2:
        raise BadFeed("a place is [longitude, latitude]")
    return point(f"{place[1]},{place[0]}")
