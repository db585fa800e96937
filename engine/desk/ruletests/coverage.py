"""Which rules, steps, policies and gates some test has foreseen, and which none has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.desk.ruletests.happened import Happened
from engine.rulebook.model import RuleBook


class Part(NamedTuple):
    """A rule, a step, a policy or a gate, with the file that holds it. `name` is `rule/step` for a step."""

    kind: str
    file: str
    name: str


SINGULAR = {"rules": "rule", "steps": "step", "policies": "policy", "gates": "gate"}
KINDS = tuple(SINGULAR)


@dataclass
class Coverage:
    """What there is, and what was exercised: expected by a test, and then as expected."""

    parts: set[Part] = field(default_factory=set)
    exercised: set[Part] = field(default_factory=set)

    def add(self, book: RuleBook, without: str = "") -> None:
        """Count everything of a book that is switched on, but not of the file `without`."""
        for rule in book.rules:
            if rule.enabled and rule.file != without:
                self.parts.add(Part("rules", rule.file, rule.id))
                self.parts.update(Part("steps", rule.file, f"{rule.id}/{step.id}") for step in rule.steps)
        self.parts.update(Part("policies", one.file, one.id) for one in book.policies if one.file != without)
        self.parts.update(Part("gates", one.file, one.id) for one in book.gates if one.file != without)

    def exercise(self, book: RuleBook, proved: Iterable[Happened]) -> None:
        """Count what the test of this book has foreseen."""
        files = {policy.id: policy.file for policy in book.policies}
        for one in proved:
            rule = book.rule(one.rule)
            if rule is not None:
                self.exercised.add(Part("rules", rule.file, rule.id))
                self.exercised.add(Part("steps", rule.file, f"{rule.id}/{one.step}"))
            if one.policy in files:
                self.exercised.add(Part("policies", files[one.policy], one.policy))

    def exercise_gate(self, book: RuleBook, gate_id: str) -> None:
        """Count a gate that objected where the test of this book said so."""
        self.exercised.update(Part("gates", gate.file, gate.id) for gate in book.gates if gate.id == gate_id)

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """By kind: how many were exercised, of how many."""
        return {
            kind: (
                sum(part.kind == kind for part in self.exercised & self.parts),
                sum(part.kind == kind for part in self.parts),
            )
            for kind in KINDS
        }

    def missing(self) -> list[Part]:
        """What no test has foreseen, by file."""
        return sorted(self.parts - self.exercised, key=lambda part: (part.file, KINDS.index(part.kind), part.name))

    @property
    def percent(self) -> float:
        """The share of all parts that was exercised; 100 where there is none."""
        return 100 * len(self.exercised & self.parts) / len(self.parts) if self.parts else 100.0
