"""`level: {per: owner/day, max: 12, within: 5d}`: no rep's day holds more than that."""

from __future__ import annotations

from engine.domain.words import Action
from engine.ground.durations import Duration
from engine.ground.yamlio import Node
from engine.rulebook.model import At, Level, SignBy
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, read_choice, read_exact, read_int, shown
from engine.rulebook.trigger_kinds import DateTrigger, DueTrigger, HolidayTrigger, Trigger

LEVEL_KEYS = ("per", "max", "within", "otherwise")
PER = "owner/day"
FULL = ("overfill", "expire")
"""What `otherwise` says of a touch for which no day has room."""
MOST = 1_000
LONGEST = 31
"""Days that a touch may be moved; planning looks ahead by as much."""


def read_level(
    keys: Keys, trigger: Trigger | None, at: At | None, action: Action | None, sign_by: SignBy | None
) -> Level | None:
    """How a step's peaks are spread; None where it says nothing, or has a mistake."""
    source, node = keys.source, keys.get("level")
    if node is None:
        return None
    inner = Keys(source, node, '"level"', LEVEL_KEYS)
    per, most_node, within_node = inner.get("per"), inner.require("max"), inner.require("within")
    if per is not None:
        read_exact(source, per, "per", PER)
    most = read_int(source, most_node, "max", 1, MOST) if most_node else None
    within = _within(source, within_node) if within_node else None
    otherwise = inner.get("otherwise")
    word = read_choice(source, otherwise, "otherwise", "R222", "choice", FULL) if otherwise else "overfill"
    if action is Action.GREET and sign_by is None:
        hint = "add sign_by, whose drafts are spread, or spread a reminder"
        source.report(keys.names["level"], "R220", '"level" spreads the work of reps, and nobody signs this', hint)
    urgent = keys.get("urgent")
    if urgent is not None and urgent.value is True:
        source.report(keys.names["level"], "R220", '"level" and "urgent" exclude each other', "keep one of them")
    if most is None or within is None or word is None:
        return None
    return Level(most, within, is_earlier(trigger, at, sign_by), word == "expire")


def is_earlier(trigger: Trigger | None, at: At | None, sign_by: SignBy | None) -> bool:
    """What prepares a day that is known beforehand moves to days before; what follows from something, to days after."""
    before = at is not None and min(at.offset.months, at.offset.days, at.offset.seconds, at.offset.workdays) < 0
    return before or sign_by is not None or isinstance(trigger, DateTrigger | HolidayTrigger | DueTrigger)


def _within(source: Source, node: Node) -> Duration | None:
    within = read_duration(source, node, "within", office=True)
    if within is None:
        return None
    if within != Duration(days=within.days) and within != Duration(workdays=within.workdays):
        source.report(node, "R106", f"{shown(node)} is not a number of days", "write e.g. 5d or 3wd")
        return None
    if within.days + within.workdays > LONGEST:
        source.report(node, "R109", f'"within" must be at most {LONGEST} days, not {shown(node)}')
        return None
    return within
