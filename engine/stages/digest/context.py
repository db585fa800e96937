"""What a digest's text may speak of: plain values, a missing one as "". Of confidential leads only an initial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.domain.civil import local
from engine.domain.discretion import initial
from engine.stages.digest.collect import Asked, Told
from engine.store.book.digest_rows import Line

Summaries = Mapping[tuple[str, str], str]
"""Rules' summaries by (rule, revision)."""


def digest_context(asked: Asked, told: Told, summaries: Summaries) -> dict[str, Any]:
    """The variable `digest` of its template; instants by the receiver's wall clock."""

    def items(lines: Iterable[Line]) -> tuple[dict[str, str], ...]:
        return tuple(_item(line, asked.zone, summaries) for line in lines)

    reps = tuple(
        {
            "name": rep.name, "count": rep.count, "escalated": items(rep.escalated), "overdue": items(rep.overdue),
            "unsigned": items(rep.unsigned),
        }
        for rep in told.reps
    )  # fmt: skip
    return {
        "date": local(asked.due_at, asked.zone).date().isoformat(), "count": told.count,
        "entries": items(told.entries), "due": items(told.due), "drafts": items(told.drafts),
        "overdue": items(told.overdue), "appointments": items(told.appointments), "in_doubt": items(told.in_doubt),
        "handed": items(told.handed),
        "reps": reps,
    }  # fmt: skip


def _item(line: Line, zone: str, summaries: Summaries) -> dict[str, str]:
    at = local(line.at, zone)
    deadline = None if line.deadline_at is None else local(line.deadline_at, zone)
    return {
        "touch": line.id if line.rule else "",
        "lead": initial(line.name) if line.confidential else line.name,
        "id": line.lead,
        "rule": line.rule,
        "summary": summaries.get((line.rule, line.revision), ""),
        "state": line.state,
        "date": at.date().isoformat(),
        "time": f"{at:%H:%M}",
        "deadline": f"{deadline:%Y-%m-%d %H:%M}" if deadline else "",
    }
