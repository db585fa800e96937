"""`channels list`, `channels test`: the ways to reach people, and whether they work."""

from __future__ import annotations

import click

from engine.cli.common import Group, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.ground.errors import FollowupError
from engine.service.trial import Known, known_channels, send_trial


@click.group(cls=Group)
def channels() -> None:
    """The ways to reach people."""


@channels.command("list")
@json_option
def list_channels(as_json: bool) -> None:
    """Every channel: whom it reaches, what it shows, its limit a minute, and whether it can be opened.

    Example: followup channels list
    """
    with opened(read_only=True) as app:
        rows = [one._asdict() for one in known_channels(app)]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, Known._fields, "config.yaml has no channels")


@channels.command("test")
@click.argument("name", metavar="CHANNEL")
@click.option(
    "--to", default="test", metavar="ADDRESS",
    help="The channel's own kind of address: of a mailbox, a userid, a number. A group needs none.",
)  # fmt: skip
@json_option
@now_option
def test_channel(name: str, to: str, as_json: bool, now: Given | None) -> None:
    """Send one message that says it is a test, by the way that real ones take.

    Exit 1 unless the far side took it.

    Example: followup channels test email --to li@example.com
    """
    with opened(now, read_only=True) as app:
        tried = send_trial(app, name, to)
    if as_json:
        print_json([{"channel": name, **tried._asdict()}])
    elif tried.taken:
        told = f" ({tried.detail})" if tried.detail else ""
        waits = ": what it is handed goes out once a colleague sends it" if tried.handed else ""
        click.echo(f"{name} took the test for {tried.to}{told}{waits}")
    if not tried.taken:
        why = f"{tried.code} {tried.detail}".strip()
        raise FollowupError(f"{name} did not take the test for {tried.to}: {tried.outcome}: {why}")
