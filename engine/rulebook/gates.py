"""Gates: what a change of a lead must satisfy, whoever makes it."""

from __future__ import annotations

from engine.domain.changes import ChangeKind
from engine.ground.yamlio import Node, quoted
from engine.rulebook.catalogue import FieldSpec
from engine.rulebook.conditions import TRUE, Condition, Scalar
from engine.rulebook.model import AssignOf, EndOf, Gate, GateOn, Otherwise, SetOf
from engine.rulebook.parse_conditions import Scope, gate_scope, read_condition
from engine.rulebook.parse_values import read_scalar, read_values
from engine.rulebook.reading import Keys, Source, listed, read_choice, read_enabled, read_id, read_words, shown
from engine.rulebook.summaries import read_summary

GATE_KEYS = ("id", "summary", "enabled", "on", "if", "require", "otherwise")
ON_KEYS = tuple(kind.value for kind in ChangeKind)
ASSIGN_TO = ("rep", "pool", "any")
ANY = "any"
OTHERWISE = tuple(word.value for word in Otherwise)


def read_gate(source: Source, node: Node) -> Gate | None:
    """One gate; None where a mistake leaves it unclear."""
    id_node = node.get("id")
    where = f"gate {quoted(id_node.value)}" if id_node and isinstance(id_node.value, str) else "a gate"
    keys = Keys(source, node, where, GATE_KEYS)
    id_node, on_node, require_node = keys.require("id"), keys.require("on"), keys.require("require")
    otherwise_node, summary, enabled = keys.require("otherwise"), read_summary(keys), read_enabled(keys)
    gate_id = read_id(source, id_node) if id_node else None
    on = _on(source, on_node) if on_node else None
    scope = gate_scope(source, _kind(on))
    condition = _condition(keys, "if", scope)
    require = read_condition(source, require_node, "require", scope) if require_node else None
    otherwise = _otherwise(source, otherwise_node) if otherwise_node else None
    if gate_id is None or on is None or require is None or otherwise is None:
        return None
    return Gate(gate_id, summary, on, require, otherwise, condition, source.file, node.mark.line, enabled)


def _condition(keys: Keys, key: str, scope: Scope) -> Condition:
    node = keys.get(key)
    return read_condition(keys.source, node, key, scope) if node else TRUE


def _otherwise(source: Source, node: Node) -> Otherwise | None:
    word = read_choice(source, node, "otherwise", "R222", "choice", OTHERWISE)
    return Otherwise(word) if word else None


def _kind(on: GateOn | None) -> ChangeKind | None:
    """The kind of change; None where it is unclear, and every field may be read."""
    match on:
        case SetOf():
            return ChangeKind.SET
        case AssignOf():
            return ChangeKind.ASSIGN
        case EndOf():
            return ChangeKind.EVENT_END
    return None


def _on(source: Source, node: Node) -> GateOn | None:
    """Exactly one of `set`, `assign` and `event_end`."""
    keys = Keys(source, node, '"on"', ON_KEYS)
    named = [key for key in ON_KEYS if keys.get(key)]
    if len(named) != 1:
        if keys.ok and not keys.unknown:
            found = listed(named, "and") if named else "none"
            source.report(node, "R110", f'"on" has exactly one change, not {found}', f"use {listed(ON_KEYS)}")
        return None
    value = keys.get(named[0])
    assert value is not None
    match named[0]:
        case ChangeKind.SET:
            return _set_of(source, value)
        case ChangeKind.ASSIGN:
            word = read_choice(source, value, "assign", "R222", "receiver", ASSIGN_TO)
            return AssignOf(word) if word else None
        case _:
            return _end_of(source, value)


def _set_of(source: Source, node: Node) -> SetOf | None:
    """`{field: value}`, `{field: [a, b]}`, `{field: any}`; of several fields, all at once."""
    if node.kind != "map":
        source.report(node, "R101", f'"set" must be a mapping, not {shown(node)}', "write {field: value}")
        return None
    if not node.items():
        source.report(node, "R112", '"set" names no field', "write {field: value}")
    found = []
    for name, value in node.items():
        spec = source.catalogue.settable.get(str(name.value))
        if spec is None:
            message = f"unknown field {shown(name)}"
            source.unknown(name, "R201", message, str(name.value), tuple(source.catalogue.settable))
        else:
            found.append((spec.path, _values(source, value, spec)))
    return SetOf(tuple(found)) if found else None


def _values(source: Source, node: Node, spec: FieldSpec) -> tuple[Scalar, ...]:
    """The new values that the gate stands before; none for `any`."""
    if node.value == ANY:
        return ()
    if node.kind == "list":
        return read_values(source, node, spec)
    value = read_scalar(source, node, spec)
    return () if value is None else (value,)


def _end_of(source: Source, node: Node) -> EndOf | None:
    """A kind of circumstance, several, or `any`."""
    if node.value == ANY:
        return EndOf(())
    kinds = read_words(source, node, "event_end", "R209", "kind of circumstance", source.catalogue.event_kinds)
    return EndOf(kinds) if kinds else None
