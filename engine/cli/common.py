"""What every command shares: --config and --debug, the clock, the actor, opening the set-up."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.cli.times import Given, WhenType
from engine.ground.errors import UsageError

if TYPE_CHECKING:
    from engine.service.app import App

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Caller:
    """What holds for the whole call, wherever on the line it was said."""

    config: Path = Path("config.yaml")
    debug: bool = False


def _put_config(context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Caller).config = value


def _put_debug(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Caller).debug = True


def shared_options(envvar: str | None = None) -> list[click.Option]:
    """--config and --debug, as the program and each of its commands take them."""
    return [
        click.Option(
            ["-c", "--config"], type=click.Path(path_type=Path), metavar="FILE", envvar=envvar,
            expose_value=False, is_eager=True, callback=_put_config,
            help="The config.yaml to work with. [default: ./config.yaml, or FOLLOWUP_CONFIG]",
        ),
        click.Option(
            ["--debug"], is_flag=True, expose_value=False, is_eager=True, callback=_put_debug,
            help="Show a traceback where something goes wrong inside.",
        ),
    ]  # fmt: skip


class Command(click.Command):
    """A command that also takes the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())


class Group(click.Group):
    """A group of such commands: `lead show`, `event add`."""

    command_class = Command


def caller() -> Caller:
    """The present call."""
    return click.get_current_context().ensure_object(Caller)


def os_user() -> str:
    """The user of the machine; "unknown" in a container that gave him no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


now_option = click.option(
    "--now", type=WhenType(), metavar="ISO8601",
    help="A frozen clock, for rehearsals and tests; writes only to a rehearsal database.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
actor_option = click.option(
    "--actor", default=os_user, metavar="NAME", help="Who does this. [default: the user of the machine]"
)


def pair(text: str, example: str) -> tuple[str, str]:
    """`FIELD=VALUE` as it was typed; the value may be empty. UsageError: it is none."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f'"{text}" is not FIELD=VALUE; write e.g. {example}')
    return name, value


@contextmanager
def opened(now: Given | None = None, *, read_only: bool = False) -> Iterator[App]:
    """The set-up of the present call, its database open. `now` freezes its clock."""
    from engine.service.app import open_app
    from engine.service.logs import log_beside_output
    from engine.settings.load import load_settings

    log_beside_output()
    config = caller().config
    at = None if now is None else now.instant(load_settings(config).defaults.timezone)
    with open_app(config, now=at, read_only=read_only) as app:
        yield app
