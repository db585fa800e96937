"""Steps: when, exactly one action, for whom, in which words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ground.yamlio import Node, quoted
from engine.rulebook.actions import (
    ACTIONS,
    actions_of,
    check_host,
    read_action,
    read_via,
    refuse_unfit_keys,
)
from engine.rulebook.cron import check_entry, check_schedule, is_entry
from engine.rulebook.distincts import read_distinct
from engine.rulebook.gathering import read_gather
from engine.rulebook.invitations import read_invite
from engine.rulebook.levels import read_level
from engine.rulebook.misfires import read_misfire
from engine.rulebook.model import Step
from engine.rulebook.needs import read_needs
from engine.rulebook.purposes import read_purpose
from engine.rulebook.reading import Keys, Source, read_choice, read_id
from engine.rulebook.reports import read_report
from engine.rulebook.schedule import read_signature, read_step_at
from engine.rulebook.step_choices import check_window, read_choices, read_expires, read_posts, read_step_condition
from engine.rulebook.trigger_kinds import Trigger

STEP_KEYS = (
    "id", "at", "if", *ACTIONS, "template", "via", "sign_by", "category", "priority", "misfire",
    "window", "urgent", "expires", "shift", "level", "gather", "distinct", "report", "invite",
    "purpose", "needs",
)  # fmt: skip


@dataclass(frozen=True)
class RuleHead:
    """What a step takes from its rule: the id for messages, the category, the trigger if it is clear."""

    id: str
    category: str
    trigger: Trigger | None


def read_step(source: Source, node: Node, head: RuleHead) -> Step | None:
    """One step; None where a mistake leaves it unclear."""
    keys = Keys(source, node, _where(node, head), STEP_KEYS)
    if not keys.ok:
        return None
    id_node = keys.require("id")
    step_id = read_id(source, id_node) if id_node else None
    entry = is_entry(keys, head.trigger)
    template = _template(keys, entry)
    at = read_step_at(keys, head.trigger)
    deed = read_action(keys)
    refuse_unfit_keys(keys)
    check_schedule(keys, head.trigger, deed)
    check_host(keys, head.trigger, deed)
    if entry:
        check_entry(keys)
    action = deed.action if deed else None
    misfire, belated = read_misfire(keys, head.trigger, action)
    sign_by = read_signature(keys, head.trigger, at, action)
    level = read_level(keys, head.trigger, at, action, sign_by)
    gather = read_gather(keys, head.trigger, action)
    distinct = read_distinct(keys, action)
    report = read_report(keys, head.trigger, action)
    invite = read_invite(keys, head.trigger, action)
    choices = read_choices(keys)
    via = deed.via if deed else read_via(keys, None)
    check_window(keys, choices.category or head.category, choices, via)
    posts = read_posts(keys, head.trigger, at, via)
    if step_id is None or template is None or at is None or deed is None:
        return None
    return Step(
        step_id, at, deed.action, deed.target, template, choices.category or head.category, misfire, belated,
        condition=read_step_condition(keys), via=via, sign_by=sign_by, priority=choices.priority,
        window=choices.window, urgent=choices.urgent, expires=read_expires(keys), shift=choices.shift,
        assign=deed.assign, changes=deed.changes, level=level, gather=gather, distinct=distinct,
        report=report, invite=invite, purpose=read_purpose(keys, action), needs=read_needs(keys), posts=posts,
    )  # fmt: skip


def read_step_defaults(keys: Keys) -> None:
    """The values that a folder's defaults give its steps: only what is wrong with them is wanted."""
    read_choices(keys)
    read_via(keys, None)
    read_step_condition(keys)
    read_expires(keys)
    read_misfire(keys, None, None)
    read_signature(keys, None, None, None)
    read_level(keys, None, None, None, None)
    read_gather(keys, None, None)
    read_distinct(keys, None)
    read_report(keys, None, None)
    read_invite(keys, None, None)
    read_purpose(keys, None)


def _where(node: Node, head: RuleHead) -> str:
    id_node = node.get("id")
    if id_node is not None and isinstance(id_node.value, str):
        return f"step {quoted(id_node.value)} of {head.id}"
    return f"a step of {head.id}"


def _template(keys: Keys, entry: bool) -> str | None:
    """The template's name; "" where the action needs none, or it is an entry of a digest."""
    wordless = entry or {"assign", "set", "notify"} & set(actions_of(keys))
    node = keys.get("template") if wordless else keys.require("template")
    if node is None:
        return "" if wordless else None
    known = tuple(keys.source.catalogue.templates)
    return read_choice(keys.source, node, "template", "R203", "template", known)
