"""`act`: what somebody made of a reminder, as its links and the pages let him say it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import click

from engine.cli.acting import NUMBER
from engine.cli.common import Command, actor_option, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.domain.civil import local, local_date
from engine.ground.durations import parse_duration
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.stages.answers.answer import answer, undo
from engine.stages.answers.coming import Coming, coming
from engine.stages.answers.means import Means
from engine.stages.answers.replies import HandOver, NotRelevant, Reply, Snooze, Talked, WrongAddress
from engine.stages.known import known_word
from engine.store.lookups import lookups

SNOOZE, HAND_OVER, NOT_RELEVANT, WRONG, UNDO = "snooze", "hand-over", "not-relevant", "wrong", "undo"
_OURS = (SNOOZE, HAND_OVER, NOT_RELEVANT, WRONG, UNDO)
_COLUMNS = ("due", "rule", "step", "for", "summary")


@click.command(cls=Command)
@click.argument("touch", metavar="ID", type=NUMBER)
@click.argument("said", metavar="ANSWER")
@click.argument("value", metavar="[VALUE]", default="")
@click.option("--note", metavar="TEXT", help="What was said, what is needed.")
@click.option("--benefit", metavar="TEXT", help="What the customer had of it.")
@click.option("--channel", metavar="WORD", help="How: phone, visit, wecom, ...")
@click.option("--next", "appointment", metavar='"DATE purpose"', help='The next appointment: "2026-03-01T14:00 visit".')
@click.option("--next-step", metavar="TEXT", help="What was agreed to be done next.")
@click.option("--customer", is_flag=True, help="With hand-over: the customer too, not just this reminder.")
@json_option
@now_option
@actor_option
def act(
    touch: int, said: str, value: str, note: str | None, benefit: str | None, channel: str | None,
    appointment: str | None, next_step: str | None, customer: bool, as_json: bool, now: Given | None, actor: str,
) -> None:  # fmt: skip
    """Answer a reminder, and see what comes next for the customer.

    ANSWER is an outcome of config.yaml (reached, visited, no_answer, ...) or one of: snooze tomorrow|3d|DATE,
    hand-over REP, wrong phone|email|wecom, not-relevant, undo.

    Example: followup act 17 snooze 3d
    """
    with opened(now) as app:
        at = app.clock.now()
        lead = _lead_of(app, touch)
        means = Means(app.settings, app.books, app.clockwork, app.gates())
        if said == UNDO:
            undo(app.db, touch, actor, at)
            done = "it is as it was"
        else:
            talked = Talked(said, channel, note, benefit, appointment, next_step)
            reply = _reply(app, touch, said, value, talked, customer)
            done = answer(app.db, means, touch, reply, actor, at).word.replace("_", " ")
        rows = coming(app.db, means, lead, at)
        zone = app.settings.defaults.timezone
    if as_json:
        print_json([_as_json(one, zone) for one in rows])
        return
    click.echo(f"reminder {touch}: {done}; next for {lead}:")
    print_rows([_as_row(one, zone) for one in rows], _COLUMNS, "  nothing is planned")


def _lead_of(app: App, touch: int) -> str:
    with app.db.reading() as connection:
        row = lookups.touch_by_id(connection, touch)
    if row is None:
        raise UsageError(f"there is no reminder {touch}; list them with: followup touches")
    return str(row["lead"])


def _reply(app: App, touch: int, said: str, value: str, talked: Talked, customer: bool) -> Reply:
    words = app.settings.vocabularies
    outcomes = (*words.effective_outcomes, *words.attempt_outcomes)
    known_word("answer", said, (*outcomes, *_OURS))
    if said in (SNOOZE, HAND_OVER, WRONG) and not value:
        hint = {SNOOZE: "snooze tomorrow", HAND_OVER: "hand-over REP", WRONG: "wrong phone"}[said]
        raise UsageError(f"{said} needs one word more; write e.g. {hint}")
    if value and said not in (SNOOZE, HAND_OVER, WRONG):
        raise UsageError(f'nothing stands behind "{said}", not "{value}"; what was said is --note')
    match said:
        case "snooze":
            return Snooze(_day(app, touch, value))
        case "hand-over":
            return HandOver(value, customer)
        case "wrong":
            return WrongAddress(value)
        case "not-relevant":
            return NotRelevant(talked.note)
    return talked


def _day(app: App, touch: int, text: str) -> date:
    """`tomorrow`, a span of days from today, or a date; by the receiver's calendar."""
    with app.db.reading() as connection:
        zone = str((lookups.touch_by_id(connection, touch) or {})["zone"])
    today = local_date(app.clock.now(), zone)
    if text == "tomorrow":
        return today + timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        days = parse_duration(text).days
    except ValueError:
        days = 0
    if days < 1:
        raise UsageError(f'"{text}" is no day; write tomorrow, 3d, 1w or 2026-03-01')
    return today + timedelta(days=days)


def _as_json(one: Coming, zone: str) -> dict[str, Any]:
    return {**asdict(one), "due_at": local(one.due_at, zone).isoformat(timespec="minutes")}


def _as_row(one: Coming, zone: str) -> dict[str, Any]:
    return {
        "due": local(one.due_at, zone).isoformat(timespec="minutes")[:16], "rule": one.rule, "step": one.step,
        "for": one.receiver, "summary": one.summary,
    }  # fmt: skip
