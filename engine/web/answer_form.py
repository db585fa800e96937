"""What a form says about a reminder, read into an answer and news. UsageError says what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.answers.replies import (
    Appointment,
    Dated,
    HandOver,
    Happened,
    NewAddress,
    News,
    NotRelevant,
    Reply,
    Snooze,
    Talked,
    WrongAddress,
)

Field = Callable[[str], str]
"""A field of the form by its name; "" if it was left empty."""

PUT_OFF = {"tomorrow": 1, "3d": 3, "week": 7}
"""The buttons that put a reminder off, and by how many days."""


def reply_of(field: Field, settings: Settings, today: date) -> Reply | None:
    """The answer behind the button that was pressed; None: only what was learned is told."""
    said = field("answer")
    words = settings.vocabularies
    if said in (*words.effective_outcomes, *words.attempt_outcomes):
        return Talked(
            said, field("channel") or None, field("note") or None, field("benefit") or None,
            next_step=field("next_step") or None,
        )  # fmt: skip
    if said in PUT_OFF:
        return Snooze(today + timedelta(days=PUT_OFF[said]))
    match said:
        case "on":
            return Snooze(_day(field("snooze_on")))
        case "hand_over":
            return HandOver(field("to"), bool(field("customer")))
        case "wrong":
            return WrongAddress(field("wrong"))
        case "not_relevant":
            return NotRelevant(field("note") or None)
    return None


def news_of(field: Field) -> tuple[News, ...]:
    """Everything else that was filled in: the next appointment, what happened, a birthday, a new number."""
    news: list[News] = []
    if field("next_on"):
        when = field("next_on") + (f"T{field('next_at')}" if field("next_at") else "")
        news.append(Appointment(f"{when} {field('next_purpose')}", field("note") or None))
    if field("kind"):
        on = field("kind_on")
        news.append(Happened(field("kind"), _day(on) if on else None, field("note") or None))
    if field("month") and field("day"):
        news.append(Dated(_birthday(field)))
    if field("new_phone"):
        news.append(NewAddress("phone", field("new_phone")))
    return tuple(news)


def _birthday(field: Field) -> str:
    """As it is imported: `1988-05-12`, `--05-12`, `lunar:1988-08-15`, `lunar:1987-L06-10`."""
    year, month, day = field("year"), field("month"), field("day")
    said = (month, day, *([year] if year else []))
    if not all(one.isdecimal() and len(one) <= 4 for one in said):
        raise UsageError(f'"{year}-{month}-{day}" is no date')
    begin = f"{int(year):04d}-" if year else "--"
    lunar, leap = field("calendar") in ("lunar", "leap"), "L" if field("calendar") == "leap" else ""
    return f"{'lunar:' if lunar else ''}{begin}{leap}{int(month):02d}-{int(day):02d}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f'"{text}" is no date') from error
