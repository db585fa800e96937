"""Whether a place lies in an area, also over the antimeridian; shapely is the oracle where it can be one."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon as ShapelyPolygon

from engine.domain.areas import Box, Circle, Place, Polygon, Shape, as_json, distance_km, from_json

CHENGDU, BEIJING = (30.66, 104.06), (39.90, 116.40)
FIJI = Polygon(((-15.0, 176.0), (-15.0, -178.0), (-20.0, -178.0), (-20.0, 176.0), (-15.0, 176.0)))
NOTCHED = Polygon(((0, 0), (0, 4), (4, 4), (4, 0), (2, 2), (0, 0)))

lats = st.floats(-80, 80)
lons = st.floats(-180, 180)


def in_boxes(shape: Shape, place: Place) -> bool:
    return any(b.south <= place[0] <= b.north and b.west <= place[1] <= b.east for b in shape.boxes())


def test_distances_are_those_of_the_earth() -> None:
    assert distance_km(CHENGDU, BEIJING) == pytest.approx(1517, abs=5)
    assert distance_km((0, 179.5), (0, -179.5)) == pytest.approx(111.2, abs=0.1)


@pytest.mark.parametrize(
    ("place", "inside"),
    [((-17, 179), True), ((-17, -179), True), ((-17, 180), True), ((-17, -180), True), ((-17, 175), False),
     ((-17, -177), False), ((-17, 0), False), ((-15, 178), True)],
)  # fmt: skip
def test_a_polygon_over_the_antimeridian_holds_both_sides(place: Place, inside: bool) -> None:
    assert FIJI.holds(place) is inside
    assert FIJI.boxes() == (Box(-20.0, 176.0, -15.0, 180.0), Box(-20.0, -180.0, -15.0, -178.0))


@pytest.mark.parametrize(
    ("place", "inside"), [((1, 3), True), ((2, 1), False), ((2, 2), True), ((0, 2), True), ((5, 2), False)]
)
def test_a_notch_is_outside_and_an_edge_is_inside(place: Place, inside: bool) -> None:
    assert NOTCHED.holds(place) is inside


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-80, 80)), min_size=3, max_size=7), lats, lons)
def test_polygons_agree_with_shapely(corners: list[tuple[int, int]], lat: float, lon: float) -> None:
    ring = (*corners, corners[0])
    oracle = ShapelyPolygon([(x, y) for y, x in ring])
    assume(oracle.is_valid)
    assume(oracle.exterior.distance(ShapelyPoint(lon, lat)) > 1e-9)  # on the edge the two may round otherwise
    shape = Polygon(tuple((float(a), float(b)) for a, b in ring))
    assert shape.holds((lat, lon)) is bool(oracle.contains(ShapelyPoint(lon, lat)))


@given(lats, lons, st.floats(0, 3000), lats, lons)
def test_a_circles_boxes_hold_all_of_it(lat: float, lon: float, km: float, at: float, on: float) -> None:
    circle = Circle((lat, lon), km)
    if circle.holds((at, on)):
        assert in_boxes(circle, (at, on))


@given(st.floats(100, 180), st.floats(1, 30), lats, lons)
def test_moving_a_polygon_over_the_antimeridian_changes_nothing_inside(
    west: float, width: float, lat: float, lon: float
) -> None:
    def turned(x: float) -> float:
        return (x + 180) % 360 - 180

    ring = ((10.0, west), (10.0, west + width), (-10.0, west + width), (-10.0, west), (10.0, west))
    shape = Polygon(tuple((a, turned(b)) for a, b in ring))
    inside = -10 < lat < 10 and (west < lon < west + width or west < lon + 360 < west + width)
    edge = min(abs(abs(lat) - 10), *(abs(turned(lon - x)) for x in (west, west + width)))
    assume(edge > 1e-6)
    assert shape.holds((lat, lon)) is inside
    assert in_boxes(shape, (lat, lon)) or not inside


def test_what_is_stored_is_read_back() -> None:
    shapes = (FIJI, Circle(CHENGDU, 25.5))
    assert from_json(json.loads(json.dumps(as_json(shapes)))) == shapes
