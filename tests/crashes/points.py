"""Eight points at which a daemon can die around the one effect that cannot be taken back, and what must come of each.

The table is that of the promise (docs/delivery.md): whatever died before the mark is sent once; from the mark until
`sent` is committed a customer is in doubt and gets no second copy, a rep gets another one with the same Message-ID.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

AUDIENCES = ("lead", "rep")
ENGINES = ("sqlite", "postgresql")


class Point(IntEnum):
    """In the order in which a delivery comes by."""

    BEFORE_CLAIM = 1
    AFTER_CLAIM = 2
    AFTER_RCPT = 3
    AFTER_MARK = 4
    AFTER_354 = 5
    AFTER_DOT = 6
    AFTER_250 = 7
    AFTER_SENT = 8

    @property
    def words(self) -> str:
        """As the table names it."""
        return _WORDS[self]


_WORDS = {
    Point.BEFORE_CLAIM: "before the claim is committed",
    Point.AFTER_CLAIM: "after the claim was committed",
    Point.AFTER_RCPT: "after RCPT was accepted",
    Point.AFTER_MARK: "after the mark was committed",
    Point.AFTER_354: "after 354, before the content",
    Point.AFTER_DOT: "after the dot, before its answer",
    Point.AFTER_250: "after 250, before it is written",
    Point.AFTER_SENT: "after sent was committed",
}


class Outcome(NamedTuple):
    """What a cell shows: the delivery as the dead process left it, and in the end; the copies that arrived."""

    left: str
    state: str
    touch: str
    copies: int
    message_ids: int

    def __str__(self) -> str:
        copies = "1 copy" if self.copies == 1 else f"{self.copies} copies"
        return f"{self.left} → {self.state}, {copies}"


def tabled(point: Point, audience: str) -> Outcome:
    """What must come of a death at that point."""
    left = {Point.BEFORE_CLAIM: "pending", Point.AFTER_SENT: "sent"}.get(
        point, "claimed" if point < Point.AFTER_MARK else "sending"
    )
    arrived = point >= Point.AFTER_DOT  # before the daemon died
    if left != "sending":
        return Outcome(left, "sent", "delivered", 1, 1)
    if audience == "lead":
        return Outcome(left, "in_doubt", "released", int(arrived), int(arrived))
    return Outcome(left, "sent", "delivered", 1 + arrived, 1)
