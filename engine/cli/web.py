"""`web`: the pages."""

from __future__ import annotations

import click

from engine.cli.common import Command, caller


@click.command(cls=Command)
def web() -> None:
    """Serve the pages, until Ctrl-C or SIGTERM.

    Where they listen and who may come in stands under `web` in config.yaml.

    Example: followup web
    """
    from engine.service.web_process import run_web

    raise click.exceptions.Exit(run_web(caller().config))
