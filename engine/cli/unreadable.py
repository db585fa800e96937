"""What a command about one lead says who is set aside: that, and why, instead of failing over his row."""

from __future__ import annotations

from engine.ground.errors import FollowupError
from engine.service.app import App
from engine.store.aside.checks import malformed
from engine.store.database import Connection


class Unreadable(FollowupError):
    """Something about the lead cannot be read: one line for each field, by table and id."""


def say_if_unreadable(app: App, connection: Connection, lead: str) -> None:
    """Unreadable: as the rows are now, whether or not the daemon has seen it yet."""
    wrong = [one.told for one in malformed(connection, app.settings.vocabularies.statuses, [lead])]
    if wrong:
        told = f"{lead} is set aside: nothing is planned, written or sent for this customer before these are mended"
        raise Unreadable("\n".join([told, *wrong]))
