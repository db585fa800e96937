"""The pictures that mails show, read once in a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.base import Image
from engine.domain.images import FROZEN, media_type
from engine.store.book.pictures import pictures
from engine.store.outbox.deliveries import Due


class Album:
    """Used by one thread, the writer's."""

    def __init__(self) -> None:
        self._known: dict[str, Image] = {}

    def shown_in(self, connection: Any, rows: Sequence[Due]) -> dict[int, tuple[Image, ...]]:
        """The pictures in the HTML of each, by delivery."""
        named = {row.id: _named(row.html) for row in rows}
        missing = {ident for idents in named.values() for ident in idents} - self._known.keys()
        if missing:
            for one in pictures(connection, missing).values():
                self._known[one.ident] = Image(one.ident, one.name, media_type(one.ident), one.content)
        return {
            ident: tuple(self._known[one] for one in idents if one in self._known) for ident, idents in named.items()
        }


def _named(html: str) -> list[str]:
    return list(dict.fromkeys(FROZEN.findall(html))) if "cid:" in html else []
