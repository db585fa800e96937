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

COMMANDS = {
    "init": ("engine.cli.starting:init", "Make a folder to start from."),
    "demo": ("engine.cli.daemon:demo", "Show a throw-away day with sample leads."),
    "db": ("engine.cli.starting:db", "Upgrade the database, back it up, move it, tidy it, or look how it..."),
    "import": ("engine.cli.importing:import_", "Bring leads, reps, records or interactions in from a CSV, XLSX or..."),
    "sync": ("engine.cli.syncing:sync", "Pull leads, their records and interactions from the sources of..."),
    "check": ("engine.cli.checking:check", "Check config.yaml, rules and templates."),
    "lint": ("engine.cli.linting:lint", "Give advice on rules that load and may not be what you want."),
    "test": ("engine.cli.testing:test", "Play the rule tests: rules/tests/*.test.yaml, or FILES."),
    "plan": ("engine.cli.planning:plan", "Show who would get what, and when."),
    "explain": ("engine.cli.explaining:explain", "Say why rules fire for a lead, or do not."),
    "diff": ("engine.cli.diffing:diff", "Show what a reload would change."),
    "preview": ("engine.cli.authoring:preview", "Show a template as it would be sent about a lead."),
    "rules": ("engine.cli.rulebook:rules", "The rules of the folder."),
    "schema": ("engine.cli.rulebook:schema", "The JSON Schema of rule files, for completion and hover texts in an..."),
    "reload": ("engine.cli.daemon:reload", "Put the folder's rules and templates in force."),
    "tick": ("engine.cli.daemon:tick", "Do one pass of every stage: plan, judge, write, send."),
    "run": ("engine.cli.daemon:run", "Be the daemon, until Ctrl-C or SIGTERM."),
    "web": ("engine.cli.web:web", "Serve the pages, until Ctrl-C or SIGTERM."),
    "pause": ("engine.cli.pausing:pause", "Stop sending, at once."),
    "resume": ("engine.cli.pausing:resume", "Go on sending."),
    "status": ("engine.cli.status:status", "Show how everything stands."),
    "doctor": ("engine.cli.doctor:doctor", "Look at everything that the daemon lives on."),
    "touches": ("engine.cli.lists:touches", "List touches, what became of them and why."),
    "deliveries": ("engine.cli.lists:deliveries", "List deliveries: messages by channel."),
    "report": ("engine.cli.report:report_command", "Say how a day, week or month went."),
    "approve": ("engine.cli.acting:approve", "Sign a draft."),
    "reject": ("engine.cli.acting:reject", "Turn a draft down: it never leaves."),
    "retry": ("engine.cli.acting:retry", "Give a dead letter another chance."),
    "resolve": ("engine.cli.acting:resolve", "End a doubt about a delivery."),
    "act": ("engine.cli.answering:act", "Answer a reminder, and see what comes next for the customer."),
    "log": ("engine.cli.people:log", "Log a talk with a lead, or an attempt."),
    "lead": ("engine.cli.people:lead", "Find, show and change leads."),
    "inbox": ("engine.cli.inbox:inbox", "The mailbox that customers' answers come to."),
    "suppress": ("engine.cli.suppressing:suppress", "What customers do not want to receive, by channel and category."),
    "event": ("engine.cli.events:event", "Record what happens to leads and in regions."),
    "pool": ("engine.cli.pool:pool", "The public pool: leads without an owner."),
    "rep": ("engine.cli.reps:rep", "Colleagues: how they are reached, who leaves, and who takes over."),
    "channels": ("engine.cli.channels:channels", "The ways to reach people."),
    "calendar": ("engine.cli.calendar:calendar", "Look up lunar dates, festivals, days off and solar terms."),
}
"""Where each command lives and what it does, in the order in which the help lists them.

The help takes the words from here: to ask each command would load every one, a second and a half of work.
"""

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


class Program(click.Group):
    """Loads a command when it is called, and turns every error into one line and an exit code."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from engine.settings.wording import did_you_mean

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
    # Its words may quote what is known of a customer, and stderr ends up in logs.
    return f"internal error: {type(error).__name__}; run again with --debug"


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
