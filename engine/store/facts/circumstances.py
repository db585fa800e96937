"""What goes on in customers' lives and regions: adding it, ending it, listing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, update

from engine.domain.extents import NOWHERE, Extent
from engine.domain.words import Phase
from engine.ground.errors import FollowupError
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.facts.coverage import cover_extent, cover_named, extent_of, uncover_extent
from engine.store.facts.dirty import AROUND, chunks, touch_leads, touch_leads_where
from engine.store.many import insert_ignore
from engine.store.tables import lead

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Happening:
    """A circumstance as it is reported: of a lead, of several who are invited, of regions and areas; of some of these.

    `aftermath` is how many seconds it is felt after its end, `thread` the messages of a feed that tell of it.
    """

    id: str
    kind: str
    starts_at: int
    ends_at: int | None = None
    lead: str | None = None
    region: str | None = None
    severity: str | None = None
    attrs: Mapping[str, object] = field(default_factory=dict)
    invited: tuple[str, ...] = ()
    area: Extent = NOWHERE
    aftermath: int = 0
    thread: str | None = None

    @property
    def extent(self) -> Extent:
        """Everywhere that it holds."""
        own = (self.region,) if self.region else ()
        return Extent(tuple(dict.fromkeys((*own, *self.area.regions))), self.area.shapes)


def add_circumstance(connection: Connection, happening: Happening, actor: str, now: int) -> int | None:
    """Record it and let it apply to its leads; how many they are. None: one of that id is there already.

    Who is named keeps it wherever he moves. FollowupError: it names a lead who does not exist, or nobody at all.
    """
    named = sorted({*happening.invited, *([happening.lead] if happening.lead else [])})
    if not named and not happening.extent:
        raise FollowupError("a circumstance applies to a lead, to several or to a region")
    for unknown in sorted(set(named) - _existing(connection, named)):
        raise FollowupError(f'there is no lead "{unknown}"')
    row = {
        "id": happening.id, "kind": happening.kind, "lead": happening.lead, "actor": actor, "recorded_at": now,
        "phase": Phase.ACTIVE, "thread": happening.thread, **_facts(happening), **_place(happening.extent),
    }  # fmt: skip
    if not insert_ignore(connection, circumstance, [row]):
        return None
    cover_named(connection, happening.id, named)
    cover_extent(connection, happening.id, happening.extent)
    _touch_covered(connection, happening.id, now)
    return count_covered(connection, happening.id)


def change_circumstance(connection: Connection, happening: Happening, actor: str, now: int) -> bool:
    """Let what is recorded under that id be as it is told now; whether anything was different.

    Whom it reaches is worked out anew: who falls out is judged again as well as who comes in. FollowupError: there
    is none.
    """
    row = _known(connection, happening.id)
    facts, place = _facts(happening), _place(happening.extent)
    told = any(row[name] != value for name, value in facts.items()) or row["phase"] == Phase.CANCELLED
    moved = extent_of(row) != happening.extent
    if not told and not moved:
        return False
    values = facts | place | {"phase": Phase.ACTIVE, "ended_by": actor if facts["ends_at"] is not None else None}
    connection.execute(update(circumstance).where(circumstance.c.id == happening.id).values(**values))
    before: set[str] = set()
    after: set[str] = set()
    if moved:
        before = uncover_extent(connection, happening.id)
        cover_extent(connection, happening.id, happening.extent)
        after = set(leads_covered(connection, happening.id))
    if told:
        _touch_covered(connection, happening.id, now)
    touch_leads(connection, before - after if told else before ^ after, AROUND, now)
    return True


def end_circumstance(
    connection: Connection, ident: str, ends_at: int, actor: str, now: int, attrs: Mapping[str, object] = NOTHING
) -> None:
    """Let it end at that instant, also earlier or later than announced; `attrs` is what is known of its end.

    FollowupError: there is none.
    """
    row = _known(connection, ident)
    ended = update(circumstance).where(circumstance.c.id == ident)
    connection.execute(ended.values(ends_at=ends_at, ended_by=actor, attrs={**row["attrs"], **attrs}))
    _touch_covered(connection, ident, now)


def cancel_circumstance(connection: Connection, ident: str, actor: str, now: int) -> bool:
    """Take it back: it is over, has no aftermath, and what was planned because of it is no longer. False: it was.

    FollowupError: there is none.
    """
    row = _known(connection, ident)
    if row["phase"] == Phase.CANCELLED:
        return False
    ends_at = now if row["ends_at"] is None else min(row["ends_at"], now)
    cancelled = update(circumstance).where(circumstance.c.id == ident)
    connection.execute(cancelled.values(phase=Phase.CANCELLED, ends_at=ends_at, ended_by=actor))
    _touch_covered(connection, ident, now)
    return True


def circumstance_by_id(connection: Connection, ident: str, *, lock: bool = False) -> Mapping[str, Any] | None:
    """The circumstance; `lock` keeps it from other writers until the transaction ends."""
    query = select(circumstance).where(circumstance.c.id == ident)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else dict(row)


def circumstances_of_thread(connection: Connection, thread: str) -> list[Mapping[str, Any]]:
    """What the messages of a feed's thread have told of, by id."""
    query = select(circumstance).where(circumstance.c.thread == thread).order_by(circumstance.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def leads_covered(connection: Connection, ident: str) -> list[str]:
    """The leads that it applies to, by id."""
    return list(connection.execute(_covered(ident).order_by(coverage.c.lead)).scalars())


def count_covered(connection: Connection, ident: str) -> int:
    """How many leads it applies to."""
    counted = select(func.count()).where(coverage.c.circumstance == ident)
    return int(connection.execute(counted).scalar_one())


def list_circumstances(
    connection: Connection, *, lead_id: str | None = None, active_at: int | None = None
) -> list[RowMapping]:
    """Circumstances by their beginning: all, those that apply to a lead, those active at an instant.

    Each with the number of leads to whom it applies, as `leads`.
    """
    counted = select(func.count()).where(coverage.c.circumstance == circumstance.c.id).scalar_subquery()
    query = select(circumstance, counted.label("leads")).order_by(circumstance.c.starts_at, circumstance.c.id)
    if lead_id is not None:
        applying = select(coverage.c.circumstance).where(coverage.c.lead == lead_id)
        query = query.where(circumstance.c.id.in_(applying))
    if active_at is not None:
        query = query.where(
            circumstance.c.starts_at <= active_at,
            or_(circumstance.c.ends_at.is_(None), circumstance.c.ends_at > active_at),
        )
    return list(connection.execute(query).mappings())


def _known(connection: Connection, ident: str) -> Mapping[str, Any]:
    row = circumstance_by_id(connection, ident, lock=True)
    if row is None:
        raise FollowupError(f'there is no circumstance "{ident}"; see: followup event list')
    return row


def _facts(happening: Happening) -> dict[str, Any]:
    """What is told of it, besides where it holds."""
    return {
        "kind": happening.kind, "severity": happening.severity, "starts_at": happening.starts_at,
        "ends_at": happening.ends_at, "attrs": dict(happening.attrs), "aftermath": happening.aftermath,
    }  # fmt: skip


def _place(extent: Extent) -> dict[str, Any]:
    """One region is a column that people read; anything more is an area."""
    if not extent:
        return {"scope": "lead", "region": None, "area": None}
    if len(extent.regions) == 1 and not extent.shapes:
        return {"scope": "region", "region": extent.regions[0], "area": None}
    return {"scope": "area", "region": None, "area": extent.as_json()}


def _existing(connection: Connection, leads: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(leads):
        found |= set(connection.execute(select(lead.c.id).where(lead.c.id.in_(chunk))).scalars())
    return found


def _covered(ident: str) -> Any:
    return select(coverage.c.lead).where(coverage.c.circumstance == ident)


def _touch_covered(connection: Connection, ident: str, now: int) -> None:
    touch_leads_where(connection, lead.c.id.in_(_covered(ident)), AROUND, now)
