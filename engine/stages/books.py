"""The rules in force, and those that occasions in flight were born under."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.ground.errors import BadConfig
from engine.rulebook.model import Quarantined, Rule, RuleBook
from engine.rulebook.quarantine import load_sound
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.store.book import generations
from engine.store.database import Connection, Database


@dataclass(frozen=True)
class Generation:
    """One generation, parsed. One pass of a stage sees exactly one."""

    id: int
    book: RuleBook
    templates: Mapping[str, str]


def digest_of(
    book: RuleBook, rules: Mapping[str, str], templates: Mapping[str, str], left_out: Sequence[str] = ()
) -> str:
    """What tells two generations apart: the text of all their files, the rules left out of them, and what config.yaml
    adds to rules that post something."""
    digest = hashlib.blake2b(digest_size=16)
    for kind, files in (("rules", rules), ("templates", templates)):
        for path in sorted(files):
            digest.update(f"{kind}\0{path}\0{files[path]}\0".encode())
    for rule in left_out:
        digest.update(f"quarantined\0{rule}\0".encode())
    for one in book.rules:
        if any(step.posts for step in one.steps):
            digest.update(f"posts\0{one.id}\0{one.revision}\0".encode())
    return digest.hexdigest()


class Books:
    """Parsed generations by id. Parsing happens once; the text lives in the database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._parsed: dict[int, Generation] = {}
        self._rules: dict[tuple[str, str], Rule | None] = {}

    def active(self, connection: Connection) -> Generation | None:
        """The generation in force, or None on a fresh database."""
        current = generations.active_id(connection)
        if current is None:
            return None
        return self._parsed.get(current) or self._parse(generations.active_generation(connection))

    def rule(self, connection: Connection, rule_id: str, revision: str) -> Rule | None:
        """A rule as an occasion was born under it; None if its text can no longer be read."""
        key = (rule_id, revision)
        if key not in self._rules:
            self._rules[key] = self._find(connection, rule_id, revision)
        return self._rules[key]

    def _find(self, connection: Connection, rule_id: str, revision: str) -> Rule | None:
        active = self.active(connection)
        rule = active.book.rule(rule_id) if active else None
        if rule is not None and rule.revision == revision:
            return rule
        found = generations.generation_of(connection, rule_id, revision)
        if found is None:
            return None
        born_in, named = found
        try:
            old = self._parsed.get(born_in) or self._parse(generations.stored_generation(connection, born_in))
        except BadConfig:  # config.yaml no longer has what that generation names; its occasions end, with that reason
            return None
        born = old.book.rule(named) if old else None
        return born and replace(born, id=rule_id, revision=revision)

    def _parse(self, stored: generations.StoredGeneration | None) -> Generation | None:
        """Rules that today's config.yaml no longer bears are left out too: what waits for them is held."""
        if stored is None:
            return None
        catalogue = catalogue_for(self.settings, stored.templates)
        known = tuple(_from_row(row) for row in stored.quarantined)
        book, problems = load_sound(stored.rules, catalogue, {one.id for one in known})
        if book is None:
            raise BadConfig(problems)
        book = replace(book, quarantined=(*known, *book.quarantined))
        self._parsed[stored.id] = Generation(stored.id, book, stored.templates)
        return self._parsed[stored.id]


def adopt(db: Database, book: RuleBook, rules: Mapping[str, str], templates: Mapping[str, str], now: int) -> int:
    """Put a checked book in force: stored first, so that every daemon of this database sees the same."""
    left_out = [asdict(one) for one in book.quarantined]
    revisions = [(rule.id, rule.revision) for rule in book.rules if rule.enabled]
    renamed = [(rule.renamed_from, rule.id) for rule in book.rules if rule.renamed_from]
    digest = digest_of(book, rules, templates, [one.id for one in book.quarantined])
    with db.writing() as connection:
        return generations.adopt(connection, digest, rules, templates, revisions, renamed, now, left_out)


def _from_row(row: Mapping[str, Any]) -> Quarantined:
    return Quarantined(**{**row, "problems": tuple(row["problems"])})
