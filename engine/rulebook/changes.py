"""What a rule says of its own changes: whom a new revision binds, what it catches up on, what it was called before."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ground.durations import Duration
from engine.ground.yamlio import Node, quoted
from engine.rulebook.model import Backfill
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, read_choice, read_id, shown

APPLY_TO = ("new", "all")
BACKFILLS = ("none", "now")
SPREAD_OVER = "spread"
MAX_SPREAD_DAYS = 365


def read_apply_to(keys: Keys) -> str:
    """`apply_to: new` (the default) leaves occasions in flight as they were born; `all` moves them."""
    node = keys.get("apply_to")
    return (node and read_choice(keys.source, node, "apply_to", "R222", "choice", APPLY_TO)) or "new"


def read_backfill(keys: Keys) -> Backfill:
    """`backfill: none`, `now` (the default) or `{spread: 14d}`."""
    source, node = keys.source, keys.get("backfill")
    if node is None:
        return Backfill()
    if node.kind != "map":
        word = read_choice(source, node, "backfill", "R222", "choice", (*BACKFILLS, f"{{{SPREAD_OVER}: 14d}}"))
        return Backfill(word) if word in BACKFILLS else Backfill()
    span_node = Keys(source, node, '"backfill"', (SPREAD_OVER,)).require(SPREAD_OVER)
    days = _spread_days(source, span_node) if span_node else None
    return Backfill(SPREAD_OVER, days) if days else Backfill()


def _spread_days(source: Source, node: Node) -> int | None:
    """Whole days, so that everybody's share comes at its own hour."""
    span = read_duration(source, node, SPREAD_OVER)
    if span is None:
        return None
    if span != Duration(days=span.days) or span.days > MAX_SPREAD_DAYS:
        hint = f"write e.g. 14d or 2w, at most {MAX_SPREAD_DAYS}d"
        source.report(node, "R106", f'"{SPREAD_OVER}" must be a number of days, not {shown(node)}', hint)
        return None
    return span.days


def read_renamed_from(keys: Keys, rule_id: str) -> str:
    """The id that the rule had before; another one than its own."""
    node = keys.get("renamed_from")
    old = read_id(keys.source, node) if node else None
    if node is not None and old == rule_id:
        keys.source.report(node, "R220", f'"renamed_from" is the id that {keys.where} has now', "write its old id")
    return old or ""


def report_names_in_use(rules: Sequence[tuple[Source, Node]]) -> None:
    """An old id that a rule still has, or that two rules say they had: nobody could tell whose past it is."""
    places: dict[str, str] = {}
    for source, entry in rules:
        id_node = entry.get("id")
        if id_node is not None and isinstance(id_node.value, str):
            places.setdefault(id_node.value, source.place(id_node, "that rule stands here"))
    for source, entry in rules:
        node = entry.get("renamed_from")
        if node is None or not isinstance(node.value, str):
            continue
        own = entry.get("id")
        if node.value in places and (own is None or own.value != node.value):
            message = f'"renamed_from" names {quoted(node.value)}, which is still in use'
            source.report(node, "R215", message, "an old id belongs to one rule", places[node.value])
        places.setdefault(node.value, source.place(node, "the first one stands here"))
