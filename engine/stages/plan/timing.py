"""When a step of an occasion is due: pure arithmetic over civil dates, zones and windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from engine.domain.civil import add, add_civil, day_start, instant, local_date
from engine.domain.windows import Hours, Quiet, next_open, parse_hours, parse_quiet
from engine.domain.words import Audience, Misfire
from engine.rulebook.model import At, Step
from engine.settings.model import Settings


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

    hours: Mapping[str, Hours]
    quiet: Quiet
    lead_window: str
    rep_window: str

    @staticmethod
    def of(settings: Settings) -> Clockwork:
        hours = {name: parse_hours(w.days, w.open, w.close) for name, w in settings.windows.items()}
        quiet = parse_quiet(settings.quiet_hours.start, settings.quiet_hours.end)
        return Clockwork(hours, quiet, settings.defaults.lead_window, settings.defaults.rep_window)

    def due_at(self, nominal: int, step: Step, audience: Audience, zone: str) -> int:
        """The first instant from `nominal` on in which the step's window is open; urgent steps ignore it."""
        if step.urgent:
            return nominal
        return next_open(nominal, self.hours[self.window_of(step, audience)], self.quiet, zone)

    def window_of(self, step: Step, audience: Audience) -> str:
        """The name of the window a step's touches keep."""
        return step.window or (self.lead_window if audience is Audience.LEAD else self.rep_window)


class Moment(NamedTuple):
    """Where an occasion lies: a civil date, or an instant (then `on` is None)."""

    on: date | None
    at: int


def moment_of(at: At, occurs: Moment, lead_zone: str, receiver_zone: str) -> int:
    """The instant of `at`, counted from the occasion: civil offsets on dates, the wall time at the receiver's."""
    if occurs.on is not None:
        day = add_civil(occurs.on, at.offset)
        return instant(day, at.wall, receiver_zone) + at.offset.seconds if at.wall else day_start(day, receiver_zone)
    shifted = add(occurs.at, at.offset, lead_zone)
    if at.wall is None:
        return shifted
    return instant(local_date(shifted, lead_zone), at.wall, receiver_zone)


def step_times(
    step: Step,
    occurs: Moment,
    lead_zone: str,
    receiver_zone: str,
    audience: Audience,
    clockwork: Clockwork,
    behind: int = 0,
) -> Times:
    """Every instant of the touch that `step` makes of an occasion.

    `behind` is how many seconds closed hours have already pushed an earlier step of the cadence.
    """
    nominal = moment_of(step.at, occurs, lead_zone, receiver_zone)
    due = clockwork.due_at(nominal + behind, step, audience, receiver_zone)
    opens, look, deadline = nominal, due, None
    if step.sign_by is not None:
        opens = look = min(due, moment_of(step.sign_by.draft, occurs, lead_zone, receiver_zone))
        deadline = min(due, moment_of(step.sign_by.deadline, occurs, lead_zone, receiver_zone))
    expires = _expiry(step, nominal, due, receiver_zone)
    return Times(nominal, due, opens, look, deadline, expires, local_date(due, lead_zone).isoformat())


def _expiry(step: Step, nominal: int, due: int, receiver_zone: str) -> int | None:
    """The instant from which it is too late: `expires`, or what `misfire` says, by the receiver's civil days.

    `skip` is good until its civil day ends, `belated: 1d` until the next one ends, `once` without end.
    """
    if step.expires is not None:
        return add(nominal, step.expires, receiver_zone)
    if step.misfire is Misfire.ONCE:
        return None
    day = local_date(due, receiver_zone) + timedelta(days=1)
    if step.misfire is Misfire.BELATED and step.belated is not None:
        late = day_start(add_civil(day, step.belated), receiver_zone)
        return late + step.belated.seconds
    return day_start(day, receiver_zone)
