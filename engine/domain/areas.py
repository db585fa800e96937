"""Areas on the earth: polygons and circles, the boxes around them, and whether a place lies inside.

Degrees of WGS 84. A polygon's edges are straight in latitude and longitude, as CAP 1.2 has them; where two neighbours
lie more than half the way round apart, the edge crosses the antimeridian. A polygon around a pole is not supported:
no feed that we read has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Any

EARTH_KM = 6_371.0088
"""Mean radius of the earth (IUGG)."""

Place = tuple[float, float]
"""Latitude, longitude."""


@dataclass(frozen=True)
class Box:
    """Everything between two latitudes and two longitudes; edges included."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True)
class Polygon:
    """A closed ring: its last place is its first."""

    ring: tuple[Place, ...]

    def holds(self, place: Place) -> bool:
        """Whether the place lies inside or on the edge."""
        lat, lon = place
        return any(_inside(self._unrolled, lat, lon + turn) for turn in (0.0, 360.0) if lon + turn <= self._box.east)

    def boxes(self) -> tuple[Box, ...]:
        """The boxes around it: two if it crosses the antimeridian."""
        return tuple(_rolled(self._box.south, self._box.west, self._box.north, self._box.east))

    @cached_property
    def _unrolled(self) -> Sequence[Place]:
        return _unrolled(self.ring)

    @cached_property
    def _box(self) -> Box:
        """Around the unrolled ring: its east may lie past 180."""
        lats, lons = [lat for lat, _ in self._unrolled], [lon for _, lon in self._unrolled]
        return Box(min(lats), min(lons), max(lats), max(lons))


@dataclass(frozen=True)
class Circle:
    """Everything within `km` of the centre, along the surface."""

    centre: Place
    km: float

    def holds(self, place: Place) -> bool:
        """Whether the place lies inside or on the edge."""
        return distance_km(self.centre, place) <= self.km

    def boxes(self) -> tuple[Box, ...]:
        """The boxes around it: two if it crosses the antimeridian, all longitudes if it holds a pole."""
        lat, lon = self.centre
        reach = degrees(self.km / EARTH_KM) + 1e-6  # a tenth of a metre, so that rounding never cuts the edge off
        south, north = max(lat - reach, -90.0), min(lat + reach, 90.0)
        if south <= -90 or north >= 90:
            return (Box(south, -180.0, north, 180.0),)
        # the meridian that touches the circle: sin(width) = sin(reach) / cos(latitude)
        width = degrees(asin(min(1.0, sin(radians(reach)) / cos(radians(lat)))))
        return tuple(_rolled(south, lon - width, north, lon + width))


Shape = Polygon | Circle


def distance_km(one: Place, other: Place) -> float:
    """Along the great circle (haversine)."""
    (lat, lon), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * atan2(sqrt(half), sqrt(max(0.0, 1 - half)))


def as_json(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """For the database: `{"polygon": [[lat, lon], ...]}` or `{"circle": [lat, lon, km]}`."""
    return [{"polygon": one.ring} if isinstance(one, Polygon) else {"circle": [*one.centre, one.km]} for one in shapes]


def from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Shape, ...]:
    """What `as_json` wrote."""
    return tuple(_shape(one) for one in stored)


def _shape(stored: Mapping[str, Any]) -> Shape:
    if "circle" in stored:
        lat, lon, km = stored["circle"]
        return Circle((lat, lon), km)
    return Polygon(tuple((lat, lon) for lat, lon in stored["polygon"]))


def _unrolled(ring: Sequence[Place]) -> list[Place]:
    """The ring with longitudes that go on past 180 where it crosses the antimeridian; the westernmost is the least."""
    found: list[Place] = [ring[0]]
    for (_, before), (lat, lon) in pairwise(ring):
        step = (lon - before + 180.0) % 360.0 - 180.0
        found.append((lat, found[-1][1] + step))
    shift = 360.0 if min(lon for _, lon in found) < -180.0 else 0.0
    return [(lat, lon + shift) for lat, lon in found]


def _rolled(south: float, west: float, north: float, east: float) -> Iterator[Box]:
    """The box with longitudes brought back between -180 and 180, in two where it has to be."""
    if east - west >= 360:
        yield Box(south, -180.0, north, 180.0)
    elif east > 180:
        yield Box(south, west, north, 180.0)
        yield Box(south, -180.0, north, east - 360.0)
    elif west < -180:
        yield Box(south, west + 360.0, north, 180.0)
        yield Box(south, -180.0, north, east)
    else:
        yield Box(south, west, north, east)


def _inside(ring: Sequence[Place], lat: float, lon: float) -> bool:
    """Crossings of a ray to the east, after a look at the edges themselves (W. R. Franklin, PNPOLY)."""
    crossings = False
    for (lat1, lon1), (lat2, lon2) in pairwise(ring):
        if _on_edge(lat, lon, (lat1, lon1), (lat2, lon2)):
            return True
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            crossings = not crossings
    return crossings


def _on_edge(lat: float, lon: float, one: Place, other: Place) -> bool:
    (lat1, lon1), (lat2, lon2) = one, other
    cross = (lon - lon1) * (lat2 - lat1) - (lat - lat1) * (lon2 - lon1)
    between = min(lat1, lat2) <= lat <= max(lat1, lat2) and min(lon1, lon2) <= lon <= max(lon1, lon2)
    return between and abs(cross) < 1e-12
