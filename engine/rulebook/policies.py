"""Policies: `when` this holds among everything due for one lead on one day, `then` that effect."""

from __future__ import annotations

from engine.ground.yamlio import Node, quoted
from engine.rulebook.conditions import TRUE, Condition
from engine.rulebook.effects import When, read_then
from engine.rulebook.model import Other, Policy
from engine.rulebook.parse_conditions import Scope, circumstance_scope, lead_scope, read_condition
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, read_enabled, read_exact, read_id, shown
from engine.rulebook.summaries import read_summary

POLICY_KEYS = ("id", "summary", "enabled", "when", "then")
WHEN_KEYS = ("touch", "lead", "circumstance", "other")
MAX_DAYS = 31
"""How many days apart two touches may lie for one policy to see both."""


def read_policy(source: Source, node: Node) -> Policy | None:
    """One policy; None where a mistake leaves it unclear."""
    id_node = node.get("id")
    where = f"policy {quoted(id_node.value)}" if id_node and isinstance(id_node.value, str) else "a policy"
    keys = Keys(source, node, where, POLICY_KEYS)
    id_node, when_node, then_node = keys.require("id"), keys.require("when"), keys.require("then")
    summary, enabled = read_summary(keys), read_enabled(keys)
    policy_id = read_id(source, id_node) if id_node else None
    when = _when(source, when_node) if when_node else None
    then = read_then(source, then_node, when) if then_node else None
    if policy_id is None or when is None or then is None:
        return None
    return Policy(
        policy_id, summary, when.touch, then.effect, when.lead, when.circumstance, when.other,
        by=then.by, at_most=then.at_most, draft=then.draft, value=then.value, enabled=enabled,
        file=source.file, line=node.mark.line,
    )  # fmt: skip


def _when(source: Source, node: Node) -> When:
    keys = Keys(source, node, '"when"', WHEN_KEYS)
    touch, lead, circumstance = keys.require("touch"), keys.get("lead"), keys.get("circumstance")
    other = keys.get("other")
    return When(
        read_condition(source, touch, "touch", touch_scope(source)) if touch else TRUE,
        read_condition(source, lead, "lead", lead_scope(source)) if lead else TRUE,
        _circumstance(source, circumstance) if circumstance else None,
        _other(source, other) if other else None,
    )


def _circumstance(source: Source, node: Node) -> Condition:
    return read_condition(source, node, "circumstance", circumstance_scope(source))


def touch_scope(source: Source) -> Scope:
    return Scope(source.catalogue.touch_fields)


def _other(source: Source, node: Node) -> Other:
    """A second touch: conditions like `touch`, and `within` and `outranks`."""
    rest = tuple((name, value) for name, value in node.items() if name.value not in ("within", "outranks"))
    conditions = Node(node.mark, rest, "map") if node.kind == "map" else node
    where = read_condition(source, conditions, "other", touch_scope(source))
    within, outranks = node.get("within"), node.get("outranks")
    days = _days(source, within) if within else None
    if outranks:
        read_exact(source, outranks, "outranks", "touch")
    return Other(where, days, outranks is not None)


def _days(source: Source, node: Node) -> int | None:
    span = read_duration(source, node, "within", allow_zero=True)
    if span is None:
        return None
    if span.months or span.seconds or span.days > MAX_DAYS:
        hint = f"write 0d to {MAX_DAYS}d"
        source.report(node, "R106", f'"within" counts whole days, not {shown(node)}', hint)
        return None
    return span.days
