"""YAML without its traps, every value with its place. The only module that imports yaml.

Only null, true and false, plain decimal numbers and text are resolved: `18:00`, `on`, `NO`, `2026-02-30`,
`1_000`, `.inf`, `0x1f` and `007` stay text. Anchors, aliases, merge keys, tags, duplicate keys and several
documents are refused, and so are depth and size beyond what a person writes. Built on libyaml's events, not
on its composer, which recurses in C: nesting is cut off before anything else can overflow.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from engine.ground.errors import Problem, in_order
from engine.ground.yamlslips import slip

MAX_DEPTH = 40
MAX_BYTES = 256 * 1024

Scalar = bool | int | float | str | None

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Mark:
    """A place in a file. Both count from 1; `col` counts characters. `file` is said where it is not plain."""

    line: int
    col: int
    file: str = ""


@dataclass(frozen=True)
class Node:
    """A value and its place. Lists hold nodes, maps hold (key, value) pairs of nodes, in the file's order."""

    mark: Mark
    value: Scalar | tuple[Node, ...] | tuple[tuple[Node, Node], ...]
    kind: Literal["scalar", "list", "map"]

    def entries(self) -> tuple[Node, ...]:
        """The elements of a list; nothing if it is not one."""
        return self.value if self.kind == "list" else ()  # type: ignore[return-value]

    def items(self) -> tuple[tuple[Node, Node], ...]:
        """The (key, value) pairs of a map; nothing if it is not one."""
        return self.value if self.kind == "map" else ()  # type: ignore[return-value]

    def get(self, key: Scalar) -> Node | None:
        """The value under that key of a map."""
        return next((value for name, value in self.items() if name.value == key), None)

    def of_file(self, file: str) -> Node:
        """The same, every place in it saying the file: to stand among the nodes of another one."""
        value: Any = self.value
        if self.kind == "map":
            value = tuple((name.of_file(file), entry.of_file(file)) for name, entry in self.items())
        elif self.kind == "list":
            value = tuple(entry.of_file(file) for entry in self.entries())
        return Node(replace(self.mark, file=file), value, self.kind)

    def plain(self) -> Any:
        """Ordinary Python data: dict, list, or the scalar."""
        if self.kind == "map":
            return {key.value: value.plain() for key, value in self.items()}
        if self.kind == "list":
            return [entry.plain() for entry in self.entries()]
        return self.value


def read_yaml(text: str | bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The document and every problem of it; never an exception, whatever the bytes.

    With problems that leave the meaning clear (a duplicate key, an unused anchor) the node is there too, so
    that the reader can go on listing mistakes. An empty file is a null. `file` is only a name for messages.
    """
    decoded = _decode(text, file)
    if isinstance(decoded, Problem):
        return None, (decoded,)
    composer = _Composer(decoded, file)
    node = composer.compose()
    return node, in_order(composer.problems)


def locate(node: Node, path: Sequence[str | int], *, key: bool = False) -> Mark:
    """The place of the value at `path` (of its key, if `key`), or as near to it as the document goes.

    Steps that are not there are skipped, so paths with the tags of a union (pydantic's) work as they are. A key that
    YAML takes for a number is found by its digits.
    """
    mark = node.mark
    for step in path:
        for name, value in _children(node):
            if step in (name.value, str(name.value)):
                node, mark = value, name.mark if key else value.mark
                break
    return mark


def quoted(text: str) -> str:
    """The text in quotes as one line of a message: cut where it is long, escaped where it would break the line."""
    short = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short) + '"'


def _children(node: Node) -> Sequence[tuple[Node, Node]]:
    numbered = [(Node(entry.mark, index, "scalar"), entry) for index, entry in enumerate(node.entries())]
    return numbered or node.items()


def _decode(text: str | bytes, file: str) -> str | Problem:
    """The text without a byte order mark, or why it cannot be one."""
    if len(text) > MAX_BYTES or (isinstance(text, str) and len(text.encode("utf-8", "replace")) > MAX_BYTES):
        return Problem(file, 1, 1, "Y102", "the file is larger than 256 KB", "split it into several files")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            mark = _mark_at(error.object[: error.start].decode("utf-8"))
            return Problem(file, mark.line, mark.col, "Y101", "the file is not UTF-8", "save it as UTF-8")
    text = text.removeprefix("\ufeff")
    bad = _UNPRINTABLE.search(text)
    if bad:
        mark = _mark_at(text[: bad.start()])
        message = f"character U+{ord(bad.group()):04X} is not allowed"
        return Problem(file, mark.line, mark.col, "Y103", message, "remove it")
    return text


def _mark_at(before: str) -> Mark:
    """The place right after this text."""
    return Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _resolve(text: str) -> Scalar:
    """What a plain scalar means; anything unusual stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


class _Unreadable(Exception):
    """Reading cannot go on; the problem has been recorded."""


class _Composer:
    """Turns libyaml's events into nodes, collecting problems."""

    def __init__(self, text: str, file: str) -> None:
        self._loader = yaml.CSafeLoader(text)
        self._text = text
        self._file = file
        self._meaning_lost = False
        self.problems: list[Problem] = []

    def compose(self) -> Node | None:
        """The one document of the stream, or None if its meaning is not clear."""
        try:
            node = self._document()
        except _Unreadable:
            return None
        finally:
            self._loader.dispose()
        return None if self._meaning_lost else node

    def _document(self) -> Node:
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            return Node(Mark(1, 1), None, "scalar")
        node = self._node(self._next(), 1)
        self._next()  # the end of the document
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._problem(event, "Y104", "a second document begins", "write one document a file")
        return node

    def _next(self) -> Any:
        try:
            return self._loader.get_event()
        except yaml.MarkedYAMLError as error:
            self._unreadable(*self._told(error))
        except (yaml.YAMLError, UnicodeError) as error:
            # A tag's %-escapes can spell what is not text; libyaml lets them pass and the binding stumbles.
            self._unreadable(Mark(1, 1), str(error).splitlines()[0], "")

    def _told(self, error: yaml.MarkedYAMLError) -> tuple[Mark, str, str]:
        """Where it is, what it is, and what to do: what an author did, where that can be told, else libyaml's words."""
        began, at = error.context_mark, error.problem_mark or error.context_mark
        if began is not None and error.context == "while scanning a quoted scalar":
            return Mark(began.line + 1, began.column + 1), "this quote is never closed", "close it on the same line"
        known = slip(self._text.splitlines(), at.line + 1) if at else None
        if known is not None:
            return Mark(known.line, known.col), known.message, known.hint
        what = ", ".join(part for part in (error.context, error.problem) if part)
        hint = "indent it like the lines it belongs to" if "did not find expected" in what and "block" in what else ""
        return Mark(at.line + 1, at.column + 1) if at else Mark(1, 1), what, hint

    def _unreadable(self, mark: Mark, what: str, hint: str) -> None:
        message = f"this is not YAML: {what}"
        self.problems.append(Problem(self._file, mark.line, mark.col, "Y100", message, hint))
        raise _Unreadable

    def _problem(self, event: Any, code: str, message: str, hint: str = "", other: str = "") -> None:
        mark = _mark(event)
        self.problems.append(Problem(self._file, mark.line, mark.col, code, message, hint, other=other))
        if code not in _HARMLESS:
            self._meaning_lost = True

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._problem(event, "Y105", f"nested deeper than {MAX_DEPTH} levels", "write it flatter")
            raise _Unreadable
        if isinstance(event, yaml.AliasEvent):
            self._problem(event, "Y106", f"alias {quoted(f'*{event.anchor}')} is not allowed", "write the value out")
            return Node(_mark(event), None, "scalar")
        self._refuse_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._map(event, depth)

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._problem(event, "Y107", f"anchor {quoted('&' + event.anchor)} is not allowed", "remove it")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._problem(event, "Y108", f"tag {quoted(tag)} is not allowed", "remove it; quotes make text")

    def _scalar(self, event: Any) -> Node:
        if "\0" in event.value:
            self._problem(event, "Y103", "character U+0000 is not allowed", "remove it")
        plain = event.style in (None, "")
        return Node(_mark(event), _resolve(event.value) if plain else event.value, "scalar")

    def _list(self, start: Any, depth: int) -> Node:
        entries: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            entries.append(self._node(event, depth + 1))
        return Node(_mark(start), tuple(entries), "list")

    def _map(self, start: Any, depth: int) -> Node:
        pairs: list[tuple[Node, Node]] = []
        seen: dict[tuple[type, Any], Mark] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if self._is_new(key, event, seen):
                pairs.append((key, value))
        return Node(_mark(start), tuple(pairs), "map")

    def _is_new(self, key: Node, event: Any, seen: dict[tuple[type, Any], Mark]) -> bool:
        """Whether the key may stand in the map; if not, why not is recorded."""
        if key.kind != "scalar":
            self._problem(event, "Y109", "a key must be text, not a list or a mapping", "quote it")
            return False
        if key.value == "<<":
            self._problem(event, "Y110", "merge key << is not allowed", "write the keys out")
            return False
        first = seen.setdefault((type(key.value), key.value), key.mark)
        if first is key.mark:
            return True
        other = f"{self._file}:{first.line}:{first.col}: it stands here already"
        self._problem(event, "Y111", f"duplicate key {quoted(event.value)}", "keep one of them", other)
        return False


_HARMLESS = frozenset({"Y104", "Y107", "Y111"})
"""Problems after which the rest of the document still means what it says."""


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
