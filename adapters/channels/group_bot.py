"""What the robots of groups share, whoever's they are: one request into the room they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from adapters.base import Begin, Capabilities, Message, Receipt
from adapters.channels.chat import ChatLine, Codes, Room, unfit


class Posted(NamedTuple):
    """A message as its vendor takes it."""

    url: str
    body: Mapping[str, Any]


class GroupBot:
    """A robot says its `capabilities` and `codes`, how a message is `posted`, and what `code_of` an answer it is."""

    capabilities: Capabilities
    codes: Codes

    def __init__(self, room: Room) -> None:
        self._room = room
        self._chat = ChatLine(room, self.code_of)

    def posted(self, message: Message) -> Posted:
        """What is sent, and where to."""
        raise NotImplementedError

    def code_of(self, found: Mapping[str, Any]) -> int | None:
        """The vendor's code in an answer; None: it has none."""
        raise NotImplementedError

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send."""
        refusal = unfit(message)
        if refusal is not None:
            return refusal
        return self._chat.post(*self.posted(message), begin, self._chat.until(deadline), self.codes)

    def close(self) -> None:
        """Nothing is held open."""
