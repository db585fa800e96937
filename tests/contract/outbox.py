"""A small world for delivery tests: a lead, his rep, touches let go, a far side that does what a test scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from engine.domain.keys import message_id, said_again
from engine.ground.clock import FrozenClock
from engine.settings.local_model import FileChannel
from engine.settings.model import Caps, Defaults, Service, Settings, Window
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.rescue import rescue
from engine.store.database import Database
from engine.store.ledger import delivery, delivery_event, touch
from engine.store.outbox import composed_rows
from engine.store.tables import lead, rep

NOON = 1_771_214_400  # Monday 2026-02-16 12:00 in Shanghai
OK = Receipt(Outcome.ACCEPTED, "250", remote_id="q1")


class Killed(BaseException):
    """The process died here."""


def nothing() -> None:
    """What happens at a point where nothing happens."""


@dataclass
class Script:
    """What becomes of one message: things that happen on the way, and the answer."""

    receipt: Receipt = OK
    after_rcpt: Callable[[], object] = nothing
    after_mark: Callable[[], object] = nothing
    after_content: Callable[[], object] = nothing
    refuses_rcpt: bool = False


def dies() -> None:
    raise Killed


@dataclass
class FarSide:
    """A channel that keeps what arrived. Scripts are used up in order; without one everything is accepted."""

    scripts: list[Script] = field(default_factory=list)
    arrived: list[Message] = field(default_factory=list)
    capabilities: Capabilities = field(default_factory=Capabilities)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        assert deadline > 0
        script = self.scripts.pop(0) if self.scripts else Script()
        script.after_rcpt()
        if script.refuses_rcpt:
            return script.receipt
        if not begin():
            return Receipt(Outcome.WITHDRAWN)
        script.after_mark()
        if script.receipt.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
            self.arrived.append(message)
        script.after_content()
        return script.receipt

    def close(self) -> None:
        """Nothing to let go of."""


def settings_with(**more: Any) -> Settings:
    """Two channels, a window from 09:00 to 20:00, one sender."""
    base: dict[str, Any] = {
        "channels": {name: FileChannel(kind="file", folder=name) for name in ("email", "sms")},
        "defaults": Defaults(), "caps": Caps(attempts=3, claims=4), "service": Service(senders=1, batch=50),
        "windows": {"lead": Window(), "rep": Window()},
    }  # fmt: skip
    return Settings(**(base | more))


class Outbox:
    """The world. Two clocks: `clock` for due times, `store` (the database's) for leases."""

    def __init__(self, db: Database, **settings: Any) -> None:
        self.db = db
        self.clock = FrozenClock(NOON)
        self.store = FrozenClock(5_000)
        db.now = self.store.now  # type: ignore[method-assign]
        self.settings = settings_with(**settings)
        self.email, self.sms = FarSide(), FarSide()
        self.channels = {"email": self.email, "sms": self.sms}
        with db.writing() as connection:
            connection.execute(insert(lead), [_LEAD | {"id": name} for name in ("wang", "zhao")])
            connection.execute(insert(rep).values(
                id="li", name="Li Na", email="li@example.com", timezone="Asia/Shanghai", locale="en",
            ))  # fmt: skip

    def release(self, key: str = "k1", audience: str = "lead", via: Sequence[str] = ("email",), **more: Any) -> int:
        """A touch that was judged and let go, with its pending delivery; the touch's id."""
        of_deliveries = ("urgent", "window", "timezone", "appointment", "html")
        delivery_columns = {name: more.pop(name) for name in of_deliveries if name in more}
        row = _TOUCH | {
            "occurrence_key": key, "audience": audience, "receiver": "wang" if audience == "lead" else "li",
            "action": "greet" if audience == "lead" else "remind", "via": list(via),
        } | more  # fmt: skip
        with self.db.writing() as connection:
            touch_id = connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one()
        self.compose(int(touch_id), **delivery_columns)
        return int(touch_id)

    def compose(self, touch_id: int, **more: Any) -> None:
        """Write the touch's delivery on its present channel, as compose does."""
        with self.db.writing() as connection:
            one = connection.execute(select(touch).where(touch.c.id == touch_id)).one()
            channel = one.via[one.via_index]
            row = {
                "touch": touch_id, "channel": channel, "lead": one.lead, "rule": one.rule, "category": one.category,
                "audience": one.audience, "receiver": one.receiver, "address": f"{one.receiver}@example.com",
                "message_id": message_id(said_again(one.occurrence_key, one.snoozes), channel, "example.com"),
                "snoozes": one.snoozes, "subject": "Hello",
                "text": "Hello.\n", "html": "<body>Hello.</body>", "receiver_name": "Wang Fang",
                "reply_to": "", "reply_to_name": "", "urgent": False, "timezone": "Asia/Shanghai",
                "window": "lead", "run_at": one.due_at, "expires_at": one.expires_at,
                "composed_at": self.clock.now(), "gathered": None, "headers": None, "appointment": None,
            }  # fmt: skip
            composed_rows.insert_deliveries(connection, [row | more], self.clock.now())

    def judge_again(self, touch_id: int) -> None:
        """What release does with a touch that came back: let it go on the facts as they are now."""
        with self.db.writing() as connection:
            version = connection.execute(
                select(lead.c.judge_version).join(touch, touch.c.lead == lead.c.id).where(touch.c.id == touch_id)
            ).scalar_one()
            connection.execute(
                update(touch).where(touch.c.id == touch_id).values(state="released", judged_version=version)
            )
        self.compose(touch_id)

    def send(self) -> dict[str, int]:
        """One dispatch pass."""
        dispatcher = Dispatcher(self.db, self.channels, self.settings, self.clock, "tester")
        try:
            return dispatcher.run()
        finally:
            dispatcher.close()

    def rescue_after_crash(self) -> dict[str, int]:
        """Let every lease lapse, then rescue."""
        self.store.instant += self.settings.service.lease + 1
        return rescue(self.db, self.clock.now())

    def bereave(self, who: str = "wang") -> None:
        """Record a fact that policies read: from elsewhere, in a transaction of its own."""
        with self.db.writing() as connection:
            connection.execute(
                update(lead).where(lead.c.id == who).values(judge_version=lead.c.judge_version + 1)
            )

    def touch(self, touch_id: int) -> Any:
        with self.db.reading() as connection:
            return connection.execute(select(touch).where(touch.c.id == touch_id)).one()

    def delivery(self, touch_id: int, channel: str = "email") -> Any:
        with self.db.reading() as connection:
            query = select(delivery).where(delivery.c.touch == touch_id, delivery.c.channel == channel)
            return connection.execute(query).one()

    def history(self, touch_id: int, channel: str = "email") -> list[str]:
        """The states its delivery went through."""
        ident = self.delivery(touch_id, channel).id
        with self.db.reading() as connection:
            query = select(delivery_event.c.state).where(delivery_event.c.delivery == ident)
            return list(connection.execute(query.order_by(delivery_event.c.id)).scalars())


_LEAD = {
    "shard": 0, "name": "Wang Fang", "owner": "li", "country": "CN", "timezone": "Asia/Shanghai", "locale": "en",
    "registered_at": 0, "email": "wang@example.com", "channels": [], "attrs": {},
}  # fmt: skip
_TOUCH = {
    "rule": "birthday", "lead": "wang", "anchor": "birthday:date#1:2026", "step": "wish", "shard": 0,
    "revision": "r1", "generation": 1, "category": "festive", "priority": 100, "nominal_at": NOON,
    "due_at": NOON, "day_on": "2026-02-16", "state": "released", "judged_version": 0, "released_at": NOON,
}  # fmt: skip
