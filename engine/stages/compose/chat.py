"""A text as chats show it: markdown without anything that a customer's name or note could turn into some.

Below it stand its links, one a line, `[label](url)`: channels that must shorten a text know them by that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.settings.channel_model import Form

_LOOKALIKES = str.maketrans("<>*`[]", "＜＞＊｀［］")  # wide forms: no mention, no link, no bold
_ADDRESS = re.compile(r"(?P<before>\s*(?:- )?)(?P<url>https?://\S+)\s*")


def from_plain(text: str, label: str) -> str:
    """Plain words as chat markdown; a line that is an address becomes a link with that label."""
    return "\n".join(_line(line, label) for line in text.strip("\n").split("\n"))


def harmless(value: Any) -> Any:
    """A value of a template's context in which no text is markdown."""
    if isinstance(value, str):
        return value.translate(_LOOKALIKES)
    if isinstance(value, Mapping):
        return {key: harmless(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(harmless(one) for one in value)
    return value


def with_links(text: str, links: Sequence[Mapping[str, str]], form: Form) -> str:
    """The text with its links below. A group gets none that opens the page of one rep's day."""
    shown = [f"[{one['label']}]({one['url']})" for one in links if form is Form.CHAT or one["kind"] != "day"]
    return "\n".join((text.strip("\n"), "", *shown)) if shown else text.strip("\n")


def _line(line: str, label: str) -> str:
    found = _ADDRESS.fullmatch(line)
    if found is None:
        return line.translate(_LOOKALIKES)
    return f"{found['before']}[{label}]({found['url'].replace(')', '%29')})"
