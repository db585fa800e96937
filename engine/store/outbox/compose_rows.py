"""What compose reads: released touches with everything their text may speak of.

A handful of statements a batch, whatever its size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    or_,
    select,
    text,
)

from engine.domain.quotes import called
from engine.domain.words import Audience, Touch
from engine.store.among import among
from engine.store.aside.sound import sound_touch
from engine.store.circumstance_tables import circumstance
from engine.store.ledger import delivery, draft, occasion, touch
from engine.store.many import fetch_as
from engine.store.outbox.entries import IS_ENTRY
from engine.store.outbox.gathered import LEADS_MESSAGE, is_written
from engine.store.parts import WHOLE, Part
from engine.store.tables import account, interaction, lead, record, rep

_d, _t = delivery.c, touch.c

class TouchRow(NamedTuple):
    """A touch with its occasion and, if it is or was to be signed, its draft."""

    id: int
    state: str
    occurrence_key: str
    rule: str
    lead: str
    anchor: str
    step: str
    receiver: str
    shard: int
    revision: str
    generation: int
    audience: str
    category: str
    due_at: int
    day_on: str
    expires_at: int | None
    judged_version: int | None
    signed_by: str | None
    merged_into: int | None
    via: list[str]
    via_index: int
    passed_over: dict[str, str] | None
    gathered: bool
    carried_by: int | None
    snoozes: int
    released_at: int | None
    occurs_on: str | None
    occurs_at: int | None
    nth: int | None
    draft_subject: str | None
    draft_text: str | None
    draft_html: str | None


class LeadRow(NamedTuple):
    """A lead as texts and addresses need it."""

    id: str
    name: str
    salutation: str | None
    email: str | None
    phone: str | None
    wecom: str | None
    owner: str | None
    tier: str | None
    grade: str | None
    stage: str | None
    temperament: str | None
    region: str | None
    timezone: str
    locale: str
    last_contact_at: int | None
    hope: str | None
    attrs: dict[str, Any]
    judge_version: int
    key: bool
    confidential: bool
    profile: str | None
    last_score: int | None
    account_name: str | None
    last_note: str | None    # of the last talk; none of a confidential lead, whose file is not for mails
    next_step: str | None    # agreed in the last talk; none of a confidential lead either


class RepRow(NamedTuple):
    """A rep as texts and addresses need it."""

    id: str
    name: str
    email: str | None
    phone: str | None
    wecom: str | None
    feishu: str | None
    timezone: str
    locale: str
    channels: list[str] | None = None


class CircumstanceRow(NamedTuple):
    """A circumstance as texts may speak of it."""

    id: str
    kind: str
    severity: str | None
    attrs: Mapping[str, Any] = MappingProxyType({})


class RecordRow(NamedTuple):
    """A purchase, contract, appointment or receivable as texts may speak of it."""

    id: str
    product: str | None
    amount: float | None
    note: str | None


class Material(NamedTuple):
    """All rows of one batch, by id."""

    touches: list[TouchRow]
    leads: dict[str, LeadRow]
    reps: dict[str, RepRow]
    circumstances: dict[str, CircumstanceRow]
    merged: dict[int, list[TouchRow]]    # by the touch they were merged into
    records: Mapping[str, RecordRow] = MappingProxyType({})


CIRCUMSTANCE_MARK = ":circumstance#"
"""In the anchor of an event occasion, before the circumstance's id."""

_own = [name for name in TouchRow._fields if name in touch.c]
_TOUCH: Select[Any] = (
    select(
        *(_t[name] for name in _own), occasion.c.occurs_on, occasion.c.occurs_at, occasion.c.nth,
        draft.c.subject, draft.c.text, draft.c.html,
    )
    .outerjoin(occasion, (occasion.c.rule == _t.rule) & (occasion.c.lead == _t.lead)
               & (occasion.c.anchor == _t.anchor))
    .outerjoin(draft, draft.c.touch == _t.id)
)  # fmt: skip
_TO_WRITE = (
    _TOUCH.where(
        text("touch.state IN ('released', 'draft')"),  # the very words of the partial index
        _t.audience != Audience.ENGINE,
        ~IS_ENTRY,
        sound_touch(_t.id, _t.lead),
        or_(~_t.gathered, LEADS_MESSAGE),
        or_(
            and_(_t.state == Touch.DRAFT, draft.c.touch.is_(None)),
            and_(
                _t.state == Touch.RELEASED,
                ~select(_d.id).where(_d.touch == _t.id, is_written(_t.snoozes)).exists(),
            ),
        ),
    )
    .order_by(_t.id)
    .limit(bindparam("limit"))
)
_BY_ID = _TOUCH.where(among(_t.id, "ids")).order_by(_t.id)
_MERGED = _TOUCH.where(
    among(_t.lead, "leads"), _t.state == Touch.MERGED, among(_t.merged_into, "ids")
).order_by(_t.due_at, _t.occurrence_key)  # fmt: skip
_LAST_NOTE = (
    select(interaction.c.note)
    .where(interaction.c.lead == lead.c.id, interaction.c.effective, interaction.c.note != "", ~lead.c.confidential)
    .order_by(interaction.c.at.desc(), interaction.c.id.desc())
    .limit(1)
    .correlate(lead)
    .scalar_subquery()
)
_NEXT_STEP = (
    select(case((lead.c.confidential, None), else_=interaction.c.next_step))
    .where(interaction.c.lead == lead.c.id, interaction.c.effective, interaction.c.touch.is_(None))
    .order_by(interaction.c.at.desc(), interaction.c.id.desc())
    .limit(1)
    .correlate(lead)
    .scalar_subquery()
)
_LEADS: Select[Any] = (
    select(*(lead.c[name] for name in LeadRow._fields[:-3]), account.c.name, _LAST_NOTE, _NEXT_STEP)
    .outerjoin(account, account.c.id == lead.c.account)
    .where(among(lead.c.id, "ids"))
)


def _by_id(table: Table, fields: Sequence[str]) -> Select[Any]:
    return select(*(table.c[name] for name in fields)).where(among(table.c.id, "ids"))


_REPS = _by_id(rep, RepRow._fields)
_CIRCUMSTANCES = _by_id(circumstance, CircumstanceRow._fields)
_RECORDS = _by_id(record, RecordRow._fields)


def to_write(connection: Connection, limit: int, part: Part = WHOLE, after: int = 0) -> Material:
    """Released touches without a live delivery and drafts without a text, oldest first, with all they need.

    `after`: those up to it were looked at just now, and need not be read again to find that they have a delivery.
    """
    if part is WHOLE:
        return material_of(connection, fetch_as(connection, _TO_WRITE, TouchRow, {"limit": limit}))
    query = _TO_WRITE.where(part.has(_t.shard), _t.id > bindparam("after"))
    rows = connection.execute(query, {"limit": limit, "after": after})
    return material_of(connection, [TouchRow._make(row) for row in rows])


def touches_by_id(connection: Connection, ids: Collection[int]) -> Material:
    """These touches, whatever their state, with all they need."""
    return material_of(connection, fetch_as(connection, _BY_ID, TouchRow, {"ids": sorted(ids)}))


def material_of(connection: Connection, touches: list[TouchRow]) -> Material:
    """All that the texts of these touches may speak of; they need not be in the book (a preview's are not)."""
    if not touches:
        return Material([], {}, {}, {}, {}, {})
    ids = [row.id for row in touches]
    lead_ids = sorted({row.lead for row in touches})
    leads = {ident: _named(row) for ident, row in _fetch(connection, _LEADS, LeadRow, lead_ids).items()}
    rep_ids = {row.receiver for row in touches} | {row.owner for row in leads.values() if row.owner}
    reps = {
        ident: row._replace(name=called(row.name))
        for ident, row in _fetch(connection, _REPS, RepRow, sorted(rep_ids)).items()
    }
    events = {circumstance_of(row.anchor) for row in touches} - {""}
    happened = circumstances(connection, events)
    named = {record_of(row.anchor) for row in touches} - {""}
    records = _fetch(connection, _RECORDS, RecordRow, sorted(named)) if named else {}
    merged: dict[int, list[TouchRow]] = {}
    for row in fetch_as(connection, _MERGED, TouchRow, {"leads": lead_ids, "ids": ids}):
        merged.setdefault(row.merged_into or 0, []).append(row)
    return Material(touches, leads, reps, happened, merged, records)


def _named(row: LeadRow) -> LeadRow:
    """With names as texts can say them; they come from anybody's files."""
    names = called(row.name), row.salutation and called(row.salutation), row.account_name and called(row.account_name)
    if names == (row.name, row.salutation, row.account_name):
        return row
    return row._replace(name=names[0], salutation=names[1], account_name=names[2])


def circumstances(connection: Connection, ids: Collection[str]) -> dict[str, CircumstanceRow]:
    """These circumstances."""
    return _fetch(connection, _CIRCUMSTANCES, CircumstanceRow, sorted(ids)) if ids else {}


_AnyRow = TypeVar("_AnyRow", LeadRow, RepRow, CircumstanceRow, RecordRow)


def _fetch(
    connection: Connection, query: Select[Any], kind: type[_AnyRow], ids: Sequence[str]
) -> dict[str, _AnyRow]:
    return {row.id: row for row in fetch_as(connection, query, kind, {"ids": list(ids)})}


def circumstance_of(anchor: str) -> str:
    """The circumstance an anchor names, or ""."""
    return anchor.partition(CIRCUMSTANCE_MARK)[2]


def record_of(anchor: str) -> str:
    """The record an anchor names (`contract.ends_on:record#ID@2027-01-31`, `purchase.at:purchase#ID@...`), or ""."""
    ref = anchor.partition(":")[2].rpartition("@")[0]
    table, _, ident = ref.partition("#")
    return ident if table in ("record", "purchase") else ""
