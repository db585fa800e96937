"""One rule as its author wrote it, and as it works: every value it does not say itself, and where each comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.desk.folder import Checked
from engine.domain.words import Action, Misfire
from engine.ground.yamlio import Node, read_yaml
from engine.ground.yamltext import flow
from engine.rulebook.actions import unfit_keys
from engine.rulebook.cron import OF_MESSAGES
from engine.rulebook.loader import read_sections
from engine.rulebook.model import At, Gate, Policy, Rule, Step
from engine.rulebook.rules import RULE_KEYS
from engine.rulebook.steps import STEP_KEYS
from engine.rulebook.told import Told
from engine.rulebook.trigger_kinds import DateTrigger, EventTrigger, ReachesTrigger, ScheduleTrigger
from engine.rulebook.triggers import DATE_POLICIES
from engine.rulebook.vocabulary import catalogue_for
from engine.rulebook.wording import duration_text
from engine.settings.model import Settings

DEFAULT = "default"
CONFIG = "config.yaml"
_WIDEST = 56
"""The origins stand in one column, at most so far to the right."""


class Line(NamedTuple):
    """A line of the effective rule and where its value comes from; "" where it only opens what follows."""

    text: str
    origin: str = ""


def source_text(checked: Checked, rule: Rule | Policy | Gate) -> str:
    """The lines of its file that the rule, policy or gate stands on, indented no further than need be."""
    text = checked.rules[rule.file]
    root, _ = read_yaml(text, rule.file)
    sections = root.items() if root else ()
    starts = [name.mark.line for name, _ in sections]
    starts += [entry.mark.line for _, section in sections for entry in section.entries()]
    lines = text.splitlines()
    end = min((line for line in starts if line > rule.line), default=len(lines) + 1)
    kept = lines[rule.line - 1 : end - 1]
    while kept[-1].strip()[:1] in ("", "#"):  # what leads over to the next one
        kept.pop()
    return textwrap.dedent("\n".join(kept)) + "\n"


def effective_text(checked: Checked, settings: Settings, rule: Rule) -> str:
    """The whole rule as YAML that loads to the same revision, with a comment on the origin of each value.

    What config.yaml decides, and what a customer decides for himself, is shown as a comment.
    """
    lines = tuple(_rule_lines(rule, _node_of(checked, settings, rule), settings))
    column = min(max(len(line.text) for line in lines if line.origin), _WIDEST)
    shown = (f"{line.text.ljust(column)}  # {line.origin}" if line.origin else line.text for line in lines)
    return "\n".join(shown) + "\n"


def _node_of(checked: Checked, settings: Settings, rule: Rule) -> Node:
    """The rule with its folder's defaults merged in, every place saying its file."""
    catalogue = catalogue_for(settings, checked.templates)
    entries = read_sections(checked.rules, catalogue, Told()).rules
    return next(node for _, node in entries if (name := node.get("id")) and name.value == rule.id)


def _rule_lines(rule: Rule, node: Node, settings: Settings) -> Iterator[Line]:
    for key in RULE_KEYS:
        value = node.get(key)
        if key == "on" and value:
            yield Line("on:")
            yield from _indented(_trigger_lines(rule, value, settings), "  ")
        elif key == "steps" and value:
            yield Line("steps:")
            for step, entry in zip(rule.steps, value.entries(), strict=True):
                yield from _indented(_step_lines(rule, node, step, entry, settings), "    ", "  - ")
        elif value:
            yield _said(key, value, rule)
        elif key == "for":
            yield Line("for: {}", DEFAULT)
        elif key == "enabled":
            yield Line("enabled: true", DEFAULT)


def _said(key: str, value: Node, rule: Rule) -> Line:
    return Line(f"{key}: {flow(value.plain())}", _place(value, rule))


def _place(node: Node, rule: Rule) -> str:
    return f"{node.mark.file or rule.file}:{node.mark.line}"


def _indented(lines: Iterator[Line], margin: str, first: str = "") -> Iterator[Line]:
    for number, (text, origin) in enumerate(lines):
        yield Line((first if first and number == 0 else margin) + text, origin)


def _trigger_lines(rule: Rule, node: Node, settings: Settings) -> Iterator[Line]:
    on = rule.on
    if isinstance(on, ReachesTrigger):
        yield Line("reaches:")
        inner = node.get("reaches") or node
        yield from _indented(_with(inner, rule, [("since", on.epoch)]), "  ")
        return
    unsaid = []
    if isinstance(on, DateTrigger):
        unsaid = [("every", duration_text(on.every))]
    elif isinstance(on, EventTrigger):
        unsaid = [("anchor", on.anchor)]
    elif isinstance(on, ScheduleTrigger):
        unsaid = [("for_each", on.for_each)]
    yield from _with(node, rule, unsaid)
    if isinstance(on, DateTrigger):
        policy = settings.date_policy
        yield from (Line(f"# {key}: {getattr(policy, key)}", CONFIG) for key in DATE_POLICIES if not node.get(key))


def _with(node: Node, rule: Rule, unsaid: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """The keys of a mapping, and those it does not say."""
    yield from (_said(str(name.value), value, rule) for name, value in node.items())
    yield from (Line(f"{key}: {flow(word)}", DEFAULT) for key, word in unsaid if not node.get(key))


def _step_lines(rule: Rule, node: Node, step: Step, entry: Node, settings: Settings) -> Iterator[Line]:
    unsaid = {
        "priority": str(step.priority), "misfire": _misfire(step), "urgent": "false", "shift": step.shift.value,
    }  # fmt: skip
    in_digest = step.action is Action.DIGEST and rule.of_leads
    unfit = OF_MESSAGES if in_digest else unfit_keys(step.action)
    for key in STEP_KEYS:
        value = entry.get(key)
        if key == "sign_by" and value and step.sign_by:
            yield Line("sign_by:")
            deadline = _at_text(step.sign_by.deadline)
            others = [("who", step.sign_by.who), ("deadline", deadline), ("late", step.sign_by.late)]
            yield from _indented(_with(value, rule, others), "  ")
        elif value:
            yield _said(key, value, rule)
        elif key == "category":
            category = node.get("category")
            yield Line(f"category: {step.category}", _place(category, rule) if category else DEFAULT)
        elif key in unsaid and key not in unfit:
            yield Line(f"{key}: {unsaid[key]}", DEFAULT)
        elif key in ("via", "window") and key not in unfit:
            yield _from_config(key, step, settings)


def _from_config(key: str, step: Step, settings: Settings) -> Line:
    defaults = settings.defaults
    if key == "via":
        return Line(f"# via: the receiver's own channels, else {flow(defaults.via)}", CONFIG)
    window = defaults.lead_window if step.action is Action.GREET else defaults.rep_window
    return Line(f"# window: {window}", CONFIG)


def _misfire(step: Step) -> str:
    if step.misfire is Misfire.BELATED and step.belated is not None:
        return f"{{belated: {duration_text(step.belated)}}}"
    return step.misfire.value


def _at_text(at: At) -> str:
    wall = at.wall.strftime("%H:%M") if at.wall else ""
    return " ".join(filter(None, (duration_text(at.offset), wall)))
