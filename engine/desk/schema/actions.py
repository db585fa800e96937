"""What goes with each action of a step, and what `assign`, `set` and `notify` take."""

from __future__ import annotations

from engine.desk.schema.scalars import DAY, FLAG, TEXT, Schema, mapping, word, words
from engine.rulebook.actions import unfit_keys
from engine.rulebook.catalogue import Catalogue, FieldSpec, FieldType
from engine.rulebook.engine_actions import ASSIGNEES, NAMED_ASSIGNEES, is_clearable, settable

ASSIGN: Schema = {
    "anyOf": [
        word(ASSIGNEES),
        {"type": "string", "pattern": rf"^({'|'.join(ASSIGNEES)}|({'|'.join(NAMED_ASSIGNEES)}):.*\S.*)$"},
    ]
}


def with_action(action: str, catalogue: Catalogue) -> Schema:
    """What a step with that action must have and must not have."""
    match action:
        case "greet":
            return {"required": [action, "template"], "properties": {"via": _via(catalogue, "lead"), "report": False}}
        case "remind":
            properties = {"via": _via(catalogue, "rep"), "sign_by": False, "distinct": False, "report": False}
            return {"required": [action, "template"], "properties": properties}
        case "digest":
            properties = {"via": _via(catalogue, "rep"), "sign_by": False, "distinct": False}
            return {"required": [action], "properties": properties}
        case _:
            unfit = (*unfit_keys(action), "distinct", "report")
            return {"required": [action], "properties": dict.fromkeys(unfit, False)}


def channels_for(catalogue: Catalogue, receiver: str) -> list[str]:
    """The channels that reach that kind of receiver."""
    return [name for name, known in catalogue.channels.items() if receiver in known.receivers]


def _via(catalogue: Catalogue, receiver: str) -> Schema:
    return words(channels_for(catalogue, receiver))


def values_to_set(catalogue: Catalogue) -> Schema:
    """What `set` takes: the fields that a rule may change, each with its values."""
    values = {path: _value(spec) for path, spec in settable(catalogue).items()}
    return mapping(values, dict.fromkeys(values, "What it becomes."), minProperties=1)


def _value(spec: FieldSpec) -> Schema:
    """The values that a rule may set the field to."""
    match spec.type:
        case FieldType.BOOL:
            value = FLAG
        case FieldType.INT | FieldType.NUMBER:
            value = {"type": "integer" if spec.type is FieldType.INT else "number"}
        case FieldType.DATE:
            value = DAY
        case FieldType.LIST:
            value = {"type": "array", "items": word(spec.words) if spec.words else TEXT, "minItems": 1}
        case _:
            words_of = [one for one in spec.words if spec.path != "status" or one != "gone"]
            value = word(words_of) if words_of else TEXT
    return {"anyOf": [value, {"type": "null"}]} if is_clearable(spec.path) else value
