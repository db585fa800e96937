"""Mail into a folder, one .eml file a message: rehearsals, and whoever collects mail from a directory."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.headers import one_address
from adapters.channels.mime import build

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


NO_MAIL = "no-mail.invalid"
"""Behind the @ of what is no mail address; RFC 2606 keeps `.invalid` out of the world."""


class FileChannel:
    """Writes each message once, whole or not at all; a second send of the same Message-ID changes nothing."""

    capabilities = Capabilities(html=True, attachments=True, dedupe=True)

    def __init__(self, folder: Path, from_address: str, from_name: str = "") -> None:
        self._folder = folder
        self._from_address = one_address(from_address)
        self._from_name = from_name

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:  # noqa: ARG002
        """Write the message; see Channel.send. A disk is not waited for, so `deadline` plays no part."""
        try:
            content = build(_with_mailbox(message), self._from_address, self._from_name)
        except ValueError as error:
            return Receipt(Outcome.PERMANENT, "message", str(error))
        if not begin():
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; nothing was written")
        name = file_name(message.message_id)
        try:
            self._write(self._folder / name, content)
        except OSError as error:
            return Receipt(Outcome.RETRY, "disk", f"not written: {error.strerror}")
        return Receipt(Outcome.ACCEPTED, "written", remote_id=name)

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, target: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            return
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)


def _with_mailbox(message: Message) -> Message:
    """A file stands in for any channel: a number, a userid or `rep#li` is written as a mailbox that is none."""
    if not message.address or "@" in message.address:
        return message
    return replace(message, address=f"{message.address}@{NO_MAIL}")


def file_name(message_id: str) -> str:
    """The message's file: readable, and distinct for distinct Message-IDs."""
    readable = _UNSAFE.sub("-", message_id.strip("<>"))[:60].strip("-.")
    return f"{readable}-{sha256(message_id.encode()).hexdigest()[:16]}.eml"


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
