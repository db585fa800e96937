"""Whether the keys that mails are signed with can be had: what `check` can find out before a mail waits for one."""

from __future__ import annotations

import os
from pathlib import Path

from engine.ground.errors import Problem
from engine.ground.yamlio import locate, read_yaml
from engine.settings.email_model import EmailChannel
from engine.settings.model import Settings
from engine.settings.secrets import MissingSecret, resolve


def signing_key_problems(config: Path, settings: Settings) -> tuple[Problem, ...]:
    """Every key of a DKIM that cannot be read, at its place. A credential of systemd is there only for the service."""
    node, _ = read_yaml(config.read_bytes(), str(config))
    found = []
    for name, channel in settings.channels.items():
        dkim = channel.dkim if isinstance(channel, EmailChannel) else None
        if dkim is None or node is None or (dkim.key.startswith("cred:") and "CREDENTIALS_DIRECTORY" not in os.environ):
            continue
        if why := _unfit(dkim.key, config.resolve().parent):
            mark = locate(node, ("channels", name, "dkim", "key"), key=False)
            found.append(Problem(str(config), mark.line, mark.col, "C115", why))
    return tuple(found)


def _unfit(reference: str, home: Path) -> str:
    try:
        key = resolve(reference, home)
    except MissingSecret as error:
        return str(error)
    return "" if "PRIVATE KEY-----" in key else f"{reference} is not a private key in PEM"
