"""`summary`: one line for people, as a text or in several languages."""

from __future__ import annotations

import re

from engine.domain.spoken import LANGUAGE, Spoken
from engine.rulebook.reading import Keys, read_text, shown

_LANGUAGE = re.compile(LANGUAGE)


def read_summary(keys: Keys) -> str:
    """A text, or one for each language: `{en: Birthday, zh-Hans: 生日}`; "" where there is none."""
    source, node = keys.source, keys.get("summary")
    if node is None:
        return ""
    if node.kind != "map":
        return read_text(source, node, "summary") or ""
    told: dict[str, str] = {}
    for name, text in node.items():
        if isinstance(name.value, str) and _LANGUAGE.fullmatch(name.value):
            told[name.value] = read_text(source, text, "summary") or ""
        else:
            source.report(name, "R103", f"{shown(name)} is no language", "write it like en, zh-Hans or zh-Hant")
    if not told:
        source.report(node, "R103", '"summary" says nothing', "write a text, or one for each language")
    return Spoken.of(told) if told else ""
