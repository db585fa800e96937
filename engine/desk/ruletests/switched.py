"""What a test names is on in it, also where its files have switched it off.

So a rule is tested before it is in force, and whoever switches one off needs not rewrite its tests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.ground.yamlio import Node, read_yaml
from engine.rulebook.loader import SECTIONS, id_in
from engine.rulebook.model import RuleBook

_OFF, _ON = "false", "true "


def switched_off(book: RuleBook) -> tuple[str, ...]:
    """The ids of the rules, policies and gates of the book that are."""
    return tuple(sorted({*(rule.id for rule in book.rules if not rule.enabled), *(one.id for one in book.off)}))


def all_ids(book: RuleBook) -> tuple[str, ...]:
    """The ids of its rules, policies and gates, whether they are on or off."""
    return tuple(one.id for one in (*book.rules, *book.policies, *book.gates, *book.off))


def named_in(steps: Node) -> Iterator[str]:
    """What the steps of a test speak of by its id: what is expected, what kept something back, what was signed."""
    for step in steps.entries():
        expect, because, do = step.get("expect"), step.get("because"), step.get("do")
        for entry in expect.entries() if expect else ():
            yield from _texts(entry.get("rule"))
        for rule, why in because.items() if because else ():
            yield from _texts(rule, why)
        for action in (do.entries() if do.kind == "list" else (do,)) if do else ():
            signed = [one.get("rule") for word in ("approve", "reject") if (one := action.get(word)) is not None]
            yield from _texts(action.get("refused_by"), action.get("flagged_by"), *signed)


def _texts(*nodes: Node | None) -> Iterator[str]:
    yield from (node.value for node in nodes if node is not None and isinstance(node.value, str))


def switched_on(files: Mapping[str, str | bytes], ids: Collection[str]) -> dict[str, str | bytes]:
    """The files with `enabled: false` of these ids turned round; everything else stands where it stood."""
    return {name: _turned(name, text, ids) for name, text in files.items()}


def _turned(name: str, text: str | bytes, ids: Collection[str]) -> str | bytes:
    root, _ = read_yaml(text, name)
    flags = [] if root is None else [flag for entry in _entries(root) if id_in(entry) in ids for flag in _off(entry)]
    if not flags:
        return text
    lines = (text.decode("utf-8") if isinstance(text, bytes) else text).split("\n")
    for flag in flags:
        line, at = lines[flag.mark.line - 1], flag.mark.col - 1
        lines[flag.mark.line - 1] = line[:at] + _ON + line[at + len(_OFF) :]
    return "\n".join(lines)


def _entries(root: Node) -> list[Node]:
    sections = (root.get(name) for name in SECTIONS)
    return [entry for section in sections if section is not None for entry in section.entries()]


def _off(entry: Node) -> list[Node]:
    flag = entry.get("enabled")
    return [flag] if flag is not None and flag.value is False else []
