"""The port: what a mailbox is, whatever serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.inbox.letters import Letter


class MailboxAway(Exception):
    """The mailbox cannot be read. Its text is one line that says why, without personal data."""


@dataclass(frozen=True)
class Piece:
    """Some letters, in the order in which they came, and the cursor to go on from once they are taken in."""

    letters: tuple[Letter, ...]
    cursor: str


class Mailbox(Protocol):
    """Folders of letters. Reading changes nothing in them; every method may raise MailboxAway."""

    def read(self, folder: str, cursor: str, since: int) -> Iterator[Piece]:
        """What came after the cursor, piece by piece; without one ("", or one that holds no longer), what came since
        that instant (seconds since the epoch), perhaps with some that is older."""
        ...

    def put_away(self, folder: str, letters: Sequence[Letter], into: str) -> None:
        """Move letters that were read from the folder just now into another one."""
        ...

    def visit(self, folder: str, *, moves: bool) -> None:
        """Make sure that the folder can be read, and letters moved out of it if they are to be; nothing is changed."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
