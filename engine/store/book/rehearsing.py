"""What a dry run does to its own copy: the copy itself, signatures given, sends accepted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, bindparam, insert, or_, select, text, update

from engine.domain.keys import greeting_ref
from engine.domain.words import Action, Touch
from engine.store.archive_tables import ARCHIVE_OF, touch_archive
from engine.store.database import Database
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.ledger import delivery, delivery_event, draft, touch, wording
from engine.store.outbox.entries import IS_ENTRY
from engine.store.outbox.transitions import judge_again
from engine.store.tables import dirty_lead, lead, metadata

NOT_COPIED = frozenset({
    delivery.name, delivery_event.name, draft.name, wording.name,
    *(archive.name for archive in ARCHIVE_OF.values() if archive is not touch_archive),
})  # fmt: skip
"""Texts and addresses: nothing a dry run needs."""

CHUNK = 5_000

_TO_WRITE = text("touch.state IN ('released', 'draft')")
"""The very words of the partial index: a long dry run must not read its whole book at every step."""


def copy_into(live: Database, copy: Database) -> None:
    """Everything that planning and judging read, from one consistent look at the live database."""
    copied = _copy_as_stored if live.dialect == copy.dialect else _copy_as_read
    with live.reading() as source, copy.writing() as target:
        for table in metadata.sorted_tables:
            if table.name not in NOT_COPIED:
                copied(table, source, target)


def _copy_as_stored(table: Table, source: Connection, target: Connection) -> None:
    """From SQLite into SQLite: values as they lie in the file, past every conversion, some ten times as fast."""
    names = [column.name for column in table.columns]
    rows = source.exec_driver_sql(f"SELECT {_quoted(names)} FROM {_quoted([table.name])}")
    places = ", ".join("?" * len(names))
    into = f"INSERT INTO {_quoted([table.name])} ({_quoted(names)}) VALUES ({places})"
    while chunk := rows.fetchmany(CHUNK):
        target.exec_driver_sql(into, [tuple(row) for row in chunk])


def _quoted(names: Sequence[str]) -> str:
    """Names of the schema's own, as `window` is a word of SQL too."""
    return ", ".join(f'"{name}"' for name in names)


def _copy_as_read(table: Table, source: Connection, target: Connection) -> None:
    rows = source.execute(select(table))
    while chunk := rows.mappings().fetchmany(CHUNK):
        target.execute(insert(table), [dict(row) for row in chunk])


_DRAFTS = (
    update(touch)
    .where(_TO_WRITE, touch.c.state == Touch.DRAFT)
    .values(state=Touch.SIGNED, signed_by=bindparam("b_signer"), signed_at=bindparam("b_now"), judge_at=touch.c.due_at)
)
_GREETED = (
    select(touch.c.id, touch.c.occurrence_key, touch.c.lead, touch.c.due_at)
    .where(_TO_WRITE, touch.c.state == Touch.RELEASED)
    .where(touch.c.action == Action.GREET, touch.c.signed_by.is_not(None))
    .order_by(touch.c.due_at, touch.c.id)
)
_RELEASED = (
    update(touch)
    .where(_TO_WRITE, touch.c.state == Touch.RELEASED)
    .where(or_(~IS_ENTRY & ~touch.c.gathered, touch.c.carried_by.is_not(None)))
    .values(state=Touch.DELIVERED, settled_at=bindparam("b_now"))
)
_STALE = select(touch.c.id).where(
    _TO_WRITE, touch.c.state == Touch.RELEASED, or_(touch.c.carried_by.is_(None), touch.c.gathered),
    touch.c.judged_version != select(lead.c.judge_version).where(lead.c.id == touch.c.lead).scalar_subquery(),
)  # fmt: skip
_DIRTY = select(dirty_lead.c.id).limit(1)


def sign_drafts(connection: Connection, signer: str, now: int) -> None:
    """Every draft is signed at once and waits for its hour."""
    connection.execute(_DRAFTS, {"b_signer": signer, "b_now": now})


def accept_released(connection: Connection, now: int) -> None:
    """Everything released is delivered at once, entries with their digest; a signed greeting counts as a contact.

    What was let go on facts that a rule has changed meanwhile is judged again, as it would be before sending.
    """
    _judge_stale_again(connection, now)
    for row in connection.execute(_GREETED).all():
        contact = Interaction(
            greeting_ref(row.occurrence_key), row.lead, row.due_at, "messaged", True, purpose="greeting", touch=row.id
        )
        log_interaction(connection, contact, now)
    connection.execute(_RELEASED, {"b_now": now})


def _judge_stale_again(connection: Connection, now: int) -> None:
    if found := list(connection.execute(_STALE).scalars()):
        judge_again(connection, found, now)


def is_dirty(connection: Connection) -> bool:
    """Whether a lead waits to be planned anew."""
    return connection.execute(_DIRTY).scalar_one_or_none() is not None
