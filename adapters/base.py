"""The port: what a channel is. Channels know nothing of the engine; the engine knows only this file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

Begin = Callable[[], bool]
"""Asked after the address was accepted and before the first byte of content. False: send nothing."""


class Outcome(StrEnum):
    """What became of one attempt."""

    ACCEPTED = "accepted"
    HANDED = "handed"  # one of ours has it, and sends it himself or not; what he did is learned later
    RETRY = "retry"  # certainly not delivered; trying again later may help
    PERMANENT = "permanent"  # certainly not delivered; trying again will not help
    UNKNOWN = "unknown"  # the content may have arrived and the answer was lost
    WITHDRAWN = "withdrawn"  # nothing was sent, as we chose: begin() said no, or it was not yet our turn


@dataclass(frozen=True)
class Receipt:
    """The truth about one attempt. `detail` is for people and holds no personal data; `code` is the channel's own."""

    outcome: Outcome
    code: str = ""
    detail: str = ""
    remote_id: str = ""
    retry_after: int | None = None  # seconds
    enough: bool = False  # and until then the far side takes nothing else from us either


@dataclass(frozen=True)
class Appointment:
    """What a message is about where that has an hour: one event, of the same uid in every message about it."""

    uid: str         # globally unique, without personal data
    starts_at: int   # seconds since the epoch
    minutes: int
    sequence: int    # grows with every change of it
    invite: bool = False  # by mail, an invitation goes with the message


@dataclass(frozen=True)
class Image:
    """A picture inside a message's HTML, which names it as `cid:IDENT`."""

    ident: str          # `local@domain`, the same for the same picture for ever
    name: str           # a file name, for programs that show it beside the text
    media_type: str     # image/png and its like
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Message:
    """One message for exactly one receiver, written and frozen. `address` is the channel's own kind of address.

    For a channel with `markdown`, `text` is chat markdown, whose last lines may be links: `[label](url)`.
    """

    message_id: str  # with angle brackets, unchanged over all attempts
    address: str
    subject: str
    text: str
    html: str = ""
    receiver_name: str = ""
    reply_to: str = ""
    reply_to_name: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    date: int = 0  # seconds since the epoch, for the Date header
    appointment: Appointment | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Limit:
    """What a far side takes: at most so many messages in any minute, of all channels with the same credential."""

    credential: str  # a fingerprint of what the far side knows us by; never a secret itself
    most: int
    each: bool = False  # to each receiver by himself


@dataclass(frozen=True)
class Capabilities:
    """What a channel can carry and whom it can reach (`lead`, `rep`). Whoever hands it messages keeps `limit`."""

    html: bool = False
    markdown: bool = False
    attachments: bool = False
    max_bytes: int = 1_000_000
    dedupe: bool = False  # the far side drops a second copy with the same message_id
    receivers: frozenset[str] = frozenset({"lead", "rep"})
    limit: Limit | None = None


class HandOver(Protocol):
    """Who wants several messages sent. They are known by their places among the messages, from 0."""

    def goes_on(self) -> bool:
        """Whether another message is to be taken up."""
        ...

    def begin(self, places: Sequence[int]) -> Sequence[bool]:
        """`Begin`, for several whose addresses were accepted. Called once for each message."""
        ...

    def will_say_yes(self, place: int) -> bool:  # noqa: ARG002
        """Whether `begin`, if it is called soon, will say yes without asking anybody."""
        return False

    def tell(self, receipts: Sequence[tuple[int, Receipt]]) -> None:
        """What became of these, as soon as it is known."""
        ...


@runtime_checkable
class Several(Protocol):
    """A channel with which one thread sends several messages at a time: cheaper where the far side is fast."""

    def send_several(self, messages: Sequence[Message], hand_over: HandOver, most: int, deadline: float) -> list[int]:
        """Deliver what can be delivered at once, at most so many at a time; the places of those to be sent singly.

        Each that is not among them was told to `hand_over`. `deadline` as for `send`.
        """
        ...


@runtime_checkable
class Answerable(Protocol):
    """A channel whose far side can be asked what became of what it was handed."""

    def look_up(self, remote_id: str, address: str, deadline: float) -> Receipt | None:
        """ACCEPTED or PERMANENT once that is known, by the receipt's `remote_id`; None: not yet, or no answer now."""
        ...


class Channel(Protocol):
    """A way to reach somebody. `send` is called from several threads and never raises for a failed delivery."""

    capabilities: Capabilities

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """Deliver one message before `deadline` (time.monotonic seconds); call `begin` once, before any content."""
        ...

    def close(self) -> None:
        """Let go of connections. Called once, when no send is under way."""
        ...
