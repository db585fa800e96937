"""When a step of an occasion is due: pure arithmetic over civil dates, zones and windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import NamedTuple

from engine.domain.calendars.house import Calendars
from engine.domain.civil import add, add_civil, day_start, instant, local, local_date
from engine.domain.words import MACHINES, Audience, Misfire, Shift
from engine.ground.durations import Duration
from engine.rulebook.model import At, Step
from engine.settings.model import Settings
from engine.settings.timetable import Bounds, Timetable
from engine.stages.calendars import calendars_of


class Times(NamedTuple):
    """All instants of one touch. `opens_at` is when planning must know of it; `look_at` when release must."""

    nominal_at: int
    due_at: int
    opens_at: int
    look_at: int
    deadline_at: int | None
    expires_at: int | None
    day_on: str


@dataclass(frozen=True)
class Clockwork:
    """Windows and quiet hours of config.yaml, parsed once."""

    timetable: Timetable
    lead_window: str
    rep_window: str
    calendars: Calendars

    @staticmethod
    def of(settings: Settings) -> Clockwork:
        defaults = settings.defaults
        return Clockwork(Timetable(settings), defaults.lead_window, defaults.rep_window, calendars_of(settings))

    def due_at(self, nominal: int, step: Step, audience: Audience, zone: str) -> int:
        """The first instant from `nominal` on in which the step's window and its category's are open.

        Urgent steps ignore them, and machines have none. A channel's window waits until the message is to be sent.
        """
        if step.urgent or audience in MACHINES:
            return nominal
        bounds = Bounds(self.window_of(step, audience), step.category)
        return self.timetable.next_open(nominal, bounds, zone)

    def window_of(self, step: Step, audience: Audience) -> str:
        """The name of the window a step's touches keep."""
        return step.window or (self.lead_window if audience is Audience.LEAD else self.rep_window)


class Moment(NamedTuple):
    """Where an occasion lies: a civil date, or an instant (then `on` is None). A slot has a `wall` time too."""

    on: date | None
    at: int
    wall: time | None = None


def moment_of(at: At, occurs: Moment, lead_zone: str, receiver_zone: str, calendars: Calendars) -> int:
    """The instant of `at`, counted from the occasion: civil offsets on dates, the wall time at the receiver's.

    Working days and hours are counted last, in the office.
    """
    if occurs.on is not None:
        day = add_civil(occurs.on, at.offset)
        if at.offset.workdays:
            day = calendars.moved(day, at.offset.workdays)
        wall = at.wall or occurs.wall
        return instant(day, wall, receiver_zone) + at.offset.seconds if wall else day_start(day, receiver_zone)
    moved = later(occurs.at, at.offset, lead_zone, calendars)
    if at.wall is None:
        return moved
    return instant(local_date(moved, lead_zone), at.wall, receiver_zone)


def later(at: int, span: Duration, zone: str, calendars: Calendars) -> int:
    """An instant moved by a span: its civil parts by the wall clock of the zone, its working time in the office."""
    moved = add(at, span, zone)
    return calendars.later(moved, span) if span.workdays or span.work_minutes else moved


class Place(NamedTuple):
    """By whose clocks and calendar a step counts: the lead's zone and country, the receiver's zone; and how many days
    before its occasion it is begun at the latest, for the post to get there (None: no matter)."""

    lead_zone: str
    country: str
    receiver_zone: str
    post: int | None = None


def step_times(
    step: Step, occurs: Moment, place: Place, audience: Audience, clockwork: Clockwork, behind: int = 0
) -> Times:
    """Every instant of the touch that `step` makes of an occasion.

    `behind` is how many seconds closed hours have already pushed an earlier step of the cadence. What a shift moves
    takes its draft and its deadline along, and expires as much later or earlier. What the post has begun earlier takes
    its draft and its deadline along too, and expires when its own hour would have it.
    """
    zone, calendars = place.receiver_zone, clockwork.calendars
    nominal = shifted = moment_of(step.at, occurs, place.lead_zone, zone, calendars)
    start = nominal + behind
    if step.shift is not Shift.NONE:
        country = place.country if audience is Audience.LEAD else calendars.office_country
        shifted = on_day(nominal, step.shift, zone, country, calendars)
        start = on_day(start, step.shift, zone, country, calendars)
    due = clockwork.due_at(start, step, audience, zone)
    expires = _expiry(step, shifted, due, zone, calendars)
    moved = Duration(days=(local_date(shifted, zone) - local_date(nominal, zone)).days)
    if place.post is not None and occurs.on is not None:
        begun = _begun(step, occurs.on - timedelta(days=place.post), due, place, audience, clockwork)
        moved = moved.plus(Duration(days=(local_date(begun, zone) - local_date(due, zone)).days))
        nominal, due = min(nominal, begun), begun
    opens, look, deadline = min(nominal, due), due, None
    if step.sign_by is not None:
        draft, last = (moment_of(at, occurs, place.lead_zone, zone, calendars)
                       for at in (step.sign_by.draft, step.sign_by.deadline))  # fmt: skip
        opens = look = min(due, add(draft, moved, zone))
        deadline = min(due, add(last, moved, zone))
    if step.level is not None and step.level.earlier:
        opens = min(opens, day_start(local_date(look, zone) - timedelta(days=step.level.reach), zone))
    return Times(nominal, due, opens, look, deadline, expires, local_date(due, place.lead_zone).isoformat())


def _begun(
    step: Step, last: date, due: int, place: Place, audience: Audience, clockwork: Clockwork
) -> int:
    """When it is begun, on the last day for it or before: as it is due, or at the same hour of an earlier day.

    Shifts and closed hours put nothing off beyond that day.
    """
    zone, calendars = place.receiver_zone, clockwork.calendars
    country = place.country if audience is Audience.LEAD else calendars.office_country
    wall, day = local(due, zone).time(), last
    while local_date(due, zone) > last:
        start = on_day(instant(day, wall, zone), step.shift, zone, country, calendars)
        due = clockwork.due_at(start, step, audience, zone)
        day -= timedelta(days=1)
    return due


def on_day(at: int, shift: Shift, zone: str, country: str, calendars: Calendars) -> int:
    """The same wall time on the day to which the country's calendar shifts it."""
    wall = local(at, zone)
    day = calendars.shifted(wall.date(), shift, country)
    return at if day == wall.date() else instant(day, wall.time(), zone)


def _expiry(step: Step, shifted: int, due: int, zone: str, calendars: Calendars) -> int | None:
    """The instant from which it is too late: `expires`, or what `misfire` says, by the receiver's civil days.

    `skip` is good until its civil day ends, `belated: 1d` until the next one ends, `belated: 6h` for six hours,
    `once` without end.
    """
    if step.expires is not None:
        return later(shifted, step.expires, zone, calendars)
    if step.misfire is Misfire.ONCE:
        return None
    day = local_date(due, zone) + timedelta(days=1)
    if step.misfire is Misfire.BELATED and step.belated is not None:
        if not (step.belated.days or step.belated.months):
            return due + step.belated.seconds
        late = day_start(add_civil(day, step.belated), zone)
        return late + step.belated.seconds
    return day_start(day, zone)
