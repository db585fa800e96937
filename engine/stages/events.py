"""What people record of customers' lives and regions, and how it ends.

Each act is one short write transaction, and says who did it. An end passes the gates on `event_end`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.domain.extents import Extent
from engine.domain.regions.codes import UnknownRegion, region_code
from engine.ground.errors import UsageError
from engine.rulebook.vocabulary import severities_in
from engine.settings.meaning_feeds import seconds
from engine.settings.model import Settings
from engine.stages.gates.endings import objections_to_end
from engine.stages.gates.objections import Gates, Objection
from engine.stages.gates.passing import actor_named, gated, settle
from engine.stages.gates.records import Refused
from engine.stages.known import known_lead, known_rep, known_word
from engine.store.database import Connection, Database
from engine.store.facts.circumstances import (
    Happening,
    add_circumstance,
    circumstance_by_id,
    end_circumstance,
)
from engine.store.facts.dirty import Stamp

BY_HAND = "by hand"


@dataclass(frozen=True)
class Added:
    """A circumstance that was recorded, and how many leads it applies to."""

    id: str
    leads: int


def add_event(
    db: Database, settings: Settings, gates: Gates, happening: Happening, actor: str, now: int
) -> Added:
    """Record what happens to leads or in a region. An empty id is given one.

    Refused: it comes with an end, and a gate objects to that.
    """
    stamp = Stamp(now, actor, BY_HAND)
    with gated(db, actor, stamp) as connection:
        return write_event(connection, settings, gates, happening, stamp)


def write_event(
    connection: Connection, settings: Settings, gates: Gates, happening: Happening, stamp: Stamp
) -> Added:
    """The same in the caller's transaction."""
    named = _named(happening, settings)
    for lead in (*([named.lead] if named.lead else []), *named.invited):
        known_lead(connection, lead)
    if host := named.attrs.get("host"):
        known_rep(connection, str(host))
    who = actor_named(connection, stamp.actor)
    leads = add_circumstance(connection, named, stamp.actor, stamp.now)
    if leads is None:
        raise UsageError(f'there is already an event "{named.id}"; choose another id')
    if leads and named.ends_at is not None:
        found = objections_to_end(connection, gates, named.id, who, stamp.now)
        _raise(settle(connection, found, who, stamp))
    return Added(named.id, leads)


def _named(happening: Happening, settings: Settings) -> Happening:
    """With an id, its region and area as codes, and what its kind says of it; UsageError names what does not fit."""
    known_word("kind of event", happening.kind, tuple(settings.circumstances))
    if happening.severity is not None:
        known_word("severity", happening.severity, severities_in(settings))
    if happening.ends_at is not None and happening.ends_at <= happening.starts_at:
        raise UsageError("--to must lie after --from")
    day = datetime.fromtimestamp(happening.starts_at, UTC).strftime("%Y%m%d")
    kind = settings.kinds[happening.kind]
    return replace(
        happening, id=happening.id or f"{happening.kind}-{day}-{uuid.uuid4().hex[:6]}",
        region=_region(happening.region), area=_area(happening.area),
        severity=happening.severity or kind.severity or None, aftermath=seconds(kind.aftermath),
    )  # fmt: skip


def _area(extent: Extent) -> Extent:
    codes = (_region(text) for text in extent.regions)
    return Extent(tuple(code for code in codes if code is not None), extent.shapes)


def _region(text: str | None) -> str | None:
    try:
        return None if text is None else region_code(text)
    except UnknownRegion as error:
        raise UsageError(str(error)) from error


def end_event(
    db: Database, gates: Gates, ident: str, ends_at: int, attrs: Mapping[str, str], actor: str, now: int
) -> None:
    """Let a circumstance end at that instant, with what is known of its end. UsageError: there is none of that id.

    Refused: a gate objects for one of the leads it applies to; that is recorded, and it goes on.
    """
    stamp = Stamp(now, actor, BY_HAND)
    with db.writing() as connection:
        who = actor_named(connection, actor)
        if circumstance_by_id(connection, ident) is None:
            raise UsageError(f'there is no circumstance "{ident}"; see: followup event list')
        found = objections_to_end(connection, gates, ident, who, now, attrs)
        refusals = settle(connection, found, who, stamp)
        if not refusals:
            end_circumstance(connection, ident, ends_at, actor, now, attrs)
    _raise(refusals)


def _raise(refusals: Mapping[str, tuple[Objection, ...]]) -> None:
    for objections in refusals.values():
        raise Refused(objections)
