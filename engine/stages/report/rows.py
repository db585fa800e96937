"""A report as rows for scripts: one for each line of each part, with its name under `part`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from engine.domain.civil import local
from engine.stages.report.figures import FunnelStage, Report, Unfinished, Work

Row = dict[str, Any]


def rows(report: Report) -> Iterator[Row]:
    """All of them; shares lie between 0 and 1, and are null where there is nothing to tell."""
    period = report.period
    yield {
        "part": "period", "kind": period.kind, "first": period.first.isoformat(), "last": period.last.isoformat(),
        "scope": report.scope, "who": report.who, "timezone": report.zone, "as_of": _at(report.now, report.zone),
    }  # fmt: skip
    yield {"part": "work"} | _work(report.work) | {"withdrawn": report.withdrawn}
    yield from ({"part": "kind", "kind": kind} | _work(work) for kind, work in report.by_kind)
    for line in report.reps:
        yield {"part": "rep", "rep": line.rep, "name": line.name, "contacts": line.contacts} | _work(line.work)
    yield from ({"part": "stage"} | _stage(stage) for stage in report.funnel)
    yield {"part": "deals", "won": report.won, "lost": report.lost}
    yield from ({"part": "cadence"} | asdict(one) | {"share": one.share} for one in report.cadence)
    yield from ({"part": "contacts"} | asdict(one) | {"per_lead": one.per_lead} for one in report.contacts)
    for before in report.before:
        yield {"part": "before", "first": before.period.first.isoformat()} | _work(before.work)
    yield from ({"part": "unfinished"} | _unfinished(one, report.zone) for one in report.unfinished)
    yield from ({"part": "said"} | asdict(one) for one in report.said)


def _work(work: Work) -> Row:
    return {"planned": work.planned} | asdict(work) | {"on_time": work.on_time}


def _stage(stage: FunnelStage) -> Row:
    return asdict(stage) | {"conversion": stage.conversion, "mean": stage.mean, "too_few": stage.too_few}


def _unfinished(one: Unfinished, zone: str) -> Row:
    return asdict(one) | {
        "due_at": _at(one.due_at, zone), "next_at": None if one.next_at is None else _at(one.next_at, zone)
    }


def _at(at: int, zone: str) -> str:
    return local(at, zone).isoformat()
