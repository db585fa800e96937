"""A rule that gets another id takes its book along: what was done under the old id stays done under the new one.

Occasions, touches with their keys, deliveries and pauses move in one transaction; texts and Message-IDs that are
frozen already stay as they are.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, and_, func, literal, select, update

from engine.domain.keys import SEPARATOR
from engine.store.archive_tables import delivery_archive, touch_archive
from engine.store.ledger import delivery, occasion, pause, rule_revision, touch
from engine.store.many import insert_ignore


def rename(connection: Connection, old: str, new: str) -> None:
    """Move the book of one rule id to another. An occasion that both have stays with the id it has."""
    _rename_touches(connection, touch, delivery, old, new)
    _rename_touches(connection, touch_archive, delivery_archive, old, new)
    connection.execute(update(occasion).where(*_free(occasion, old, new)).values(rule=new))
    _rename_revisions(connection, old, new)
    _rename_pause(connection, old, new)


def _rename_touches(connection: Connection, touches: Table, deliveries: Table, old: str, new: str) -> None:
    key = literal(new + SEPARATOR).concat(func.substr(touches.c.occurrence_key, len(old) + len(SEPARATOR) + 1))
    connection.execute(update(touches).where(*_free(touches, old, new)).values(rule=new, occurrence_key=key))
    moved = deliveries.c.touch.in_(select(touches.c.id).where(touches.c.rule == new))
    connection.execute(update(deliveries).where(deliveries.c.rule == old, moved).values(rule=new))


def _free(table: Table, old: str, new: str) -> tuple[ColumnElement[bool], ...]:
    """Rows of the old id whose occasion the new id does not have yet."""
    other = occasion.alias("other")
    same = and_(other.c.rule == new, other.c.lead == table.c.lead, other.c.anchor == table.c.anchor)
    return table.c.rule == old, ~select(other.c.rule).where(same).exists()


def _rename_revisions(connection: Connection, old: str, new: str) -> None:
    """Occasions in flight find their rule by its new id in files that know it by the old one."""
    rows = connection.execute(select(rule_revision).where(rule_revision.c.rule == old)).mappings().all()
    taken = [{**row, "rule": new, "in_force": False, "named": row["named"] or old} for row in rows]
    insert_ignore(connection, rule_revision, taken)


def _rename_pause(connection: Connection, old: str, new: str) -> None:
    """A rule that is paused stays paused."""
    here = pause.c.scope == "rule", pause.c.name == old
    rows = connection.execute(select(pause).where(*here)).mappings().all()
    insert_ignore(connection, pause, [{**row, "name": new} for row in rows])
    connection.execute(pause.delete().where(*here))
