"""What becomes of a step whose hour passed: declared, or a sane default by trigger."""

from __future__ import annotations

from engine.domain.words import CHANGES, Action, Misfire
from engine.ground.durations import Duration
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, read_choice
from engine.rulebook.trigger_kinds import DateTrigger, HolidayTrigger, ScheduleTrigger, Trigger

_ONE_DAY = Duration(days=1)
_FOUR_HOURS = Duration(seconds=4 * 3600)


def default_misfire(trigger: Trigger | None, action: Action | None) -> tuple[Misfire, Duration | None]:
    """A festival's wish is never late, a birthday's by a day at most, a digest by a morning; overdue work stays."""
    if isinstance(trigger, HolidayTrigger) and action not in (*CHANGES, Action.NOTIFY):
        return Misfire.SKIP, None
    if isinstance(trigger, DateTrigger) and action is Action.GREET:
        return Misfire.BELATED, _ONE_DAY
    if isinstance(trigger, ScheduleTrigger):
        return Misfire.BELATED, _FOUR_HOURS
    return Misfire.ONCE, None


def read_misfire(
    keys: Keys, trigger: Trigger | None, action: Action | None
) -> tuple[Misfire, Duration | None]:
    """`skip`, `once` or `{belated: 1d}`."""
    source, node = keys.source, keys.get("misfire")
    if node is None:
        return default_misfire(trigger, action)
    if node.kind == "map":
        belated = Keys(source, node, '"misfire"', ("belated",)).require("belated")
        return Misfire.BELATED, read_duration(source, belated, "belated") if belated else None
    if node.value == "belated":
        source.report(node, "R103", '"belated" needs a span', "write {belated: 1d}")
        return Misfire.BELATED, None
    choices = (Misfire.SKIP.value, Misfire.ONCE.value)
    word = read_choice(source, node, "misfire", "R222", "misfire", choices)
    return Misfire(word or "once"), None
