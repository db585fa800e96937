"""`inbox test`, `inbox read`, `inbox list`: the mailbox that customers' answers come to."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.common import Group, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.domain.civil import local
from engine.ground.errors import FollowupError, UsageError
from engine.service.inbox import listen, look
from engine.stages.listen.listen import Taken
from engine.store.facts.letters import latest_letters


@click.group(cls=Group)
def inbox() -> None:
    """The mailbox that customers' answers come to."""


@inbox.command("test")
@json_option
@now_option
def test_inbox(as_json: bool, now: Given | None) -> None:
    """Log in, look into each folder, take nothing in and change nothing.

    Example: followup inbox test
    """
    with opened(now, read_only=True) as app:
        found = list(look(app))
    if as_json:
        print_json([{"folder": folder, "new": count} for folder, count in found])
    else:
        click.echo("\n".join(f"{folder}: {count} new" for folder, count in found))


@inbox.command("read")
@json_option
@now_option
def read(as_json: bool, now: Given | None) -> None:
    """Take in what is new, as `run` and `tick` do, and say what became of each letter.

    Example: followup inbox read
    """
    with opened(now) as app:
        if app.settings.inbox is None:
            raise UsageError("config.yaml names no inbox; see docs/inbox.md")
        heard = listen(app)
    if as_json:
        print_json([_row(one) for one in heard.taken])
    elif heard.taken or not heard.away:
        print_rows([_row(one) for one in heard.taken], tuple(_row(Taken("", "", ""))), "nothing new")
    if heard.away:
        raise FollowupError(f"the inbox cannot be read: {heard.away}")


def _row(taken: Taken) -> dict[str, Any]:
    return {"kind": taken.kind, "lead": taken.lead or "", "told": taken.told, "letter": taken.letter}


@inbox.command("list")
@click.option("--limit", default=50, show_default=True, metavar="N", type=click.IntRange(min=1))
@json_option
def list_letters(limit: int, as_json: bool) -> None:
    """The letters that were taken in last: what each was, and what it did.

    Example: followup inbox list --limit 10
    """
    with opened(read_only=True) as app:
        zone = app.settings.defaults.timezone
        with app.db.reading() as connection:
            rows = [
                {"received_at": local(row.received_at, zone).isoformat(timespec="minutes"), "kind": row.kind,
                 "lead": row.lead or "", "told": row.told, "letter": row.id}
                for row in latest_letters(connection, limit)
            ]  # fmt: skip
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("received_at", "kind", "lead", "told", "letter"), "no letter was taken in yet")
