"""What a step does, and for whom: exactly one action, the receivers it knows, the channels that reach them."""

from __future__ import annotations

from engine.domain.words import Action
from engine.ground.yamlio import Node, quoted
from engine.rulebook.reading import Keys, Source, listed, read_exact, read_text, read_words, suggestion

LATER_ACTIONS = ("assign", "set", "digest", "notify")
RECEIVERS = ("owner", "manager", "previous_owner")


def read_action(keys: Keys) -> tuple[Action | None, str]:
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
    if not any(keys.node.get(word) for word in (*LATER_ACTIONS, "remind", "greet")):
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


def read_via(keys: Keys, action: Action | None) -> tuple[str, ...]:
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
