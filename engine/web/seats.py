"""Who may sign which draft: its signer, who stands in for him while he is away, his manager, the customer's owner."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.civil import local_date
from engine.store.database import Connection
from engine.store.lookups.colleagues import absent_for, managed_by
from engine.web.visitors import Sight, Visitor


@dataclass(frozen=True)
class Seat:
    """A rep who sits down to sign. `signers`: whose drafts lie before him; `team`: whose he may sign as a manager."""

    rep: str
    signers: frozenset[str]
    team: frozenset[str]
    sight: Sight

    def may_sign(self, signer: str | None, owner: str | None, *, confidential: bool) -> bool:
        """Whether this draft is his to sign. One for a confidential customer is his owner's and his manager's."""
        if confidential and not self.sight.sees(owner, confidential=True):
            return False
        return signer in self.signers or signer in self.team or owner == self.rep


def seat_of(connection: Connection, visitor: Visitor, now: int, zone: str) -> Seat:
    """The seat of that visitor, who is a rep."""
    absent = absent_for(connection, visitor.rep, local_date(now, zone).isoformat())
    team = managed_by(connection, visitor.rep) if visitor.role == "manager" else frozenset()
    return Seat(visitor.rep, absent | {visitor.rep}, team, visitor.sight(connection))
