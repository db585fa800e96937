"""What feeds have told: each message once, and the thread of messages that are about the same thing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from engine.store.circumstance_tables import circumstance, feed_message, feed_thread
from engine.store.many import insert_ignore

IGNORE = "ignore"
"""The act of a message that is read, and does nothing."""


def was_seen(connection: Connection, message: str, sent_at: int) -> bool:
    """Whether that very version of the message was read before."""
    known = select(feed_message.c.id).where(feed_message.c.id == message, feed_message.c.sent_at == sent_at)
    return connection.execute(known).first() is not None


def threads_of(connection: Connection, message: str, references: Sequence[str]) -> tuple[str, ...]:
    """The threads of a message, that with the latest news first: several if it shows that they are one.

    A new thread has the name of its root: the first reference, or the message itself.
    """
    about = (message, *references)
    known = select(feed_thread.c.thread).where(feed_thread.c.message.in_(about)).distinct()
    found = {one: latest_act(connection, one) for one in connection.execute(known).scalars()}
    root = references[0] if references else message
    return tuple(sorted(found, key=lambda one: (found[one].sent_at, one == root, one), reverse=True)) or (root,)


def join_threads(connection: Connection, thread: str, others: Sequence[str], messages: Collection[str]) -> None:
    """Let these messages and everything of the other threads belong to the thread, circumstances included."""
    insert_ignore(connection, feed_thread, [{"message": one, "thread": thread} for one in sorted(set(messages))])
    for table in (feed_thread, feed_message, circumstance):
        if others:
            connection.execute(update(table).where(table.c.thread.in_(others)).values(thread=thread))


class Act(NamedTuple):
    """When a message was sent, and what it does."""

    sent_at: int
    act: str


NEVER = Act(0, IGNORE)


def latest_act(connection: Connection, thread: str) -> Act:
    """Of the latest message of the thread that does anything; NEVER: there is none."""
    query = select(feed_message.c.sent_at, feed_message.c.act)
    query = query.where(feed_message.c.thread == thread, feed_message.c.act != IGNORE)
    row = connection.execute(query.order_by(feed_message.c.sent_at.desc()).limit(1)).first()
    return NEVER if row is None else Act(*row)


def keep_message(connection: Connection, row: dict[str, Any]) -> None:
    """Remember a message and what became of it: all columns of `feed_message`."""
    connection.execute(insert(feed_message).values(**row))


def messages_of(connection: Connection, thread: str) -> list[Any]:
    """What the thread has told, the oldest first."""
    query = select(feed_message).where(feed_message.c.thread == thread)
    return list(connection.execute(query.order_by(feed_message.c.sent_at, feed_message.c.id)))


def messages_seen(connection: Connection, since: int, most: int) -> list[Any]:
    """What feeds have told since that instant, the latest first."""
    query = select(feed_message).where(feed_message.c.seen_at > since)
    order = feed_message.c.seen_at.desc(), feed_message.c.sent_at.desc(), feed_message.c.id
    return list(connection.execute(query.order_by(*order).limit(most)))


def thread_known(connection: Connection, message: str) -> str | None:
    """The thread of a message, by its id with or without its sender; None: nothing is known of it, or of several."""
    query = select(feed_thread.c.thread).where(feed_thread.c.message == message)
    found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return str(found)
    bare = select(feed_thread.c.thread).where(feed_thread.c.message.endswith(f",{message}", autoescape=True)).distinct()
    threads = list(connection.execute(bare.limit(2)).scalars())
    return threads[0] if len(threads) == 1 else None
