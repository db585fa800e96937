"""What a year left in the database, read once: messages, talks, changes, what happened, and what gates said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import select

from engine.domain.civil import local_date
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.database import Database
from engine.store.ledger import delivery, touch
from engine.store.tables import gate_event, interaction, lead, record, transition
from tests.year.town import Row, Size, people_of

ZONE = "Asia/Shanghai"
"""Everybody's clock: all of them live eight hours ahead of UTC."""


class Stay(NamedTuple):
    """A stretch in which a customer was looked after at one grade: `start <= t < end`, seconds UTC."""

    lead: str
    owner: str
    grade: str
    start: int
    end: int


@dataclass(frozen=True)
class Record:
    """The year. Rows are by the names of their columns; `messages` are touches with `sent_at`, as they left."""

    size: Size
    messages: Sequence[Mapping[str, Any]]
    touches: Sequence[Mapping[str, Any]]
    talks: Mapping[str, Sequence[Mapping[str, Any]]]
    changes: Mapping[str, Sequence[Mapping[str, Any]]]
    leads: Mapping[str, Mapping[str, Any]]
    happened: Sequence[Mapping[str, Any]]
    objections: Sequence[Mapping[str, Any]]
    orders: Mapping[str, Sequence[int]]
    began: Mapping[str, Row]
    """Everybody as he was imported, by id."""

    @cached_property
    def to_customers(self) -> dict[str, list[Mapping[str, Any]]]:
        """What each customer received, in its order."""
        return _by_lead(one for one in self.messages if one["audience"] == "lead")

    @cached_property
    def about(self) -> dict[str, list[Mapping[str, Any]]]:
        """What left about each customer, to himself or to one of us."""
        return _by_lead(self.messages)

    @cached_property
    def touches_of(self) -> dict[str, list[Mapping[str, Any]]]:
        """What was planned for each customer, whatever became of it."""
        return _by_lead(self.touches)

    def value(self, ident: str, field: str, at: int) -> Any:
        """A tracked field of a customer at that instant."""
        found = self.leads[ident][field]
        for change in reversed(self.changes.get(ident, ())):
            if change["field"] == field and change["at"] > at:
                found = change["previous"]
        return found

    def is_key(self, ident: str, at: int) -> bool:
        """Whether he was a key customer at that instant: who recommends us becomes one."""
        made = [one["settled_at"] for one in self.touches_of.get(ident, ()) if one["rule"] == "recommendation"
                and one["step"] == "key" and one["state"] == "delivered"]  # fmt: skip
        was_born_one = self.began.get(ident, {}).get("key") == "true"
        return bool(self.leads[ident]["key"]) and (was_born_one or not made or min(made) <= at)

    def contacts(self, ident: str) -> list[int]:
        """When he was contacted in this year."""
        return [talk["at"] for talk in self.talks.get(ident, ()) if talk["effective"]]

    def contacts_at(self, ident: str, at: int) -> int:
        """How often he had been contacted by then."""
        later = sum(talk["effective"] and talk["logged_at"] > at for talk in self.talks.get(ident, ()))
        return int(self.leads[ident]["contacts"]) - later

    def last_contact_before(self, ident: str, at: int) -> int | None:
        """When he was spoken to last before that instant, in this year or before it."""
        known = self.began.get(ident, {}).get("last_contact_at", "")
        found = [one for one in self.contacts(ident) if one < at]
        return found[-1] if found else int(datetime.fromisoformat(known).timestamp()) if known else None

    def owner_since(self, ident: str, at: int) -> int:
        """Since when his owner of that instant has had him."""
        owners = [one for one in self.changes.get(ident, ()) if one["field"] == "owner" and one["at"] <= at]
        given = [one["at"] for one in owners if one["value"]]
        return int(given[-1] if given else self.leads[ident]["registered_at"])

    def orders_at(self, ident: str, at: int) -> int:
        """How often he had ordered by then."""
        return sum(one <= at for one in self.orders.get(ident, ()))

    def since_order_at_start(self, ident: str) -> int:
        """Contacts since the last order that he came with."""
        return 0 if self.orders_at(ident, self.size.start) else int(self.began.get(ident, {}).get("contacts") or 0)

    def stays(self) -> list[Stay]:
        """Every stretch of this year in which somebody looked after a customer of a grade."""
        return [stay for ident in self.leads for stay in self._stays(ident)]

    def _stays(self, ident: str) -> list[Stay]:
        start = max(self.size.start, self.leads[ident]["registered_at"])
        turns = {one["at"] for one in self.changes.get(ident, ()) if one["field"] in ("grade", "status", "owner")}
        edges = [start, *sorted(at for at in turns if at > start), self.size.end]
        found = []
        for begin, end in pairwise(edges):
            grade, owner = self.value(ident, "grade", begin), self.value(ident, "owner", begin)
            if grade and owner and self.value(ident, "status", begin) == "active":
                found.append(Stay(ident, owner, grade, begin, end))
        return found


def read(db: Database, size: Size) -> Record:
    """Everything that the year left."""
    with db.reading() as connection:

        def rows(query: Any) -> list[Mapping[str, Any]]:
            return [dict(row) for row in connection.execute(query).mappings()]

        touches = rows(select(touch).order_by(touch.c.due_at, touch.c.id))
        sent = select(delivery.c.touch, delivery.c.settled_at.label("sent_at")).where(delivery.c.state == "sent")
        by_id = {row["id"]: row for row in touches}
        messages = [by_id[row["touch"]] | row for row in rows(sent.order_by(delivery.c.settled_at, delivery.c.id))]
        covered = select(circumstance, coverage.c.lead.label("whom")).join(
            coverage, coverage.c.circumstance == circumstance.c.id
        )
        return Record(
            size, messages, touches, _by_lead(rows(select(interaction).order_by(interaction.c.at))),
            _by_lead(rows(select(transition).where(transition.c.subject == "lead").order_by(transition.c.id))),
            {row["id"]: row for row in rows(select(lead))}, rows(covered), rows(select(gate_event)),
            {ident: [row["at"] for row in ones] for ident, ones in _by_lead(rows(_PURCHASES)).items()},
            {row["id"]: row for row in people_of(size).leads},
        )  # fmt: skip


_PURCHASES = select(record).where(record.c.kind == "purchase").order_by(record.c.at)


def day_of(at: int) -> date:
    """The civil day, which is the same for everybody here."""
    return local_date(at, ZONE)


def _by_lead(rows: Any) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["lead"]].append(row)
    return dict(found)
