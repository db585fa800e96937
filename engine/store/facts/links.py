"""Links that may be used once: what was done with each, written in the transaction that does it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from engine.domain.links import Link
from engine.store.database import insert_ignore
from engine.store.web_tables import used_link


@dataclass(frozen=True)
class Use:
    """What was done with a link, by whom and when (seconds UTC)."""

    outcome: str
    actor: str
    used_at: int


def use_link(connection: Connection, link: Link, use: Use) -> bool:
    """Use up a link. False: it was used before, and nothing may be done now; `use_of` says what was."""
    row = {
        "token_id": link.token_id, "purpose": link.purpose, "subject": link.subject, "used_at": use.used_at,
        "outcome": use.outcome, "actor": use.actor,
    }  # fmt: skip
    return insert_ignore(connection, used_link, [row]) == 1


def use_of(connection: Connection, link: Link) -> Use | None:
    """What was done with the link; None: nothing yet."""
    query = select(used_link.c.outcome, used_link.c.actor, used_link.c.used_at)
    row = connection.execute(query.where(used_link.c.token_id == link.token_id)).one_or_none()
    return None if row is None else Use(row.outcome, row.actor, row.used_at)


def renew_link(connection: Connection, link: Link) -> None:
    """What it was used for was undone: it may be used again."""
    connection.execute(delete(used_link).where(used_link.c.token_id == link.token_id))
