"""A mailbox behind IMAP4rev1 (RFC 3501), read-only unless letters are to be put away.

The cursor is UIDVALIDITY and the last UID that was read. When the server gives a folder a new UIDVALIDITY its numbers
mean nothing any more, and reading begins again some days back.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.inbox.letters import LIMIT, Letter, read_letter
from adapters.inbox.mailbox import MailboxAway, Piece

_PIECE = 50
"""Letters a FETCH: with LIMIT, what a piece may take of memory."""
_UID = re.compile(rb"\bUID (\d+)")
_RECEIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"')
_CONTROLS = re.compile("[^ -~]")


@dataclass(frozen=True)
class ImapServer:
    """Where the mailbox is. `security`: `tls` from the start, `starttls`, or `none`. `timeout` in seconds."""

    host: str
    port: int
    username: str
    password: str
    security: str = "tls"
    timeout: float = 30.0


class ImapMailbox:
    """One connection, made when it is first needed. MailboxAway says what the server does not do."""

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._connection: imaplib.IMAP4 | None = None
        self._selected: tuple[str, bool] | None = None

    def read(self, folder: str, cursor: str, since: int) -> Iterator[Piece]:
        """See Mailbox.read."""
        validity = self._select(folder, writing=False)
        known, _, last = cursor.partition(":")
        begun = known == validity and last.isdecimal()
        day = datetime.fromtimestamp(since, UTC).strftime("%d-%b-%Y")
        criteria = ("UID", f"{int(last) + 1}:*") if begun else ("SINCE", day)
        found = self._ask("SEARCH", lambda imap: imap.uid("SEARCH", *criteria))
        after = int(last) if begun else 0  # n:* always names the last letter, however small its number
        uids = sorted(uid for uid in map(int, b" ".join(_bytes(found)).split()) if uid > after)
        if not uids and not begun:
            yield Piece((), f"{validity}:0")
        for start in range(0, len(uids), _PIECE):
            some = uids[start : start + _PIECE]
            self._select(folder, writing=False)
            yield Piece(tuple(self._fetch(folder, some)), f"{validity}:{some[-1]}")

    def put_away(self, folder: str, letters: Sequence[Letter], into: str) -> None:
        """See Mailbox.put_away. The server must know MOVE (RFC 6851)."""
        uids = ",".join(letter.place.rpartition(" ")[2] for letter in letters)
        if not uids:
            return
        self._select(folder, writing=True)
        self._require_move()
        self._open().create(_name(into))  # says NO where it is there already
        self._ask(f'putting letters into "{into}"', lambda imap: imap.uid("MOVE", uids, _name(into)))

    def visit(self, folder: str, *, moves: bool) -> None:
        """See Mailbox.visit."""
        self._select(folder, writing=False)
        if moves:
            self._require_move()

    def close(self) -> None:
        """Say goodbye."""
        if self._connection is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                self._connection.logout()
        self._connection = self._selected = None

    def _require_move(self) -> None:
        if b"MOVE" not in b" ".join(_bytes(self._ask("CAPABILITY", lambda imap: imap.capability()))).upper().split():
            raise MailboxAway("the server does not know MOVE; leave processed_folder out")

    def _fetch(self, folder: str, uids: Sequence[int]) -> Iterator[Letter]:
        wanted = f"(UID INTERNALDATE BODY.PEEK[]<0.{LIMIT}>)"
        found = self._ask("FETCH", lambda imap: imap.uid("FETCH", ",".join(map(str, uids)), wanted))
        for index, item in enumerate(found):
            if not isinstance(item, tuple):
                continue
            after = found[index + 1] if index + 1 < len(found) else b""
            told = item[0] + b" " + (after if isinstance(after, bytes) else b"")
            uid, received = _UID.search(told), _RECEIVED.search(told)
            if uid and int(uid[1]) in uids:
                yield read_letter(item[1], f"{folder} {int(uid[1])}", _instant(received[1] if received else b""))

    def _select(self, folder: str, *, writing: bool) -> str:
        """Go to a folder; its UIDVALIDITY."""
        if self._selected != (folder, writing):
            imap = self._open()
            self._ask(f'the folder "{folder}"', lambda imap: imap.select(_name(folder), readonly=not writing))
            self._selected = (folder, writing)
            self._validity = b"".join(_bytes(imap.response("UIDVALIDITY")[1])).decode("ascii", "replace")
        return self._validity

    def _ask(self, what: str, command: Any) -> list[Any]:
        try:
            answer, found = command(self._open())
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise MailboxAway(f"{what}: {_said(error)}") from error
        if answer != "OK":
            raise MailboxAway(f"{what}: {_said(b' '.join(_bytes(found)).decode('utf-8', 'replace'))}")
        return list(found)

    def _open(self) -> imaplib.IMAP4:
        if self._connection is None:
            try:
                self._connection = _connected(self._server)
            except (imaplib.IMAP4.error, OSError, ValueError) as error:
                plain = isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER"
                said = "does not speak TLS; write another port, or security: starttls" if plain else _said(error)
                raise MailboxAway(f"{self._server.host}:{self._server.port}: {said}") from error
        return self._connection


def _connected(server: ImapServer) -> imaplib.IMAP4:
    """Logged in. Some providers (163) let nobody in who does not say which program he is."""
    tls = ssl.create_default_context() if server.security != "none" else None
    imap: imaplib.IMAP4
    if server.security == "tls":
        imap = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=tls, timeout=server.timeout)
    else:
        imap = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    try:
        if server.security == "starttls":
            imap.starttls(tls)
        try:
            imap.login(server.username, server.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailboxAway(f"{server.host} does not accept the user name and password: {_said(error)}") from error
        if b"ID" in b" ".join(_bytes(imap.capability()[1])).upper().split():
            imap.xatom("ID", '("name" "followup" "version" "1")')
    except BaseException:
        with contextlib.suppress(OSError):
            imap.shutdown()
        raise
    return imap


def _name(folder: str) -> str:
    """A folder's name as IMAP quotes and writes it (modified UTF-7, RFC 3501 section 5.1.3)."""
    words = re.split(r"([^ -~]+)", folder.replace("&", "&-"))
    plain = "".join(_shifted(word) if word and not word.isascii() else word for word in words)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(word: str) -> str:
    return "&" + base64.b64encode(word.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",") + "-"


def _instant(text: bytes) -> int:
    """`17-Jul-1996 02:44:25 -0700` in seconds since the epoch; 0: the server does not say."""
    try:
        return int(datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").timestamp())
    except ValueError:
        return 0


def _bytes(found: Sequence[Any]) -> list[bytes]:
    return [item for item in found if isinstance(item, bytes)]


def _said(said: object) -> str:
    """One line of what a server or the network said."""
    if isinstance(said, OSError) and said.strerror:
        said = said.strerror
    if isinstance(said, Exception) and said.args and isinstance(said.args[0], bytes):
        said = said.args[0].decode("utf-8", "replace")
    return " ".join(_CONTROLS.sub(" ", str(said)).split())[:200] or type(said).__name__
