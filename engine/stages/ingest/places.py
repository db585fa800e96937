"""Areas as outsiders draw and name them, as an extent: shapes as they are, codes and names only if they are exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from adapters.feeds.areas import point, radius
from adapters.feeds.cap import read_cap
from adapters.feeds.geojson import read_geojson
from adapters.feeds.messages import LIMIT, Area, BadFeed
from engine.domain.areas import Circle, Polygon, Shape
from engine.domain.extents import Extent
from engine.domain.quotes import shortened
from engine.domain.regions.codes import UnknownRegion, region_code
from engine.ground.errors import UsageError

REGION_CODES = {
    "gb/t 2260": "gbt2260", "gb2260": "gbt2260", "gbt2260": "gbt2260", "行政区划代码": "gbt2260",
    "iso 3166-2": "iso3166", "iso3166-2": "iso3166", "iso 3166-1": "iso3166", "iso3166": "iso3166",
}  # fmt: skip
"""The valueNames, in lower case, of geocodes that are regions. Others (UGC, SAME, FIPS) are numbers of other lists."""
UNMATCHED = "unmatched area"
"""How a line begins that tells of one."""
_UGC = re.compile(r"[A-Z]{2}[CZ]\d{3}")
_CODES, _LONGEST = 5, 300
"""Codes, and characters of names, that one line tells of an area that is unmatched."""


def extent_of(areas: Iterable[Area], region_codes: Mapping[str, str]) -> Extent:
    """Where all of these are. An area that neither draws nor codes a place counts by its name, if that is a region's.

    `region_codes`: which geocodes are regions, by valueName, besides REGION_CODES: "gbt2260" or "iso3166".
    """
    lists = REGION_CODES | {name.lower(): scheme for name, scheme in region_codes.items()}
    regions: list[str] = []
    shapes: list[Shape] = []
    for area in areas:
        shapes += [Polygon(tuple((place.lat, place.lon) for place in ring)) for ring in area.polygons]
        shapes += [Circle((one.centre.lat, one.centre.lon), one.km) for one in area.circles]
        coded = [found for name, value in area.codes for found in _coded(lists.get(name.lower()), value)]
        named = not (area.polygons or area.circles or coded)
        regions += _region(area.name) if named else coded
    return Extent(tuple(dict.fromkeys(regions)), tuple(dict.fromkeys(shapes)))


def unmatched(event: str, kind: str, areas: Sequence[Area]) -> str:
    """One line on areas that are none that we know: what they are called, and how a person may say where they are.

    A zone of the United States' weather service (UGC) begins with its state. The state is many times larger, so that
    is only suggested.
    """
    names = "; ".join(area.name for area in areas if area.name) or "none named"
    codes = [code for area in areas for code in area.codes]
    listed = ", ".join(f"{name} {value}" for name, value in codes[:_CODES])
    states = sorted({f"US-{value[:2]}" for name, value in codes if name.upper() == "UGC" and _UGC.match(value)})
    more = ", …" if len(codes) > _CODES else ""
    told = f'{UNMATCHED} of "{event}": {names}' + (f" ({listed}{more})" if codes else "")
    where = " ".join(f"--region {state}" for state in states) or "--region CODE"
    return f"{shortened(told, _LONGEST)}; if it concerns you: followup event add {kind} {where}, or --area FILE"


def _coded(scheme: str | None, value: str) -> list[str]:
    """The region of a geocode, if it is of a list that we know, and in it."""
    digits = value.isascii() and value.isdigit()
    fits = scheme is not None and digits == (scheme == "gbt2260")
    return _region(value) if fits else []


def _region(text: str) -> list[str]:
    try:
        return [region_code(text)] if text.strip() else []
    except UnknownRegion:
        return []


def extent_of_file(path: Path, km: str | None) -> Extent:
    """What a GeoJSON or CAP file draws. UsageError: it cannot be read, or draws no place."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
        if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            document = read_cap(data)
            areas = [area for message in document.messages for one in message.hazards for area in one.areas]
        else:
            areas = [read_geojson(data, None if km is None else radius(km))]
    except OSError as error:
        raise UsageError(f'"{path}" cannot be read: {error.strerror}') from error
    except BadFeed as error:
        raise UsageError(f'"{path.name}": {error}') from error
    found = extent_of(areas, {})
    if not found:
        raise UsageError(f'"{path.name}" names no place: neither a polygon, a circle nor a region code that is known')
    return found


def extent_near(place: str, km: str) -> Extent:
    """Everything within that radius (`20km`) of a place (`30.66,104.07`). UsageError: one of them is none."""
    try:
        centre = point(place)
        return Extent(shapes=(Circle((centre.lat, centre.lon), radius(km)),))
    except BadFeed as error:
        raise UsageError(str(error)) from error
