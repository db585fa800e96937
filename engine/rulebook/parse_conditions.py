"""Conditions, from YAML to the AST: the one grammar of `for`, `if`, `until`, policies and gates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.domain.changes import ChangeKind
from engine.ground.yamlio import Node, quoted
from engine.rulebook.catalogue import Catalogue, FieldSpec, FieldType
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, Not, Op
from engine.rulebook.parse_values import read_value, read_values
from engine.rulebook.reading import Source, listed, read_list, shown

DYNAMIC = re.compile(r"(?:contacts|attempts|touches)_([1-9][0-9]{0,2})d")
"""Counters of a number of days exist for every number from 1 to 366."""
COUNTERS = ("contacts", "attempts", "orders")
_ORDER = (Op.LT, Op.LTE, Op.GT, Op.GTE)
_EQUAL = (Op.EQ, Op.NE, Op.IN, Op.NOT_IN)
OPERATORS: Mapping[FieldType, tuple[Op, ...]] = {
    FieldType.TEXT: (*_EQUAL, Op.CONTAINS, Op.MATCHES, Op.EXISTS),
    FieldType.INT: (*_EQUAL, *_ORDER, Op.EXISTS),
    FieldType.NUMBER: (*_EQUAL, *_ORDER, Op.EXISTS),
    FieldType.BOOL: (Op.EQ, Op.NE, Op.EXISTS),
    FieldType.DATE: (*_EQUAL, *_ORDER, Op.EXISTS),
    FieldType.AGE: (Op.EQ, Op.NE, *_ORDER, Op.EXISTS),
    FieldType.LIST: (Op.CONTAINS, Op.EXISTS),
    FieldType.REGION: (*_EQUAL, Op.WITHIN, Op.EXISTS),
}


def operators_of(spec: FieldSpec) -> tuple[Op, ...]:
    """The operators that fit a field: those of its type, and the order of a ranked vocabulary."""
    return (*OPERATORS[spec.type], *_ORDER) if spec.ranked else OPERATORS[spec.type]


@dataclass(frozen=True)
class Scope:
    """What a condition at one place may read."""

    fields: Mapping[str, FieldSpec]
    of_lead: bool = False              # also `circumstance` and the counters of a number of days
    of_rep: bool = False               # also his contacts of a number of days
    of_circumstance: bool = False      # also any `attrs.NAME`
    extra: Mapping[str, FieldSpec] = field(default_factory=dict)
    of_event: bool = False             # also any `event.attrs.NAME`

    def spec(self, path: str) -> FieldSpec | None:
        """The field of that path; counters like `contacts_90d` exist for 1 to 366 days."""
        known = self.fields.get(path) or self.extra.get(path)
        if known:
            return known
        days = DYNAMIC.fullmatch(path) if self.of_lead or self.of_rep else None
        if days and int(days[1]) <= 366 and (self.of_lead or path.startswith("contacts_")):
            return FieldSpec(path, FieldType.INT)
        if self.of_circumstance and path.startswith("attrs.") and len(path) > len("attrs."):
            return FieldSpec(path, FieldType.TEXT)
        if self.of_event and path.startswith(EVENT_ATTRS) and len(path) > len(EVENT_ATTRS):
            return FieldSpec(path, FieldType.TEXT)
        return None


EVENT_ATTRS = "event.attrs."

SINCE_THEN: Mapping[str, FieldSpec] = {
    "contacted": FieldSpec("contacted", FieldType.BOOL),
    "replied": FieldSpec("replied", FieldType.BOOL),
    "outcome": FieldSpec("outcome", FieldType.LIST),
}
"""What happened since the occasion began: a contact, an answer, outcomes logged. Only `until` and `if` read it."""


def lead_scope(source: Source, *, of_occasion: bool = False) -> Scope:
    """The lead's fields, circumstances and counters; what happened since then too, if it is for an occasion."""
    extra = since_then_fields(source.catalogue) if of_occasion else {}
    return Scope(source.catalogue.fields, of_lead=True, extra=extra)


def since_then_fields(catalogue: Catalogue) -> Mapping[str, FieldSpec]:
    """The fields of what happened since, with the outcomes that config.yaml has."""
    outcomes = catalogue.fields["last_outcome"].words
    return {**SINCE_THEN, "outcome": replace(SINCE_THEN["outcome"], words=outcomes)}


_BELONGS = {"assignee": ChangeKind.ASSIGN, "event": ChangeKind.EVENT_END}
"""Fields that only a gate on one kind of change can read."""


def gate_scope(source: Source, kind: ChangeKind | None) -> Scope:
    """The lead's fields, and those of who asks for a change of that kind; None: of a kind that is unclear."""
    read = gate_fields(source.catalogue, kind)
    return Scope(source.catalogue.fields, of_lead=True, extra=read, of_event=kind in (None, ChangeKind.EVENT_END))


def gate_fields(catalogue: Catalogue, kind: ChangeKind | None) -> dict[str, FieldSpec]:
    """What gates on that kind of change read besides the lead's fields; None: those of every kind."""
    fields = catalogue.gate_fields.items()
    return {path: spec for path, spec in fields if kind in (None, _BELONGS.get(path.partition(".")[0], kind))}


def circumstance_scope(source: Source) -> Scope:
    return Scope(source.catalogue.circumstance_fields, of_circumstance=True)


def read_condition(source: Source, node: Node, what: str, scope: Scope) -> Condition:
    """The condition in a mapping; where it has mistakes they are recorded and what is left is returned."""
    if node.kind != "map":
        hint = "write {field: value}"
        source.report(node, "R101", f'"{what}" must be a mapping of conditions, not {shown(node)}', hint)
        return All()
    parts = [_entry(source, name, value, scope) for name, value in node.items()]
    found = [part for part in parts if part is not None]
    return found[0] if len(found) == 1 else All(tuple(found))


def _entry(source: Source, name: Node, value: Node, scope: Scope) -> Condition | None:
    """One key of the mapping: a logical word, `circumstance`, or a field."""
    match name.value:
        case "all" | "any" as word:
            items = tuple(read_condition(source, i, word, scope) for i in read_list(source, value, word))
            return All(items) if word == "all" else AnyOf(items)
        case "not":
            return Not(read_condition(source, value, "not", scope))
        case "circumstance" if scope.of_lead:
            return Circumstance(read_condition(source, value, "circumstance", circumstance_scope(source)))
        case str(path):
            return _field(source, name, path, value, scope)
    source.report(name, "R201", f"unknown field {shown(name)}")
    return None


def _field(source: Source, name: Node, path: str, value: Node, scope: Scope) -> Condition | None:
    counted = _epoch(source, path, value)
    if counted is None:
        return None
    value, path = counted
    spec = scope.spec(path)
    if spec is None:
        _unknown_field(source, name, path, scope)
        return None
    if value.kind == "map":
        return _operators(source, spec, value, scope)
    return _plain(source, name, spec, value, scope)


def _epoch(source: Source, path: str, value: Node) -> tuple[Node, str] | None:
    """`contacts: {gte: 10, since: order}` is the field `contacts_since_order`."""
    epoch = value.get("since")
    if epoch is None or path not in COUNTERS:
        return value, path
    rest = Node(value.mark, tuple(pair for pair in value.items() if pair[0].value != "since"), "map")
    if epoch.value == "registered":
        return rest, path
    if not is_counted(source, epoch, path, str(epoch.value)):
        return None
    return rest, f"{path}_since_{epoch.value}"


def is_counted(source: Source, at: Node, counter: str, epoch: str) -> bool:
    """Whether the counter is kept since that epoch (there is a field for each that is); if not, it is reported."""
    kept = [e for e in source.catalogue.epochs if f"{counter}_since_{e}" in source.catalogue.fields]
    if epoch in (*kept, "registered"):
        return True
    hint = f"use {listed([*kept, 'registered'])}"
    source.report(at, "R211", f'"{counter}" are not counted since {shown(at)}', hint)
    return False


def _unknown_field(source: Source, name: Node, path: str, scope: Scope) -> None:
    message = f"unknown field {quoted(path)}"
    if path in SINCE_THEN and scope.of_lead:
        source.report(name, "R201", message, 'only "until" and "if" read it')
    elif (path in source.catalogue.gate_fields or path.startswith(EVENT_ATTRS)) and scope.of_lead:
        belongs = _BELONGS.get(path.partition(".")[0])
        source.report(name, "R201", message, f"only gates on {belongs} read it" if belongs else "only gates read it")
    elif path.startswith("attrs.") and scope.of_lead:
        declared = tuple(known for known in scope.fields if known.startswith("attrs."))
        source.unknown(name, "R201", f"{message} (attributes are declared in config.yaml)", path, declared)
    else:
        source.unknown(name, "R201", message, path, (*scope.fields, *scope.extra))


def _plain(source: Source, name: Node, spec: FieldSpec, value: Node, scope: Scope) -> Condition | None:
    """`field: value` and `field: [a, b]`. A list field holds the value, or one of them."""
    op = Op.EQ if value.kind == "scalar" else Op.IN
    if value.value is None:
        hint = "write {exists: false} for a missing one"
        source.report(value, "R214", f'"{spec.path}" is compared with nothing', hint)
        return None
    if spec.type is FieldType.LIST:
        entries = (value,) if op is Op.EQ else read_list(source, value, spec.path)
        found = [_compare(source, name, spec, Op.CONTAINS, entry, scope) for entry in entries]
        held = tuple(one for one in found if one is not None)
        return held[0] if len(held) == 1 else AnyOf(held)
    return _compare(source, name, spec, op, value, scope)


def _operators(source: Source, spec: FieldSpec, node: Node, scope: Scope) -> Condition | None:
    """`field: {op: value, ...}`."""
    if not node.items():
        source.report(node, "R112", f'"{spec.path}" is compared with nothing', "write {op: value}")
    found: list[Condition] = []
    for key, value in node.items():
        op = _operator(source, key)
        part = _compare(source, key, spec, op, value, scope) if op else None
        if part is not None:
            found.append(part)
    return found[0] if len(found) == 1 else All(tuple(found))


def _operator(source: Source, key: Node) -> Op | None:
    word = str(key.value) if key.kind == "scalar" else ""
    if word not in tuple(Op):
        source.unknown(key, "R212", f"unknown operator {shown(key)}", word, tuple(Op))
        return None
    return Op(word)


def _compare(
    source: Source, at: Node, spec: FieldSpec, op: Op, value: Node, scope: Scope
) -> Condition | None:
    if op not in operators_of(spec):
        hint = f"use {listed(operators_of(spec))}"
        source.report(at, "R213", f'"{op}" does not fit "{spec.path}" ({spec.type})', hint)
        return None
    if op in (Op.IN, Op.NOT_IN):
        values = read_values(source, value, spec)
        return Compare(spec.path, op, values) if values else None
    found = read_value(source, value, spec, op, {**scope.fields, **scope.extra})
    if op in _ORDER and found in spec.unranked:
        source.report(value, "R214", f"{shown(value)} has no rank in \"{spec.path}\"", "compare it with eq or ne")
        return None
    if spec.ranked and op in _ORDER and found is not None:
        return Compare(spec.path, Op.IN, _ranking(spec, op, str(found)))
    return None if found is None else Compare(spec.path, op, found)


def _ranking(spec: FieldSpec, op: Op, word: str) -> tuple[str, ...]:
    """The words that stand in that order to one of them: `gte` is as good or better, which is listed before it."""
    words = [one for one in spec.words if one not in spec.unranked]
    at = words.index(word)
    better, worse = tuple(words[:at]), tuple(words[at + 1 :])
    return {Op.GT: better, Op.GTE: (*better, word), Op.LT: worse, Op.LTE: (word, *worse)}[op]
