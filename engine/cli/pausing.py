"""`pause` and `resume`: stop and go on, at once."""

from __future__ import annotations

import click

from engine.cli.common import Command, actor_option, now_option, opened
from engine.cli.times import Given
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.stages.known import known_word
from engine.store import state

RULES = "followup rules list"

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
        _must_exist(app, scope, name)
        with app.db.writing() as connection:
            fresh = state.set_pause(connection, scope, name, actor, app.clock.now())
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
        names = (name, state.HOLD, state.CLOCK_JUMP) if scope == "all" else (name,)
        with app.db.writing() as connection:
            lifted = [one for one in names if state.lift_pause(connection, scope, one)]
            if state.CLOCK_JUMP in lifted:
                # Somebody has looked: the next jump is counted from here, else this one would be found again.
                state.put(connection, state.LAST_TICK, {"worker": actor}, app.clock.now())
    click.echo(f"{_what(scope, name)} {'goes on' if lifted else 'was not stopped'}")


def _scope(rule: str, channel: str, category: str) -> tuple[str, str]:
    named = [(scope, name) for scope, name in zip(state.SCOPES[1:], (rule, channel, category), strict=True) if name]
    if len(named) > 1:
        raise UsageError("give one of --rule, --channel and --category, or none for everything")
    return named[0] if named else ("all", "")


def _must_exist(app: App, scope: str, name: str) -> None:
    if scope == "channel":
        known_word("channel", name, tuple(app.settings.channels))
    if scope == "category":
        known_word("category", name, app.settings.vocabularies.categories)
    if scope == "rule":
        with app.db.reading() as connection:
            active = app.books.active(connection)
        known_word("rule", name, [rule.id for rule in active.book.rules] if active else [], RULES)


def _what(scope: str, name: str) -> str:
    return "everything" if scope == "all" else f"{scope} {name}"
