"""By when a card written by hand is posted, so that it is there on its day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.store.lookups.handed import Handed


class Posting(NamedTuple):
    """When a card is posted at the latest, the day it is for, and how many days it takes there."""

    by: date
    on: date
    days: int


def posting_of(task: Handed, settings: Settings, today: date) -> Posting | None:
    """What is late is posted today. None of what takes no days, is for no day, or whose day has passed."""
    config = settings.channels.get(task.channel)
    if not isinstance(config, Personal) or config.by != "card" or not task.occurs_on:
        return None
    on, days = date.fromisoformat(task.occurs_on), config.post.days(task.region, task.country)
    return Posting(max(on - timedelta(days=days), today), on, days) if days and today <= on else None
