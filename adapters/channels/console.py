"""Messages as short readable text on a terminal: trying rules out."""

from __future__ import annotations

import re
import threading
from typing import TextIO

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.headers import clean

_NOT_FOR_TERMINALS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but tab and newline: a customer's name must not move the cursor or change colours."""


class ConsoleChannel:
    """Prints to a text stream; whole messages, also when several threads send."""

    capabilities = Capabilities()

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:  # noqa: ARG002
        """Print the message; see Channel.send. A terminal is not waited for, so `deadline` plays no part."""
        if not message.address or clean(message.address) != message.address:
            return Receipt(Outcome.PERMANENT, "message", "the address is empty or holds control characters")
        if not begin():
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; nothing was printed")
        try:
            with self._lock:
                self._stream.write(_printable_on(self._stream, rendering(message)))
                self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            return Receipt(Outcome.UNKNOWN, "stream", f"perhaps not printed: {type(error).__name__}")
        return Receipt(Outcome.ACCEPTED, "printed")

    def close(self) -> None:
        """The stream belongs to whoever opened it."""


def _printable_on(stream: TextIO, text: str) -> str:
    """What the stream's encoding cannot write becomes a question mark."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def rendering(message: Message) -> str:
    """To, subject and text, set off by a rule above."""
    name = clean(message.receiver_name)
    to = f"{name} <{message.address}>" if name else message.address
    text = _NOT_FOR_TERMINALS.sub(" ", message.text.replace("\r\n", "\n")).rstrip("\n")
    return f"{'─' * 72}\nTo: {to}\nSubject: {clean(message.subject)}\n\n{text}\n\n"
