"""What authors of templates use: preview; and the folder of rules as commands take it."""

from __future__ import annotations

import click

from engine.cli.common import Command, now_option, opened
from engine.cli.looks import keep_look
from engine.cli.output import alike_shown
from engine.cli.times import Given
from engine.desk.folder import Checked, check_folder, read_folder
from engine.desk.preview import Previewed
from engine.desk.preview import preview as preview_text
from engine.desk.prospects import View
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.settings.channel_model import Form
from engine.stages.compose.templates import TemplateSet
from engine.stages.known import known_lead

_FORMS = {"mail": Form.MAIL, "chat": Form.CHAT, "sms": Form.TEXT}


def checked_folder(app: App) -> Checked:
    """The rules and templates of the folder; BadConfig with every problem."""
    return check_folder(app.settings, read_folder(app.settings, app.home))


@click.command(cls=Command)
@click.argument("template", metavar="TEMPLATE")
@click.option("--lead", required=True, metavar="ID", help="The lead it is written for.")
@click.option("--locale", default="", metavar="TAG", help="zh-Hans, zh-Hant or en. [default: the receiver's]")
@click.option("--html", is_flag=True, help="The HTML part instead of the text.")
@click.option(
    "--as", "shown_as", type=click.Choice(["mail", "chat", "sms"]), default="mail", show_default=True,
    help="As mail, as chats show it (markdown), or as a short message.",
)  # fmt: skip
@click.option("--all-variants", is_flag=True, help="Every language and variant that the template has, one by one.")
@now_option
def preview(
    template: str, lead: str, locale: str, html: bool, shown_as: str, all_variants: bool, now: Given | None
) -> None:
    """Show a template as it would be sent about a lead.

    At its rule's next occasion; today where there is none. Of who is confidential it has only the initial.

    Example: followup preview greeting/birthday --lead wang-0001
    """
    if html and shown_as != "mail":
        raise UsageError("--html shows a mail")
    form = _FORMS[shown_as]
    with opened(now, read_only=True) as app, app.db.reading() as connection:
        known = known_lead(connection, lead)
        keep_look(known, "preview", now)
        view = View(connection, app.settings, known, app.clock.now())
        folder = read_folder(app.settings, app.home)
        if not all_variants:
            found = preview_text(folder, app.settings, view, template, locale, form=form)
            _print(found, template, html=html)
            return
        preview_text(folder, app.settings, view, template)  # that there is such a template
        for language, variant in TemplateSet(folder.templates).written_for(template):
            if locale in ("", language):
                found = preview_text(folder, app.settings, view, template, language, variant, form)
                click.echo(f"== {language}{f' for {variant}' if variant else ''}")
                _print(found, template, html=html and bool(found.written.html))
                click.echo()


def _print(found: Previewed, template: str, *, html: bool) -> None:
    written, alike = found
    if html and not written.html:
        raise UsageError(f"{template} has no HTML part in that language; write mail.LOCALE.html.j2")
    click.echo(written.html if html else f"Subject: {written.subject}\n\n{written.text.rstrip()}", nl=not html)
    if alike is not None:
        click.echo(f"{alike_shown(alike.as_json())}, so it would be noted or held", err=True)
