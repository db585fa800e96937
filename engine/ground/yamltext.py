"""Plain data as YAML in flow style, on one line, as an author would write it. `read_yaml` reads it back the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.ground.yamlio import read_yaml


def flow(value: object) -> str:
    """`{tier: [platinum, gold], region: {within: "5101"}}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(entry) for entry in value) + "]"
    return json.dumps(value)


def _is_plain(text: str) -> bool:
    """Whether the reader takes it for the same text without quotes, as a key and as a value, in a list and alone."""
    if not text.isprintable():
        return False
    wanted: dict[str, object] = {text: text, f"[{text}]": [text], f"{{{text}: {text}}}": {text: text}}
    for written, meant in wanted.items():
        node, problems = read_yaml(written, "")
        if node is None or problems or node.plain() != meant:
            return False
    return True


def _quoted(text: str) -> str:
    """In double quotes; what a terminal could not show is escaped."""
    body = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in body)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
