"""`lint`: advice on rules that load."""

from __future__ import annotations

import click

from engine.cli.common import Command, caller, json_option
from engine.cli.output import print_json
from engine.cli.rulebook import read_rules
from engine.desk.lint.lint import lint as advice_on
from engine.desk.lint.subject import read_rule_tests

GIVEN = 3
"""The exit code with --fatal where there is any advice."""


@click.command(cls=Command)
@click.option("--fatal", is_flag=True, help="Exit 3 if there is any advice.")
@json_option
def lint(fatal: bool, as_json: bool) -> None:
    """Give advice on rules that load and may not be what you want.

    A comment on its line silences one: # lint: ignore L102 because the wish is the house's own

    Example: followup lint --fatal
    """
    settings, checked = read_rules()
    home = caller().config.resolve().parent
    found = advice_on(settings, checked, read_rule_tests(home / settings.rules))
    if as_json:
        print_json({"file": one.file, "line": one.line, "col": one.col, "code": one.code, "message": one.message,
                    "hint": one.hint} for one in found)  # fmt: skip
    else:
        click.echo("".join(f"{one}\n" for one in found), nl=False)
        pieces = "1 piece of advice" if len(found) == 1 else f"{len(found)} pieces of advice"
        click.echo(pieces if found else "no advice", err=True)
    if found and fatal:
        raise click.exceptions.Exit(GIVEN)
