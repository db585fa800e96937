"""The mailbox of config.yaml: opened, read piece by piece, remembered."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.inbox.imap import ImapMailbox, ImapServer
from adapters.inbox.mailbox import Mailbox, MailboxAway
from adapters.inbox.maildir import MaildirMailbox
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.settings.inbox_model import ImapInbox
from engine.settings.meaning_feeds import seconds
from engine.settings.secrets import MissingSecret, resolve
from engine.stages.listen.listen import Taken, counted, take_in
from engine.store import state
from engine.store.facts.letters import cursor_of, keep_cursor

_FACT = "inbox"


@dataclass
class Listened:
    """What one reading brought; `away` says in one line why the mailbox could not be read, or not all of it."""

    taken: list[Taken] = field(default_factory=list)
    away: str = ""
    error: str = ""  # its kind, for the log

    @property
    def counts(self) -> dict[str, int]:
        """How many letters there were of each kind."""
        return counted(self.taken)


def listen(app: App, stopped: Callable[[], bool] = lambda: False) -> Listened:
    """Read what is new in the mailbox, take it in, and remember how it went. Without a mailbox nothing happens.

    A rehearsal reads only what is on this machine. A mailbox that is away is a problem, no error.
    """
    listened = Listened()
    if app.settings.inbox is None or (app.rehearsal and not is_here(app)):
        return listened
    try:
        with opened_mailbox(app) as mailbox:
            for folder in app.settings.inbox.folders:
                _read(app, mailbox, folder, listened, stopped)
    except (MailboxAway, MissingSecret) as error:
        listened.away, listened.error = str(error), type(error.__cause__ or error).__name__
    _remember(app, listened)
    return listened


def _read(app: App, mailbox: Mailbox, folder: str, listened: Listened, stopped: Callable[[], bool]) -> None:
    """The cursor moves when a piece is taken in; letters are put away after that, for they are in the book."""
    assert app.settings.inbox is not None
    since = app.clock.now() - seconds(app.settings.inbox.look_back)
    with app.db.reading() as connection:
        cursor = cursor_of(connection, _place(app, folder))
    for piece in mailbox.read(folder, cursor, since):
        listened.taken += take_in(app.db, app.settings, piece.letters, app.clock.now())
        with app.db.writing() as connection:
            keep_cursor(connection, _place(app, folder), piece.cursor, app.clock.now())
        if app.settings.inbox.processed_folder and piece.letters:
            mailbox.put_away(folder, piece.letters, app.settings.inbox.processed_folder)
        if stopped():
            return


def _place(app: App, folder: str) -> str:
    """The folder of this very mailbox: another one has other cursors."""
    inbox = app.settings.inbox
    assert inbox is not None
    if isinstance(inbox, ImapInbox):
        return f"imap {inbox.username}@{inbox.host}:{inbox.port} {folder}"
    return f"maildir {inbox.path} {folder}"


def look(app: App) -> Iterator[tuple[str, int]]:
    """Each folder and how many letters are new in it; nothing is taken in. UsageError: it cannot be read."""
    if app.settings.inbox is None:
        raise UsageError("config.yaml names no inbox; see docs/inbox.md")
    since = app.clock.now() - seconds(app.settings.inbox.look_back)
    try:
        with opened_mailbox(app) as mailbox:
            for folder in app.settings.inbox.folders:
                with app.db.reading() as connection:
                    cursor = cursor_of(connection, _place(app, folder))
                yield folder, sum(len(piece.letters) for piece in mailbox.read(folder, cursor, since))
    except (MailboxAway, MissingSecret) as error:
        raise UsageError(f"the inbox cannot be read: {error}") from error


def visit(app: App) -> str:
    """Log in and go to each folder, without reading a letter; what was seen. MailboxAway, MissingSecret."""
    inbox = app.settings.inbox
    assert inbox is not None
    with opened_mailbox(app) as mailbox:
        for folder in inbox.folders:
            mailbox.visit(folder, moves=bool(inbox.processed_folder))
    return f"lets us in; {', '.join(inbox.folders)} can be read"


@contextmanager
def opened_mailbox(app: App) -> Iterator[Mailbox]:
    """The mailbox that config.yaml names. MissingSecret: its password is not there."""
    inbox = app.settings.inbox
    assert inbox is not None
    mailbox: Mailbox
    if isinstance(inbox, ImapInbox):
        password = resolve(inbox.password, app.home)
        mailbox = ImapMailbox(
            ImapServer(inbox.host, inbox.port, inbox.username, password, inbox.security, inbox.timeout)
        )
    else:
        mailbox = MaildirMailbox(app.home / inbox.path)
    try:
        yield mailbox
    finally:
        mailbox.close()


def is_here(app: App) -> bool:
    """Whether the mailbox is on this machine."""
    inbox = app.settings.inbox
    if not isinstance(inbox, ImapInbox):
        return True
    try:
        return ipaddress.ip_address(inbox.host).is_loopback
    except ValueError:
        return inbox.host == "localhost"


def _remember(app: App, listened: Listened) -> None:
    now = app.clock.now()
    with app.db.writing() as connection:
        before = state.get(connection, _FACT)
        known: dict[str, Any] = before.value if before is not None else {}
        total = Counter(known.get("letters", {})) + Counter(listened.counts)
        ok_at = known.get("ok_at") if listened.away else now
        state.put(connection, _FACT, {"ok_at": ok_at, "away": listened.away, "letters": dict(total)}, now)


def standing(app: App) -> dict[str, Any] | None:
    """When the mailbox was last read, why it is away, how many letters of each kind came; None: there is none."""
    if app.settings.inbox is None:
        return None
    with app.db.reading() as connection:
        fact = state.get(connection, _FACT)
    return {"ok_at": None, "away": "", "letters": {}} | (fact.value if fact is not None else {})
