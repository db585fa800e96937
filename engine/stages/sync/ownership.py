"""Whose word counts in which field of a lead that both sides know.

`owned_by_source`: theirs. `owned_by_followup`: ours, as soon as anything is said. In any other field theirs counts
until ours was changed by a rule or by hand: then it stays, whatever they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.domain.people import LeadEntry
from engine.settings.source_model import Source

_ONLY_FORWARD = frozenset({"contacts", "last_contact_at"})
"""Fields that an import never takes back: the larger and the later count."""

_UNKNOWN = object()
"""Something that we may or may not know."""

Lead = Mapping[str, Any]


def taken_from(entry: LeadEntry, before: LeadEntry | None, lead: Lead | None, source: Source) -> LeadEntry:
    """What is taken of an entry. `before`: what the row said last; `lead`: how we know him; None: not at all yet."""
    if lead is None:
        return entry

    def values(name: str, new: object) -> bool:
        return name in _ONLY_FORWARD or _theirs(name, new, _said(before, "values", name), lead.get(name), source)

    def attrs(name: str, new: object) -> bool:
        return _theirs(f"attrs.{name}", new, _said(before, "attrs", name), lead["attrs"].get(name), source)

    def dates(kind: str, new: object) -> bool:
        # What we know of a date is not looked up: theirs is taken whenever they change it.
        said = _said(before, "dates", kind)
        return _theirs(f"date.{kind}", new, said, said[0] if said else _UNKNOWN, source)

    return replace(
        entry, values=_only(entry.values, values), attrs=_only(entry.attrs, attrs), dates=_only(entry.dates, dates)
    )


def _theirs(name: str, new: object, said: tuple[object] | None, ours: object, source: Source) -> bool:
    """Whether their value is to be taken. `said`: theirs of the last time, None where they never said any."""
    if name in source.owned_by_source:
        return True
    if said is None:
        return name not in source.owned_by_followup or ours is None
    if name in source.owned_by_followup or new == said[0]:
        return False
    return ours == said[0]


def _said(before: LeadEntry | None, part: str, name: str) -> tuple[object] | None:
    known: Mapping[str, object] = {} if before is None else getattr(before, part)
    return (known[name],) if name in known else None


def _only(told: Mapping[str, Any], taken: Callable[[str, object], bool]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if taken(name, value)}
