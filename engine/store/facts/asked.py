"""What is asked of leads, before it is written: what gates are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from engine.domain.people import LeadEntry
from engine.store.aside.mending import forget_unreadable
from engine.store.facts.people import locked, pooling, wanted_of

_BOOKKEEPING = frozenset({"last_contact_ref", "pooled_at"})


class Asked(NamedTuple):
    """A lead as he is, and the fields that would really change, with their new values; attributes as `attrs.NAME`."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]


def asked_by_entries(connection: Connection, entries: Sequence[LeadEntry]) -> dict[str, Asked]:
    """What the entries would change of leads that exist, who are locked until the transaction ends.

    What cannot be read of a lead who is set aside counts as missing.
    """
    forget_unreadable(connection, [entry.id for entry in entries])
    known = locked(connection, [entry.id for entry in entries])
    return _differences(known, {entry.id: wanted_of(entry, known[entry.id]) for entry in entries if entry.id in known})


def asked_by_changes(connection: Connection, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Asked]:
    """The same for columns by lead, as `change_leads` takes them."""
    return _differences(locked(connection, changes), changes)


def _differences(
    known: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]
) -> dict[str, Asked]:
    found = {}
    for ident, old in known.items():
        asked = pooling(old, wanted[ident])
        new = {name: value for name, value in asked.items() if name not in _BOOKKEEPING and old[name] != value}
        if "attrs" in new:
            new |= _attributes(old["attrs"], new.pop("attrs"))
        if new:
            found[ident] = Asked(old, new)
    return found


def _attributes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    names = sorted({*old, *new})
    return {f"attrs.{name}": new.get(name) for name in names if old.get(name) != new.get(name)}
