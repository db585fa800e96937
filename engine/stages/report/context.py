"""What a report's text may speak of: plain values, shares in whole percent, "" where there is none."""

from __future__ import annotations

from typing import Any

from engine.domain.civil import local
from engine.stages.report.figures import Report, Unfinished, Work


def report_context(report: Report) -> dict[str, Any]:
    """The variable `report` of its template; instants by the wall clock of the report's zone."""
    period = report.period
    return _work(report.work) | {
        "kind": period.kind, "first": period.first.isoformat(), "last": period.last.isoformat(), "name": report.name,
        "withdrawn": report.withdrawn, "won": report.won, "lost": report.lost,
        "contacts": sum(one.contacts for one in report.contacts),
        "before": tuple(_work(one.work) | {"first": one.period.first.isoformat()} for one in report.before),
        "reps": tuple(_work(line.work) | {"name": line.name, "contacts": line.contacts} for line in report.reps),
        "stages": tuple(
            {
                "stage": stage.stage, "standing": stage.standing, "entered": stage.entered, "left": stage.left,
                "lost": stage.lost, "conversion": _percent(stage.conversion), "mean": _percent(stage.mean),
                "few": stage.too_few,
            }
            for stage in report.funnel if stage.standing or stage.entered or stage.left
        ),
        "rhythm": tuple(
            {"grade": one.grade, "span": one.span, "kept": one.kept, "total": one.total, "share": _percent(one.share)}
            for one in report.cadence if one.total
        ),
        "tiers": tuple(
            {
                "tier": one.tier, "leads": one.leads, "contacts": one.contacts, "attempts": one.attempts,
                "per_lead": "" if one.per_lead is None else f"{one.per_lead:.2f}",
            }
            for one in report.contacts
        ),
        "unfinished": tuple(_unfinished(one, report.zone) for one in report.unfinished),
        "said": tuple({"name": one.name, "problems": one.problems, "measures": one.measures} for one in report.said),
    }  # fmt: skip


def _work(work: Work) -> dict[str, Any]:
    return {
        "planned": work.planned, "done": work.done, "tried": work.tried, "late": work.late, "missed": work.missed,
        "open": work.open, "on_time": _percent(work.on_time),
    }  # fmt: skip


def _percent(share: float | None) -> int | str:
    return "" if share is None else round(100 * share)


def _unfinished(one: Unfinished, zone: str) -> dict[str, str]:
    following = "" if one.next_at is None else f"{local(one.next_at, zone):%Y-%m-%d %H:%M}"
    return {
        "time": f"{local(one.due_at, zone):%H:%M}", "lead": one.name, "summary": one.summary, "rep": one.rep,
        "outcome": one.outcome, "next": following, "next_summary": one.next_summary,
    }  # fmt: skip
