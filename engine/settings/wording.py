"""What a mistake in the shape of config.yaml is called, in an admin's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from engine.settings.channel_kinds import OUR_KINDS, OURS
from engine.settings.personal_model import ALIKE, BY_PLACE
from engine.settings.plugins import kinds_offered
from engine.settings.shape import keys_at
from engine.settings.spoken_model import LANGUAGE_KEY

Location = tuple[str | int, ...]


_TAGS = (OURS, ALIKE, BY_PLACE)


class Mistake(NamedTuple):
    """A mistake and its place in the document. `on_key`: it lies in the key itself, not in the value."""

    path: Location
    code: str
    message: str
    hint: str = ""
    on_key: bool = False


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """A hint that names the nearest known word, or all of them where they are few."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"use one of {', '.join(known)}" if 0 < len(known) <= 12 else ""


def unknown_name(path: Location, noun: str, name: str, known: tuple[str, ...]) -> Iterator[Mistake]:
    """A name that must be defined elsewhere in the document, and is not."""
    if name not in known:
        hint = did_you_mean(name, known) or f"define it under {noun}s"
        yield Mistake(path, "C111", f'there is no {noun} "{name}"', hint)


def mistake_of(error: Mapping[str, Any]) -> Mistake:
    """One of pydantic's errors (`ValidationError.errors()`) in our words."""
    path: Location = tuple(step for step in error["loc"] if step not in _TAGS)
    kind: str = error["type"]
    if path and path[-1] == "[key]":
        return _bad_key(path[:-1], error)
    if kind in _SPECIAL:
        return _SPECIAL[kind](path, error)
    if kind in _KINDS:
        found = "that" if path[-1:] == ("password",) else shown(error["input"])
        return Mistake(path, "C103", f"{dotted(path)} must be {_KINDS[kind]}, not {found}")
    if kind in _LIMITS:
        limit = next(iter(error["ctx"].values()))
        message = f"{dotted(path)} must be {_LIMITS[kind]} {limit:g}, not {shown(error['input'])}"
        return Mistake(path, "C103", message)
    return Mistake(path, "C103", f"{dotted(path)}: {error['msg']}")


def dotted(path: Location) -> str:
    """`service.tick`; list positions count from 1, as people do."""
    if not path:
        return "config.yaml"
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in _without_kind(path))


def shown(value: object) -> str:
    """A value as it stands in YAML, short enough for a line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 40 else text[:36] + '…"'


_NAME_HINT = "begin with a-z and go on with a-z, 0-9 and _"

_KINDS = {
    "string_type": "text (quote it)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a date like 2027-02-06",
    "date_parsing": "a date like 2027-02-06",
    "date_from_datetime_parsing": "a date like 2027-02-06",
    "date_from_datetime_inexact": "a date like 2027-02-06",
}

_LIMITS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than_equal": "at most",
    "less_than": "less than",
}


def _bad_key(path: Location, error: Mapping[str, Any]) -> Mistake:
    what, hint = "cannot be a name", _NAME_HINT
    if error.get("ctx", {}).get("pattern") == LANGUAGE_KEY:
        what, hint = "is no language", "write it like en, zh-Hans or zh-Hant"
    return Mistake(path, "C105", f'"{path[-1]}" {what}', hint, on_key=True)


def _unknown_key(path: Location, _error: Mapping[str, Any]) -> Mistake:
    where = f" in {dotted(path[:-1])}" if path[:-1] else ""
    hint = did_you_mean(str(path[-1]), keys_at(path[:-1]))
    return Mistake(path, "C102", f'unknown key "{path[-1]}"{where}', hint, on_key=True)


def _missing(path: Location, _error: Mapping[str, Any]) -> Mistake:
    return Mistake(path[:-1], "C104", f'{dotted(path[:-1])} lacks "{path[-1]}"', on_key=True)


def _empty(path: Location, _error: Mapping[str, Any]) -> Mistake:
    return Mistake(path, "C103", f"{dotted(path)} must not be empty")


def _not_a_choice(path: Location, error: Mapping[str, Any]) -> Mistake:
    words = tuple(word.strip(" '") for word in error["ctx"]["expected"].replace(" or ", ",").split(","))
    hint = did_you_mean(str(error["input"]), words)
    return Mistake(path, "C103", f"{dotted(path)} cannot be {shown(error['input'])}", hint)


def _wrong_kind(path: Location, error: Mapping[str, Any]) -> Mistake:
    words = tuple(word.strip(" '") for word in error["ctx"]["expected_tags"].split(","))
    message = f'{dotted(path)}.kind cannot be "{error["ctx"]["tag"]}"'
    return Mistake((*path, "kind"), "C103", message, did_you_mean(error["ctx"]["tag"], words))


def _unknown_kind(path: Location, error: Mapping[str, Any]) -> Mistake:
    """A kind that is neither ours nor a plug-in's. All that there are are named: a package may be missing."""
    known = (*OUR_KINDS, *(kind for kind in kinds_offered() if kind not in OUR_KINDS))
    near = get_close_matches(error["input"], known, n=1, cutoff=0.6)
    hint = f'did you mean "{near[0]}"? There are ' if near else "use one of "
    return Mistake(path, "C103", f'{dotted(path)} cannot be "{error["input"]}"', hint + ", ".join(known))


def _broken_plugin(path: Location, error: Mapping[str, Any]) -> Mistake:
    return Mistake(path, "C121", error["ctx"]["why"], "mend, update or remove the package")


def _no_kind(path: Location, _error: Mapping[str, Any]) -> Mistake:
    hint = "use imap or maildir" if path[0] == "inbox" else f"use one of {', '.join(OUR_KINDS)}"
    return Mistake(path, "C104", f'{dotted(path)} lacks "kind"', hint, on_key=True)


_SPECIAL: dict[str, Callable[[Location, Mapping[str, Any]], Mistake]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _not_a_choice,
    "too_short": _empty,
    "union_tag_invalid": _wrong_kind,
    "union_tag_not_found": _no_kind,
    "plugin_unknown": _unknown_kind,
    "plugin_broken": _broken_plugin,
}


def _without_kind(path: Location) -> Location:
    """pydantic puts the kind of a channel or of the inbox behind its name, and how the database and circumstances are
    written. People do not.
    """
    if path[0] in ("circumstances", "database", "inbox"):
        return (path[0], *path[2:])
    return (*path[:2], *path[3:]) if path[0] == "channels" and len(path) > 2 else path
