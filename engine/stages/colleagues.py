"""What people set for a colleague by hand."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.people import RepEntry
from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.known import known_rep, known_word
from engine.store.database import Database
from engine.store.facts.people import upsert_reps


def set_channels(db: Database, settings: Settings, rep_id: str, channels: Sequence[str], now: int) -> None:
    """Give a rep his own order of channels for what steps send without one; none: config.yaml's holds.

    UsageError: there is no such rep or channel, or it reaches no colleagues.
    """
    for name in channels:
        known_word("channel", name, tuple(settings.channels), "followup channels list")
        if "rep" not in settings.channels[name].receivers:
            raise UsageError(f'channel "{name}" reaches no colleagues; name another one')
    with db.writing() as connection:
        known_rep(connection, rep_id)
        upsert_reps(connection, [RepEntry(rep_id, {"channels": list(channels) or None})], {}, now)
