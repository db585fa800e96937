"""The plain values of rule files as JSON Schema: words, durations, times of a step, ids.

Patterns are for an editor: what only the loader can tell (a date that does not exist) passes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.ground.durations import UNITS

Schema = dict[str, Any]

_SPAN = f"([0-9]{{1,6}}({UNITS}))+"
_WALL = "([01][0-9]|2[0-3]):[0-5][0-9]"
_ID_START, _ID_REST = r"[^\s!-/:-@\[-^`{-~]", r"[^\s!-,/:-@\[-^`{-~]"

ID: Schema = {"type": "string", "pattern": f"^{_ID_START}{_ID_REST}{{0,63}}$"}
TEXT: Schema = {"type": "string", "pattern": r"\S"}
SPOKEN: Schema = {
    "anyOf": [
        TEXT,
        {"type": "object", "minProperties": 1, "additionalProperties": False,
         "patternProperties": {"^[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})*$": TEXT}},
    ]
}  # fmt: skip
"""A text, or one for each language."""
FLAG: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
DURATION: Schema = {"type": "string", "pattern": rf"^\s*[+]?{_SPAN}\s*$"}
CIVIL_DAYS: Schema = {"type": "string", "pattern": r"^\s*[+]?([0-9]{1,6}(d|w|mo|y))+\s*$"}
SPREAD: Schema = {"type": "string", "pattern": r"^\s*±?([0-9]{1,6}(d|w)|[0-9]{1,6}(m|h))+\s*$"}
_DAYS_AND_WALL = rf"[+-]?([0-9]{{1,6}}(d|w|mo|y|wd))+\s+{_WALL}"
AT: Schema = {"type": "string", "pattern": rf"^\s*([+-]?{_SPAN}|{_WALL}|{_DAYS_AND_WALL})\s*$"}
CIVIL_AT: Schema = {"type": "string", "pattern": rf"{_WALL}\s*$"}


def word(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"enum": list(words)}


def words(choices: Iterable[str]) -> Schema:
    """One of these words, or a list of different ones."""
    one = word(choices)
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}


def number(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def mapping(
    properties: Mapping[str, Schema], texts: Mapping[str, str], required: Iterable[str] = (), **more: Any
) -> Schema:
    """A mapping with these keys and no other, each with its hover text. KeyError: a key has none."""
    described = {key: {"description": texts[key], **value} for key, value in properties.items()}
    schema: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return {**schema, **more}


def reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
