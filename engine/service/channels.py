"""Channels as config.yaml names them. The only room that knows which implementations there are."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from adapters.base import Channel
from adapters.channels.chat import Room
from adapters.channels.console import ConsoleChannel
from adapters.channels.dingtalk_bot import DingtalkBot
from adapters.channels.email import EmailChannel
from adapters.channels.feishu_bot import FeishuBot
from adapters.channels.file import FileChannel
from adapters.channels.smtp_session import SmtpServer
from adapters.channels.webhook import Hook, Now, WebhookChannel
from adapters.channels.wecom_app import App, WecomApp
from adapters.channels.wecom_bot import WecomBot
from engine.ground.errors import UsageError
from engine.settings import chat_model, model
from engine.settings.model import Settings
from engine.settings.secrets import resolve


def build_channels(settings: Settings, home: Path, now: Now, *, rehearsal: bool) -> dict[str, Channel]:
    """One open channel for each name. In a rehearsal only those that cannot reach anybody outside.

    `now` is the clock that webhooks sign with.
    """
    return {name: build_channel(name, settings, home, now, rehearsal=rehearsal) for name in settings.channels}


def close_channels(channels: Mapping[str, Channel]) -> None:
    for channel in channels.values():
        channel.close()


def build_channel(name: str, settings: Settings, home: Path, now: Now, *, rehearsal: bool) -> Channel:
    """One of them."""
    config = settings.channels[name]
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
        case chat_model.WecomBot() | chat_model.DingtalkBot() | chat_model.FeishuBot() | chat_model.WecomApp():
            return _own_file(home / "rehearsal" / name, settings) if rehearsal else _chat(config, home, now)
        case model.FileChannel():
            return _own_file(home / config.folder, settings)
        case model.ConsoleChannel():
            return ConsoleChannel(sys.stdout)


def _chat(config: chat_model.Chat, home: Path, now: Now) -> Channel:
    """Chats have no rehearsal but in files: there is none on this machine."""
    match config:
        case chat_model.WecomBot():
            return WecomBot(_room(config, home), markdown=config.format == "markdown")
        case chat_model.DingtalkBot():
            return DingtalkBot(_room(config, home, config.secret), now)
        case chat_model.FeishuBot():
            return FeishuBot(_room(config, home, config.secret), now)
        case chat_model.WecomApp():
            secret = resolve(config.secret, home)
            room = Room(config.base_url.rstrip("/"), secret, config.timeout, config.per_minute, config.networks)
            return WecomApp(App(config.corp_id, config.agent_id), room, markdown=config.format == "markdown")


def _room(robot: chat_model.Robot, home: Path, secret: str = "") -> Room:
    url = resolve(robot.webhook, home)
    if urlsplit(url).scheme not in ("https", "http"):
        raise UsageError(f"{robot.webhook} is not the whole address of a robot; copy it from the group's settings")
    return Room(url, resolve(secret, home) if secret else "", robot.timeout, robot.per_minute, robot.networks)


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
