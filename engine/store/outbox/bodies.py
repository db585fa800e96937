"""What is not kept: the words of messages about confidential leads, once they have left.

Of a greeting that must not read like others its fingerprint stays, see wordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, delete, exists, select, update

from engine.store.ledger import delivery, draft, touch
from engine.store.tables import lead

_TOUCHES: BindParameter[Any] = bindparam("touches", expanding=True)


def _is_confidential(ident: ColumnElement[str]) -> ColumnElement[bool]:
    """Looked up lead by lead: the set of all confidential ones would be a scan of everybody at every settlement."""
    return exists().where(lead.c.id == ident, lead.c.confidential)


_FORGET = (
    update(delivery)
    .where(delivery.c.touch.in_(_TOUCHES), _is_confidential(delivery.c.lead))
    .values(subject="", text="", html="")
)
_FORGET_DRAFT = delete(draft).where(
    draft.c.touch.in_(select(touch.c.id).where(touch.c.id.in_(_TOUCHES), _is_confidential(touch.c.lead)))
)


def forget_confidential(connection: Connection, delivered: Sequence[int]) -> None:
    """Of these delivered touches, drop what was written about confidential leads, on whichever channel, and drafts."""
    connection.execute(_FORGET, {"touches": list(delivered)})
    connection.execute(_FORGET_DRAFT, {"touches": list(delivered)})
