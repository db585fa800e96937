"""Remembering of sources how far they were read, what they said last, and what could not be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from engine.store.database import insert_ignore
from engine.store.facts.dirty import CHUNK, chunks
from engine.store.source_tables import source_refusal, source_row, source_state
from engine.store.tables import lead

Mark = Any
"""A value of theirs as JSON, with its kind, so that it can be asked for again."""


class State(NamedTuple):
    """How a source stands. `watermark` None: nothing was taken yet. Instants are seconds UTC."""

    mapping: str | None = None
    watermark: Mark = None
    pulls: int = 0
    pulled_at: int | None = None
    counts: Mapping[str, int] | None = None
    failure: str | None = None
    failures: int = 0
    retry_at: int | None = None


class KnownRow(NamedTuple):
    """What a row said when it was taken last."""

    ours: str
    cells: Mapping[str, str]
    gone: bool
    told: Mapping[str, Any] | None


class Refusal(NamedTuple):
    """A row that could not be taken, and since when."""

    source: str
    row: str
    key: Mark
    reason: str
    at: int


def state_of(connection: Connection, source: str, *, lock: bool = False) -> State:
    """How the source stands; `lock` keeps other pulls of it out until the transaction ends."""
    query = select(*(source_state.c[name] for name in State._fields)).where(source_state.c.source == source)
    if lock:
        insert_ignore(connection, source_state, [{"source": source, "pulls": 0}])
        query = query.with_for_update()
    row = connection.execute(query).one_or_none()
    return State() if row is None else State(*row)


def keep_state(connection: Connection, source: str, **values: Any) -> None:
    """Remember those columns of a source's state."""
    insert_ignore(connection, source_state, [{"source": source, "pulls": 0}])
    connection.execute(update(source_state).where(source_state.c.source == source).values(**values))


def known_rows(connection: Connection, source: str, keys: Collection[str]) -> dict[str, KnownRow]:
    """What is known of those keys."""
    columns = [source_row.c[name] for name in KnownRow._fields]
    found: dict[str, KnownRow] = {}
    for chunk in chunks(keys):
        query = select(source_row.c.key, *columns).where(source_row.c.source == source, source_row.c.key.in_(chunk))
        found |= {key: KnownRow(*rest) for key, *rest in connection.execute(query)}
    return found


def keep_rows(connection: Connection, source: str, rows: Mapping[str, KnownRow]) -> None:
    """Remember what these rows said; they are no longer refused."""
    known = known_rows(connection, source, rows)
    insert_ignore(
        connection, source_row,
        [{"source": source, "key": key, **row._asdict()} for key, row in rows.items() if key not in known],
    )  # fmt: skip
    for key, row in rows.items():
        if key in known and known[key] != row:
            mine = (source_row.c.source == source, source_row.c.key == key)
            connection.execute(update(source_row).where(*mine).values(**row._asdict()))
    forgive(connection, source, rows)


def rows_after(connection: Connection, source: str, key: str) -> list[tuple[str, KnownRow]]:
    """A page of what is known of the source, by key."""
    columns = [source_row.c[name] for name in KnownRow._fields]
    query = select(source_row.c.key, *columns).where(source_row.c.source == source, source_row.c.key > key)
    rows = connection.execute(query.order_by(source_row.c.key).limit(CHUNK))
    return [(key, KnownRow(*rest)) for key, *rest in rows]


def all_rows(connection: Connection, source: str) -> Iterator[tuple[str, KnownRow]]:
    """All that is known of the source, page by page."""
    page = rows_after(connection, source, "")
    while page:
        yield from page
        page = rows_after(connection, source, page[-1][0])


def refuse(
    connection: Connection, source: str, reasons: Mapping[str, tuple[Mark, str]], now: int
) -> None:
    """Keep rows that could not be taken, each with its key and its reason."""
    for chunk in chunks(reasons):
        known = select(source_refusal.c.row).where(source_refusal.c.source == source, source_refusal.c.row.in_(chunk))
        there = set(connection.execute(known).scalars())
        for row in chunk:
            if row in there:
                mine = (source_refusal.c.source == source, source_refusal.c.row == row)
                connection.execute(update(source_refusal).where(*mine).values(reason=reasons[row][1], asked_at=now))
        new = [
            {"source": source, "row": row, "key": reasons[row][0], "reason": reasons[row][1], "at": now,
             "asked_at": now}
            for row in chunk if row not in there
        ]  # fmt: skip
        insert_ignore(connection, source_refusal, new)


def forgive(connection: Connection, source: str, rows: Collection[str]) -> None:
    """These rows were taken, or are not there any more."""
    for chunk in chunks(rows):
        gone = delete(source_refusal).where(source_refusal.c.source == source, source_refusal.c.row.in_(chunk))
        connection.execute(gone)


def forgive_nameless(connection: Connection, source: str) -> None:
    """Rows without a key are told anew by every reading of everything."""
    connection.execute(
        delete(source_refusal).where(source_refusal.c.source == source, source_refusal.c.key.is_(None))
    )


def to_ask_again(connection: Connection, source: str, limit: int) -> dict[str, Mark]:
    """Refused rows that can be asked for by key, those first that waited longest."""
    query = (
        select(source_refusal.c.row, source_refusal.c.key)
        .where(source_refusal.c.source == source, source_refusal.c.key.is_not(None))
        .order_by(source_refusal.c.asked_at, source_refusal.c.row)
        .limit(limit)
    )
    return {one.row: one.key for one in connection.execute(query)}


def refusals(connection: Connection, source: str | None = None) -> list[Refusal]:
    """Every row that waits to be mended, of one source or of all."""
    query = select(*(source_refusal.c[name] for name in Refusal._fields))
    if source is not None:
        query = query.where(source_refusal.c.source == source)
    return [Refusal(*row) for row in connection.execute(query.order_by(source_refusal.c.source, source_refusal.c.row))]


def refused_by_source(connection: Connection) -> dict[str, int]:
    """How many rows of each source wait to be mended."""
    query = select(source_refusal.c.source, func.count().label("rows")).group_by(source_refusal.c.source)
    return {one.source: one.rows for one in connection.execute(query)}


def tellable(connection: Connection, leads: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is written back of leads: owner, status, and the last contact in seconds UTC."""
    query = select(lead.c.id, lead.c.owner, lead.c.status, lead.c.last_contact_at).where(lead.c.id.in_(leads))
    return {
        row.id: {"owner": row.owner, "status": row.status, "last_contact": row.last_contact_at}
        for row in connection.execute(query)
    }


def untold(connection: Connection, source: str) -> dict[str, tuple[Mapping[str, Any] | None, dict[str, Any]]]:
    """Rows by key of whose leads something may be told: what they know from us, and how it is now."""
    query = (
        select(source_row.c.key, source_row.c.told, lead.c.owner, lead.c.status, lead.c.last_contact_at)
        .join(lead, lead.c.id == source_row.c.ours)
        .where(source_row.c.source == source, source_row.c.gone.is_(False), lead.c.erased_at.is_(None))
    )
    found = {
        row.key: (row.told, {"owner": row.owner, "status": row.status, "last_contact": row.last_contact_at})
        for row in connection.execute(query)
    }
    return {key: (told, now) for key, (told, now) in found.items() if told != now}


def keep_told(connection: Connection, source: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """They know this from us now."""
    for key, values in told.items():
        mine = (source_row.c.source == source, source_row.c.key == key)
        connection.execute(update(source_row).where(*mine).values(told=dict(values)))
