"""A sketch of areas on the earth as SVG: straight degrees, shrunk in longitude as the middle of what is shown is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, radians

from engine.domain.areas import EARTH_KM, Circle, Place, Polygon, Shape

WIDTH, HEIGHT = 800.0, 480.0
MARGIN = 40.0
"""Of the drawing, in its own units. Ours."""
KM_PER_DEGREE = EARTH_KM * radians(1)
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0)
"""Degrees between the lines of the grid."""


@dataclass(frozen=True)
class Figure:
    """A numbered area: a path or an ellipse, and where its number stands."""

    number: int
    points: str = ""
    x: float = 0
    y: float = 0
    rx: float = 0
    ry: float = 0


@dataclass(frozen=True)
class Sketch:
    """What is drawn, in the units of a box of WIDTH by HEIGHT. `lines`: of the grid, (x1, y1, x2, y2, degrees)."""

    figures: Sequence[Figure]
    dots: Sequence[tuple[float, float]]
    lines: Sequence[tuple[float, float, float, float, str]]


@dataclass(frozen=True)
class _Frame:
    """What part of the earth is shown: its north-west corner, how much longitudes shrink, units a degree."""

    north: float
    west: float
    shrink: float
    scale: float

    def at(self, place: Place) -> tuple[float, float]:
        lat, lon = place
        x = MARGIN + (lon - self.west) * self.shrink * self.scale
        return round(x, 1), round(MARGIN + (self.north - lat) * self.scale, 1)


def sketch(areas: Iterable[tuple[int, Sequence[Shape]]], places: Sequence[Place]) -> Sketch | None:
    """The areas with their numbers, and customers as dots; None: there is nothing to draw."""
    numbered = [(number, shape) for number, shapes in areas for shape in shapes]
    around = [place for _, shape in numbered for place in _around(shape)]
    if not around:
        return None
    lats, lons = [lat for lat, _ in around], [lon for _, lon in around]
    frame = _frame(min(lats), min(lons), max(lats), max(lons))
    turned = (frame.at((lat, lon + turn)) for lat, lon in places for turn in (0.0, 360.0))
    dots = [(x, y) for x, y in turned if 0 <= x <= WIDTH and 0 <= y <= HEIGHT]
    return Sketch([_figure(number, shape, frame) for number, shape in numbered], dots, _grid(frame))


def _around(shape: Shape) -> Sequence[Place]:
    """Places that have to be in the picture for the shape to be in it."""
    match shape:
        case Polygon(ring):
            return _unrolled(ring)
        case Circle((lat, lon), km):
            reach = km / KM_PER_DEGREE
            wide = reach / max(cos(radians(lat)), 0.1)
            return ((max(lat - reach, -90.0), lon - wide), (min(lat + reach, 90.0), lon + wide))


def _unrolled(ring: Sequence[Place]) -> Sequence[Place]:
    """The ring in one piece: one that crosses the antimeridian goes on past 180."""
    lons = [lon for _, lon in ring]
    if max(lons) - min(lons) <= 180:
        return ring
    return [(lat, lon + 360.0 if lon < 0 else lon) for lat, lon in ring]


def _frame(south: float, west: float, north: float, east: float) -> _Frame:
    shrink = max(cos(radians((south + north) / 2)), 0.1)
    wide, high = max((east - west) * shrink, 0.05), max(north - south, 0.05)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left = ((WIDTH - 2 * MARGIN) / scale - wide) / 2 / shrink
    above = ((HEIGHT - 2 * MARGIN) / scale - high) / 2
    return _Frame(north + above, west - left, shrink, scale)


def _figure(number: int, shape: Shape, frame: _Frame) -> Figure:
    match shape:
        case Circle(centre, km):
            x, y = frame.at(centre)
            radius = max(round(km / KM_PER_DEGREE * frame.scale, 1), 2.0)
            return Figure(number, x=x, y=y, rx=radius, ry=radius)
        case Polygon(ring):
            points = [frame.at(place) for place in _unrolled(ring)]
            x = round(sum(x for x, _ in points) / len(points), 1)
            y = round(sum(y for _, y in points) / len(points), 1)
            return Figure(number, " ".join(f"{px},{py}" for px, py in points), x, y)


def _grid(frame: _Frame) -> list[tuple[float, float, float, float, str]]:
    """Lines of whole degrees, or parts of them: about six down and as many across."""
    high, wide = HEIGHT / frame.scale, WIDTH / frame.scale / frame.shrink
    lines = []
    for degrees in _round(frame.north - high, frame.north, 90.0):
        _, y = frame.at((degrees, frame.west))
        lines.append((0.0, y, WIDTH, y, f"{degrees:g}°"))
    for degrees in _round(frame.west, frame.west + wide, 360.0):
        x, _ = frame.at((frame.north, degrees))
        lines.append((x, 0.0, x, HEIGHT, f"{(degrees + 180) % 360 - 180:g}°"))
    return lines


def _round(low: float, high: float, most: float) -> list[float]:
    """Round numbers between the two, as far as `most` on either side."""
    step = next((one for one in STEPS if (high - low) / one <= 6), STEPS[-1])
    found = [round(number * step, 1) for number in range(ceil(low / step), floor(high / step) + 1)]
    return [one for one in found if -most <= one <= most]
