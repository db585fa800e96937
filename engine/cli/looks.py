"""Reading about a confidential customer at the command line: put down as a look, as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cli.common import opened, os_user
from engine.cli.times import Given
from engine.domain.discretion import initial
from engine.store.facts.looks import record_looks

ROLE = "cli"
"""The role of whoever has a shell on this machine."""


def keep_look(lead: Mapping[str, Any], page: str, now: Given | None = None) -> None:
    """Put down that the user of this machine read of him in that command, if he is confidential."""
    if lead["confidential"]:
        with opened(now) as app, app.db.writing() as connection:
            record_looks(connection, [str(lead["id"])], page, os_user(), ROLE, app.clock.now())


def in_a_list(lead: Mapping[str, Any]) -> dict[str, Any]:
    """A lead's row among others: of who is confidential the initial, and neither company nor standing."""
    if not lead["confidential"]:
        return dict(lead)
    return {**lead, **dict.fromkeys(("company", "tier", "grade", "stage")), "name": initial(str(lead["name"]))}
