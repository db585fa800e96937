"""`touches` and `deliveries`: what happened, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from engine.cli.common import Command, json_option, opened
from engine.cli.output import alike_shown, print_json, print_rows, receiver_shown
from engine.cli.times import Given, WhenType
from engine.domain.civil import local
from engine.domain.words import Delivery, Touch
from engine.service.app import App
from engine.store.lookups import lookups
from engine.store.lookups.lookups import Filter

F = TypeVar("F", bound=Callable[..., Any])


def _filters(states: Sequence[str]) -> Callable[[F], F]:
    """The options that narrow a list."""
    options = [
        click.option("--lead", default="", metavar="ID", help="Only of this lead."),
        click.option("--rule", default="", metavar="ID", help="Only of this rule."),
        click.option("--state", type=click.Choice(states), metavar="STATE", help="Only in this state."),
        click.option("--from", "start", type=WhenType(), metavar="ISO8601", help="Due from this day or instant on."),
        click.option("--to", "end", type=WhenType(), metavar="ISO8601", help="Due before this day or instant."),
    ]

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command(cls=Command)
@_filters([state.value for state in Touch])
@json_option
def touches(lead: str, rule: str, state: str | None, start: Given | None, end: Given | None, as_json: bool) -> None:
    """List touches, what became of them and why.

    A touch is one step of one occasion for one receiver.

    Example: followup touches --state suppressed --from 2026-02-01
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        only = _only(app, lead, rule, state, start, end)
        rows = (_touch_row(row) for row in lookups.touches(connection, only))
        if as_json:
            print_json(rows)
        else:
            print_rows(map(_touch_line, rows), ("id", "due", "step", "lead", "to", "state", "why"), "no touch fits")


@click.command(cls=Command)
@_filters([state.value for state in Delivery])
@json_option
def deliveries(lead: str, rule: str, state: str | None, start: Given | None, end: Given | None, as_json: bool) -> None:
    """List deliveries: messages by channel.

    With their attempts and the last error.

    Example: followup deliveries --state in_doubt
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        only = _only(app, lead, rule, state, start, end)
        rows = (_delivery_row(row) for row in lookups.deliveries(connection, only))
        if as_json:
            print_json(rows)
        else:
            print_rows(map(_delivery_line, rows), _DELIVERY_COLUMNS, "no delivery fits")


def _only(app: App, lead: str, rule: str, state: str | None, start: Given | None, end: Given | None) -> Filter:
    zone = app.settings.defaults.timezone
    return Filter(lead, rule, state or "", start.instant(zone) if start else None, end.instant(zone) if end else None)


_TOUCH = (
    "id", "rule", "step", "action", "lead", "audience", "receiver", "absent", "occurrence_key", "category", "state",
    "reason", "policy", "merged_into", "carried_by", "generation", "signer", "signed_by", "changed", "alike",
)  # fmt: skip
_TOUCH_TIMES = ("nominal_at", "due_at", "expires_at", "deadline_at", "signed_at", "released_at", "settled_at")
_DELIVERY = (
    "id", "touch", "channel", "rule", "lead", "audience", "receiver", "category", "address", "message_id", "state",
    "attempts", "claims", "code", "last_error", "remote_id",
)  # fmt: skip
_DELIVERY_COLUMNS = ("id", "touch", "due", "rule", "channel", "to", "state", "attempts", "why")
_DELIVERY_TIMES = ("run_at", "expires_at", "composed_at", "settled_at")


def _touch_row(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in _TOUCH} | {"occasion": row["anchor"], "channels": row["via"]}
    return shown | _times(row, _TOUCH_TIMES)


def _delivery_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _DELIVERY} | _times(row, _DELIVERY_TIMES)


def _times(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str | None]:
    """Instants by the receiver's clock, with its offset."""
    return {name: None if row[name] is None else local(row[name], row["zone"]).isoformat() for name in names}


def _touch_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A touch as people read it: short enough for a terminal."""
    return {
        "id": row["id"], "due": _minute(row["due_at"]), "step": f"{row['rule']}/{row['step']}", "lead": row["lead"],
        "to": receiver_shown(row["receiver"], row["absent"]), "state": row["state"],
        "why": ", ".join(filter(None, (row["policy"] or _reason(row), alike_shown(row["alike"])))),
    }  # fmt: skip


def _reason(row: Mapping[str, Any]) -> str | None:
    return None if row["reason"] == "alike" else row["reason"]  # which one it is like is said anyway


def _delivery_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as people read it."""
    why = row["last_error"] or row["code"]
    return {**row, "due": _minute(row["run_at"]), "to": row["receiver"], "why": why}


def _minute(at: str) -> str:
    """`2026-02-14 09:00`, by the receiver's clock."""
    return at[:16].replace("T", " ")
