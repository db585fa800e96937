"""The rules and templates a touch was born under, parsed and compiled once."""

from __future__ import annotations

from typing import Any, Protocol

import structlog

from engine.ground.errors import BadConfig
from engine.rulebook.model import Rule, Step
from engine.stages.books import Generation
from engine.stages.compose.links import Links
from engine.stages.compose.templates import TemplateSet
from engine.store.book.generations import stored_generation

log = structlog.get_logger(__name__)

_KEPT = 8  # compiled generations; older ones are compiled again when an old touch needs them


class Rules(Protocol):
    """Finds a rule as an occasion was born under it (engine.stages.books.Books does)."""

    def active(self, connection: Any) -> Generation | None: ...

    def rule(self, connection: Any, rule_id: str, revision: str) -> Rule | None: ...


class Shelf:
    """Steps and template sets for compose, preview and drafts. One for the life of the daemon."""

    def __init__(self, rules: Rules, links: Links | None = None) -> None:
        self.links = links
        """What writes the links of reminders; None: there are no pages that they could lead to."""
        self._rules = rules
        self._sets: dict[int, TemplateSet] = {}

    def rule(self, connection: Any, rule_id: str, revision: str) -> Rule | None:
        """The rule; None if it can no longer be read, because config.yaml lacks what its generation names."""
        try:
            return self._rules.rule(connection, rule_id, revision)
        except BadConfig:
            log.error("rule_unreadable", rule=rule_id, revision=revision)
            return None

    def active(self, connection: Any) -> Generation | None:
        """The rules in force; None if there are none, or they can no longer be read."""
        try:
            return self._rules.active(connection)
        except BadConfig:
            log.error("rules_unreadable")
            return None

    def step(self, connection: Any, rule_id: str, revision: str, step_id: str) -> Step | None:
        """A step of that rule; None if there is none."""
        rule = self.rule(connection, rule_id, revision)
        return next((step for step in rule.steps if step.id == step_id), None) if rule else None

    def templates(self, connection: Any, generation: int) -> TemplateSet | None:
        """The generation's templates; None if it is not in the database."""
        found = self._sets.get(generation)
        if found is None:
            stored = stored_generation(connection, generation)
            if stored is None:
                return None
            while len(self._sets) >= _KEPT:
                self._sets.pop(next(iter(self._sets)))
            found = self._sets[generation] = TemplateSet(stored.templates)
        return found
