"""A maildir, as local mail servers and `mbsync` keep them: one file a letter, folders as `.Name` inside.

The cursor is the time at which the file system last saw a letter change, in nanoseconds: a letter that is marked as
read comes twice, which whoever takes letters in has to bear anyway.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.inbox.letters import LIMIT, Letter, read_letter
from adapters.inbox.mailbox import MailboxAway, Piece

_PIECE = 100
_OVERLAP = 2_000_000_000
"""Nanoseconds that are looked at again: clocks of file systems are coarse."""
_SECOND = 1_000_000_000


class _File(NamedTuple):
    changed_ns: int
    path: Path
    received_at: int


class MaildirMailbox:
    """The maildir at that path. The folder "INBOX" is itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, folder: str, cursor: str, since: int) -> Iterator[Piece]:
        """See Mailbox.read."""
        after = int(cursor) - _OVERLAP if cursor.isdecimal() else since * _SECOND
        files = sorted(one for one in self._files(folder) if one.changed_ns > after)
        for start in range(0, len(files), _PIECE):
            some = files[start : start + _PIECE]
            yield Piece(tuple(_letters(some)), str(some[-1].changed_ns))

    def put_away(self, folder: str, letters: Sequence[Letter], into: str) -> None:
        """See Mailbox.put_away; the folder is made if it is not there."""
        target = self._place(into)
        try:
            for part in ("tmp", "new", "cur"):
                (target / part).mkdir(parents=True, exist_ok=True)
            for letter in letters:
                source = Path(letter.place)
                if source.exists() and source.parent.parent == self._place(folder):
                    source.rename(target / "cur" / f"{source.name.partition(':')[0]}:2,S")
        except OSError as error:
            raise MailboxAway(f'letters cannot be put into "{into}": {error.strerror}') from error

    def visit(self, folder: str, *, moves: bool) -> None:
        """See Mailbox.visit."""
        if not self._place(folder).is_dir():
            raise MailboxAway(f'there is no maildir "{folder}"')
        next(self._files(folder), None)
        if moves and not os.access(self._place(folder) / "new", os.W_OK):
            raise MailboxAway(f'letters may not be moved out of "{folder}"; leave processed_folder out')

    def close(self) -> None:
        """Nothing is kept open."""

    def _place(self, folder: str) -> Path:
        return self._path if folder.upper() == "INBOX" else self._path / f".{folder.replace('/', '.')}"

    def _files(self, folder: str) -> Iterator[_File]:
        place = self._place(folder)
        for part in ("new", "cur"):
            try:
                with os.scandir(place / part) as entries:
                    found = [(Path(entry.path), entry.stat()) for entry in entries if entry.is_file()]
            except OSError as error:
                raise MailboxAway(f'"{folder}" is no maildir: {part}: {error.strerror}') from error
            yield from (_File(stat.st_ctime_ns, path, int(stat.st_mtime)) for path, stat in found)


def _letters(files: Sequence[_File]) -> Iterator[Letter]:
    """A file that is gone again was moved by a mail program; it comes again under its new name."""
    for file in files:
        try:
            with file.path.open("rb") as opened:
                raw = opened.read(LIMIT)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise MailboxAway(f"a letter cannot be read: {error.strerror}") from error
        yield read_letter(raw, str(file.path), file.received_at)
