"""Channels as config.yaml names them. The only room that knows which implementations there are."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from adapters.base import Channel
from adapters.channels.console import ConsoleChannel
from adapters.channels.email import EmailChannel
from adapters.channels.file import FileChannel
from adapters.channels.smtp_session import SmtpServer
from adapters.channels.webhook import Hook, Now, WebhookChannel
from engine.ground.errors import UsageError
from engine.settings import model
from engine.settings.model import Settings
from engine.settings.secrets import resolve


def build_channels(settings: Settings, home: Path, now: Now, *, rehearsal: bool) -> dict[str, Channel]:
    """One open channel for each name. In a rehearsal only those that cannot reach anybody outside.

    `now` is the clock that webhooks sign with.
    """
    return {
        name: _build(name, config, settings, home, now, rehearsal=rehearsal)
        for name, config in settings.channels.items()
    }


def close_channels(channels: Mapping[str, Channel]) -> None:
    for channel in channels.values():
        channel.close()


def _build(
    name: str, config: model.ChannelConfig, settings: Settings, home: Path, now: Now, *, rehearsal: bool
) -> Channel:
    match config:
        case model.EmailChannel():
            if rehearsal and not is_loopback(config.host):
                folder = home / "rehearsal" / name
                return _file_channel(folder, config.from_address, config.from_name)
            password = resolve(config.password, home) if config.password else ""
            return EmailChannel(
                SmtpServer(
                    config.host, config.port, config.from_address, config.from_name, config.security,
                    config.username, password, config.timeout,
                )
            )  # fmt: skip
        case model.WebhookChannel():
            url = settings.redirect_to.get(name, config.url)
            if rehearsal and not is_loopback(urlsplit(url).hostname or ""):
                return _own_file(home / "rehearsal" / name, settings)
            secret = resolve(config.secret, home)
            return WebhookChannel(Hook(url, secret, config.key_id, config.timeout, config.networks), now)
        case model.FileChannel():
            return _own_file(home / config.folder, settings)
        case model.ConsoleChannel():
            return ConsoleChannel(sys.stdout)


def _own_file(folder: Path, settings: Settings) -> Channel:
    return _file_channel(folder, f"followup@{settings.company.domain}", settings.company.name)


def _file_channel(folder: Path, from_address: str, from_name: str) -> Channel:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} of a file channel cannot be made: {error.strerror}") from error
    return FileChannel(folder, from_address, from_name)


def is_loopback(host: str) -> bool:
    """Whether what goes to that host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
