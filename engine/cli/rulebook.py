"""The rules of the folder as a whole: `rules list`, `rules show`, `schema`."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Command, Group, caller, json_option
from engine.cli.output import print_json, print_rows
from engine.desk.effective import effective_text, source_text
from engine.desk.folder import Checked, check_folder, read_folder
from engine.desk.schema.document import schema_text
from engine.ground.errors import FollowupError
from engine.rulebook.model import Gate, Policy, Rule
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.stages.known import known_word


@click.group(cls=Group)
def rules() -> None:
    """The rules of the folder."""


def read_rules() -> tuple[Settings, Checked]:
    """The settings and the checked folder of the call, without a database; BadConfig with every problem."""
    config = caller().config
    settings = load_settings(config)
    return settings, check_folder(settings, read_folder(settings, config.resolve().parent))


@rules.command("list")
@json_option
def list_rules(as_json: bool) -> None:
    """Every rule with its category, its trigger, its steps and its place.

    Example: followup rules list
    """
    rows = [_as_row(rule) for rule in read_rules()[1].book.rules]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("rule", "category", "on", "steps", "enabled", "place", "summary"), "there is no rule yet")


def _as_row(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id, "category": rule.category, "on": type(rule.on).__name__.removesuffix("Trigger").lower(),
        "steps": [step.id for step in rule.steps], "enabled": rule.enabled, "place": f"{rule.file}:{rule.line}",
        "summary": rule.summary,
    }  # fmt: skip


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--effective", is_flag=True, help="With all that it does not say itself, and where each value is from.")
def show_rule(rule_id: str, effective: bool) -> None:
    """A rule, policy or gate as it stands in its file, or a rule as it works.

    Example: followup rules show birthday --effective
    """
    settings, checked = read_rules()
    book = checked.book
    together: tuple[Rule | Policy | Gate, ...] = (*book.off, *book.gates, *book.policies, *book.rules)
    entries = {one.id: one for one in together}
    entry = entries[known_word("rule", rule_id, list(entries), "followup rules list")]
    click.echo(f"# {entry.file}:{entry.line}")
    if effective and isinstance(entry, Rule):
        click.echo(effective_text(checked, settings, entry), nl=False)
    else:
        click.echo(source_text(checked, entry), nl=False)


@click.command(cls=Command)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
def schema(out: Path | None) -> None:
    """The JSON Schema of rule files, for completion and hover texts in an editor.

    It knows the words of config.yaml and the templates; write it again when they change.

    Example: followup schema --out followup.schema.json
    """
    config = caller().config
    settings = load_settings(config)
    folder = read_folder(settings, config.resolve().parent)
    text = schema_text(catalogue_for(settings, folder.templates))
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FollowupError(f"{out} cannot be written: {error.strerror}") from error
