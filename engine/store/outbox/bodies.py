"""What is not kept: the words of messages about confidential leads, once they have left.

Of a greeting that must not read like others its fingerprint stays, see wordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from engine.store.ledger import delivery, draft, touch
from engine.store.tables import lead

_TOUCHES: BindParameter[Any] = bindparam("touches", expanding=True)
_CONFIDENTIAL = select(lead.c.id).where(lead.c.confidential)
_FORGET = (
    update(delivery)
    .where(delivery.c.touch.in_(_TOUCHES), delivery.c.lead.in_(_CONFIDENTIAL))
    .values(subject="", text="", html="")
)
_FORGET_DRAFT = delete(draft).where(
    draft.c.touch.in_(select(touch.c.id).where(touch.c.id.in_(_TOUCHES), touch.c.lead.in_(_CONFIDENTIAL)))
)


def forget_confidential(connection: Connection, delivered: Sequence[int]) -> None:
    """Of these delivered touches, drop what was written about confidential leads, on whichever channel, and drafts."""
    connection.execute(_FORGET, {"touches": list(delivered)})
    connection.execute(_FORGET_DRAFT, {"touches": list(delivered)})
