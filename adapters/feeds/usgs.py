"""USGS earthquakes as GeoJSON summary feed: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.feeds.areas import point
from adapters.feeds.messages import LIMIT, Act, Area, BadFeed, Circle, Document, Hazard, Message, Point

_DAY = 86_400
_WORDS = ((7, "extreme"), (6, "severe"), (5, "moderate"))


def read_usgs(data: bytes) -> Document:
    """Every earthquake of the feed. BadFeed: it is no GeoJSON. A feature that cannot be used is one problem."""
    if len(data) > LIMIT:
        raise BadFeed(f"larger than {LIMIT // 1_000_000} MB")
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFeed("no JSON") from error
    features = read.get("features") if isinstance(read, dict) else None
    if not isinstance(features, list):
        raise BadFeed("no GeoJSON FeatureCollection")
    messages, problems = [], []
    for feature in features:
        try:
            messages.append(_message(feature))
        except BadFeed as error:
            problems.append(f'feature "{_name(feature)}": {error}')
    return Document(tuple(messages), (), tuple(problems))


def _message(feature: object) -> Message:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        raise BadFeed("has no properties")
    known = feature["properties"]
    ident, strength = feature.get("id"), known.get("mag")
    if not isinstance(ident, str) or not ident:
        raise BadFeed("has no id")
    if not isinstance(strength, int | float) or isinstance(strength, bool):
        raise BadFeed("has no magnitude")
    starts_at = _instant(known, "time")
    area = Area(str(known.get("place") or ""), circles=(Circle(_centre(feature), felt_km(float(strength))),))
    hazard = Hazard(
        "earthquake", severity(float(strength)), starts_at, starts_at + 7 * _DAY, (area,),
        str(known.get("title") or ""), "", str(known.get("url") or ""), ("EQ",),
    )  # fmt: skip
    root = f"usgs,{ident}"
    act = Act.CANCEL if known.get("status") == "deleted" else Act.UPDATE
    return Message(root, _instant(known, "updated"), act, (hazard,), (root,))


def severity(magnitude: float) -> str:
    """CAP's word for a magnitude: damage begins about 5, is heavy from 6 and widespread from 7 (USGS, "Magnitude")."""
    return next((word for least, word in _WORDS if magnitude >= least), "minor")


def felt_km(magnitude: float) -> float:
    """How far from the epicentre it may do harm, in km: ours, doubling with every half magnitude; 5 is 30 km."""
    return float(min(30 * 2 ** ((magnitude - 5) * 2), 500))


def _centre(feature: Mapping[str, Any]) -> Point:
    """GeoJSON has longitude first."""
    geometry = feature.get("geometry")
    place = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(place, list) or len(place) < 2:
        raise BadFeed("has no coordinates")
    return point(f"{place[1]},{place[0]}")


def _instant(known: Mapping[str, Any], name: str) -> int:
    value = known.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadFeed(f'has no "{name}" in milliseconds')
    return int(value // 1000)


def _name(feature: object) -> str:
    return str(feature.get("id")) if isinstance(feature, dict) else type(feature).__name__
