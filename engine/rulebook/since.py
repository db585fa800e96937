"""The `since` trigger: how long ago something happened, by whom, how often again."""

from __future__ import annotations

from engine.ground.durations import ZERO, Duration
from engine.ground.yamlio import Node, quoted
from engine.rulebook.catalogue import FieldType
from engine.rulebook.parse_times import read_duration, read_spread
from engine.rulebook.reading import Keys, Source, listed, read_choice, read_int, read_text, read_words
from engine.rulebook.trigger_kinds import After, SinceTrigger

SINCE_KEYS = ("since", "after", "repeat", "times", "jitter")
MAX_TIMES = 60
"""How often a `since` rule may repeat itself: two months of days, five years of months."""


def read_since(source: Source, node: Node) -> SinceTrigger | None:
    """The `since` of a rule with `after` and, if it repeats, `repeat` and `times`."""
    keys = Keys(source, node, '"on"', SINCE_KEYS)
    since_node, after_node, jitter_node = keys.get("since"), keys.require("after"), keys.get("jitter")
    latest, otherwise = _timestamps(source, since_node) if since_node else ((), "")
    record = next((source.catalogue.record_timestamps.get(name, "") for name in latest), "")
    after = _after(source, after_node) if after_node else None
    repeat, times = read_repeats(keys, must_end=True)
    jitter = read_spread(source, jitter_node, "jitter") if jitter_node else ZERO
    if not latest or after is None:
        return None
    return SinceTrigger(latest, after, otherwise, record, repeat, times, jitter or ZERO)


def _timestamps(source: Source, node: Node) -> tuple[tuple[str, ...], str]:
    """The timestamps and their stand-in: a word, a list, or `{latest: [...], else: word}`."""
    if node.kind != "map":
        return _latest(source, node), ""
    keys = Keys(source, node, '"since"', ("latest", "else"))
    latest_node, else_node = keys.require("latest"), keys.get("else")
    latest = _latest(source, latest_node) if latest_node else ()
    known = source.catalogue.lead_timestamps
    otherwise = read_choice(source, else_node, "else", "R210", "timestamp", known) if else_node else ""
    if else_node and any(name in source.catalogue.record_timestamps for name in latest):
        source.report(else_node, "R220", f'"else" does not go with {quoted(latest[0])}, which is a record\'s')
    return latest, otherwise or ""


def _latest(source: Source, node: Node) -> tuple[str, ...]:
    """Timestamps of the lead, or one of a kind of record."""
    records = source.catalogue.record_timestamps
    known = (*source.catalogue.lead_timestamps, *records)
    names = read_words(source, node, "since", "R210", "timestamp", known)
    if len(names) > 1 and any(name in records for name in names):
        hint = "a record's timestamp stands alone; write two rules"
        pair = listed([quoted(name) for name in names], "and")
        source.report(node, "R220", f"{pair} cannot be compared", hint)
    return names


def _after(source: Source, node: Node) -> After | None:
    """`after: 30d`, or `after: {by: grade, A: 1w, else: 6mo}`."""
    if node.kind != "map":
        span = read_duration(source, node, "after", allow_zero=True, office=True)
        return After(span) if span else None
    by_node = node.get("by")
    if by_node is None:
        source.report(node, "R105", '"after" has no "by"', "write {by: grade, A: 1w, else: 1mo}")
        return None
    by = read_text(source, by_node, "by")
    words = _words_of(source, by_node, by) if by is not None else None
    if by is None or words is None:
        return None
    return _cases(source, node, by, words)


def _words_of(source: Source, node: Node, field: str) -> tuple[str, ...] | None:
    """The vocabulary of a text column of the lead; None, and a problem, for any other field."""
    columns = {
        name: spec.words
        for name, spec in source.catalogue.fields.items()
        if spec.type is FieldType.TEXT and "." not in name
    }
    if field in columns:
        return columns[field]
    source.unknown(node, "R201", f'unknown field {quoted(field)} in "by"', field, columns)
    return None


def _cases(source: Source, node: Node, by: str, words: tuple[str, ...]) -> After:
    spans: dict[str, Duration] = {}
    for name, value in node.items():
        if name.value == "by":
            continue
        word = read_text(source, name, by)
        if word not in (None, "else") and words and word not in words:
            source.unknown(name, "R202", f"unknown {by} {quoted(str(word))}", str(word), (*words, "else"))
        span = read_duration(source, value, str(word), allow_zero=True, office=True)
        if word is not None and span is not None:
            spans[word] = span
    otherwise = spans.pop("else", None)
    return After(by=by, cases=tuple(spans.items()), otherwise=otherwise)


def read_repeats(keys: Keys, *, must_end: bool) -> tuple[Duration | None, int]:
    """`repeat: 7d` with `times: 3`; without `times` only what ends by itself may repeat."""
    source, repeat_node, times_node = keys.source, keys.get("repeat"), keys.get("times")
    if must_end and repeat_node and not times_node:
        hint = f"write how often, from 1 to {MAX_TIMES}"
        source.report(keys.names["repeat"], "R220", '"repeat" needs "times"', hint)
    if times_node and not repeat_node:
        hint = "write after what time again, e.g. 7d"
        source.report(keys.names["times"], "R220", '"times" needs "repeat"', hint)
    repeat = read_duration(source, repeat_node, "repeat", office=True) if repeat_node else None
    times = read_int(source, times_node, "times", 1, MAX_TIMES) if times_node else None
    return repeat, times or 0
