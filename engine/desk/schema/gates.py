"""Gates as JSON Schema: before which change they stand, and what they may read."""

from __future__ import annotations

from engine.desk.schema import words
from engine.desk.schema.conditions import field_value
from engine.desk.schema.scalars import FLAG, ID, SPOKEN, Schema, mapping, reference, word
from engine.desk.schema.scalars import words as several_words
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.gates import ANY, ASSIGN_TO, GATE_KEYS, ON_KEYS, OTHERWISE


def gate(catalogue: Catalogue) -> Schema:
    """One gate. Which of `actor`, `assignee` and `event` its change has, only the loader tells."""
    forms: dict[str, Schema] = {
        "set": _set(catalogue), "assign": word(ASSIGN_TO),
        "event_end": _any_or(several_words(catalogue.event_kinds)),
    }  # fmt: skip
    on = [mapping({kind: forms[kind]}, words.GATE_ON, (kind,)) for kind in ON_KEYS]
    condition = reference("gate-condition")
    values: dict[str, Schema] = {
        "id": ID, "summary": SPOKEN, "enabled": FLAG,
        "on": {"type": "object", "oneOf": on}, "if": condition, "require": condition,
        "otherwise": word(OTHERWISE),
    }  # fmt: skip
    return mapping({key: values[key] for key in GATE_KEYS}, words.GATE, ("id", "on", "require", "otherwise"))


def _set(catalogue: Catalogue) -> Schema:
    fields = {path: _new_value(field_value(spec)) for path, spec in catalogue.settable.items()}
    return mapping(fields, dict.fromkeys(fields, "The new value, several, or any."), minProperties=1)


def _new_value(one: Schema) -> Schema:
    return _any_or({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})


def _any_or(schema: Schema) -> Schema:
    return {"anyOf": [{"const": ANY}, schema]}
