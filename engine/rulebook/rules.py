"""Rules: a trigger, a segment, a cadence and its exits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from engine.domain.words import Action
from engine.ground.yamlio import Node, quoted
from engine.rulebook.changes import read_apply_to, read_backfill, read_renamed_from
from engine.rulebook.conditions import TRUE, Compare, Condition, Op
from engine.rulebook.cron import subject_scope
from engine.rulebook.model import Rule, Step
from engine.rulebook.needs import check_needed
from engine.rulebook.parse_conditions import lead_scope, read_condition
from engine.rulebook.parse_times import read_day
from engine.rulebook.reading import Keys, Source, read_choice, read_enabled, read_id, read_list
from engine.rulebook.steps import STEP_KEYS, RuleHead, read_step
from engine.rulebook.summaries import read_summary
from engine.rulebook.trigger_kinds import HolidayTrigger, ScheduleTrigger, Trigger
from engine.rulebook.triggers import DATE_POLICIES, read_trigger

RULE_KEYS = (
    "id", "summary", "category", "on", "for", "steps", "until", "enabled", "from", "to", "apply_to", "backfill",
    "renamed_from",
)  # fmt: skip
_ELSEWHERE = dict.fromkeys(STEP_KEYS, "a step") | dict.fromkeys(DATE_POLICIES, '"on"')
EXITS = ("contacted", "replied")


def read_rule(source: Source, node: Node) -> Rule | None:
    """One rule; None where a mistake leaves it unclear."""
    id_node = node.get("id")
    where = f"rule {quoted(id_node.value)}" if id_node and isinstance(id_node.value, str) else "a rule"
    keys = Keys(source, node, where, RULE_KEYS, elsewhere=_ELSEWHERE)
    if not keys.ok:
        return None
    id_node, category_node, on_node = keys.require("id"), keys.require("category"), keys.require("on")
    steps_node = keys.require("steps")
    rule_id = read_id(source, id_node) if id_node else None
    category = _category(source, category_node) if category_node else None
    trigger = read_trigger(source, on_node) if on_node else None
    head = RuleHead(where, category or "", trigger)
    steps = _steps(source, steps_node, head) if steps_node else ()
    segment, until, enabled = _segment(keys, trigger), _until(keys, trigger), read_enabled(keys)
    first_day, last_day = _period(keys)
    if isinstance(trigger, HolidayTrigger) and on_node:
        _warn_of_solemn_days(source, on_node, steps)
    if rule_id is None or trigger is None:
        return None
    return _revised(Rule(
        rule_id, read_summary(keys), category or "", trigger, steps, segment, until, enabled, first_day, last_day,
        read_apply_to(keys), read_backfill(keys), read_renamed_from(keys, rule_id),
        file=source.file, line=node.mark.line,
    ))  # fmt: skip


def _warn_of_solemn_days(source: Source, on_node: Node, steps: Sequence[Step]) -> None:
    """Qingming and its like may be reasons to call, never to send wishes."""
    names = on_node.get("holiday")
    if names is None or not any(step.action is Action.GREET for step in steps):
        return
    for entry in names.entries() or (names,):
        if entry.value in source.catalogue.solemn_festivals:
            hint = "remind the rep instead"
            source.warn(entry, "R301", f"{entry.value} is not a day for wishes", hint)


def _revised(rule: Rule) -> Rule:
    """The rule with its revision: a digest of all that decides what it does, not of where it stands.

    A field that a later release brought is `repr=False` and counts only where it says something: else each upgrade
    would change all rules, and an older daemon beside a newer one could not read what that one plans.
    """
    effective = replace(rule, summary="", renamed_from="", file="", line=0, revision="")
    later = [f"{step.id}: purpose={step.purpose!r}" for step in rule.steps if step.purpose]
    later += [f"{step.id}: needs={step.needs!r}" for step in rule.steps if step.needs]
    later += [f"{step.id}: posts={step.posts!r}" for step in rule.steps if step.posts]
    later += [f"{step.id}: must fit" for step in rule.steps if step.level is not None and step.level.must_fit]
    told = "\n".join([repr(effective), *later])
    digest = hashlib.blake2b(told.encode("utf-8", "backslashreplace"), digest_size=16)
    return replace(rule, revision=digest.hexdigest())


def read_rule_defaults(keys: Keys) -> None:
    """The values that a folder's defaults give its rules: only what is wrong with them is wanted."""
    category = keys.get("category")
    if category:
        _category(keys.source, category)
    _segment(keys)
    _until(keys)
    read_enabled(keys)
    _period(keys)
    read_apply_to(keys)
    read_backfill(keys)


def _category(source: Source, node: Node) -> str | None:
    return read_choice(source, node, "category", "R206", "category", source.catalogue.categories)


def _segment(keys: Keys, trigger: Trigger | None = None) -> Condition:
    node = keys.get("for")
    return read_condition(keys.source, node, "for", subject_scope(keys.source, trigger)) if node else TRUE


def _until(keys: Keys, trigger: Trigger | None = None) -> Condition | None:
    """`until: contacted`, `until: replied`, or any condition, which may read what happened since then too."""
    source, node = keys.source, keys.get("until")
    if node is None:
        return None
    if isinstance(trigger, ScheduleTrigger):
        source.report(keys.names["until"], "R220", '"until" speaks of a lead, and a schedule has none')
        return None
    if node.kind == "scalar" and isinstance(node.value, str):
        word = read_choice(source, node, "until", "R222", "exit", EXITS)
        return Compare(word, Op.EQ, True) if word else None
    return read_condition(source, node, "until", lead_scope(source, of_occasion=True))


def _period(keys: Keys) -> tuple[date | None, date | None]:
    """`from` and `to`, both inclusive."""
    source, from_node, to_node = keys.source, keys.get("from"), keys.get("to")
    first = read_day(source, from_node, "from") if from_node else None
    last = read_day(source, to_node, "to") if to_node else None
    if to_node and first and last and last < first:
        source.report(to_node, "R221", f"the period ends on {last}, before it begins on {first}")
    return first, last


def _steps(source: Source, node: Node, head: RuleHead) -> tuple[Step, ...]:
    entries = read_list(source, node, "steps")
    report_repeated_ids([(source, entry) for entry in entries], "step")
    check_needed(source, entries)
    found = (read_step(source, entry, head) for entry in entries)
    return tuple(step for step in found if step is not None)


def report_repeated_ids(entries: Sequence[tuple[Source, Node]], noun: str) -> None:
    """Every id that stands in an earlier entry already, pointing there."""
    first: dict[str, str] = {}
    for source, entry in entries:
        id_node = entry.get("id")
        if id_node is None or not isinstance(id_node.value, str):
            continue
        if id_node.value in first:
            message = f"{noun} {quoted(id_node.value)} stands twice"
            source.report(id_node, "R215", message, "ids are unique", first[id_node.value])
        else:
            first[id_node.value] = source.place(id_node, "the first one stands here")
