"""Lives that only one of the sample customers leads: what does not happen in every rep's thirty at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from engine.domain.civil import DAY
from engine.ground.durations import Duration
from engine.service.sample_lives import (
    HOUR,
    PLACES,
    Life,
    Morning,
    Talk,
    ago,
    anniversary,
    bought,
    has,
    iso,
    quiet_since,
)
from engine.service.sample_names import TALKS

Living = Callable[[Morning, int], Life]


def _event(kind: str, days: int, *, hours: int = 0, lasts: int | None = None, **row: str) -> Living:
    """Something of that kind begins so many days (and hours) from now; `lasts` days, else it goes on."""

    def life(_morning: Morning, _index: int) -> Life:
        begins = days * DAY + hours * HOUR
        return Life(dict(row), event=kind, event_in=begins, event_lasts=None if lasts is None else lasts * DAY)

    return life


def _became(stage: str, days: int, before: str) -> Living:
    """He came to that stage so many days ago, or three hours."""

    def life(_morning: Morning, _index: int) -> Life:
        return Life({"stage": before, "grade": "A"}, becomes=stage, became_ago=max(days * DAY - HOUR, 3 * HOUR))

    return life


def _ordered(times: int, loyalty: str) -> Living:
    """He ordered so often, the last time an hour ago."""

    def life(morning: Morning, index: int) -> Life:
        latest = {"kind": "purchase", "at": iso(morning.now - HOUR), "product": "", "amount": "9600"}
        earlier = ago(morning, index, Duration(months=2)) if times > 1 else 0
        row = {"loyalty": loyalty, "stage": "quote"}
        return Life(row, purchase_at=earlier, record=latest, orders_before=max(times - 2, 0))

    return life


def _twelve_contacts(morning: Morning, _index: int) -> Life:
    row = {"registered_at": iso(morning.now - 80 * DAY), "last_contact_at": "", "contacts": "0"}
    return Life(row, contacts_lately=12)


def _ownerless(morning: Morning, _index: int) -> Life:
    """He wrote ten minutes ago, and nobody has him yet."""
    registered = iso(morning.now - 600)
    return Life({"owner": "", "registered_at": registered, "last_contact_at": "", "contacts": "0", "stage": "new"})


def _pooled(_morning: Morning, _index: int) -> Life:
    return Life({"owner": "", "status": "pooled", "grade": "B"})


def _loyal_lately(_morning: Morning, _index: int) -> Life:
    return Life({"loyalty": "old"}, becomes="loyal", what="loyalty", became_ago=50 * HOUR)


def _suspended(_morning: Morning, _index: int) -> Life:
    """His rep gave him up the day before yesterday."""
    return Life({"grade": "C", "contacts": "14"}, becomes="suspended", what="status", became_ago=50 * HOUR)


def _aims(days: int, grade: str, **row: str) -> Living:
    """He means to buy in so many days, and nobody has sorted him by it yet."""

    def life(morning: Morning, index: int) -> Life:
        plans = has(kind="opportunity", stage="need", expected_close=f"+{days}d")(morning, index)
        return replace(plans, row={"grade": grade, **row})

    return life


def _with(living: Living, **row: str) -> Living:
    """The same, with other facts of himself."""

    def life(morning: Morning, index: int) -> Life:
        one = living(morning, index)
        return replace(one, row=one.row | row)

    return life


def _known_for(days: int, **row: str) -> Living:
    """He registered so many days ago."""

    def life(morning: Morning, _index: int) -> Life:
        return Life({"registered_at": iso(morning.now - days * DAY), **row})

    return life


def _koala(_morning: Morning, _index: int) -> Life:
    """Somebody who wants to hear again what was said was called an hour ago."""
    return Life({"temperament": "koala"}, talks=((1, Talk("reached", note=TALKS[0], next_step="周五前寄样机资料")),))


def _consumes(days: int) -> Living:
    def life(morning: Morning, _index: int) -> Life:
        return Life({"attrs.consumables_end": (morning.today + timedelta(days=days)).isoformat()})

    return life


def _signed_ago(months: int, days: int) -> Living:
    """The first contract was signed so long ago, by the day."""

    def life(morning: Morning, _index: int) -> Life:
        at = ago(replace(morning, now=morning.now - days * DAY), _index, Duration(months=months))
        day = morning.today - timedelta(days=(morning.now - at) // DAY)
        return Life({"date.signing": day.isoformat()})

    return life


def _both(first: Living, second: Living) -> Living:
    """Two things at once: the second adds its row, record and date to the first's event."""

    def life(morning: Morning, index: int) -> Life:
        one, other = first(morning, index), second(morning, index % PLACES)
        return replace(one, row=one.row | other.row, record=other.record)

    return life


def _served(_morning: Morning, _index: int) -> Life:
    """A service visit two weeks ago, and all was well."""
    return Life({}, talks=((14 * 24 - 1, Talk("visited", "visit", "service")),))


RARE: tuple[Living, ...] = (
    _twelve_contacts,
    has(kind="appointment", starts="+1h", product=""),
    _served,
    bought(months=6),
    _event("complaint", 0, hours=-5),
    _event("complaint", -7),
    _both(_known_for(38, contacts="2"), has(kind="contract", ends_on="+30d", product="", amount="48000")),
    _became("quote", 0, "need"),
    anniversary("signing", 30, "iron", 2),
    _ownerless,
    _both(_event("storm", -7), has(kind="receivable", due_on="-4d", product="", amount="3200")),
    _event("epidemic", -2),
    _event("seminar", -2, lasts=1),
    _event("fair", -4, lasts=2, grade="A"),
    _event("fair", 31, lasts=2),
    _event("fair", 6, lasts=2, key="true"),
    _ordered(1, "potential"),
    _ordered(2, "new"),
    _both(_event("opening", 2), anniversary("founding", 3, "iron", 5)),
    _event("wedding", 2),
    _event("illness", -14),
    _event("journey", 0, hours=5),
    quiet_since("B", days=101),
    bought(months=3, days=1),
    _signed_ago(6, 6),
    _signed_ago(6, 14),
    _both(_event("factory_visit", 6, lasts=1), anniversary("installation", 13, "iron", 1)),
    _became("design", 1, "need"),
    _became("design", 14, "need"),
    _pooled,
    _both(_event("our_journey", 5), has(kind="contract", ends_on="+60d", product="", amount="96000")),
    anniversary("founding", 7, "iron", 5),
    _both(anniversary("wedding", 2, "iron", 12), _aims(330, "D")),
    _both(anniversary("spouse_birthday", 2, "iron", 38), _aims(150, "C")),
    _both(anniversary("child_birthday", 2, "iron", 9), _aims(60, "B")),
    _aims(500, "A", **{"attrs.closing_grade": "A"}),
    _ordered(3, "regular"),
    _ordered(5, "old"),
    _loyal_lately,
    _became("won", 14, "quote"),
    _both(_known_for(5, contacts="3", confidential="true"), _consumes(13)),
    _suspended,
    _event("recommendation", 0, hours=-1),
    _known_for(16, contacts="2"),
    _known_for(96, **{"attrs.interests": "tea"}),
    _koala,
    _both(_event("fair", 0, hours=-5, lasts=2), anniversary("birthday", 0, "iron", 45)),
    _event("fair", -10, lasts=2, grade="A"),
    _both(_became("need", 2, "contacted"), has(kind="appointment", starts="-4h", product="")),
    _with(quiet_since("B", days=9), contacts="4"),
)
"""One life a customer: five to each of ten reps."""
