"""`approve`, `reject`, `retry`, `resolve`: what a person decides about drafts, dead letters and doubts."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Command, actor_option, now_option, opened
from engine.cli.output import alike_shown
from engine.cli.times import Given
from engine.domain.civil import local
from engine.ground.errors import UsageError
from engine.stages import acts
from engine.stages.compose.templates import Written
from engine.stages.dispatch import resolve as dispatch
from engine.stages.dispatch.ways import ways_of
from engine.store.lookups import lookups

NUMBER = click.IntRange(1, 2**63 - 1)
"""A touch or a delivery: what the database can count to."""


@click.command(cls=Command)
@click.argument("touch", metavar="ID", type=NUMBER)
@click.option(
    "--edit", type=click.Path(path_type=Path), metavar="FILE",
    help="Sign these words instead: `Subject: ...`, a blank line, the text.",
)  # fmt: skip
@now_option
@actor_option
def approve(touch: int, edit: Path | None, now: Given | None, actor: str) -> None:
    """Sign a draft.

    A draft is a touch in that state. It leaves at its hour, unless something happens before.

    Example: followup approve 17 --edit wish.txt
    """
    edited = _read_text(edit) if edit else None
    with opened(now) as app:
        due_at = acts.approve(
            app.db, touch, actor, app.clock.now(), edited, company=app.settings.company.name
        )
        with app.db.reading() as connection:
            row = lookups.touch_by_id(connection, touch) or {}
        hour = local(due_at, app.settings.defaults.timezone).isoformat(timespec="minutes")
    click.echo(f"touch {touch} is signed by {actor}; it leaves at {hour}")
    if row.get("alike") and edited is None:
        click.echo(f"its words are {alike_shown(row['alike'])}; reject it, or write others")


@click.command(cls=Command)
@click.argument("touch", metavar="ID", type=NUMBER)
@now_option
@actor_option
def reject(touch: int, now: Given | None, actor: str) -> None:
    """Turn a draft down: it never leaves.

    Also one that is signed already, until it has left.

    Example: followup reject 17
    """
    with opened(now) as app:
        acts.reject(app.db, touch, actor, app.clock.now())
    click.echo(f"touch {touch} is rejected by {actor}")


@click.command(cls=Command)
@click.argument("touch", metavar="ID", type=NUMBER)
@now_option
@actor_option
def retry(touch: int, now: Given | None, actor: str) -> None:
    """Give a dead letter another chance.

    A dead letter is a touch in state dead or bounced; it is tried again from its first channel on.

    Example: followup retry 17
    """
    with opened(now) as app:
        dispatch.retry(app.db, touch, actor, app.clock.now())
    click.echo(f"touch {touch} will be tried again")


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=NUMBER)
@click.argument("decision", type=click.Choice(["sent", "resend", "unreached", "drop"]))
@now_option
@actor_option
def resolve(delivery: int, decision: dispatch.Decision, now: Given | None, actor: str) -> None:
    """End a doubt about a delivery.

    It arrived, it is to be sent again, or it is dropped for good. What a colleague sends himself may not have reached
    the customer that way.

    Example: followup resolve 42 sent
    """
    with opened(now) as app:
        dispatch.resolve(app.db, delivery, decision, actor, app.clock.now(), ways_of(app.settings))
    click.echo(f"delivery {delivery} is resolved by {actor}: {decision}")


def _read_text(path: Path) -> Written:
    """The words of a file as `preview` prints them."""
    try:
        whole = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f'"{path}" cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise UsageError(f'"{path}" is not UTF-8; save it as UTF-8') from error
    head, _, body = whole.lstrip("\ufeff").partition("\n\n")
    label, _, subject = head.partition(":")
    if label.strip().lower() != "subject" or "\n" in head or not subject.strip() or not body.strip():
        raise UsageError(f'"{path}" must begin with a line "Subject: ...", a blank line, then the text')
    return Written(subject.strip(), body.strip("\n") + "\n")
