"""What is linted: the checked folder, with the place of every key of every rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.desk.folder import Checked
from engine.ground.errors import FollowupError, Problem
from engine.ground.yamlio import Node, read_yaml
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.loader import read_sections
from engine.rulebook.model import Gate, Policy, Rule, Step
from engine.rulebook.told import Told
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings

ADVICE = "advice"


@dataclass(frozen=True)
class Placed:
    """A rule, step or policy as a node, its folder's defaults included, and the file it stands in."""

    node: Node
    file: str

    def at(self, key: str) -> Node:
        """The value of the key, or what it stands in."""
        return self.node.get(key) or self.node

    def advise(self, key: str, code: str, message: str, hint: str = "", other: str = "") -> Problem:
        """Advice on the key."""
        mark = self.at(key).mark
        return Problem(mark.file or self.file, mark.line, mark.col, code, message, hint, ADVICE, other)

    def place(self, key: str) -> str:
        mark = self.at(key).mark
        return f"{mark.file or self.file}:{mark.line}:{mark.col}"


@dataclass(frozen=True)
class Subject:
    """The whole of it. `tests` are the words that the rule tests name."""

    settings: Settings
    checked: Checked
    catalogue: Catalogue
    rules: tuple[tuple[Rule, Placed], ...]
    policies: tuple[tuple[Policy, Placed], ...]
    gates: tuple[tuple[Gate, Placed], ...]
    tests: frozenset[str]

    def steps(self) -> Iterator[tuple[Rule, Step, Placed]]:
        """Every step of every rule."""
        for rule, placed in self.rules:
            nodes = placed.at("steps").entries()
            yield from ((rule, step, Placed(node, placed.file)) for step, node in zip(rule.steps, nodes, strict=True))


def subject_of(settings: Settings, checked: Checked, tests: Mapping[str, str | bytes]) -> Subject:
    """`tests` are the rule tests by file."""
    catalogue = catalogue_for(settings, checked.templates)
    entries = read_sections(checked.rules, catalogue, Told())
    rules = {_id(node): Placed(node, source.file) for source, node in entries.rules}
    policies = {_id(node): Placed(node, source.file) for source, node in entries.policies}
    gates = {_id(node): Placed(node, source.file) for source, node in entries.gates}
    named = frozenset(word for file, text in tests.items() for word in _words(read_yaml(text, file)[0]))
    return Subject(
        settings, checked, catalogue,
        tuple((rule, rules[rule.id]) for rule in checked.book.rules),
        tuple((policy, policies[policy.id]) for policy in checked.book.policies),
        tuple((gate, gates[gate.id]) for gate in checked.book.gates),
        named,
    )  # fmt: skip


def read_rule_tests(folder: Path) -> dict[str, bytes]:
    """Every `*.test.yaml` of the rules folder and below. FollowupError: one cannot be read."""
    paths = [path for path in sorted(folder.rglob("*.test.yaml")) if path.is_file()]
    return {f"{folder.name}/{path.relative_to(folder).as_posix()}": _content(path) for path in paths}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FollowupError(f"{path} cannot be read: {error.strerror}") from error


def _id(node: Node) -> str:
    id_node = node.get("id")
    return str(id_node.value) if id_node else ""


def _words(node: Node | None) -> Iterator[str]:
    """Every text in it, keys too: tests name rules in both places."""
    if node is None:
        return
    if isinstance(node.value, str):
        yield node.value
    for name, value in node.items():
        yield from _words(name)
        yield from _words(value)
    for entry in node.entries():
        yield from _words(entry)
