"""What stands in the database, and what the mail server took, once all is quiet: what the invariants are checked on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import text

from engine.store.database import Connection, Database
from tests.faults.smtp_faults import Accepted


class Touch(NamedTuple):
    """A row of the book."""

    id: int
    rule: str
    lead: str
    audience: str
    state: str
    reason: str | None
    due_at: int
    needs_signature: bool
    signed_by: str | None


class Delivery(NamedTuple):
    """A message."""

    id: int
    touch: int
    lead: str
    audience: str
    category: str
    address: str
    message_id: str
    state: str
    epoch: int


class Event(NamedTuple):
    """A step of a message's life."""

    delivery: int
    epoch: int
    state: str
    code: str
    at: int
    actor: str


Copy = tuple[str, str]
"""Message-ID and address of what arrived."""


@dataclass(frozen=True)
class Facts:
    """`leads` and `talks`: ids. `now`: the machine's clock, in seconds."""

    now: int
    touches: list[Touch]
    deliveries: list[Delivery]
    events: Mapping[int, list[Event]]
    arrived: Counter[Copy]
    leads: set[str] = field(default_factory=set)
    talks: Counter[str] = field(default_factory=Counter)

    @property
    def copies(self) -> dict[int, int]:
        """How often each message arrived, by delivery."""
        return {one.id: self.arrived[one.message_id, one.address] for one in self.deliveries}


def facts(db: Database, arrived: Iterable[Accepted], now: int) -> Facts:
    """Read them all at once."""
    with db.reading() as connection:
        events: dict[int, list[Event]] = defaultdict(list)
        for event in _rows(connection, Event, "delivery_event", "ORDER BY id"):
            events[event.delivery].append(event)
        return Facts(
            now, _rows(connection, Touch, "touch"), _rows(connection, Delivery, "delivery"), events,
            Counter((mail.message_id, receiver) for mail in arrived for receiver in mail.receivers),
            set(connection.execute(text("SELECT id FROM lead")).scalars()),
            Counter(connection.execute(text("SELECT id FROM interaction")).scalars()),
        )  # fmt: skip


def _rows(connection: Connection, kind: Any, table: str, order: str = "") -> list[Any]:
    columns = ", ".join(kind._fields)
    return [kind(*row) for row in connection.execute(text(f"SELECT {columns} FROM {table} {order}"))]
