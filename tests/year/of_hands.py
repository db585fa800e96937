"""In whose hands customers are: the twelve-touch gate, the manager at ten, the way into the pool and out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from engine.domain.civil import DAY
from tests.year.of_rhythm import HOLIDAYS, quiets
from tests.year.record import Record, day_of

RETURNS = {"A": 14, "B": 30, "C": 60, "D": 90}
"""Days without a contact, by grade."""
NOTICE, BACKFILL = 3 * DAY, 30 * DAY
"""From the warning to the return, and over what time those are warned who were neglected before the rules came."""
HOUR = 3600


def twelve_before_suspension(record: Record) -> Iterator[str | None]:
    """Nobody is suspended before twelve contacts, a key customer never."""
    for lead, changes in record.changes.items():
        for change in changes:
            if change["field"] == "status" and change["value"] == "suspended":
                contacts, key = record.contacts_at(lead, change["at"]), record.is_key(lead, change["at"])
                yield f"{lead} with {contacts} contacts, key: {key}" if contacts < 12 or key else None


def refused_before_twelve(record: Record) -> Iterator[str | None]:
    """The gate refuses those, and only those."""
    for one in record.objections:
        if one["gate"] == "twelve-touches":
            contacts, key = record.contacts_at(one["lead"], one["at"]), record.is_key(one["lead"], one["at"])
            yield f"{one['lead']} with {contacts} contacts" if contacts >= 12 and not key else None


def manager_at_ten(record: Record) -> Iterator[str | None]:
    """At the tenth contact without an order the manager is asked, and at no other; an order takes it back at once.

    A greeting that leaves is a contact: one that somebody logs before the next tick, within the hour, is seen with it.
    """
    planned = [one for one in record.touches if one["rule"] == "manager-at-ten"]
    taken_back = {_hour(one) for one in planned if one["state"] == "superseded"}
    asked, right = {_hour(one) for one in planned}, set[tuple[str, int]]()
    for lead, hours, owed in _tenths(record):
        mine = {(lead, hour + later) for hour in hours for later in (0, 1)}
        right |= mine
        yield f"{lead}: nobody was asked at {hours[0] * HOUR}" if owed and not asked & mine else None
    for lead, hour in sorted(asked - taken_back - right):
        yield f"{lead}: somebody was asked at {hour * HOUR}, not at the tenth"


def the_manager_hears_of_it(record: Record) -> Iterator[str | None]:
    """What he is asked reaches him, unless a policy says why not."""
    for one in record.touches:
        told_by_now = max(one["due_at"], one["released_at"] or 0) < record.size.end - 7 * DAY
        if one["rule"] == "manager-at-ten" and told_by_now:
            reached = one["state"] == "delivered" or one["policy"] or one["reason"]
            yield None if reached else f"{one['occurrence_key']} is {one['state']}"


def returns_to_the_pool(record: Record) -> Iterator[str | None]:
    """Who goes back was not spoken to as long as his grade says, and his rep was warned three days before."""
    for lead, change in _returns(record):
        at, grade = change["at"], record.value(lead, "grade", change["at"] - 1)
        since = max(record.last_contact_before(lead, at) or 0, record.owner_since(lead, at))
        warned = [one for one in record.about.get(lead, ()) if (one["rule"], one["step"]) == ("pool-return", "warn")]
        in_time = any(NOTICE - HOUR <= at - one["sent_at"] <= NOTICE + HOLIDAYS * DAY for one in warned)
        early = at - since < RETURNS[grade] * DAY - HOUR
        wrong = early or not in_time or record.is_key(lead, at) or record.orders_at(lead, at)
        yield f"{lead} ({grade}) after {(at - since) / DAY:.1f} days, warned: {in_time}" if wrong else None


def nobody_is_left_behind(record: Record) -> Iterator[str | None]:
    """Whoever is neglected that long does go back, as much later as a weekend or a holiday held up his warning.

    Whose time for it was over when he got his grade is warned at once; who was neglected before the rules came, within
    their `backfill`.
    """
    for quiet in quiets(record):
        lead, grade, start = quiet.stay.lead, quiet.stay.grade, quiet.stay.start
        due = quiet.since + RETURNS[grade] * DAY
        if record.is_key(lead, max(due, start)) or record.orders_at(lead, start):
            continue
        if quiet.until > due - NOTICE:
            days = (quiet.until - quiet.since) / DAY
            last = due + _held_up(record, lead, due)
            if due - NOTICE < start:
                last = max(last, start + NOTICE + HOLIDAYS * DAY + (BACKFILL if start == record.size.start else 0))
            late = quiet.until > last + DAY
            yield f"{lead} ({grade}) stays after {days:.1f} days" if late else None


def nobody_takes_back(record: Record) -> Iterator[str | None]:
    """No rep takes his own customer back within thirty days, nor more than five a day."""
    taken: Counter[tuple[str, Any]] = Counter()
    for lead, changes in record.changes.items():
        previous: tuple[str | None, int] = (None, 0)
        for change in (one for one in changes if one["field"] == "owner"):
            if change["value"] is None:
                previous = (change["previous"], change["at"])
            elif change["actor"] == change["value"] and (change["cause"] or "").startswith("pool claim"):
                taken[change["actor"], day_of(change["at"])] += 1
                days = (day_of(change["at"]) - day_of(previous[1])).days
                soon = change["value"] == previous[0] and days < 30
                yield f"{lead} is back with {change['value']}" if soon else None
    for (rep, day), times in taken.items():
        yield f"{rep} took {times} on {day}" if times > 5 else None


CHECKS = (
    twelve_before_suspension, refused_before_twelve, manager_at_ten, the_manager_hears_of_it, returns_to_the_pool,
    nobody_is_left_behind, nobody_takes_back,
)  # fmt: skip


def _returns(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for lead, changes in record.changes.items():
        for change in changes:
            if change["field"] == "status" and change["value"] == "pooled" and change["actor"] == "engine":
                yield lead, change


def _held_up(record: Record, lead: str, due: int) -> int:
    """How much later than three days and a day before the return its warnings may leave: those days are theirs.

    Over a holiday the return waits for a working day between the two.
    """
    steps = ("warn", "manager", "return")
    told = (one for one in record.touches_of.get(lead, ()) if one["rule"] == "pool-return" and one["step"] in steps)
    of_this = (one for one in told if due - 4 * DAY < one["nominal_at"] <= due)
    held_up = max((one["due_at"] - one["nominal_at"] for one in of_this), default=0)
    return min(held_up, NOTICE + HOLIDAYS * DAY)


def _hour(one: Mapping[str, Any]) -> tuple[str, int]:
    return one["lead"], one["nominal_at"] // HOUR


def _tenths(record: Record) -> Iterator[tuple[str, list[int], bool]]:
    """Each tenth contact since an order, its hour, and whether the manager must have been asked by now.

    Of whom it found in the pool or suspended, the hour of his last contact before he was active again, or if that was
    too long ago for the catch-up, of the first one after.
    """
    for lead, talks in record.talks.items():
        orders = sorted(record.orders.get(lead, ()))
        count = record.since_order_at_start(lead)
        effective = [talk for talk in talks if talk["effective"]]
        for talk, following in zip_longest(effective, effective[1:]):
            while orders and orders[0] <= talk["at"]:
                orders.pop(0)
                count = 0
            count += 1
            until = min([record.size.end, *orders[:1], *([following["logged_at"]] if following else [])])
            if count >= 10 and _was_active(record, lead, talk["logged_at"], until):
                active = record.value(lead, "status", talk["logged_at"]) == "active"
                counted = [talk] if active or not following else [talk, following]
                yield lead, [one["at"] // HOUR for one in counted], active or following is not None
                count = -10_000  # once for each order


def _was_active(record: Record, lead: str, since: int, until: int) -> bool:
    """At that instant, or again before the other."""
    again = (one for one in record.changes.get(lead, ()) if (one["field"], one["value"]) == ("status", "active"))
    return record.value(lead, "status", since) == "active" or any(since < one["at"] < until for one in again)
