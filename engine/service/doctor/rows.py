"""Rows that cannot be read: whoever wrote them past followup."""

from __future__ import annotations

from collections.abc import Iterator

from engine.service.app import App
from engine.service.doctor.finding import Finding, fail, ok, warn
from engine.store.aside.checks import malformed, malformed_reps

NAMED = 20
"""Of each kind; whoever mends these is told of the next. Ours."""


def rows(app: App) -> Iterator[Finding]:
    """Every row that a stage may read, looked at now."""
    with app.db.reading() as connection:
        reps = [one.told for one in malformed_reps(connection)]
        leads = list(malformed(connection, app.settings.vocabularies.statuses))
    for line in reps[:NAMED]:
        yield fail("rows", line, "mend that row: nothing is planned before it can be read")
    for one in leads[:NAMED]:
        yield warn("rows", one.told, "mend that row: this customer is set aside until it can be read")
    if more := max(len(reps) - NAMED, 0) + max(len(leads) - NAMED, 0):
        yield warn("rows", f"{more} more cannot be read", "mend those above, then look again")
    if not reps and not leads:
        yield ok("rows", "all can be read")
