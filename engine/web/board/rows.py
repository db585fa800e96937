"""What the lists of the board have in common: whose customers they are about, who is named, and where they go on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from engine.store.lookups.touch_lists import Place
from engine.web.asked import Asked
from engine.web.routing import DESK
from engine.web.visitors import Role, Sight

BOARD: tuple[Role, ...] = ("manager", *DESK)
"""Who finds the board. A manager sees his team's customers only."""

PAGE = 50
"""Rows of a page. Ours."""
_PLACE = re.compile(r"(\d{1,12})\.(\d{1,18})")


class OfCustomer(Protocol):
    """A row about a customer; `name` None: about none, or one who is not in the book."""

    @property
    def lead(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def confidential(self) -> bool | None: ...


@dataclass(frozen=True)
class Shown:
    """A row, and whether this visitor may know who the customer is."""

    row: Any
    named: bool


def owners_seen(sight: Sight) -> frozenset[str] | None:
    """The owners whose customers' rows he finds on the board; None: everybody's."""
    return None if sight.everybody else sight.owners


def shown(asked: Asked, sight: Sight, rows: Iterable[OfCustomer], page: str) -> list[Shown]:
    """The rows, those of confidential customers without their names; put down as looks at the others."""
    found = [Shown(row, row.name is not None and sight.sees(row.owner, confidential=bool(row.confidential)))
             for row in rows]  # fmt: skip
    asked.looked_at({one.row.lead for one in found if one.named}, page)
    return found


def query(asked: Asked, name: str) -> str:
    """What the address asks for under that name; "" if it does not."""
    return asked.request.query_params.get(name, "")


def place_asked(asked: Asked) -> Place | None:
    """Where the page goes on; None: at the beginning."""
    found = _PLACE.fullmatch(query(asked, "after"))
    return Place(int(found[1]), int(found[2])) if found else None


def next_page(asked: Asked, rows: Sequence[Any], place: Place | None) -> str:
    """The address of the page after these rows; "" if they are the last. `rows` may be one more than a page shows."""
    if len(rows) <= PAGE or place is None:
        return ""
    kept = [(name, value) for name, value in asked.request.query_params.items() if name != "after"]
    return f"{asked.request.url.path}?{urlencode([*kept, ('after', f'{place.at}.{place.id}')])}"
