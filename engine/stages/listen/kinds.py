"""What a letter can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Reply:
    """Somebody answers a message of ours."""


@dataclass(frozen=True)
class OutOfOffice:
    """A machine says that somebody is away. `back_on` is the first day on which he is not; None: it does not say."""

    back_on: date | None = None


@dataclass(frozen=True)
class Bounce:
    """A message could not be delivered, or not yet (`permanent` False).

    `code` is the enhanced status (RFC 3463) or the SMTP reply; `address` is "" where the letter does not say.
    """

    address: str
    permanent: bool
    code: str

    @property
    def is_of_the_address(self) -> bool:
        """Whether nothing will ever arrive there: not if it is full, nor if it was this one letter that was refused.

        A bare SMTP reply (`550`) says neither; some servers give it for what they take for spam.
        """
        others = ("5.2.2", "5.2.3", "5.3.", "5.4.6", "5.5.", "5.6.", "5.7.")
        return self.permanent and self.code.startswith("5.") and not self.code.startswith(others)


@dataclass(frozen=True)
class Unsubscribe:
    """Somebody wants no more mail."""


@dataclass(frozen=True)
class OurOwnCopy:
    """What we sent ourselves, as the mailbox keeps it, or another copy of it."""


@dataclass(frozen=True)
class Forward:
    """Somebody passes on what others wrote."""


@dataclass(frozen=True)
class Unknown:
    """None of these: a person's letter that answers nothing, or (`automatic`) something a machine sent."""

    automatic: bool = False


Kind = Reply | OutOfOffice | Bounce | Unsubscribe | OurOwnCopy | Forward | Unknown


@dataclass(frozen=True)
class Ours:
    """How our own mail is known: what stands behind the @ of its Message-IDs, and the addresses it comes from."""

    domain: str
    addresses: frozenset[str] = frozenset()
