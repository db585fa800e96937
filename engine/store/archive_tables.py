"""The archive: touches that ended long ago, and all that hangs on them, out of the way of what is still at work.

Each table is one of the ledger's, column by column, so that a row moves as it is. Occasions stay where they are: each
of them is what keeps its like from being born again. Of touches a trigger does that, for every writer, older releases
too: a key that is in the archive is not inserted a second time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DefaultClause, Index, Table, UniqueConstraint, text

from engine.store.ledger import delivery, delivery_event, draft, touch, verdict
from engine.store.tables import metadata


def _archive_of(table: Table, *more: UniqueConstraint | Index) -> Table:
    columns = (
        Column(one.name, one.type, primary_key=one.primary_key, nullable=one.nullable, autoincrement=False,
               server_default=_default_of(one))
        for one in table.c
    )  # fmt: skip
    return Table(f"{table.name}_archive", metadata, *columns, *more)


def _default_of(column: Column[Any]) -> Any:
    return column.server_default.arg if isinstance(column.server_default, DefaultClause) else None


KEEPS_KEY = "state <> 'superseded'"
"""What a change of facts had superseded may be planned again, as it may beside the archive."""
_NOT_LEAD = text("audience <> 'lead'")
_SIGNED = text("signer IS NOT NULL")
_CARRIED = text("carried_by IS NOT NULL")

touch_archive = _archive_of(
    touch,
    Index("ix_touch_archive_occurrence_key", "occurrence_key"),
    Index("ix_touch_archive_lead_day_on", "lead", "day_on"),
    Index("ix_touch_archive_day_on", "day_on", "due_at"),
    Index("ix_touch_archive_due_at", "due_at"),
    Index("ix_touch_archive_for_rep", "receiver", "due_at", sqlite_where=_NOT_LEAD, postgresql_where=_NOT_LEAD),
    Index("ix_touch_archive_signer", "signer", "deadline_at", sqlite_where=_SIGNED, postgresql_where=_SIGNED),
    Index("ix_touch_archive_carried_by", "carried_by", sqlite_where=_CARRIED, postgresql_where=_CARRIED),
)
draft_archive = _archive_of(draft)
delivery_archive = _archive_of(
    delivery, UniqueConstraint("touch", "channel"), Index("ix_delivery_archive_message_id", "message_id")
)
delivery_event_archive = _archive_of(delivery_event, Index("ix_delivery_event_archive_delivery", "delivery"))
verdict_archive = _archive_of(verdict, Index("ix_verdict_archive_touch", "touch"))

ARCHIVE_OF = {
    touch: touch_archive, draft: draft_archive, delivery: delivery_archive, delivery_event: delivery_event_archive,
    verdict: verdict_archive,
}  # fmt: skip
"""By the table whose rows it takes."""

_IN_ARCHIVE = f"SELECT 1 FROM touch_archive WHERE occurrence_key = NEW.occurrence_key AND {KEEPS_KEY}"
NEVER_AGAIN = {
    "sqlite": (
        f"CREATE TRIGGER touch_never_again BEFORE INSERT ON touch WHEN EXISTS ({_IN_ARCHIVE})"
        " BEGIN SELECT RAISE(IGNORE); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION touch_never_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS ({_IN_ARCHIVE}) THEN RETURN NULL; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER touch_never_again BEFORE INSERT ON touch FOR EACH ROW EXECUTE FUNCTION touch_never_again()",
    ),
}
"""By engine, what makes the trigger."""
