"""Whether every grade's rhythm is kept: that somebody is reminded in time, and that a contact comes of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from engine.domain.civil import DAY
from tests.year.record import Record, Stay, day_of
from tests.year.town import neglects

SPAN = {"A": 7, "B": 31, "C": 92, "D": 184}
"""Days between two contacts, by grade; of months the longest."""
JITTER, LEVEL, HOLIDAYS = 1, 7, 9
"""Days that a reminder may come later: drawn, five working days for a full day, and what a long holiday adds."""
PATIENCE = 28
"""Days after it in which a contact must have come of it: it is repeated every week."""


class Quiet(NamedTuple):
    """A customer to whom nobody spoke, though somebody had him: `since` the last contact, seconds UTC."""

    stay: Stay
    since: int
    until: int
    ended_by_contact: bool

    @property
    def due(self) -> int:
        """When his grade asks for a contact: by the grade that he has since the stay began."""
        return max(self.since + SPAN[self.stay.grade] * DAY, self.stay.start)


def reminded_in_time(record: Record) -> Iterator[str | None]:
    """Whoever was not spoken to as long as his grade says, his rep is reminded of."""
    for quiet in quiets(record):
        latest = quiet.due + (JITTER + LEVEL + HOLIDAYS + 1) * DAY
        told = [one["sent_at"] for one in record.about.get(quiet.stay.lead, ()) if one["rule"] == "contact-rhythm"]
        place = bisect_left(told, quiet.due - (JITTER + 1) * DAY)
        if place < len(told) and told[place] <= min(latest, quiet.until):
            yield None
        elif latest < quiet.until and not _slipped_away(quiet):
            yield f"{quiet.stay.lead} ({quiet.stay.grade}), quiet since {day_of(quiet.since)}"


def spoken_to(record: Record) -> Iterator[str | None]:
    """A contact comes of it, wherever the rep does what he is reminded of."""
    for quiet in quiets(record):
        latest = quiet.due + (JITTER + LEVEL + HOLIDAYS + PATIENCE) * DAY
        if (quiet.ended_by_contact or quiet.until > latest) and not _slipped_away(quiet):
            late = quiet.until > latest and not neglects(quiet.stay.owner, quiet.stay.lead)
            yield f"{quiet.stay.lead} ({quiet.stay.grade}), quiet since {day_of(quiet.since)}" if late else None


CHECKS = (reminded_in_time, spoken_to)


def quiets(record: Record) -> Iterator[Quiet]:
    """Every time between two contacts, or from a contact to the end of a stay."""
    for stay in record.stays():
        contacts = record.contacts(stay.lead)
        since = max(record.last_contact_before(stay.lead, stay.start) or 0, record.owner_since(stay.lead, stay.start))
        for at in (at for at in contacts if stay.start <= at < stay.end):
            yield Quiet(stay, since, at, True)
            since = at
        yield Quiet(stay, since, stay.end, False)


def _slipped_away(quiet: Quiet) -> bool:
    """Of A and B, whoever was quiet for ninety days is dormant."""
    return quiet.stay.grade in "AB" and quiet.due - quiet.since > 80 * DAY
