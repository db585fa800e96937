"""What the law asks for one person: to be left alone, to be told what is held about him, to be erased."""

from __future__ import annotations

from engine.ground.errors import FollowupError
from engine.settings.model import Settings
from engine.stages.known import known_lead
from engine.store.database import Database
from engine.store.facts import restrictions
from engine.store.privacy import erasing, export, withdrawing

BY_ERASURE = "erasure"
"""The reason of a restriction that comes of it."""


def restrict(db: Database, lead: str, reason: str, actor: str, now: int) -> bool:
    """Leave a lead alone: nothing to him or about him goes out any more. False: that holds already.

    UsageError: there is no such lead.
    """
    with db.writing() as connection:
        known_lead(connection, lead, erased_too=True)
        fresh = restrictions.restrict(connection, lead, reason, actor, now)
        withdrawing.withdraw(connection, lead, now)
    return fresh


def lift(db: Database, settings: Settings, lead: str, actor: str, now: int) -> bool:
    """End it. False: nothing was restricted. An erased lead may be imported anew; what he got he never gets again."""
    with db.writing() as connection:
        known_lead(connection, lead, erased_too=True)
        return restrictions.lift(connection, lead, settings.vocabularies.statuses[0], actor, now)


def held(db: Database, lead: str, actor: str, now: int) -> export.Rows:
    """Everything held about a lead, by table; that it was handed out is kept. UsageError: there is no such lead."""
    with db.writing() as connection:
        known_lead(connection, lead, erased_too=True)
        export.record_export(connection, lead, actor, now)
        return export.held(connection, lead)


def erase(db: Database, settings: Settings, lead: str, actor: str, now: int) -> bool:
    """Erase a lead for good, and rewrite the database's file without him.

    First he is left alone, in a transaction of its own: whatever happens then, nothing more goes out, and erasing may
    be begun again. False: the file still holds traces, because somebody else is reading it; do it once more.
    FollowupError: a message to or about him is leaving at this moment.
    """
    restrict(db, lead, BY_ERASURE, actor, now)
    house = {name: getattr(settings.defaults, name) for name in ("country", "timezone", "locale")}
    with db.writing() as connection:
        names = erasing.naming(known_lead(connection, lead, erased_too=True))
        if withdrawing.is_leaving(connection, lead, erasing.about(names)):
            raise FollowupError(f"a message to or about {lead} is leaving right now; he is left alone already, "
                                "so say it again in a minute")
        erasing.erase(connection, lead, house, actor, now)
    return db.rewrite()
