"""The console script `followup`: finds the command, loads only its module, and ends every error in one line.

Exit codes: 0 ok, 1 problems found or work failed, 2 usage, 78 bad configuration of the daemon (`run`).
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from engine.cli.common import Caller, shared_options
from engine.ground.errors import BadConfig, FollowupError
from engine.settings.wording import did_you_mean

COMMANDS = {
    "init": "engine.cli.starting:init",
    "demo": "engine.cli.daemon:demo",
    "db": "engine.cli.starting:db",
    "import": "engine.cli.importing:import_",
    "sync": "engine.cli.syncing:sync",
    "check": "engine.cli.authoring:check",
    "lint": "engine.cli.linting:lint",
    "test": "engine.cli.testing:test",
    "plan": "engine.cli.planning:plan",
    "explain": "engine.cli.explaining:explain",
    "diff": "engine.cli.diffing:diff",
    "preview": "engine.cli.authoring:preview",
    "rules": "engine.cli.rulebook:rules",
    "schema": "engine.cli.rulebook:schema",
    "reload": "engine.cli.daemon:reload",
    "tick": "engine.cli.daemon:tick",
    "run": "engine.cli.daemon:run",
    "web": "engine.cli.web:web",
    "pause": "engine.cli.pausing:pause",
    "resume": "engine.cli.pausing:resume",
    "status": "engine.cli.status:status",
    "touches": "engine.cli.lists:touches",
    "deliveries": "engine.cli.lists:deliveries",
    "approve": "engine.cli.acting:approve",
    "reject": "engine.cli.acting:reject",
    "retry": "engine.cli.acting:retry",
    "resolve": "engine.cli.acting:resolve",
    "act": "engine.cli.answering:act",
    "log": "engine.cli.people:log",
    "lead": "engine.cli.people:lead",
    "inbox": "engine.cli.inbox:inbox",
    "event": "engine.cli.events:event",
    "pool": "engine.cli.pool:pool",
    "rep": "engine.cli.reps:rep",
    "calendar": "engine.cli.calendar:calendar",
}
"""Where each command lives, in the order in which the help lists them."""

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


class Program(click.Group):
    """Loads a command when it is called, and turns every error into one line and an exit code."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        place = COMMANDS.get(name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            context.fail(f'there is no command "{args[0]}"; {did_you_mean(args[0], tuple(COMMANDS))}'.rstrip("; "))
        return super().resolve_command(context, args)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run it and leave the process with its exit code."""
        extra["standalone_mode"] = False
        try:
            sys.exit(super().main(args, prog_name or "followup", **extra) or 0)
        except click.exceptions.Exit as ended:
            sys.exit(ended.exit_code)
        except click.Abort:
            sys.exit(INTERRUPTED)
        except click.ClickException as error:
            _say(_usage_line(error))
            sys.exit(error.exit_code)

    def invoke(self, context: click.Context) -> Any:
        """Errors of ours become their message; any other one is a bug, said in one line unless --debug."""
        try:
            return super().invoke(context)
        except FollowupError as error:
            _say(str(error), context)
            context.exit(_exit_code(error, context))
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            _say(_unforeseen(error), context)
            context.exit(1)


def _exit_code(error: FollowupError, context: click.Context) -> int:
    """Bad configuration keeps systemd from restarting the daemon; elsewhere it is a problem like others."""
    return 1 if error.exit_code == BadConfig.exit_code and context.invoked_subcommand != "run" else error.exit_code


def _usage_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if context is None or not isinstance(error, click.UsageError) or message.endswith("?"):
        return message
    return f"{message.rstrip('.')}; see: {context.command_path} --help"


def _unforeseen(error: Exception) -> str:
    from engine.store.failures import failure_line

    known = failure_line(error)
    if known is not None:
        return known
    said = str(error).splitlines()[0] if str(error) else "no message"
    return f"internal error: {type(error).__name__}: {said}; run again with --debug"


def _say(message: str, context: click.Context | None = None) -> None:
    """On stderr; with --debug, the traceback before it."""
    if context is not None and context.ensure_object(Caller).debug:
        traceback.print_exc()
    click.echo(message, err=True)


@click.command("followup", cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="followup", prog_name="followup")
def main() -> None:
    """Care for customers as rules: who is to be called or greeted, when, and why."""


main.params.extend(shared_options(envvar="FOLLOWUP_CONFIG"))


if __name__ == "__main__":
    main()
