"""Reading mappings, lists and scalars of a rule file, each mistake with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from engine.ground.errors import Problem
from engine.ground.yamlio import Node, quoted
from engine.ground.yamlslips import half_width
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.told import Told

_ID = re.compile(r"\w[\w.-]{0,63}")
_HINTED = 100
"""Problems of one file that get a "did you mean"; a file with more is not a rule file."""


@dataclass(frozen=True)
class Source:
    """The file being read, what it may name, and the problems found so far."""

    file: str
    catalogue: Catalogue
    told: Told = field(default_factory=Told)

    def report(self, at: Node, code: str, message: str, hint: str = "", other: str = "") -> None:
        """Record a mistake at that node."""
        file, mark = at.mark.file or self.file, at.mark
        if isinstance(at.value, str):
            hint = half_width(at.value) or hint
        if self.told.is_new(file, mark.line, mark.col, code, message):
            self.told.kept.append(Problem(file, mark.line, mark.col, code, message, hint, other=other))

    def warn(self, at: Node, code: str, message: str, hint: str = "") -> None:
        """Record something that can be done and probably should not."""
        file, mark = at.mark.file or self.file, at.mark
        self.told.kept.append(Problem(file, mark.line, mark.col, code, message, hint, severity="warning"))

    def unknown(self, at: Node, code: str, message: str, word: str, choices: Iterable[str]) -> None:
        """Record a word that is none of `choices`, with the nearest of them."""
        hint = suggestion(word, tuple(choices)) if self.told.count(self.file) < _HINTED else ""
        self.report(at, code, message, hint)

    def unsupported(self, at: Node, word: str, hint: str = "") -> None:
        """Record a word that the language has and this version does not, or not in this place."""
        self.report(at, "R190", f"{quoted(word)} is not yet supported{' here' if hint else ''}", hint)

    def place(self, node: Node, what: str) -> str:
        """The other place of a conflict."""
        return f"{self.file}:{node.mark.line}:{node.mark.col}: {what}"


class Keys:
    """A mapping with known keys. Unknown, later and empty ones are reported at once."""

    def __init__(
        self, source: Source, node: Node, where: str, known: Sequence[str],
        later: Sequence[str] = (), elsewhere: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """`elsewhere` are keys that belong in another place, which it names."""
        self.source, self.node, self.where = source, node, where
        self._values: dict[str, Node] = {}
        self.names: dict[str, Node] = {}
        self.unknown: list[str] = []
        self.ok = node.kind == "map"
        if not self.ok:
            source.report(node, "R101", f"{where} must be a mapping, not {shown(node)}")
        for name, value in node.items():
            if name.value in known:
                self._add(name, value)
            elif name.value in later:
                source.unsupported(name, str(name.value))
            elif name.value in elsewhere:
                hint = f"it belongs in {elsewhere[str(name.value)]}"
                source.report(name, "R104", f"unknown key {shown(name)} in {where}", hint)
            else:
                self.unknown.append(str(name.value))
                message = f"unknown key {shown(name)} in {where}"
                source.unknown(name, "R104", message, str(name.value), known)

    def _add(self, name: Node, value: Node) -> None:
        if value.value is None:
            self.source.report(name, "R112", f"{shown(name)} has no value", "write one or remove the key")
            return
        self._values[str(name.value)] = value
        self.names[str(name.value)] = name

    def get(self, key: str) -> Node | None:
        """The value of the key, if it is there."""
        return self._values.get(key)

    def require(self, key: str) -> Node | None:
        """The value of the key; its absence is reported, unless an unknown key was probably meant to be it."""
        value = self._values.get(key)
        if value is None and self.ok and self.node.get(key) is None and not self._is_meant(key):
            self.source.report(self.node, "R105", f'{self.where} has no "{key}"')
        return value

    def _is_meant(self, key: str) -> bool:
        hinted = self.source.told.count(self.source.file) < _HINTED
        return hinted and any(nearest(word, (key,)) for word in self.unknown[:_HINTED])


@lru_cache(maxsize=4096)
def suggestion(word: str, choices: tuple[str, ...]) -> str:
    """`did you mean "x"?`, or the choices where they are few."""
    near = nearest(word, choices)
    if near:
        return f'did you mean "{near}"?'
    return f"use {listed(choices)}" if 0 < len(choices) <= 12 else ""


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """The choice that looks most like the word, or nothing."""
    near = difflib.get_close_matches(word, choices, n=1) if len(word) <= 64 else []
    return near[0] if near else ""


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shown(node: Node) -> str:
    """A node as a message shows it."""
    if node.kind != "scalar":
        return "a list" if node.kind == "list" else "a mapping"
    match node.value:
        case str(text):
            return quoted(text)
        case bool(flag):
            return "true" if flag else "false"
        case None:
            return "nothing"
        case number:
            return str(number)


def read_enabled(keys: Keys) -> bool:
    """False where an entry is switched off by `enabled: false`."""
    node = keys.get("enabled")
    return node is None or read_flag(keys.source, node, "enabled") is not False


def read_text(source: Source, node: Node, what: str) -> str | None:
    """Text that is not empty; a bare number or true is not text."""
    if isinstance(node.value, str) and node.value.strip():
        return node.value
    hint = "put it in quotes" if isinstance(node.value, bool | int | float) else ""
    source.report(node, "R103", f'"{what}" must be text, not {shown(node)}', hint)
    return None


def read_id(source: Source, node: Node) -> str | None:
    """An id: letters of any script, digits, `-`, `_` and `.`, at most 64."""
    text = read_text(source, node, "id")
    if text is None or _ID.fullmatch(text):
        return text
    source.report(node, "R111", f"{quoted(text)} cannot be an id", "use letters, digits, - and _, at most 64")
    return None


def read_flag(source: Source, node: Node, what: str) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    source.report(node, "R103", f'"{what}" must be true or false, not {shown(node)}')
    return None


def read_int(source: Source, node: Node, what: str, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`."""
    number = node.value
    if not isinstance(number, int) or isinstance(number, bool):
        source.report(node, "R103", f'"{what}" must be a whole number, not {shown(node)}')
        return None
    if low <= number <= high:
        return number
    source.report(node, "R109", f'"{what}" must lie between {low} and {high}, not at {number}')
    return None


def read_list(source: Source, node: Node, what: str) -> tuple[Node, ...]:
    """The entries of a list that is not empty; nothing, and a problem, otherwise."""
    if node.kind != "list":
        source.report(node, "R102", f'"{what}" must be a list, not {shown(node)}')
    elif not node.entries():
        source.report(node, "R112", f'"{what}" is an empty list')
    return node.entries()


def read_words(
    source: Source, node: Node, what: str, code: str, noun: str, choices: Sequence[str]
) -> tuple[str, ...]:
    """One word or a list of different words, each one of `choices`."""
    entries = (node,) if node.kind == "scalar" else read_list(source, node, what)
    words: list[str] = []
    for entry in entries:
        word = read_choice(source, entry, what, code, noun, choices)
        if word in words:
            source.report(entry, "R113", f'"{word}" stands twice in "{what}"', "keep one of them")
        elif word is not None:
            words.append(word)
    return tuple(words)


def read_choice(
    source: Source, node: Node, what: str, code: str, noun: str, choices: Sequence[str]
) -> str | None:
    """A word that must be one of `choices`; `noun` says what it would be (`template`, `tier`)."""
    text = read_text(source, node, what)
    if text is None or text in choices:
        return text
    source.unknown(node, code, f"unknown {noun} {quoted(text)}", text, choices)
    return None


def read_exact(source: Source, node: Node, what: str, word: str) -> None:
    """A key that takes one word only; anything else is reported."""
    if node.value != word:
        source.report(node, "R222", f'"{what}" must be {word}, not {shown(node)}')
