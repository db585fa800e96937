"""A report as its page and its file show it: shares in percent, parts of a bar, words of the language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.stages.report.figures import Report, Work
from engine.web.wording import translator, words_of

PARTS = ("done", "tried", "late", "missed", "open")
_COUNTED = re.compile(r"(\d+)([a-z]+)")


@dataclass(frozen=True)
class Part:
    """A piece of a bar, in percent of its length."""

    word: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Column:
    """One period of the run-up."""

    label: str
    share: float | None
    planned: int


def view(report: Report, language: str, names: Mapping[str, str]) -> dict[str, Any]:
    """What report_body.html speaks of. `names` are those of the reps, by id."""
    t, words = translator(language), words_of(language)

    def told(work: Work) -> str:
        return " · ".join(f"{t(f'report.{part.word}')} {part.count}" for part in parts(work))

    def said(word: str) -> str:
        return words.get(f"outcome.{word}") or words.get(f"state.{word}") or word.replace("_", " ")

    def span(text: str) -> str:
        return _COUNTED.sub(lambda found: t(f"report.unit.{found[2]}", n=found[1]), text)

    period = report.period
    return {
        "report": report, "names": names, "percent": percent, "parts": parts, "told": told, "said": said, "span": span,
        "days": f"{period.first}" if period.kind == "daily" else f"{period.first} – {period.last}",
        "called": report.name,
        "trend": _trend(report),
        "funnel": [stage for stage in report.funnel if stage.standing or stage.entered or stage.left],
        "cadence": [one for one in report.cadence if one.total],
        "most": max((one.per_lead or 0 for one in report.contacts), default=0),
    }  # fmt: skip


def percent(share: float | None) -> str:
    """As people read it; "" where there is none."""
    return "" if share is None else f"{round(100 * share)} %"


def parts(work: Work) -> list[Part]:
    """The pieces of its bar that are not empty."""
    found, start = [], 0.0
    for word in PARTS:
        count: int = getattr(work, word)
        if count:
            width = 100 * count / work.planned
            found.append(Part(word, count, start, width))
            start += width
    return found


def _trend(report: Report) -> list[Column]:
    """The periods before and this one; none where nothing was planned before."""
    series = [(one.period.first, one.work) for one in report.before] + [(report.period.first, report.work)]
    if not any(work.planned for _, work in series[:-1]):
        return []
    style = "%Y-%m" if report.period.kind == "monthly" else "%m-%d"
    return [Column(first.strftime(style), work.on_time, work.planned) for first, work in series]
