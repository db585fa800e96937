"""Actions without a reader: `assign` and `set` change the lead, `notify` tells another program."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.words import Audience
from engine.ground.yamlio import Node, quoted
from engine.rulebook.catalogue import Catalogue, FieldSpec, FieldType
from engine.rulebook.conditions import Op
from engine.rulebook.model import FieldValue
from engine.rulebook.parse_values import read_value, read_values
from engine.rulebook.reading import Source, listed, read_text, shown, suggestion

ASSIGNEES = ("pool", "manager", "previous_owner")
NAMED_ASSIGNEES = ("round_robin", "new_first", "new_last", "rep")
_COLUMNS = ("status", "stage", "grade", "tier", "loyalty", "temperament", "profile", "key", "hope")
_KEPT = ("status", "key")
"""What a lead always has: it can be changed and not cleared."""
_POOLED, _GONE = "pooled", "gone"


def settable(catalogue: Catalogue) -> Mapping[str, FieldSpec]:
    """The fields that a rule may change: how we see the customer, never who he is, what he did or allowed."""
    own = {path: catalogue.fields[path] for path in _COLUMNS if path in catalogue.fields}
    return own | {path: spec for path, spec in catalogue.fields.items() if path.startswith("attrs.")}


def is_clearable(path: str) -> bool:
    """Whether the field may be set to null."""
    return path not in _KEPT


def read_assign(source: Source, node: Node) -> str:
    """`pool`, `manager`, `previous_owner`, `rep:ID`, or `round_robin`, `new_first` or `new_last` of `:TEAM`."""
    text = read_text(source, node, "assign")
    if text is None:
        return ""
    kind, _, name = text.partition(":")
    if text in ASSIGNEES:
        if text == "pool":
            _needs_pooled(source, node)
    elif kind not in NAMED_ASSIGNEES or not name.strip():
        choices = (*ASSIGNEES, "round_robin:TEAM", "new_first:TEAM", "new_last:TEAM", "rep:ID")
        hint = suggestion(text, choices) or f"use {listed(choices)}"
        source.report(node, "R222", f"unknown assignee {quoted(text)}", hint)
    elif kind == "rep" and source.catalogue.reps and name not in source.catalogue.reps:
        source.unknown(node, "R219", f"unknown rep {quoted(name)}", name, sorted(source.catalogue.reps))
    return text


def _needs_pooled(source: Source, node: Node) -> None:
    """A lead in the pool has that status: nobody cares for him, and everybody can see it."""
    status = source.catalogue.fields.get("status")
    if status is None or _POOLED not in status.words:
        message = f'"pool" needs the status {_POOLED}, which config.yaml does not have'
        source.report(node, "R202", message, "add it to vocabularies.statuses")


def read_set(source: Source, node: Node) -> tuple[tuple[str, FieldValue], ...]:
    """`{field: value, ...}`; null clears a field."""
    if node.kind != "map":
        source.report(node, "R101", f'"set" must be a mapping of fields, not {shown(node)}', "write {field: value}")
        return ()
    if not node.items():
        source.report(node, "R112", '"set" changes nothing', "write {field: value}")
    fields = settable(source.catalogue)
    changes = []
    for name, value in node.items():
        spec = fields.get(str(name.value))
        if spec is None:
            _not_settable(source, name, tuple(fields))
        else:
            changes.append((spec.path, _new_value(source, value, spec)))
    return tuple(changes)


def _not_settable(source: Source, name: Node, fields: tuple[str, ...]) -> None:
    path = str(name.value)
    if path in source.catalogue.fields:
        hint = f"rules set {listed([*(f for f in fields if '.' not in f), 'attrs.NAME'], 'and')}"
        source.report(name, "R230", f'a rule cannot set "{path}"', hint)
    elif path.startswith("attrs."):
        message = f"unknown field {quoted(path)} (attributes are declared in config.yaml)"
        source.unknown(name, "R201", message, path, [field for field in fields if "." in field])
    else:
        source.unknown(name, "R201", f"unknown field {shown(name)}", path, fields)


def _new_value(source: Source, node: Node, spec: FieldSpec) -> FieldValue:
    if node.value is None and node.kind == "scalar":
        if not is_clearable(spec.path):
            source.report(node, "R214", f'"{spec.path}" cannot be cleared', "write a value")
        return None
    if spec.path == "status" and node.value == _GONE:
        source.report(node, "R230", 'a rule cannot set "status" to gone', "only an import says that a lead is gone")
        return None
    if spec.type is FieldType.LIST:
        return tuple(str(word) for word in read_values(source, node, spec))
    found = read_value(source, node, spec, Op.EQ, {})
    return found if isinstance(found, str | int | float | bool) else None


def read_notify(source: Source, node: Node) -> str:
    """The name of a channel that reaches another program."""
    channels = source.catalogue.channels
    able = [name for name, known in channels.items() if Audience.SYSTEM in known.receivers]
    name = read_text(source, node, "notify")
    if name is not None and name not in channels:
        source.unknown(node, "R204", f"unknown channel {quoted(name)}", name, able)
    elif name is not None and name not in able:
        hint = f"use {listed(able)}" if able else "add one of kind webhook to config.yaml"
        source.report(node, "R216", f'channel "{name}" does not reach another program', hint)
    return name or ""
