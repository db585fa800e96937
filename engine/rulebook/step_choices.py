"""What a step may add to its action: category, hours, rank, condition, expiry."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.post import Post
from engine.domain.words import Shift
from engine.ground.durations import Duration
from engine.ground.yamlio import Node
from engine.rulebook.conditions import TRUE, Condition
from engine.rulebook.model import At
from engine.rulebook.parse_conditions import lead_scope, read_condition
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, read_choice, read_flag, read_int
from engine.rulebook.trigger_kinds import DateTrigger, HolidayTrigger, Trigger

DEFAULT_PRIORITY = 100
MAX_PRIORITY = 60_000
"""The arbiter's rule engine takes salience up to here."""


@dataclass(frozen=True)
class Choices:
    """Plain values of a step; "" where it says nothing and its rule or config.yaml decides."""

    category: str
    window: str
    priority: int
    urgent: bool
    shift: Shift


def read_choices(keys: Keys) -> Choices:
    """Category, window, priority, urgent and shift."""
    source, known = keys.source, keys.source.catalogue
    category, window = keys.get("category"), keys.get("window")
    priority, urgent, shift = keys.get("priority"), keys.get("urgent"), keys.get("shift")
    return Choices(
        (category and read_choice(source, category, "category", "R206", "category", known.categories)) or "",
        (window and read_choice(source, window, "window", "R205", "window", known.windows)) or "",
        _priority(source, priority) if priority else DEFAULT_PRIORITY,
        bool(urgent and read_flag(source, urgent, "urgent")),
        _shift(source, shift) if shift else Shift.NONE,
    )


def check_window(keys: Keys, category: str, choices: Choices, via: tuple[str, ...]) -> None:
    """The step's own window must leave an hour to its category and to each of its channels."""
    node, never = keys.get("window"), keys.source.catalogue.never_open
    if node is None or choices.urgent:
        return
    for channel in ("", *via):
        if (choices.window, category, channel) in never:
            other = " on ".join(filter(None, (category, channel)))
            message = f'window "{choices.window}" has no hour in common with the window of {other}'
            keys.source.report(node, "R223", message, "see category_windows and channel_windows in config.yaml")
            return


def read_posts(keys: Keys, trigger: Trigger | None, at: At | None, via: tuple[str, ...]) -> tuple[Post, ...]:
    """How long before its day the step is begun, where that differs by place.

    What takes days to arrive must be begun as long before the day that it is for: `at` says how long at the least.
    """
    if at is None or at.wall is None or not isinstance(trigger, DateTrigger | HolidayTrigger):
        return ()
    channels = keys.source.catalogue.channels
    posts = {name: channels[name].post for name in via if name in channels}
    for name, post in posts.items():
        if (post.places or post.shortest) and at.days_before < post.shortest:
            days = f"{post.shortest} day{'s' * (post.shortest != 1)}"
            message = f'channel "{name}" takes {"at least " if post.places else ""}{days}'
            hint = f"write at: {-post.shortest}d {at.wall:%H:%M}"
            keys.source.report(keys.get("at") or keys.names["via"], "R217", message, hint)
            break
    return tuple(post for post in posts.values() if post.places)


def _shift(source: Source, node: Node) -> Shift:
    word = read_choice(source, node, "shift", "R222", "shift", tuple(Shift))
    return Shift(word) if word else Shift.NONE


def _priority(source: Source, node: Node) -> int:
    priority = read_int(source, node, "priority", 0, MAX_PRIORITY)
    return DEFAULT_PRIORITY if priority is None else priority


def read_step_condition(keys: Keys) -> Condition:
    """The `if` of a step; true where it has none."""
    node = keys.get("if")
    return read_condition(keys.source, node, "if", lead_scope(keys.source, of_occasion=True)) if node else TRUE


def read_expires(keys: Keys) -> Duration | None:
    """How long after its due time a step is still worth it."""
    node = keys.get("expires")
    return read_duration(keys.source, node, "expires", office=True) if node else None
