"""What chats of all vendors share: one JSON POST, and an answer whose own code tells the truth, not its status."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from adapters.base import Begin, Message, Outcome, Receipt
from adapters.channels.line import Answer, Line
from adapters.channels.webhook import AGAIN

MOST_ANSWER = 65_536
"""Bytes of an answer that are read; those of the vendors have some hundred."""

_LONGEST_ADDRESS = 200

Codes = Mapping[int, "Verdict"]


class Verdict(NamedTuple):
    """What a vendor's code means: worth another try or not, in whose words, and after how many seconds."""

    outcome: Outcome
    why: str
    wait: int | None = None


def later(why: str, wait: int | None = None) -> Verdict:
    return Verdict(Outcome.RETRY, why, wait)


def never(why: str) -> Verdict:
    return Verdict(Outcome.PERMANENT, why)


@dataclass(frozen=True)
class Room:
    """One far side of a chat: its address (a secret, for bots), what we sign with, and how it wants to be treated."""

    url: str
    secret: str = ""
    timeout: float = 10.0
    networks: tuple[str, ...] = ()


class ChatLine:
    """Posts JSON to a room. `read` finds the vendor's code in an answer; None: it has none."""

    def __init__(self, room: Room, read: Callable[[Mapping[str, Any]], int | None]) -> None:
        self._room, self._read = room, read
        self.line = Line(room.networks)

    def until(self, deadline: float) -> float:
        """When to give up on one message, by time.monotonic."""
        return min(deadline, time.monotonic() + self._room.timeout)

    def post(self, url: str, body: Mapping[str, Any], begin: Begin, deadline: float, codes: Codes) -> Receipt:
        """What became of one message."""
        head = {"Content-Type": "application/json; charset=utf-8"}
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = self.line.post(url, head, content, begin, deadline, MOST_ANSWER)
        return answer if isinstance(answer, Receipt) else self.judged(answer, codes)

    def judged(self, answer: Answer, codes: Codes) -> Receipt:
        """The receipt that an answer is. A code that is not known was certainly no success."""
        found = self._read(said(answer))
        code = str(answer.status if found is None else found)
        if answer.status >= 500 or (answer.status in AGAIN and found is None):
            return Receipt(Outcome.RETRY, code, f"HTTP {answer.status}", retry_after=answer.wait, enough=True)
        if found is None:
            outcome = Outcome.UNKNOWN if 200 <= answer.status < 300 else Outcome.PERMANENT
            return Receipt(outcome, code, f"HTTP {answer.status} with an answer that has no code")
        if found == 0 and 200 <= answer.status < 300:
            return Receipt(Outcome.ACCEPTED, code)
        verdict = codes.get(found, never("the vendor refused it"))
        wait = answer.wait if answer.wait is not None else verdict.wait
        return Receipt(verdict.outcome, code, verdict.why, retry_after=wait, enough=verdict.outcome is Outcome.RETRY)


def said(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer; empty if it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def number(found: Mapping[str, Any], key: str) -> int | None:
    """A code of an answer, if there is one."""
    value = found.get(key)
    return value if type(value) is int else None


def unfit(message: Message) -> Receipt | None:
    """The refusal of what is no address, whatever the vendor."""
    address = message.address
    if not address or len(address) > _LONGEST_ADDRESS or not address.isprintable() or " " in address:
        return Receipt(Outcome.PERMANENT, "address", "no name of a receiver")
    return None
