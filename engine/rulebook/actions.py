"""What a step does, and for whom: exactly one action, the receivers it knows, the channels that reach them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.words import Action, Audience
from engine.ground.yamlio import Node, quoted
from engine.rulebook.engine_actions import read_assign, read_notify, read_set
from engine.rulebook.model import FieldValue
from engine.rulebook.reading import Keys, Source, listed, read_choice, read_exact, read_text, read_words, suggestion
from engine.rulebook.trigger_kinds import EventTrigger, Trigger

ACTIONS = ("remind", "greet", "digest", "assign", "set", "notify")
DIGESTED = ("owner", "manager")
RECEIVERS = ("owner", "manager", "previous_owner", "host")
WITH_PEOPLE = ("template", "via", "sign_by", "window", "urgent", "level")
"""Keys of what a person reads; `template` goes with notify too."""


@dataclass(frozen=True)
class Deed:
    """What a step does: its action, whom the touch is for, and what it changes."""

    action: Action
    target: str
    via: tuple[str, ...] = ()
    assign: str = ""
    changes: tuple[tuple[str, FieldValue], ...] = ()


def read_action(keys: Keys) -> Deed | None:
    """The one action, with what it needs; None where there is none, or more."""
    found = actions_of(keys)
    if len(found) > 1:
        message = f"{keys.where} has two actions, {found[0]} and {found[1]}"
        keys.source.report(keys.names[found[1]], "R110", message, "write two steps")
        return None
    if found:
        return _read(keys, found[0])
    if not any(keys.node.get(word) for word in ACTIONS):
        hint = "write remind: owner or greet: lead"
        keys.source.report(keys.node, "R110", f"{keys.where} has no action", hint)
    return None


def actions_of(keys: Keys) -> list[str]:
    """The actions that a step names."""
    return [word for word in ACTIONS if keys.get(word)]


def _read(keys: Keys, word: str) -> Deed:
    source, node = keys.source, keys.get(word)
    assert node is not None
    match Action(word):
        case Action.GREET:
            read_exact(source, node, "greet", "lead")
            return Deed(Action.GREET, "lead", read_via(keys, Action.GREET))
        case Action.DIGEST:
            target = read_choice(source, node, "digest", "R222", "receiver", DIGESTED) or ""
            return Deed(Action.DIGEST, target, read_via(keys, Action.DIGEST))
        case Action.ASSIGN:
            return Deed(Action.ASSIGN, Audience.ENGINE.value, assign=read_assign(source, node))
        case Action.SET:
            return Deed(Action.SET, Audience.ENGINE.value, changes=read_set(source, node))
        case Action.NOTIFY:
            name = read_notify(source, node)
            return Deed(Action.NOTIFY, f"{Audience.SYSTEM}:{name}", (name,))
        case _:
            return Deed(Action.REMIND, _receiver(source, node), read_via(keys, Action.REMIND))


def unfit_keys(word: str) -> tuple[str, ...]:
    """Keys that have no meaning with that action: nobody reads it, nobody signs it, at no hour of his."""
    if word in ("remind", "greet", "digest"):
        return ()
    return WITH_PEOPLE[1:] if word == "notify" else WITH_PEOPLE


def refuse_unfit_keys(keys: Keys) -> None:
    """Each key that has no meaning with the step's action."""
    for word in actions_of(keys)[:1]:
        for key in unfit_keys(word):
            if keys.get(key):
                others = "remind, greet and notify" if key == "template" else "remind and greet"
                keys.source.report(keys.names[key], "R220", f'"{key}" goes with {others}, not with {word}')


def check_host(keys: Keys, trigger: Trigger | None, deed: Deed | None) -> None:
    """Only a circumstance names somebody who receives its guests."""
    if deed and deed.target == "host" and trigger is not None and not isinstance(trigger, EventTrigger):
        message = '"host" is who receives the guests of a circumstance, and this rule waits for none'
        keys.source.report(keys.names["remind"], "R220", message, "use owner")


def _receiver(source: Source, node: Node) -> str:
    """`owner`, `manager`, `previous_owner`, `host`, `team:NAME` or `rep:ID`."""
    text = read_text(source, node, "remind")
    if text is None or text in RECEIVERS:
        return text or ""
    kind, _, name = text.partition(":")
    if kind not in ("team", "rep") or not name.strip():
        choices = (*RECEIVERS, "team:NAME", "rep:ID")
        hint = suggestion(text, choices) or f"use {listed(choices)}"
        source.report(node, "R222", f"unknown receiver {quoted(text)}", hint)
    elif kind == "rep" and source.catalogue.reps and name not in source.catalogue.reps:
        source.unknown(node, "R219", f"unknown rep {quoted(name)}", name, sorted(source.catalogue.reps))
    return text


def read_via(keys: Keys, action: Action | None) -> tuple[str, ...]:
    """The channels in order, each one able to reach whom the step is for."""
    source, node = keys.source, keys.get("via")
    if node is None:
        return ()
    channels = source.catalogue.channels
    names = read_words(source, node, "via", "R204", "channel", tuple(channels))
    wanted = {Action.GREET: "lead", Action.REMIND: "rep", Action.DIGEST: "rep"}.get(action) if action else None
    for entry in node.entries() or (node,):
        channel = channels.get(entry.value) if isinstance(entry.value, str) else None
        if channel and wanted and wanted not in channel.receivers:
            able = [name for name, known in channels.items() if wanted in known.receivers]
            hint = f"use {listed(able)}" if able else ""
            source.report(entry, "R216", f'channel "{channel.name}" does not reach a {wanted}', hint)
    return names
