"""`pause` and `resume`: stop and go on, at once."""

from __future__ import annotations

import click

from engine.cli.common import Command, actor_option, now_option, opened
from engine.cli.times import Given
from engine.ground.errors import UsageError
from engine.stages import pausing
from engine.store import state

_rule = click.option("--rule", default="", metavar="ID", help="This rule only.")
_channel = click.option("--channel", default="", metavar="NAME", help="This channel only.")
_category = click.option("--category", default="", metavar="NAME", help="This category only.")


@click.command(cls=Command)
@_rule
@_channel
@_category
@now_option
@actor_option
def pause(rule: str, channel: str, category: str, now: Given | None, actor: str) -> None:
    """Stop sending, at once.

    Everything, or one rule, channel or category; what is due waits for `resume`.

    Example: followup pause --category sales
    """
    with opened(now) as app:
        scope, name = _scope(rule, channel, category)
        with app.db.reading() as connection:
            pausing.must_exist(connection, app.settings, app.books, scope, name)
        fresh = pausing.pause(app.db, scope, name, actor, app.clock.now())
    click.echo(f"{_what(scope, name)} {'is' if fresh else 'was already'} paused")


@click.command(cls=Command)
@_rule
@_channel
@_category
@now_option
@actor_option
def resume(rule: str, channel: str, category: str, now: Given | None, actor: str) -> None:
    """Go on sending.

    After `pause`, after `run --hold`, after a clock that jumped.

    Example: followup resume --category sales
    """
    with opened(now) as app:
        scope, name = _scope(rule, channel, category)
        lifted = pausing.resume(app.db, scope, name, actor, app.clock.now())
    click.echo(f"{_what(scope, name)} {'goes on' if lifted else 'was not stopped'}")


def _scope(rule: str, channel: str, category: str) -> tuple[str, str]:
    named = [(scope, name) for scope, name in zip(state.SCOPES[1:], (rule, channel, category), strict=True) if name]
    if len(named) > 1:
        raise UsageError("give one of --rule, --channel and --category, or none for everything")
    return named[0] if named else ("all", "")


def _what(scope: str, name: str) -> str:
    return "everything" if scope == "all" else f"{scope} {name}"
