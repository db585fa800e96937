"""Conditions as JSON Schema: the fields of the catalogue, each with the operators that fit its type."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.desk.schema import words
from engine.desk.schema.scalars import DAY, DURATION, FLAG, Schema, mapping, reference, word
from engine.domain.wildcards import MAX_PATTERN
from engine.rulebook.catalogue import Catalogue, FieldSpec, FieldType
from engine.rulebook.conditions import Op
from engine.rulebook.parse_conditions import COUNTERS, DYNAMIC, EVENT_ATTRS, operators_of, since_then_fields

_TEXT: Schema = {"type": "string", "minLength": 1}
_PATTERN: Schema = {"type": "string", "pattern": "[*?]", "maxLength": MAX_PATTERN}
_TYPES: Mapping[FieldType, Schema] = {
    FieldType.TEXT: _TEXT,
    FieldType.REGION: _TEXT,
    FieldType.LIST: _TEXT,
    FieldType.INT: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOL: FLAG,
    FieldType.DATE: DAY,
    FieldType.AGE: DURATION,
}
_READS = {
    FieldType.TEXT: "text",
    FieldType.REGION: 'a region code, e.g. "5101"',
    FieldType.LIST: "a list",
    FieldType.INT: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.BOOL: "true or false",
    FieldType.DATE: "a date, YYYY-MM-DD",
    FieldType.AGE: "how long ago it was, e.g. {gte: 90d}",
}


def condition_defs(catalogue: Catalogue) -> dict[str, Schema]:
    """The conditions of each place, by name: they differ in what may be read there."""
    lead, circumstance, touch = catalogue.fields, catalogue.circumstance_fields, catalogue.touch_fields
    counted = {f"^{DYNAMIC.pattern}$": reference(_name(FieldSpec("days", FieldType.INT)))}
    subject = {**catalogue.rep_fields, **catalogue.team_fields}
    contacts = {"^contacts_[1-9][0-9]{0,2}d$": reference(_name(FieldSpec("days", FieldType.INT)))}
    attributes = {r"^attrs\.": reference(_name(FieldSpec("attrs", FieldType.TEXT)))}
    of_event = {rf"^{re.escape(EVENT_ATTRS)}": attributes[r"^attrs\."]}
    at_gate = {**_lead_fields(lead, catalogue), **_fields(catalogue.gate_fields)}
    since = since_then_fields(catalogue)
    at_exit = _lead_fields({**lead, **since}, catalogue)
    beside = (since, circumstance, touch, catalogue.gate_fields, subject)
    fields = [*lead.values(), *(spec for specs in beside for spec in specs.values())]
    compared = [FieldSpec("", kind) for kind in FieldType] + fields
    return {
        "condition": _condition("condition", _lead_fields(lead, catalogue), counted, of_lead=True),
        "exit": _condition("exit", at_exit, counted, of_lead=True),
        "gate-condition": _condition("gate-condition", at_gate, {**counted, **of_event}, of_lead=True),
        "subject": _condition("subject", _fields(subject), contacts),
        "circumstance": _condition("circumstance", _fields(circumstance), attributes),
        "touch": _condition("touch", _fields(touch)),
        "other": _other(catalogue),
        **{_name(spec): comparison(spec) for spec in compared},
    }


def _name(spec: FieldSpec) -> str:
    """Fields with a vocabulary have a definition of their own, the others share their type's."""
    return f"{spec.type}-{spec.path}" if spec.words else f"{spec.type}-field"


def _fields(specs: Mapping[str, FieldSpec]) -> dict[str, Schema]:
    return {path: {"description": _READS[spec.type], **reference(_name(spec))} for path, spec in specs.items()}


def _lead_fields(specs: Mapping[str, FieldSpec], catalogue: Catalogue) -> dict[str, Schema]:
    """Counters may name the epoch they are counted in: `contacts: {gte: 10, since: order}`."""
    fields = _fields(specs)
    for counter in COUNTERS:
        epochs = [epoch for epoch in catalogue.epochs if f"{counter}_since_{epoch}" in specs]
        fields[counter] = {"description": _READS[FieldType.INT], **comparison(specs[counter])}
        operators = fields[counter]["anyOf"][-1]["properties"]
        operators["since"] = {"description": words.REACHES["since"], **word([*epochs, "registered"])}
    return fields


def comparison(spec: FieldSpec) -> Schema:
    """`field: value`, `field: [a, b]` and `field: {op: value}`, as far as the field's type has the operator."""
    one = field_value(spec)
    several: Schema = {"type": "array", "items": one, "minItems": 1}
    operators = operators_of(spec)
    forms = [one] if Op.EQ in operators else []
    forms += [several] if Op.IN in operators else []
    forms += [one, several] if spec.type is FieldType.LIST else []
    by_operator = {op.value: several if op in (Op.IN, Op.NOT_IN) else _operand(op, spec) for op in operators}
    forms.append(mapping(by_operator, words.OPERATOR, minProperties=1))
    return {"anyOf": forms}


def field_value(spec: FieldSpec) -> Schema:
    """One value of the field: a word of its vocabulary, or anything of its type."""
    return word((*spec.refers, *spec.words)) if spec.words else _TYPES[spec.type]


def _operand(op: Op, spec: FieldSpec) -> Schema:
    if op is Op.EXISTS:
        return FLAG
    if op is Op.MATCHES:
        return _PATTERN
    if op is Op.CONTAINS and spec.type is FieldType.TEXT:
        return _TEXT
    return field_value(spec)


def _condition(
    name: str, fields: Mapping[str, Schema], patterns: Mapping[str, Schema] | None = None, *, of_lead: bool = False
) -> Schema:
    """A mapping of fields, with the logical words."""
    itself = reference(name)
    several: Schema = {"type": "array", "items": itself, "minItems": 1}
    logic = {"all": several, "any": several, "not": itself}
    if of_lead:
        logic["circumstance"] = reference("circumstance")
    described = mapping(logic, words.CONDITION)["properties"]
    schema: Schema = {"type": "object", "properties": {**fields, **described}, "additionalProperties": False}
    if patterns:
        schema["patternProperties"] = dict(patterns)
    return schema


def _other(catalogue: Catalogue) -> Schema:
    """The second touch of a policy: conditions, and how it lies to the first."""
    schema = _condition("touch", _fields(catalogue.touch_fields))
    extra = {"within": {"type": "string", "pattern": r"^\s*[+]?([0-9]{1,2}(d|w))+\s*$"}, "outranks": {"const": "touch"}}
    schema["properties"] |= mapping(extra, words.OTHER)["properties"]
    return schema
