"""Triggers: the `on` of a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.ground.durations import Duration
from engine.ground.yamlio import Node
from engine.rulebook.cron import SCHEDULE_KEYS, read_schedule
from engine.rulebook.parse_conditions import is_counted
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, listed, read_choice, read_int, read_list, read_words, shown
from engine.rulebook.since import SINCE_KEYS, read_repeats, read_since
from engine.rulebook.trigger_kinds import (
    YEARLY,
    BecomesTrigger,
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    OutcomeTrigger,
    ReachesTrigger,
    Trigger,
)

ANCHORS = ("start", "end")
MIN_EVERY_DAYS = 7
DATE_POLICIES = {
    "leap_month": ("regular", "leap_else_regular", "leap_only"),
    "day_30": ("last_day", "next_day", "skip"),
    "feb_29": ("feb28", "mar1", "skip"),
}
"""What a rule may say of dates that a year does not have; left out: config.yaml."""
TRIGGER_KEYS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "every", "only", *DATE_POLICIES),
    "holiday": ("holiday",),
    "due": ("due",),
    "since": SINCE_KEYS,
    "reaches": ("reaches",),
    "becomes": ("becomes",),
    "event": ("event", "anchor", "repeat", "times"),
    "outcome": ("outcome", "channel", "purpose"),
    "schedule": SCHEDULE_KEYS,
}
"""What may stand in `on`, by its trigger."""


def read_trigger(source: Source, node: Node) -> Trigger | None:
    """The one trigger of `on`; None where it has a mistake that leaves it unclear."""
    heads = [name for name, _ in node.items() if name.value in _READERS]
    if node.kind != "map":
        source.report(node, "R101", f'"on" must be a mapping, not {shown(node)}', "write {date: birthday}")
        return None
    if not heads:
        _no_trigger(source, node)
        return None
    if len(heads) > 1:
        pair = f"{shown(heads[0])} and {shown(heads[1])}"
        hint = "a rule has exactly one; write two rules"
        source.report(heads[1], "R110", f'"on" has two triggers, {pair}', hint)
        return None
    return _READERS[str(heads[0].value)](source, node)


def _no_trigger(source: Source, node: Node) -> None:
    words = tuple(_READERS)
    if not node.items():
        source.report(node, "R110", '"on" has no trigger', f"use {listed(words)}")
        return
    name = node.items()[0][0]
    source.unknown(name, "R110", f'{shown(name)} in "on" is not a trigger', str(name.value), words)


def is_civil(trigger: Trigger) -> bool:
    """Whether its occasions are civil dates, so that steps need a time of day."""
    return isinstance(trigger, DateTrigger | HolidayTrigger) or (isinstance(trigger, DueTrigger) and trigger.civil)


def _date(source: Source, node: Node) -> Trigger | None:
    keys = Keys(source, node, '"on"', TRIGGER_KEYS["date"], later=("calendar",))
    kind_node, every_node, only_node = keys.get("date"), keys.get("every"), keys.get("only")
    if kind_node is None:
        return None
    kind = read_choice(source, kind_node, "date", "R207", "kind of date", source.catalogue.date_kinds)
    every = _every(source, every_node) if every_node else YEARLY
    only = _only(source, only_node) if only_node else ()
    policies = _policies(source, keys)
    for key in policies if every != YEARLY else ():
        message = f'"{key}" is for years that lack a date, and goes only with every: 1y'
        source.report(keys.names[key], "R220", message)
    return DateTrigger(kind or "", every, only, **policies)


def _every(source: Source, node: Node) -> Duration:
    """`1y`, `6mo`, `100d`: whole days, and not so few that the days of several are mixed up."""
    span = read_duration(source, node, "every")
    if span is None:
        return YEARLY
    if not span.is_civil or span.months * 28 + span.days < MIN_EVERY_DAYS:
        hint = "write e.g. 1y, 6mo or 100d"
        source.report(node, "R106", f'"every" must be at least {MIN_EVERY_DAYS} whole days, not {shown(node)}', hint)
        return YEARLY
    return span


def _policies(source: Source, keys: Keys) -> dict[str, str]:
    """What the rule says of dates that a year does not have."""
    said = ((name, keys.get(name), words) for name, words in DATE_POLICIES.items())
    found = {name: read_choice(source, node, name, "R222", name, words) for name, node, words in said if node}
    return {name: word for name, word in found.items() if word}


def _only(source: Source, node: Node) -> tuple[int, ...]:
    """`only: [1, 3, 5, 10]`: which returns count."""
    entries = (node,) if node.kind == "scalar" else read_list(source, node, "only")
    found = [read_int(source, entry, "only", 1, 1000) for entry in entries]
    return tuple(sorted({n for n in found if n is not None}))


def _holiday(source: Source, node: Node) -> Trigger | None:
    names = Keys(source, node, '"on"', TRIGGER_KEYS["holiday"]).get("holiday")
    if names is None:
        return None
    known = source.catalogue.festivals
    return HolidayTrigger(read_words(source, names, "holiday", "R208", "festival", known))


def _due(source: Source, node: Node) -> Trigger | None:
    field_node = Keys(source, node, '"on"', TRIGGER_KEYS["due"]).get("due")
    if field_node is None:
        return None
    known = source.catalogue.due_fields
    field = read_choice(source, field_node, "due", "R224", "field", tuple(known))
    return DueTrigger(field, known[field]) if field is not None and field in known else None


def _reaches(source: Source, node: Node) -> Trigger | None:
    inner = Keys(source, node, '"on"', TRIGGER_KEYS["reaches"]).get("reaches")
    if inner is None:
        return None
    counters = source.catalogue.counters
    keys = Keys(source, inner, '"reaches"', (*counters, "since"))
    named = [name for name in counters if keys.get(name)]
    if keys.ok and len(named) != 1 and not keys.unknown:
        found = listed(named, "and") if named else "none"
        hint = f"use {listed(counters)}"
        source.report(inner, "R110", f'"reaches" counts exactly one thing, not {found}', hint)
    since = keys.get("since")
    epochs = source.catalogue.epochs
    epoch = read_choice(source, since, "since", "R211", "epoch", epochs) if since else "registered"
    values = [keys.get(name) for name in named]
    value = read_int(source, values[0], named[0], 1, 1_000_000) if values and values[0] else None
    if since and value and epoch:
        is_counted(source, since, named[0], epoch)
    return ReachesTrigger(named[0], value, epoch) if value and epoch else None


def _becomes(source: Source, node: Node) -> Trigger | None:
    inner = Keys(source, node, '"on"', TRIGGER_KEYS["becomes"]).get("becomes")
    if inner is None:
        return None
    fields = source.catalogue.becomes
    keys = Keys(source, inner, '"becomes"', tuple(fields))
    named = [name for name in fields if keys.get(name)]
    if keys.ok and (len(named) > 1 or not inner.items()):
        found = listed(named, "and") if named else "none"
        hint = "write two rules" if named else f"use {listed(tuple(fields))}"
        source.report(inner, "R110", f'"becomes" takes exactly one field, not {found}', hint)
    value_node = keys.get(named[0]) if named else None
    if value_node is None:
        return None
    value = read_choice(source, value_node, named[0], "R202", named[0], fields[named[0]])
    return BecomesTrigger(named[0], value) if value else None


def _event(source: Source, node: Node) -> Trigger | None:
    keys = Keys(source, node, '"on"', TRIGGER_KEYS["event"])
    kinds_node, anchor_node = keys.get("event"), keys.get("anchor")
    if kinds_node is None:
        return None
    known = source.catalogue.event_kinds
    kinds = read_words(source, kinds_node, "event", "R209", "kind of circumstance", known)
    anchor = anchor_node and read_choice(source, anchor_node, "anchor", "R222", "anchor", ANCHORS)
    repeat, times = read_repeats(keys, must_end=False)
    if repeat and anchor == "end":
        source.report(keys.names["repeat"], "R220", '"repeat" counts from the start, not from "anchor: end"')
    return EventTrigger(kinds, anchor or "start", repeat, times)


def _outcome(source: Source, node: Node) -> Trigger | None:
    keys = Keys(source, node, '"on"', TRIGGER_KEYS["outcome"])
    known = source.catalogue
    outcomes = _words(keys, "outcome", "R225", known.outcomes)
    channels = _words(keys, "channel", "R204", known.talk_channels)
    purposes = _words(keys, "purpose", "R226", known.purposes)
    return OutcomeTrigger(outcomes, channels, purposes) if outcomes else None


def _words(keys: Keys, key: str, code: str, known: Sequence[str]) -> tuple[str, ...]:
    """What the key says, if it is there: a word or a list of them."""
    node = keys.get(key)
    return read_words(keys.source, node, key, code, key, known) if node else ()


_READERS: Mapping[str, Callable[[Source, Node], Trigger | None]] = {
    "date": _date,
    "holiday": _holiday,
    "due": _due,
    "since": read_since,
    "reaches": _reaches,
    "becomes": _becomes,
    "event": _event,
    "outcome": _outcome,
    "schedule": read_schedule,
}
