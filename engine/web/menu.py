"""What stands in the menu, by role. A room of pages adds its line here, and `menu.NAME` to the words."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from engine.web.visitors import DESK, PEOPLE, REPS, Role


class Entry(NamedTuple):
    """A page in the menu: its path, the key of its words, and who finds it there."""

    path: str
    words: str
    roles: Collection[Role]


MENU = (
    Entry("/day", "menu.day", REPS),
    Entry("/week", "menu.week", REPS),
    Entry("/drafts", "menu.drafts", REPS),
    Entry("/pool", "menu.pool", PEOPLE),
    Entry("/board", "menu.board", ("manager", *DESK)),
    Entry("/handover", "menu.handover", ("manager", *DESK)),
    Entry("/report", "menu.report", PEOPLE),
)


def menu_for(role: Role) -> tuple[Entry, ...]:
    """The entries of a role, in order."""
    return tuple(entry for entry in MENU if role in entry.roles)
