"""What goes on in customers' lives and regions: adding it, ending it, listing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, update

from engine.ground.errors import FollowupError
from engine.store.database import insert_ignore
from engine.store.facts.coverage import cover_named, cover_region
from engine.store.facts.dirty import chunks, touch_leads_where
from engine.store.tables import circumstance, coverage, lead

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Happening:
    """A circumstance as it is reported: of a lead, of several who are invited, of a region; of some of these."""

    id: str
    kind: str
    starts_at: int
    ends_at: int | None = None
    lead: str | None = None
    region: str | None = None
    severity: str | None = None
    attrs: Mapping[str, object] = field(default_factory=dict)
    invited: tuple[str, ...] = ()


def add_circumstance(connection: Connection, happening: Happening, actor: str, now: int) -> int | None:
    """Record it and let it apply to its leads; how many they are. None: one of that id is there already.

    Who is named keeps it wherever he moves. FollowupError: it names a lead who does not exist, or nobody at all.
    """
    named = sorted({*happening.invited, *([happening.lead] if happening.lead else [])})
    if not named and not happening.region:
        raise FollowupError("a circumstance applies to a lead, to several or to a region")
    for unknown in sorted(set(named) - _existing(connection, named)):
        raise FollowupError(f'there is no lead "{unknown}"')
    scope = "region" if happening.region else "lead"
    row = asdict(happening) | {"scope": scope, "actor": actor, "recorded_at": now}
    row.pop("invited")
    if not insert_ignore(connection, circumstance, [row]):
        return None
    cover_named(connection, happening.id, named)
    if happening.region:
        cover_region(connection, happening.id, happening.region)
    _touch_covered(connection, happening.id, now)
    return len(connection.execute(_covered(happening.id)).all())


def end_circumstance(
    connection: Connection, ident: str, ends_at: int, actor: str, now: int, attrs: Mapping[str, object] = NOTHING
) -> None:
    """Let it end at that instant, also earlier or later than announced; `attrs` is what is known of its end.

    FollowupError: there is none.
    """
    row = circumstance_by_id(connection, ident, lock=True)
    if row is None:
        raise FollowupError(f'there is no circumstance "{ident}"; see: followup event list')
    ended = update(circumstance).where(circumstance.c.id == ident)
    connection.execute(ended.values(ends_at=ends_at, ended_by=actor, attrs={**row["attrs"], **attrs}))
    _touch_covered(connection, ident, now)


def circumstance_by_id(connection: Connection, ident: str, *, lock: bool = False) -> Mapping[str, Any] | None:
    """The circumstance; `lock` keeps it from other writers until the transaction ends."""
    query = select(circumstance).where(circumstance.c.id == ident)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else dict(row)


def leads_covered(connection: Connection, ident: str) -> list[str]:
    """The leads that it applies to, by id."""
    return list(connection.execute(_covered(ident).order_by(coverage.c.lead)).scalars())


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


def _existing(connection: Connection, leads: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(leads):
        found |= set(connection.execute(select(lead.c.id).where(lead.c.id.in_(chunk))).scalars())
    return found


def _covered(ident: str) -> Any:
    return select(coverage.c.lead).where(coverage.c.circumstance == ident)


def _touch_covered(connection: Connection, ident: str, now: int) -> None:
    touch_leads_where(connection, lead.c.id.in_(_covered(ident)), "circumstance", now)
