"""A report on a terminal: figures and bars, in 80 columns."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from engine.cli.output import is_terminal
from engine.domain.civil import local
from engine.stages.report.figures import Report, Unfinished, Work

WIDTH = 80
LABEL = 17
COLUMN = 9
BAR = 24
WORK = ("planned", "done", "tried", "late", "missed", "open", "on time")
REP = ("planned", "done", "tried", "late", "missed", "on time", "contacts")
KINDS = {"reminder": "reminders", "signature": "to sign", "appointment": "appointments"}
HEADS = {
    "missed": ("Not done", "red"), "tried": ("Nobody reached", "yellow"), "late": ("Late", "yellow"),
    "open": ("Still open", "cyan"),
}  # fmt: skip
"""Parts of the day's list, and their colours."""


def print_report(report: Report) -> None:
    """All parts that have something to tell."""
    console = Console(file=sys.stdout, highlight=False, width=None if is_terminal() else WIDTH)
    for line in _lines(report):
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop", crop=False)


def _lines(report: Report) -> Iterator[Text]:
    yield Text(_title(report), style="bold")
    if report.nothing:
        yield Text("nothing was planned, and nobody was talked with")
        return
    yield from _work(report)
    yield from _before(report)
    yield from _reps(report)
    yield from _funnel(report)
    yield from _cadence(report)
    yield from _contacts(report)
    yield from _unfinished(report)
    yield from _said(report)


def _title(report: Report) -> str:
    period = report.period
    days = f"{period.first}" if period.kind == "daily" else f"{period.first} to {period.last}"
    who = f"{report.name} ({report.who})" if report.who and report.who != report.name else report.name
    return " · ".join(filter(None, (days, who)))


def _head(title: str, *columns: str) -> Iterator[Text]:
    yield Text()
    yield Text.assemble((_cell(title, LABEL), "bold"), ("".join(f"{column:>{COLUMN}}" for column in columns), "dim"))


def _work(report: Report) -> Iterator[Text]:
    if not report.work.planned and not report.withdrawn:
        return
    yield from _head("Work", *WORK)
    kinds = [(KINDS[kind], work) for kind, work in report.by_kind if work.planned]
    yield from (_work_line(name, work) for name, work in kinds)
    if len(kinds) != 1:
        yield _work_line("all", report.work, "bold")
    if report.withdrawn:
        yield Text(f"{report.withdrawn} more taken back before anybody had to act", style="dim")


def _work_line(name: str, work: Work, style: str = "") -> Text:
    counts = (work.planned, work.done, work.tried, work.late, work.missed, work.open)
    return Text(_cell(name, LABEL) + _counts(counts, percent(work.on_time)), style)


def _counts(counts: Sequence[int], *more: int | str) -> str:
    """Figures below their heads; a point for none."""
    return "".join(f"{count if isinstance(count, str) else count or '·':>{COLUMN}}" for count in (*counts, *more))


def _before(report: Report) -> Iterator[Text]:
    """The on-time rate of the periods before, and this one's."""
    series = [(one.period.first, one.work) for one in report.before] + [(report.period.first, report.work)]
    if len(series) < 2 or not any(work.planned for _, work in series[:-1]):
        return
    yield from _head("On time since")
    for first, work in series:
        yield Text.assemble(_cell(str(first), LABEL), _bar(work.on_time), f"{percent(work.on_time):>6}",
                            (f"  of {work.planned}" if work.planned else "", "dim"))  # fmt: skip


def _reps(report: Report) -> Iterator[Text]:
    if report.reps:
        yield from _head("By rep", *REP)
    for line in report.reps:
        work = line.work
        counts = (work.planned, work.done, work.tried, work.late, work.missed)
        yield Text.assemble(_cell(line.name, LABEL), _counts(counts, percent(work.on_time), line.contacts))


def _funnel(report: Report) -> Iterator[Text]:
    rows = [stage for stage in report.funnel if stage.standing or stage.entered or stage.left]
    if not rows and not (report.won or report.lost):
        return
    yield from _head("Deals", "now", "came", "left", "lost", "went on", "mean")
    for stage in rows:
        counts = (stage.standing, stage.entered, stage.left, stage.lost)
        few = " few" if stage.left and stage.too_few else ""
        figures = _counts(counts, percent(stage.conversion), percent(stage.mean))
        yield Text.assemble(_cell(stage.stage, LABEL), figures, (few, "dim"))
    yield Text(f"{report.won} won, {report.lost} lost", style="bold")


def _cadence(report: Report) -> Iterator[Text]:
    rows = [one for one in report.cadence if one.total]
    if rows:
        yield from _head("Rhythm kept")
    for one in rows:
        yield Text.assemble(_cell(f"{one.grade}, every {one.span}", LABEL), _bar(one.share), f"{percent(one.share):>6}",
                            (f"  {one.kept} of {one.total}", "dim"))  # fmt: skip


def _contacts(report: Report) -> Iterator[Text]:
    if report.contacts:
        yield from _head("Contacts", "leads", "contacts", "attempts", "per lead")
    for one in report.contacts:
        each = "" if one.per_lead is None else f"{one.per_lead:.2f}"
        yield Text(_cell(one.tier or "no tier", LABEL) + _counts((one.leads, one.contacts, one.attempts), each))


def _unfinished(report: Report) -> Iterator[Text]:
    for outcome, (title, style) in HEADS.items():
        found = [one for one in report.unfinished if one.outcome == outcome]
        if found:
            yield Text()
            yield Text(f"{title} {len(found)}", style=f"bold {style}")
        for one in found:
            yield from _one(one, report.zone)


def _one(one: Unfinished, zone: str) -> Sequence[Text]:
    """What it was, and what comes next."""
    due = local(one.due_at, zone).strftime("%H:%M")
    who = one.name or "(confidential)"
    told = " · ".join(filter(None, (one.summary or one.kind, one.rep, one.why)))
    after = "nothing is planned" if one.next_at is None else (
        f"{local(one.next_at, zone):%Y-%m-%d %H:%M} {one.next_summary}"
    )
    return (
        Text(f"{due}  {_cell(who, LABEL)}  {told}"),
        Text(f"       then: {after}", style="dim"),
    )


def _said(report: Report) -> Iterator[Text]:
    if report.said:
        yield from _head("What they say themselves")
    for one in report.said:
        yield Text(f"{_cell(one.name, LABEL)}  {one.problems or '–'}")
        if one.measures:
            yield Text(f"       what to do: {one.measures}", style="dim")


def percent(share: float | None) -> str:
    """A share as people read it; blank where there is none."""
    return "" if share is None else f"{round(100 * share)} %"


def _bar(share: float | None) -> str:
    return ("█" * round(BAR * (share or 0))).ljust(BAR, "░" if share is not None else " ")


def _cell(text: str, width: int) -> str:
    """Cut or padded by what a terminal shows: a Chinese character is two columns wide."""
    return set_cell_size(text if cell_len(text) < width else set_cell_size(text, width - 1), width)
