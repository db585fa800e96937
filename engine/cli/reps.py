"""`rep`: what concerns a colleague as a whole."""

from __future__ import annotations

import click

from engine.cli.common import Group, actor_option, json_option, now_option, opened
from engine.cli.output import print_json
from engine.cli.times import Given
from engine.stages.colleagues import set_channels
from engine.stages.gates.records import reasons
from engine.stages.handover import HandedOver
from engine.stages.handover import leave as hand_over


@click.group(cls=Group)
def rep() -> None:
    """Colleagues: how they are reached, who leaves, and who takes over."""


@rep.command("channels")
@click.argument("rep_id", metavar="ID")
@click.argument("channels", metavar="[NAME]...", nargs=-1)
@now_option
def channels_(rep_id: str, channels: tuple[str, ...], now: Given | None) -> None:
    """Give a rep his own order of channels.

    Reminders and digests whose step has no `via` go by these; without a NAME by config.yaml's again.

    Example: followup rep channels li wecom email
    """
    with opened(now) as app:
        set_channels(app.db, app.settings, rep_id, channels, app.clock.now())
        usual = ", ".join(app.settings.defaults.via)
    click.echo(f"{rep_id} is reached by {', '.join(channels) or f'what config.yaml says: {usual}'}")


@rep.command("leave")
@click.argument("rep_id", metavar="ID")
@click.option("--to", required=True, metavar="ID", help="Who takes over.")
@json_option
@now_option
@actor_option
def leave(rep_id: str, to: str, as_json: bool, now: Given | None, actor: str) -> None:
    """Hand everything of a rep over to another one.

    His leads, drafts to sign and his team; he is away for good. Gates are asked first; exit 1 if one refuses a lead.

    Example: followup rep leave li --to han
    """
    with opened(now) as app:
        done = hand_over(app.db, app.settings, app.gates(), rep_id, to, actor, app.clock.now())
    if as_json:
        print_json([_as_json(done)])
    else:
        click.echo(f"{to} has {done.leads} leads and {done.drafts} drafts to sign of {rep_id}, who is away for good")
        for lead, objections in done.refused:
            click.echo(f"{lead} stays: refused by {reasons(objections)}", err=True)
    if done.refused:
        raise click.exceptions.Exit(1)


def _as_json(done: HandedOver) -> dict[str, object]:
    refused = [{"lead": lead, "why": reasons(objections)} for lead, objections in done.refused]
    return {"leads": done.leads, "drafts": done.drafts, "refused": refused}
