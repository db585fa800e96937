"""`tick`, `run`, `reload`, `demo`: the work itself, once or for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.common import Command, caller, json_option, now_option, opened
from engine.cli.output import print_json, styled
from engine.cli.times import Given

if TYPE_CHECKING:
    from engine.rulebook.model import Quarantined
    from engine.store.lookups.recent import Sent


@click.command(cls=Command)
@json_option
@now_option
def tick(as_json: bool, now: Given | None) -> None:
    """Do one pass of every stage: plan, judge, write, send.

    Prints what it did, by reason and policy.

    Example: followup tick
    """
    from engine.desk.edits import NotConfirmed
    from engine.service.app import adopt_rules, database_url
    from engine.service.lock import daemon_lock
    from engine.service.tick import tick_once

    with opened(now) as app, daemon_lock(database_url(app.settings, app.home)):
        try:
            _tell_quarantined(adopt_rules(app).quarantined)
        except NotConfirmed as error:  # a cron job goes on with the rules in force, and says so
            click.echo(str(error), err=True)
        counts = tick_once(app).as_json()
    if as_json:
        print_json([counts])
    else:
        click.echo("\n".join(_counted(counts)) or "nothing to do")


def _counted(counts: Mapping[str, Any]) -> Iterator[str]:
    for what, count in counts.items():
        if isinstance(count, Mapping):
            yield from (f"{what:<12}{n:>6}  {why}" for why, n in count.items())
        elif count:
            yield f"{what:<12}{count:>6}"


@click.command(cls=Command)
@click.option("--hold", is_flag=True, help="Send nothing until `followup resume`: after a restored backup.")
@click.option("--web", is_flag=True, help="With the pages, as a process of its own: see `followup web`.")
def run(hold: bool, web: bool) -> None:
    """Be the daemon, until Ctrl-C or SIGTERM.

    Exit 78: config.yaml or a rule cannot be used.

    Example: followup run
    """
    from engine.service.process import run as run_daemon

    raise click.exceptions.Exit(run_daemon(caller().config, hold=hold, web=web))


@click.command(cls=Command)
@click.option("--wait", is_flag=True, help="Until all daemons work with the new rules.")
@click.option("--confirm", is_flag=True, help="Though more becomes due at once than caps.backfill allows.")
def reload(wait: bool, confirm: bool) -> None:
    """Put the folder's rules and templates in force.

    With a mistake in them, or with more due at once than caps.backfill, the old ones stay; exit 1.
    With `on_invalid: quarantine` only the rules with mistakes stay out; exit 1 as well.

    Example: followup reload --wait
    """
    from engine.service.reload import reload as reload_rules

    with opened() as app:
        done = reload_rules(app, wait=wait, confirmed=confirm)
    click.echo(f"generation {done.generation} is in force" + ("" if done.changed else "; nothing had changed"))
    if done.quarantined:
        _tell_quarantined(done.quarantined)
        raise click.exceptions.Exit(1)


def _tell_quarantined(left_out: Sequence[Quarantined]) -> None:
    """On stderr: which rules are not in force, each with its mistakes."""
    for one in left_out:
        click.echo(f'rule "{one.id}" is in quarantine, the other rules are in force:', err=True)
        for problem in one.problems:
            click.echo(f"  {problem}", err=True)


@click.command(cls=Command)
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR", help="Keep everything in this folder.")
@click.option("--smtp-port", default=0, metavar="N", help="Port of the mail catcher. [default: any free one]")
@click.option("--http-port", default=0, metavar="N", help="Port of its page. [default: any free one]")
@click.option("--web-port", default=0, metavar="N", help="Port of the pages. [default: any free one]")
def demo(folder: Path | None, smtp_port: int, http_port: int, web_port: int) -> None:
    """Show a throw-away day with sample leads.

    The daemon sends what is due to a mail catcher on this machine, which has a page to look at; beside it are the
    pages of reps and the ops desk.

    Example: followup demo --http-port 8025
    """
    from engine.service.demo import demo as run_demo

    ended = run_demo(
        click.echo, _show_sent, folder=folder, smtp_port=smtp_port, http_port=http_port, web_port=web_port
    )
    raise click.exceptions.Exit(ended)


def _show_sent(sent: Sent) -> None:
    """One line: to whom, what, and why."""
    whom = styled(f"{sent.audience:<8}", fg="green" if sent.audience == "lead" else "cyan")
    click.echo(f"{whom}{sent.name}: {sent.subject}  ({sent.rule}/{sent.step}, {sent.anchor})")
