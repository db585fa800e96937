"""The JSON Schema (draft 2020-12) of a rule file under one config.yaml and one templates folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from engine.desk.schema import words
from engine.desk.schema.actions import ASSIGN, channels_for, values_to_set, with_action
from engine.desk.schema.conditions import condition_defs
from engine.desk.schema.gates import gate
from engine.desk.schema.scalars import (
    AT,
    CIVIL_AT,
    CIVIL_DAYS,
    DAY,
    DURATION,
    FLAG,
    ID,
    SPOKEN,
    SPREAD,
    TEXT,
    Schema,
    mapping,
    number,
    reference,
    word,
)
from engine.desk.schema.scalars import words as several_words
from engine.domain.words import Effect, Misfire, Shift
from engine.rulebook.actions import ACTIONS, DIGESTED, RECEIVERS
from engine.rulebook.catalogue import Catalogue, FieldType
from engine.rulebook.changes import APPLY_TO, BACKFILLS, SPREAD_OVER
from engine.rulebook.cron import FOR_EACH, OF_LEADS, OF_MESSAGES
from engine.rulebook.distincts import DISTINCT_KEYS, FROM, OTHERWISE
from engine.rulebook.effects import COMPANIONS, EFFECTS, MAX_DRAFT
from engine.rulebook.levels import FULL, LEVEL_KEYS, MOST, PER
from engine.rulebook.loader import SECTIONS
from engine.rulebook.policies import POLICY_KEYS, WHEN_KEYS
from engine.rulebook.reports import REPORTS
from engine.rulebook.rules import EXITS, RULE_KEYS
from engine.rulebook.schedule import LATE, SIGNATURE_KEYS, SIGNERS
from engine.rulebook.since import MAX_TIMES, SINCE_KEYS
from engine.rulebook.step_choices import MAX_PRIORITY
from engine.rulebook.steps import STEP_KEYS
from engine.rulebook.triggers import ANCHORS, DATE_POLICIES, TRIGGER_KEYS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CIVIL_TRIGGERS = ("date", "holiday")


def rule_schema(catalogue: Catalogue) -> Schema:
    """The schema of one rule file. Every key the loader takes is in it, and no other."""
    sections: dict[str, Schema] = {
        "rules": {"type": "array", "items": reference("rule")},
        "policies": {"type": "array", "items": reference("policy")},
        "gates": {"type": "array", "items": reference("gate")},
    }
    return {
        "$schema": DIALECT,
        "title": "followup rules",
        "description": "A file of rules, policies and gates. Made by `followup schema`; see docs/rules.md.",
        **mapping({key: sections[key] for key in SECTIONS}, words.FILE),
        "$defs": {
            "rule": _rule(), "trigger": _trigger(catalogue), "step": _step(catalogue), "policy": _policy(catalogue),
            "gate": gate(catalogue),
            "category": word(catalogue.categories), "at": AT, "duration": DURATION, **condition_defs(catalogue),
        },
    }  # fmt: skip


def schema_text(catalogue: Catalogue) -> str:
    """The schema as the file that is written."""
    return json.dumps(rule_schema(catalogue), indent=2, ensure_ascii=False) + "\n"


def _rule() -> Schema:
    values: Mapping[str, Schema] = {
        "id": ID, "summary": SPOKEN, "category": reference("category"), "on": reference("trigger"),
        "for": {"type": "object"},
        "steps": {"type": "array", "items": reference("step"), "minItems": 1},
        "until": {"anyOf": [word(EXITS), reference("exit")]},
        "enabled": FLAG, "from": DAY, "to": DAY,
        "apply_to": word(APPLY_TO), "backfill": _backfill(), "renamed_from": ID,
    }  # fmt: skip
    dates = {"required": ["due"], "properties": {"due": {"not": {"const": "appointment.starts"}}}}
    civil = {"anyOf": [*({"required": [trigger]} for trigger in _CIVIL_TRIGGERS), dates]}
    needs_wall = {"steps": {"items": {"properties": {"at": CIVIL_AT}}}}
    by_wall = {"if": {"properties": {"on": civil}}, "then": {"properties": needs_wall}}
    return mapping(
        {key: values[key] for key in RULE_KEYS}, words.RULE, ("id", "on", "steps"), allOf=[by_wall, _by_subject()]
    )


def _by_subject() -> Schema:
    """Rules of leads and schedules differ in what they read and what their steps can do."""
    scheduled = {"required": ["on"], "properties": {"on": {"type": "object", "required": ["schedule"]}}}
    without_lead = {"required": ["template"], "properties": dict.fromkeys(OF_LEADS, False)}
    entry = {"if": {"required": ["digest"]}, "then": {"properties": dict.fromkeys((*OF_MESSAGES, "report"), False)}}
    of_rep = {"for": reference("subject"), "until": False, "steps": {"items": without_lead}}
    of_lead = {"for": reference("condition"), "steps": {"items": entry}}
    return {"if": scheduled, "then": {"properties": of_rep}, "else": {"properties": of_lead}}


def _backfill() -> Schema:
    spread = mapping({SPREAD_OVER: CIVIL_DAYS}, words.BACKFILL, (SPREAD_OVER,))
    return {"anyOf": [word(BACKFILLS), spread]}


def _trigger(catalogue: Catalogue) -> Schema:
    """Exactly one trigger, with its own keys."""
    forms = {
        "date": _date(catalogue), "holiday": _holiday(catalogue), "since": _since(catalogue),
        "due": _due(catalogue), "reaches": _reaches(catalogue), "becomes": _becomes(catalogue),
        "event": _event(catalogue), "outcome": _outcome(catalogue), "schedule": _schedule(),
    }  # fmt: skip
    return {"type": "object", "oneOf": [forms[trigger] for trigger in TRIGGER_KEYS]}


def _date(catalogue: Catalogue) -> Schema:
    returns = number(1, 1000)
    values: dict[str, Schema] = {
        "date": word(catalogue.date_kinds), "every": reference("duration"),
        "only": {"anyOf": [returns, {"type": "array", "items": returns, "minItems": 1}]},
    }  # fmt: skip
    values |= {key: word(choices) for key, choices in DATE_POLICIES.items()}
    return mapping({key: values[key] for key in TRIGGER_KEYS["date"]}, words.DATE, ("date",))


def _holiday(catalogue: Catalogue) -> Schema:
    values = {"holiday": several_words(catalogue.festivals)}
    return mapping({key: values[key] for key in TRIGGER_KEYS["holiday"]}, words.TRIGGER, ("holiday",))


def _due(catalogue: Catalogue) -> Schema:
    return mapping({"due": word(catalogue.due_fields)}, words.TRIGGER, ("due",))


def _outcome(catalogue: Catalogue) -> Schema:
    values = {
        "outcome": several_words(catalogue.outcomes), "channel": several_words(catalogue.talk_channels),
        "purpose": several_words(catalogue.purposes),
    }  # fmt: skip
    return mapping({key: values[key] for key in TRIGGER_KEYS["outcome"]}, words.OUTCOME, ("outcome",))


def _since(catalogue: Catalogue) -> Schema:
    stamps, records = catalogue.lead_timestamps, catalogue.record_timestamps
    latest = several_words((*stamps, *records))
    given = mapping({"latest": latest, "else": word(stamps)}, words.LATEST, ("latest",))
    values: dict[str, Schema] = {
        "since": {"anyOf": [*latest["anyOf"], given]},
        "after": {"anyOf": [reference("duration"), *_cases(catalogue)]},
        "repeat": reference("duration"), "times": number(1, MAX_TIMES), "jitter": SPREAD,
    }  # fmt: skip
    both = {"repeat": ["times"], "times": ["repeat"]}
    return mapping(
        {key: values[key] for key in SINCE_KEYS}, words.SINCE, ("since", "after"), dependentRequired=both
    )


def _cases(catalogue: Catalogue) -> list[Schema]:
    """`{by: grade, A: 1w, else: 6mo}`: the words of that field, or any where it has no vocabulary."""
    columns = [spec for spec in catalogue.fields.values() if spec.type is FieldType.TEXT and "." not in spec.path]
    free = [spec.path for spec in columns if not spec.words]
    closed = [_case({"const": spec.path}, (*spec.words, "else"), False) for spec in columns if spec.words]
    return [*closed, _case(word(free), ("else",), reference("duration"))]


def _case(by: Schema, known: Iterable[str], others: Schema | bool) -> Schema:
    described = {"description": "The field that says how long.", **by}
    spans = dict.fromkeys(known, reference("duration"))
    return {
        "type": "object", "properties": {"by": described, **spans}, "required": ["by"], "additionalProperties": others,
    }  # fmt: skip


def _reaches(catalogue: Catalogue) -> Schema:
    forms = []
    for counter in catalogue.counters:
        epochs = [epoch for epoch in catalogue.epochs if f"{counter}_since_{epoch}" in catalogue.fields]
        values = {counter: number(1, 1_000_000), "since": word(dict.fromkeys((*epochs, "registered")))}
        texts = {counter: "The value that it reaches.", **words.REACHES}
        forms.append(mapping(values, texts, (counter,)))
    return mapping({"reaches": {"oneOf": forms}}, words.TRIGGER, ("reaches",))


def _becomes(catalogue: Catalogue) -> Schema:
    values = {field: word(choices) if choices else TEXT for field, choices in catalogue.becomes.items()}
    texts = dict.fromkeys(values, "The value that it takes.")
    inner = mapping(values, texts, minProperties=1, maxProperties=1)
    return mapping({"becomes": inner}, words.TRIGGER, ("becomes",))


def _event(catalogue: Catalogue) -> Schema:
    values = {
        "event": several_words(catalogue.event_kinds), "anchor": word(ANCHORS), "repeat": reference("duration"),
        "times": number(1, MAX_TIMES),
    }  # fmt: skip
    started = {"if": {"required": ["repeat"]}, "then": {"properties": {"anchor": {"const": "start"}}}}
    return mapping(
        {key: values[key] for key in TRIGGER_KEYS["event"]}, words.EVENT, ("event",),
        dependentRequired={"times": ["repeat"]}, **started,
    )  # fmt: skip


def _schedule() -> Schema:
    cron = {"type": "string", "pattern": r"^\s*\S+(\s+\S+){4}\s*$"}
    values = {"schedule": cron, "for_each": word(FOR_EACH)}
    return mapping({key: values[key] for key in TRIGGER_KEYS["schedule"]}, words.SCHEDULE, ("schedule",))


def _step(catalogue: Catalogue) -> Schema:
    receivers = "|".join(RECEIVERS)
    misfire = mapping({"belated": reference("duration")}, {"belated": "Late by so much at most."}, ("belated",))
    values: dict[str, Schema] = {
        "id": ID, "at": reference("at"), "if": reference("exit"),
        "remind": {"anyOf": [word(RECEIVERS), {"type": "string", "pattern": rf"^({receivers}|(team|rep):.*\S.*)$"}]},
        "greet": {"const": "lead"}, "digest": word(DIGESTED), "assign": ASSIGN, "set": values_to_set(catalogue),
        "notify": word(channels_for(catalogue, "system")), "template": word(catalogue.templates),
        "via": several_words(catalogue.channels), "sign_by": _signature(), "category": reference("category"),
        "priority": number(0, MAX_PRIORITY),
        "misfire": {"anyOf": [word((Misfire.SKIP.value, Misfire.ONCE.value)), misfire]},
        "window": word(catalogue.windows), "urgent": FLAG, "expires": reference("duration"),
        "shift": word(shift.value for shift in Shift), "level": _level(), "gather": FLAG, "distinct": _distinct(),
        "invite": FLAG, "purpose": word(catalogue.purposes), "needs": _needs(),
        "report": word(REPORTS),
    }  # fmt: skip
    actions = [with_action(action, catalogue) for action in ACTIONS]
    return mapping({key: values[key] for key in STEP_KEYS}, words.STEP, ("id", "at"), oneOf=actions)


def _needs() -> Schema:
    return {"type": "object", "minProperties": 1, "additionalProperties": reference("duration")}


def _signature() -> Schema:
    at = reference("at")
    values = {"who": word(SIGNERS), "draft": at, "deadline": at, "late": word(LATE)}
    return mapping({key: values[key] for key in SIGNATURE_KEYS}, words.SIGNATURE, ("draft",))


def _level() -> Schema:
    days = {"type": "string", "pattern": r"^\s*[+]?([0-9]{1,2}(d|w|wd))+\s*$"}
    values = {"per": word((PER,)), "max": number(1, MOST), "within": days, "otherwise": word(FULL)}
    return mapping({key: values[key] for key in LEVEL_KEYS}, words.LEVEL, ("max", "within"))


def _distinct() -> Schema:
    values: dict[str, Schema] = {
        "from": several_words(FROM), "max_similarity": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "otherwise": word(OTHERWISE),
    }  # fmt: skip
    return mapping({key: values[key] for key in DISTINCT_KEYS}, words.DISTINCT, ("from",))


def _policy(catalogue: Catalogue) -> Schema:
    parts = {"touch": "touch", "lead": "condition", "circumstance": "circumstance", "other": "other"}
    when = mapping({key: reference(parts[key]) for key in WHEN_KEYS}, words.WHEN, ("touch",))
    values: dict[str, Schema] = {
        "id": ID, "summary": SPOKEN, "enabled": FLAG, "when": when, "then": _then(catalogue),
    }  # fmt: skip
    return mapping({key: values[key] for key in POLICY_KEYS}, words.POLICY, ("id", "when", "then"))


def _then(catalogue: Catalogue) -> Schema:
    """Exactly one effect, with the word that goes with it."""
    subjects: dict[Effect, Schema] = {
        Effect.PRIORITY: number(0, MAX_PRIORITY), Effect.REROUTE: several_words(catalogue.channels),
        Effect.REQUIRE_SIGNATURE: word(SIGNERS), Effect.ESCALATE: {"const": "manager"}, Effect.DEFER: CIVIL_DAYS,
    }  # fmt: skip
    days: Schema = {"type": "string", "pattern": f"^[+]?[1-{MAX_DRAFT}]d$"}
    companions: dict[str, Schema] = {"at_most": reference("duration"), "into": {"const": "other"}, "draft": days}
    forms = []
    for effect in EFFECTS:
        values = {effect.value: subjects.get(effect, {"const": "touch"})}
        values |= {word: companions[word] for owner, word in COMPANIONS.items() if owner is effect}
        forms.append(mapping(values, words.THEN, [key for key in values if key != "draft"]))
    return {"type": "object", "oneOf": forms}
