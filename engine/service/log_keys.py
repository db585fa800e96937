"""What may be logged: each key with the form that its values have. Free text has no key here, for it may name somebody.

A far side's words, an exception's and a person's are read with commands (`status`, `deliveries`, `feeds`), which ask
who is looking; a log is read by anybody who runs machines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Form = Callable[[Any], bool]
HIDDEN = "(not shown)"
"""Stands where a value has not the form of its key: somebody wanted to say something there."""


def _matching(pattern: str) -> Form:
    whole = re.compile(pattern)
    return lambda value: isinstance(value, str) and whole.fullmatch(value) is not None


def _number(value: object) -> bool:
    return isinstance(value, (int, float))


_name = _matching(r"[^\s@\"'<>]{1,200}")
_word = _matching(r"[a-z][a-z0-9_]{0,39}(?: [\w.-]{1,64})?")
_class = _matching(r"[A-Za-z_][\w.]{0,79}")
_place = _matching(r"[^\s@:\"'<>]{1,200}:\d{1,7}(?::\d{1,7})?")
_PROBLEM = re.compile(r"[^\s@:\"'<>]{1,200}:\d+:\d+: (?:error|warning) [A-Z]\d{3}: ")


def _id(value: object) -> bool:
    return _number(value) or _name(value)


def _counts(value: object) -> bool:
    """Numbers under words of ours, and again."""
    if not isinstance(value, Mapping):
        return False
    return all(_class(key) and (_number(one) or _counts(one)) for key, one in value.items())


def _problems(value: object) -> bool:
    """What `check` says of the house's own files: place, code, words about what stands in them."""
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) and _PROBLEM.match(one) for one in value)


def _names(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_name, value))


def _ours(value: object) -> bool:
    """Made by the logging itself: the event, its time, the places that an exception came through."""
    return isinstance(value, str)


FORMS: Mapping[str, Form] = {
    **dict.fromkeys(("event", "level", "timestamp", "logger", "exception"), _ours),
    **dict.fromkeys(("touch", "delivery", "lead", "generation"), _id),
    **dict.fromkeys(("rule", "revision", "channel", "feed", "source", "message"), _name),
    **dict.fromkeys(("stage", "reason", "database", "table", "field"), _word),
    **dict.fromkeys(("count", "seconds", "faults", "since", "pid", "year"), _number),
    "counts": _counts,
    "code": lambda value: _number(value) or _matching(r"[0-9.]{1,9}|[a-z][a-z0-9_]{0,39}")(value),
    "error": _class,
    "country": _matching(r"[A-Z]{2}"),
    "problems": _problems,
    "rules": _names,
    "place": _place,
    "relay": _matching(r"[\w.\[\]:-]{1,255}:\d{1,5}"),
    "bind": _matching(r"[\w.\[\]:-]{1,255}:\d{1,5}|unix:[^\s@\"'<>]{1,200}"),
    "message_id": _matching(r"<[^\s@<>]+@[^\s@<>]+>"),
    "request": _matching(r"[0-9a-f]{1,32}"),
    "page": _matching(r"(?:/[\w.{}:/-]*)?"),
}
"""By key. `_ours` alone takes any text; everything else that is logged is a number, a name in the house's files, an id,
or a word of the program's own."""


def shown(key: str, value: Any) -> Any:
    """The value, if it has the form of its key; None stays None."""
    return value if value is None or FORMS[key](value) else HIDDEN
