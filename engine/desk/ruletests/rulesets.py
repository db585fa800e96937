"""The rule files of tests: read, checked and compiled once for all tests that name the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.arbiter.judge import Arbiter
from engine.desk.folder import read_folder
from engine.desk.ruletests.switched import switched_on
from engine.ground.errors import Problem
from engine.ground.yamlio import MAX_BYTES
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.defaults import DEFAULTS
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import Policy, RuleBook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Arbiter as ArbiterSettings
from engine.settings.model import Settings
from engine.stages.books import Books

Inline = tuple[tuple[str, str], ...]
"""Rules that stand in test files: the file's name and their text."""


@dataclass(frozen=True)
class RuleSet:
    """Rules that hold, under some settings. `templates` are names without texts: no test writes a message.

    `switched_on` are ids that the files switch off, and that are on here. Its books serve all its tests: every
    test's database is new, so its only generation is the first in each.
    """

    book: RuleBook
    books: Books
    templates: Mapping[str, str]
    switched_on: tuple[str, ...] = ()


@dataclass
class RuleSets:
    """Rule sets by their files and settings, and their arbiters by policies; what could not be read, once."""

    home: Path
    templates: Mapping[str, str]
    problems: set[Problem] = field(default_factory=set)
    _sets: dict[tuple[tuple[Path, ...], Inline, tuple[str, ...], str], RuleSet | None] = field(default_factory=dict)
    _arbiters: dict[tuple[tuple[Policy, ...], ArbiterSettings], Arbiter] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, home: Path) -> RuleSets:
        """Those of a folder."""
        return cls(home, dict.fromkeys(read_folder(settings, home).templates, ""))

    def catalogue(self, settings: Settings) -> Catalogue:
        """What rules and their tests may name under these settings."""
        return catalogue_for(settings, self.templates)

    def load(
        self, paths: Sequence[Path], settings: Settings, inline: Inline = (), enabled: tuple[str, ...] = ()
    ) -> RuleSet | None:
        """The rules of these files, which exist, and of texts; None, and problems, if they do not hold.

        `enabled`: what is switched off there and on here, by id.
        """
        key = (tuple(sorted(paths)), inline, enabled, settings.model_dump_json())
        if key not in self._sets:
            self._sets[key] = self._load(key[0], inline, enabled, settings)
        return self._sets[key]

    def _load(
        self, paths: Sequence[Path], inline: Inline, enabled: tuple[str, ...], settings: Settings
    ) -> RuleSet | None:
        catalogue = self.catalogue(settings)
        defaults = self._defaults_of(paths, settings)
        files: dict[str, str | bytes] = {self.name(path): _content(path) for path in (*paths, *defaults)}
        files |= dict(inline)
        book, problems = load_rulebook(switched_on(files, enabled) if enabled else files, catalogue)
        if book is None:
            self.problems.update(problem for problem in problems if problem.severity == "error")
            return None
        return RuleSet(book, Books(settings), self.templates, enabled)

    def _defaults_of(self, paths: Sequence[Path], settings: Settings) -> list[Path]:
        """What the folders of these files say for their rules, up to the rules folder."""
        root = (self.home / settings.rules).resolve()
        folders = {folder for path in paths for folder in path.resolve().parents if folder.is_relative_to(root)}
        return sorted(path for folder in folders if (path := folder / DEFAULTS).is_file() and path not in paths)

    def name(self, path: Path) -> str:
        """The file as messages name it: below the folder where it lies there."""
        whole = path.resolve()
        return whole.relative_to(self.home).as_posix() if whole.is_relative_to(self.home) else str(path)

    def arbiter(self, policies: tuple[Policy, ...], settings: ArbiterSettings) -> Arbiter:
        """The arbiter of these policies; its process starts with the first test that needs it."""
        key = (policies, settings)
        if key not in self._arbiters:
            self._arbiters[key] = Arbiter(policies, settings)
        return self._arbiters[key]

    def close(self) -> None:
        """End the arbiters' processes."""
        for arbiter in self._arbiters.values():
            arbiter.close()
        self._arbiters.clear()


def _content(path: Path) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)
