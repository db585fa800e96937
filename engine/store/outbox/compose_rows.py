"""What compose reads and writes: released touches with everything their text may speak of, and deliveries.

Reading is a handful of statements a batch, whatever its size. Writing happens in the caller's transaction.
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
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from engine.domain.quotes import called
from engine.domain.words import Audience, Delivery, Touch
from engine.store.aside.sound import sound_touch
from engine.store.circumstance_tables import circumstance
from engine.store.database import insert_ignore
from engine.store.ledger import delivery, delivery_event, draft, occasion, touch
from engine.store.many import write_many
from engine.store.outbox.entries import IS_ENTRY
from engine.store.outbox.gathered import LEADS_MESSAGE, is_written, told
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
_BY_ID = _TOUCH.where(_t.id.in_(bindparam("ids", expanding=True))).order_by(_t.id)
_MERGED = _TOUCH.where(
    _t.lead.in_(bindparam("leads", expanding=True)), _t.state == Touch.MERGED,
    _t.merged_into.in_(bindparam("ids", expanding=True)),
).order_by(_t.due_at, _t.occurrence_key)  # fmt: skip
_LAST_NOTE = (
    select(interaction.c.note)
    .where(interaction.c.lead == lead.c.id, interaction.c.effective, interaction.c.note != "", ~lead.c.confidential)
    .order_by(interaction.c.at.desc(), interaction.c.id.desc())
    .limit(1)
    .correlate(lead)
    .scalar_subquery()
)
_LEADS: Select[Any] = (
    select(*(lead.c[name] for name in LeadRow._fields[:-2]), account.c.name, _LAST_NOTE)
    .outerjoin(account, account.c.id == lead.c.account)
    .where(lead.c.id.in_(bindparam("ids", expanding=True)))
)


def _by_id(table: Table, fields: Sequence[str]) -> Select[Any]:
    return select(*(table.c[name] for name in fields)).where(
        table.c.id.in_(bindparam("ids", expanding=True))
    )


_REPS = _by_id(rep, RepRow._fields)
_CIRCUMSTANCES = _by_id(circumstance, CircumstanceRow._fields)
_RECORDS = _by_id(record, RecordRow._fields)


def to_write(connection: Connection, limit: int, part: Part = WHOLE, after: int = 0) -> Material:
    """Released touches without a live delivery and drafts without a text, oldest first, with all they need.

    `after`: those up to it were looked at just now, and need not be read again to find that they have a delivery.
    """
    query = _TO_WRITE if part is WHOLE else _TO_WRITE.where(part.has(_t.shard), _t.id > bindparam("after"))
    rows = connection.execute(query, {"limit": limit} if part is WHOLE else {"limit": limit, "after": after})
    return material_of(connection, [TouchRow._make(row) for row in rows])


def touches_by_id(connection: Connection, ids: Collection[int]) -> Material:
    """These touches, whatever their state, with all they need."""
    rows = connection.execute(_BY_ID, {"ids": sorted(ids)})
    return material_of(connection, [TouchRow._make(row) for row in rows])


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
    for found in connection.execute(_MERGED, {"leads": lead_ids, "ids": ids}):
        row = TouchRow._make(found)
        merged.setdefault(row.merged_into or 0, []).append(row)
    return Material(touches, leads, reps, happened, merged, records)


def _named(row: LeadRow) -> LeadRow:
    """With names as texts can say them; they come from anybody's files."""
    return row._replace(
        name=called(row.name), salutation=row.salutation and called(row.salutation),
        account_name=row.account_name and called(row.account_name),
    )  # fmt: skip


def circumstances(connection: Connection, ids: Collection[str]) -> dict[str, CircumstanceRow]:
    """These circumstances."""
    return _fetch(connection, _CIRCUMSTANCES, CircumstanceRow, sorted(ids)) if ids else {}


_AnyRow = TypeVar("_AnyRow", LeadRow, RepRow, CircumstanceRow, RecordRow)


def _fetch(
    connection: Connection, query: Select[Any], kind: type[_AnyRow], ids: Sequence[str]
) -> dict[str, _AnyRow]:
    rows = connection.execute(query, {"ids": list(ids)})
    return {row[0]: kind._make(row) for row in rows}


def circumstance_of(anchor: str) -> str:
    """The circumstance an anchor names, or ""."""
    return anchor.partition(CIRCUMSTANCE_MARK)[2]


def record_of(anchor: str) -> str:
    """The record an anchor names (`contract.ends_on:record#ID@2027-01-31`, `purchase.at:purchase#ID@...`), or ""."""
    ref = anchor.partition(":")[2].rpartition("@")[0]
    table, _, ident = ref.partition("#")
    return ident if table in ("record", "purchase") else ""


_LOCK = (
    select(_t.id, _t.state, _t.judged_version)
    .where(_t.id.in_(bindparam("ids", expanding=True)))
    .with_for_update()
)
_EXISTING = select(_d.touch, _d.channel).where(_d.touch.in_(bindparam("ids", expanding=True)))
_WRITTEN = (
    select(_d.touch)
    .join(touch, _t.id == _d.touch)
    .where(_d.touch.in_(bindparam("ids", expanding=True)), is_written(_t.snoozes))
)


def still_to_write(
    connection: Connection, touches: Sequence[TouchRow], gathered: Mapping[int, frozenset[int]] = MappingProxyType({})
) -> set[int]:
    """Lock those touches that are as they were read: same state, same judgement, no live delivery.

    Of messages about several touches, `gathered`, also those touches must be the same.
    """
    read = {(row.id, row.state, row.judged_version) for row in touches}
    ids = {"ids": [row.id for row in touches]}
    same = {row[0] for row in connection.execute(_LOCK, ids) if tuple(row) in read}
    if gathered:
        now_told = told(connection, gathered)
        same -= {ident for ident, read_ids in gathered.items() if now_told.get(ident) != read_ids}
    return same - set(connection.execute(_WRITTEN, ids).scalars())


_FRESH = {
    "state": Delivery.PENDING, "attempts": 0, "claims": 0, "lease_until": None, "owner": None, "code": None,
    "last_error": None, "remote_id": None, "settled_at": None,
}  # fmt: skip
_WRITTEN_ANEW = tuple(
    column.name for column in delivery.columns
    if column.name not in {"id", "touch", "channel", "epoch", *_FRESH}
)  # fmt: skip
_REWRITE = (
    update(delivery)
    .where(
        _d.touch == bindparam("b_touch"), _d.channel == bindparam("b_channel"),
        ~is_written(bindparam("b_snoozes")),
    )
    .values({name: bindparam(f"b_{name}") for name in _WRITTEN_ANEW} | _FRESH | {"epoch": _d.epoch + 1})
)
_WRITTEN_EVENT = insert(delivery_event).from_select(
    ["delivery", "at", "epoch", "state", "actor"],
    select(_d.id, bindparam("now", type_=_d.composed_at.type), _d.epoch, _d.state, literal_column("'engine'"))
    .where(_d.touch.in_(bindparam("ids", expanding=True)), _d.state == literal_column("'pending'")),
)  # fmt: skip


def insert_deliveries(connection: Connection, rows: Sequence[Mapping[str, Any]], now: int) -> None:
    """Add pending deliveries of touches locked by `still_to_write`.

    One that failed or was called back before on the same channel, or was sent before the reminder was put off, is
    written anew, in a new epoch, so that a late answer to its old text counts for nothing.
    """
    if not rows:
        return
    ids = [row["touch"] for row in rows]
    there = {(row[0], row[1]) for row in connection.execute(_EXISTING, {"ids": ids})}
    again = [row for row in rows if (row["touch"], row["channel"]) in there]
    if again:
        connection.execute(_REWRITE, [{f"b_{k}": v for k, v in row.items()} for row in again])
    fresh = [{**row, **_FRESH, "epoch": 0} for row in rows if (row["touch"], row["channel"]) not in there]
    insert_ignore(connection, delivery, fresh)
    connection.execute(_WRITTEN_EVENT, {"ids": ids, "now": now})


_SET_VIA = (
    update(touch)
    .where(_t.id == bindparam("b_id"))
    .values(via_index=bindparam("b_index"), passed_over=bindparam("b_passed"))
)


def use_channel(connection: Connection, chosen: Sequence[tuple[int, int, Mapping[str, str]]]) -> None:
    """Note which channel of `via` is taken and why others are not, given as (touch, index, {channel: word})."""
    rows = [{"b_id": touch_id, "b_index": index, "b_passed": dict(passed)} for touch_id, index, passed in chosen]
    write_many(connection, _SET_VIA, rows)


def insert_notes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add released touches that tell a rep of a failure; each key once for ever."""
    return insert_ignore(connection, touch, rows)


def insert_drafts(
    connection: Connection, texts: Mapping[int, Any], now: int
) -> int:
    """Add drafts, each with its subject, text and html, by touch; one that is there already stays as it is."""
    return insert_ignore(connection, draft, [
        {"touch": touch_id, "subject": one.subject, "text": one.text, "html": one.html, "written_at": now,
         "edited": False}
        for touch_id, one in texts.items()
    ])  # fmt: skip
