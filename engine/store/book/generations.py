"""Generations: the text of rules and templates as they were loaded, and which one is in force.

An occasion keeps the revision it was born under, so old generations stay readable for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, text, update

from engine.domain.keys import SHARDS
from engine.domain.words import Touch
from engine.store.book.pictures import keep_pictures
from engine.store.book.renaming import rename
from engine.store.database import insert_ignore
from engine.store.ledger import generation, rule_revision, rule_shard, touch
from engine.store.parts import WHOLE, Part

QUARANTINED = "quarantined"
"""Why a touch is held whose rule was left out for its mistakes."""


@dataclass(frozen=True)
class StoredGeneration:
    """One generation as stored: its files' text by path."""

    id: int
    digest: str
    loaded_at: int
    rules: Mapping[str, str]
    templates: Mapping[str, str]
    quarantined: tuple[Mapping[str, Any], ...] = ()
    """Rules of its files that were left out: id, renamed_from, file, line, problems, since."""


def active_generation(connection: Connection) -> StoredGeneration | None:
    """The generation in force, or None on a fresh database."""
    return _stored(connection.execute(select(generation).where(generation.c.active)).one_or_none())


def active_id(connection: Connection) -> int | None:
    """The id of the generation in force; cheap enough for every tick."""
    return connection.execute(_ACTIVE_ID).scalar_one_or_none()


_TAKE_TURNS = text("LOCK TABLE generation IN SHARE ROW EXCLUSIVE MODE")
"""Whoever only reads goes on reading."""
_ACTIVE_ID = select(generation.c.id).where(generation.c.active)


def stored_generation(connection: Connection, generation_id: int) -> StoredGeneration | None:
    """A generation by its id."""
    return _stored(connection.execute(select(generation).where(generation.c.id == generation_id)).one_or_none())


def _stored(row: Row[Any] | None) -> StoredGeneration | None:
    if row is None:
        return None
    left_out = tuple(row.quarantined or ())
    return StoredGeneration(row.id, row.digest, row.loaded_at, row.rules, row.templates, left_out)


def generation_of(connection: Connection, rule: str, revision: str) -> tuple[int, str] | None:
    """The first generation that had this revision of the rule, and the id by which its files know the rule."""
    query = select(rule_revision.c.generation, rule_revision.c.named).where(
        rule_revision.c.rule == rule, rule_revision.c.revision == revision
    )
    row = connection.execute(query).one_or_none()
    return (row.generation, row.named or rule) if row else None


def in_force_since(connection: Connection) -> dict[tuple[str, str], int]:
    """Since when each (rule, revision) that is in force has been so; those of the first release are left out."""
    return {(row.rule, row.revision): row.in_force_at for row in connection.execute(_IN_FORCE_SINCE)}


_IN_FORCE_SINCE = select(rule_revision.c.rule, rule_revision.c.revision, rule_revision.c.in_force_at).where(
    rule_revision.c.in_force, rule_revision.c.in_force_at.is_not(None)
)


def adopt(
    connection: Connection,
    digest: str,
    rules: Mapping[str, str],
    templates: Mapping[str, str],
    revisions: Sequence[tuple[str, str]],
    renamed: Sequence[tuple[str, str]],
    now: int,
    quarantined: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Put a generation in force and return its id. Revisions that are new become dirty: plan reconciles them.

    `renamed` are pairs of an old id and the new one, which takes over what stands in the book. `quarantined` rules
    are left out; one that was already keeps its `since`, and one that is back counts as in force since then.
    Daemons of one PostgreSQL database that start together take turns: each would put its own in force beside.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURNS)
    current = active_generation(connection)
    if current is not None and current.digest == digest:
        return current.id
    away = left_out_since(current.quarantined) if current else {}
    left_out = [{**one, "since": away.get(one["id"], one["since"] or now)} for one in quarantined]
    connection.execute(update(generation).where(generation.c.active).values(active=False))
    new_id: int = connection.execute(
        insert(generation)
        .values(digest=digest, loaded_at=now, rules=dict(rules), templates=dict(templates), active=True,
                quarantined=left_out)
        .returning(generation.c.id)
    ).scalar_one()
    keep_pictures(connection, templates)
    for old, new in renamed:
        rename(connection, old, new)
    _put_in_force(connection, new_id, revisions, now, away)
    _judge_again(connection, left_out_since(left_out), now)
    return new_id


def left_out_since(quarantined: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Since when each rule id, old ones too, is among these."""
    return {name: one["since"] for one in quarantined for name in (one["renamed_from"], one["id"]) if name}


def _judge_again(connection: Connection, left_out: Mapping[str, int], now: int) -> None:
    """Have release look at what waited for rules that are mended."""
    waits = touch.c.state == Touch.HELD, touch.c.reason == QUARANTINED, touch.c.rule.not_in(list(left_out))
    connection.execute(update(touch).where(*waits).values(judge_at=now))


def _put_in_force(
    connection: Connection, generation_id: int, revisions: Sequence[tuple[str, str]], now: int,
    away: Mapping[str, int],
) -> None:  # fmt: skip
    """New revisions, and old ones that come back, are dirty: what they missed is made good by a reconcile.

    What opened while a rule was `away` in quarantine was missed too, and is no backfill.
    """
    kept = set(revisions)
    table = rule_revision
    for row in connection.execute(select(table.c.rule, table.c.revision, table.c.in_force)).all():
        here = table.c.rule == row.rule, table.c.revision == row.revision
        comes_back = (row.rule, row.revision) in kept
        if comes_back and not row.in_force:
            since = away.get(row.rule, now)
            connection.execute(update(table).where(*here).values(in_force=True, planned_at=None, in_force_at=since))
            connection.execute(delete(rule_shard).where(rule_shard.c.rule == row.rule))
        elif row.in_force and not comes_back:
            connection.execute(update(table).where(*here).values(in_force=False))
    fresh = [
        {"rule": rule, "revision": rev, "generation": generation_id, "in_force": True, "planned_at": None,
         "in_force_at": away.get(rule, now)}
        for rule, rev in revisions
    ]  # fmt: skip
    insert_ignore(connection, table, fresh)


def dirty_rules(connection: Connection, part: Part = WHOLE) -> frozenset[tuple[str, str]]:
    """(rule, revision) pairs whose reconcile has not run yet, for that part."""
    dirty = {(row.rule, row.revision) for row in connection.execute(_NEVER_PLANNED)}
    if not dirty or part.shards is None:
        return frozenset(dirty)
    shard = rule_shard.c
    query = select(shard.rule, shard.revision).where(part.has(shard.shard)).group_by(shard.rule, shard.revision)
    done = connection.execute(query.having(func.count() == len(part.shards)))
    return frozenset(dirty - {(row.rule, row.revision) for row in done})


_NEVER_PLANNED = select(rule_revision.c.rule, rule_revision.c.revision).where(
    rule_revision.c.planned_at.is_(None), rule_revision.c.in_force
)


def is_in_force(connection: Connection, rule: str, revision: str) -> bool:
    """Whether the rule is in force in this revision."""
    return connection.execute(_in_force(rule, revision)).first() is not None


def is_planned(connection: Connection, rule: str, revision: str) -> bool:
    """Whether this revision is in force and every lead was looked at under it."""
    query = _in_force(rule, revision).where(rule_revision.c.planned_at.is_not(None))
    return connection.execute(query).first() is not None


def _in_force(rule: str, revision: str) -> Select[tuple[str]]:
    return select(rule_revision.c.rule).where(
        rule_revision.c.rule == rule, rule_revision.c.revision == revision, rule_revision.c.in_force
    )


def plan_again(connection: Connection, rules: Sequence[str]) -> None:
    """Let plan reconcile these rules once more, in the revision that is in force."""
    connection.execute(delete(rule_shard).where(rule_shard.c.rule.in_(rules)))
    here = rule_revision.c.in_force & rule_revision.c.rule.in_(rules)
    connection.execute(update(rule_revision).where(here).values(planned_at=None))


def rules_planned(
    connection: Connection, revisions: Sequence[tuple[str, str]], now: int, part: Part = WHOLE
) -> None:
    """Mark revisions as reconciled for that part; with the last part they are so altogether."""
    for rule, revision in revisions:
        if part.shards is None or _last_of(connection, rule, revision, part.shards):
            connection.execute(
                update(rule_revision)
                .where(rule_revision.c.rule == rule, rule_revision.c.revision == revision)
                .values(planned_at=now)
            )


def _last_of(connection: Connection, rule: str, revision: str, shards: Sequence[int]) -> bool:
    """Note that these shards are done; whether all are. Of two who end at once, the second sees the first."""
    here = rule_revision.c.rule == rule, rule_revision.c.revision == revision
    connection.execute(select(rule_revision.c.rule).where(*here).with_for_update())
    done = rule_shard.c.rule == rule, rule_shard.c.revision == revision
    insert_ignore(connection, rule_shard, [{"rule": rule, "revision": revision, "shard": one} for one in shards])
    if connection.execute(select(func.count()).where(*done)).scalar_one() < SHARDS:
        return False
    connection.execute(delete(rule_shard).where(*done))
    return True
