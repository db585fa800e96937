"""The steps of a test, read from its file: when, what is done, what is to come up and what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.desk.ruletests.actions import Actions
from engine.desk.ruletests.model import SENT, STATES, Action, Because, Expected, RuleTest, Step
from engine.domain.civil import DAY, day_start
from engine.domain.words import MACHINES
from engine.ground.yamlio import Node, quoted
from engine.rulebook.conditions import fields_of
from engine.rulebook.model import At, Rule
from engine.rulebook.parse_times import read_at
from engine.rulebook.reading import Keys, Source, read_choice, read_int, read_text, shown

FURTHEST = 731
"""Days that a test may play through: two years."""
_NEARER = "begin shortly before it: what is on record may be as old as you like"
_WALL = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
STEP_KEYS = ("at", "do", "expect", "because")
EXPECT_KEYS = ("rule", "step", "to", "lead", "state", "at", "gathered")
REASONS = (
    "until", "expired", "misfire", "unsigned", "rejected", "unsubscribed", "suspended", "suppression_list",
    "catch_up", "coalesced", "held_too_long", "deferred_out", "fact_changed", "no_receiver", "no_room", "lead_gone",
    "gap", "restricted", "chain", "all_absent", "gate", "empty", "absent",
)  # fmt: skip
"""Why a touch does not go out, where no policy decided that (see docs/delivery.md)."""


@dataclass
class Steps:
    """Reads the steps of one test; `_clock` is where the clock stands after those that were read (seconds UTC)."""

    source: Source
    actions: Actions
    test: RuleTest
    reps: Sequence[str]
    _clock: int = 0

    def put_into_test(self, nodes: Sequence[Node]) -> RuleTest:
        """The test with its steps."""
        steps = (self._step(node) for node in nodes)
        return replace(self.test, steps=tuple(step for step in steps if step is not None))

    def _step(self, node: Node) -> Step | None:
        keys = Keys(self.source, node, "a step", STEP_KEYS)
        if not keys.ok:
            return None
        expect, because, do = keys.get("expect"), keys.get("because"), keys.get("do")
        looks = expect is not None or because is not None
        at_node = keys.require("at") if looks or do is None else keys.get("at")
        at = read_at(self.source, at_node, "at") if at_node else None
        if at_node is not None and at is not None:
            self._advance(at_node, at, looks, acts=do is not None)
        return Step(
            node.mark, str(at_node.value) if at_node else "", at, tuple(self._actions(do)) if do else (),
            None if expect is None else tuple(self._expected(expect)),
            tuple(self._because(because)) if because else (),
        )  # fmt: skip

    def _advance(self, node: Node, at: At, looks: bool, acts: bool) -> None:
        """Let the clock go on; time only goes forward. A day that has begun may still be looked at."""
        if at.offset.needs_office_calendar:
            self.source.unsupported(node, str(node.value))
            return
        begun, over = self.test.moment(at), day_start(self.test.day(at) + timedelta(days=1), self.test.zone)
        played = max(self._clock, self.test.start)
        if over > self.test.start + FURTHEST * DAY:
            self.source.report(node, "T207", f"{shown(node)} lies more than {FURTHEST} days after the start", _NEARER)
        elif over <= played or (begun < played and (acts or not looks)):
            hint = "a step that expects something covers its whole day" if self._clock else "the test starts later"
            self.source.report(node, "T207", f"{shown(node)} lies before what has been played", hint)
        else:
            self._clock = max(played, over if looks else begun)

    def _actions(self, node: Node) -> Iterator[Action]:
        for entry in node.entries() if node.kind == "list" else (node,):
            action = self.actions.read(entry)
            if action is not None:
                yield action

    def _expected(self, node: Node) -> Iterator[Expected]:
        if node.kind != "list":
            self.source.report(node, "R102", f'"expect" must be a list, not {shown(node)}', "write [] for nothing")
        for entry in node.entries():
            keys = Keys(self.source, entry, "an expectation", EXPECT_KEYS)
            rule_node = keys.require("rule")
            rule = self._rule(rule_node) if rule_node else None
            if rule is not None:
                leads = tuple(self.test.zones)
                yield Expected(
                    entry.mark, rule, self._word(keys, "step", "T203", tuple(step.id for step in rule.steps)),
                    self._word(keys, "to", "T204", (*self.reps, *leads, *machines(rule))),
                    self._word(keys, "lead", "T204", leads),
                    self._word(keys, "state", "T211", STATES) or SENT, self._wall(keys),
                    self._gathered(keys),
                )  # fmt: skip

    def _because(self, node: Node) -> Iterator[Because]:
        if node.kind != "map":
            self.source.report(node, "R101", f'"because" must be a mapping, not {shown(node)}', "write {rule: policy}")
        for name, value in node.items():
            rule = self._rule(name)
            if rule is not None:
                why = read_choice(self.source, value, "because", "T208", "policy or reason", self._reasons(rule))
                if why is not None:
                    yield Because(name.mark, rule, why)

    def _reasons(self, rule: Rule) -> tuple[str, ...]:
        """What may keep this rule back: policies, fields of its `for`, of its steps' `if`, what they need, and
        the engine itself."""
        policies = tuple(policy.id for policy in self.test.rules.book.policies)
        segment = tuple(fields_of(rule.segment))
        steps = tuple(f"if {path}" for step in rule.steps for path in fields_of(step.condition))
        needs = tuple(f"needs {name}" for step in rule.steps for name, _ in step.needs)
        return tuple(dict.fromkeys((*policies, *segment, *steps, *needs, *REASONS)))

    def _rule(self, node: Node) -> Rule | None:
        book = self.test.rules.book
        ids = tuple(rule.id for rule in book.rules)
        found = read_choice(self.source, node, "rule", "T202", "rule", ids)
        return book.rule(found) if found in ids else None

    def _word(self, keys: Keys, key: str, code: str, known: Sequence[str]) -> str:
        node = keys.get(key)
        return (node and read_choice(self.source, node, key, code, {"to": "receiver"}.get(key, key), known)) or ""

    def _gathered(self, keys: Keys) -> int:
        node = keys.get("gathered")
        return (node and read_int(self.source, node, "gathered", 1, 1_000)) or 0

    def _wall(self, keys: Keys) -> str:
        node = keys.get("at")
        text = read_text(self.source, node, "at") if node else None
        if node is None or text is None:
            return ""
        if _WALL.fullmatch(text) is None:
            self.source.report(node, "T206", f"{quoted(text)} is no time of day", 'write it as "09:00"')
        return text


def machines(rule: Rule) -> tuple[str, ...]:
    """Receivers of the rule's touches that are no people: the engine itself, and programs by their channel."""
    found = (step.target.rpartition(":")[2] for step in rule.steps if step.target.partition(":")[0] in MACHINES)
    return tuple(dict.fromkeys(found))
