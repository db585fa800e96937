"""Steps: when, exactly one action, for whom, in which words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.words import Action, Shift
from engine.ground.durations import Duration
from engine.ground.yamlio import Node, quoted
from engine.rulebook.conditions import TRUE, Condition
from engine.rulebook.misfires import read_misfire
from engine.rulebook.model import Step, Trigger
from engine.rulebook.parse_conditions import lead_scope, read_condition
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import (
    Keys,
    Source,
    listed,
    read_choice,
    read_exact,
    read_flag,
    read_id,
    read_int,
    read_text,
    read_words,
    suggestion,
)
from engine.rulebook.schedule import read_signature, read_step_at

STEP_KEYS = (
    "id", "at", "if", "remind", "greet", "template", "via", "sign_by", "category", "priority", "misfire",
    "window", "urgent", "expires", "shift",
)  # fmt: skip
_LATER_ACTIONS = ("assign", "set", "digest", "notify")
LATER_STEP_KEYS = (*_LATER_ACTIONS, "distinct", "level")
RECEIVERS = ("owner", "manager", "previous_owner")
DEFAULT_PRIORITY = 100
MAX_PRIORITY = 60_000
"""The arbiter's rule engine takes salience up to here."""


@dataclass(frozen=True)
class RuleHead:
    """What a step takes from its rule: the id for messages, the category, the trigger if it is clear."""

    id: str
    category: str
    trigger: Trigger | None


def read_step(source: Source, node: Node, head: RuleHead) -> Step | None:
    """One step; None where a mistake leaves it unclear."""
    keys = Keys(source, node, _where(node, head), STEP_KEYS, LATER_STEP_KEYS)
    if not keys.ok:
        return None
    id_node, template_node = keys.require("id"), keys.require("template")
    step_id = read_id(source, id_node) if id_node else None
    template = _template(source, template_node) if template_node else None
    at = read_step_at(keys, head.trigger)
    action, target = _action(keys)
    misfire, belated = read_misfire(keys, head.trigger, action)
    sign_by = read_signature(keys, head.trigger, at, action)
    via = _via(keys, action)
    choices = _choices(keys)
    _check_window(keys, choices.category or head.category, choices, via)
    if step_id is None or template is None or at is None or action is None:
        return None
    return Step(
        step_id, at, action, target, template, choices.category or head.category, misfire, belated,
        condition=_condition(keys), via=via, sign_by=sign_by, priority=choices.priority,
        window=choices.window, urgent=choices.urgent, expires=_expires(keys), shift=choices.shift,
    )  # fmt: skip


def read_step_defaults(keys: Keys) -> None:
    """The values that a folder's defaults give its steps: only what is wrong with them is wanted."""
    _choices(keys)
    _via(keys, None)
    _condition(keys)
    _expires(keys)
    read_misfire(keys, None, None)
    read_signature(keys, None, None, None)


def _where(node: Node, head: RuleHead) -> str:
    id_node = node.get("id")
    if id_node is not None and isinstance(id_node.value, str):
        return f"step {quoted(id_node.value)} of {head.id}"
    return f"a step of {head.id}"


def _template(source: Source, node: Node) -> str | None:
    known = tuple(source.catalogue.templates)
    return read_choice(source, node, "template", "R203", "template", known)


def _action(keys: Keys) -> tuple[Action | None, str]:
    """The one action and whom it is for."""
    source, remind, greet = keys.source, keys.get("remind"), keys.get("greet")
    if remind and greet:
        hint = "write two steps"
        source.report(keys.names["greet"], "R110", f"{keys.where} has two actions, remind and greet", hint)
        return None, ""
    if remind:
        return Action.REMIND, _receiver(source, remind)
    if greet:
        read_exact(source, greet, "greet", "lead")
        return Action.GREET, "lead"
    if not any(keys.node.get(word) for word in (*_LATER_ACTIONS, "remind", "greet")):
        hint = "write remind: owner or greet: lead"
        source.report(keys.node, "R110", f"{keys.where} has no action", hint)
    return None, ""


def _receiver(source: Source, node: Node) -> str:
    """`owner`, `manager`, `previous_owner`, `team:NAME` or `rep:ID`."""
    text = read_text(source, node, "remind")
    if text is None or text in RECEIVERS:
        return text or ""
    kind, _, name = text.partition(":")
    if text == "host":
        source.unsupported(node, text)
    elif kind not in ("team", "rep") or not name.strip():
        choices = (*RECEIVERS, "team:NAME", "rep:ID")
        hint = suggestion(text, choices) or f"use {listed(choices)}"
        source.report(node, "R222", f"unknown receiver {quoted(text)}", hint)
    elif kind == "rep" and source.catalogue.reps and name not in source.catalogue.reps:
        source.unknown(node, "R219", f"unknown rep {quoted(name)}", name, sorted(source.catalogue.reps))
    return text


def _via(keys: Keys, action: Action | None) -> tuple[str, ...]:
    """The channels in order, each one able to reach whom the step is for."""
    source, node = keys.source, keys.get("via")
    if node is None:
        return ()
    channels = source.catalogue.channels
    names = read_words(source, node, "via", "R204", "channel", tuple(channels))
    wanted = {Action.GREET: "lead", Action.REMIND: "rep"}.get(action) if action else None
    for entry in node.entries() or (node,):
        channel = channels.get(entry.value) if isinstance(entry.value, str) else None
        if channel and wanted and wanted not in channel.receivers:
            able = [name for name, known in channels.items() if wanted in known.receivers]
            hint = f"use {listed(able)}" if able else ""
            source.report(entry, "R216", f'channel "{channel.name}" does not reach a {wanted}', hint)
    return names


@dataclass(frozen=True)
class _Choices:
    category: str
    window: str
    priority: int
    urgent: bool
    shift: Shift


def _choices(keys: Keys) -> _Choices:
    source, known = keys.source, keys.source.catalogue
    category, window = keys.get("category"), keys.get("window")
    priority, urgent, shift = keys.get("priority"), keys.get("urgent"), keys.get("shift")
    return _Choices(
        (category and read_choice(source, category, "category", "R206", "category", known.categories)) or "",
        (window and read_choice(source, window, "window", "R205", "window", known.windows)) or "",
        _priority(source, priority) if priority else DEFAULT_PRIORITY,
        bool(urgent and read_flag(source, urgent, "urgent")),
        _shift(source, shift) if shift else Shift.NONE,
    )


def _check_window(keys: Keys, category: str, choices: _Choices, via: tuple[str, ...]) -> None:
    """The step's own window must leave an hour to its category and to each of its channels."""
    node, never = keys.get("window"), keys.source.catalogue.never_open
    if node is None or choices.urgent:
        return
    for channel in ("", *via):
        if (choices.window, category, channel) in never:
            other = " on ".join(filter(None, (category, channel)))
            message = f'window "{choices.window}" has no hour in common with the window of {other}'
            keys.source.report(node, "R223", message, "see category_windows and channel_windows in config.yaml")
            return


def _shift(source: Source, node: Node) -> Shift:
    word = read_choice(source, node, "shift", "R222", "shift", tuple(Shift))
    return Shift(word) if word else Shift.NONE


def _priority(source: Source, node: Node) -> int:
    priority = read_int(source, node, "priority", 0, MAX_PRIORITY)
    return DEFAULT_PRIORITY if priority is None else priority


def _condition(keys: Keys) -> Condition:
    node = keys.get("if")
    return read_condition(keys.source, node, "if", lead_scope(keys.source)) if node else TRUE


def _expires(keys: Keys) -> Duration | None:
    node = keys.get("expires")
    return read_duration(keys.source, node, "expires", office=True) if node else None
