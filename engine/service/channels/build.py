"""Channels built from config.yaml. What a rehearsal may not reach becomes a folder, here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from adapters.base import Channel
from adapters.channels.webhook import Now
from engine.service.channels.kinds import KINDS, PLUGGED_IN
from engine.service.channels.site import Kind, Site
from engine.settings.channel_kinds import ChannelConfig
from engine.settings.email_model import EmailChannel
from engine.settings.model import Settings
from engine.settings.plugin_model import PluggedIn


def build_channels(settings: Settings, home: Path, now: Now, *, rehearsal: bool) -> dict[str, Channel]:
    """One open channel for each name. In a rehearsal only those that cannot reach anybody outside.

    `now` is the clock that signatures carry.
    """
    return {name: build_channel(name, settings, home, now, rehearsal=rehearsal) for name in settings.channels}


def build_channel(name: str, settings: Settings, home: Path, now: Now, *, rehearsal: bool) -> Channel:
    """One of them."""
    config, site = settings.channels[name], Site(name, settings, home, now)
    kind = _kind_of(config)
    if rehearsal and not kind.stays_here(config, site):
        sender = (config.from_address, config.from_name) if isinstance(config, EmailChannel) else None
        return site.files(home / "rehearsal" / name, sender)
    channel = kind.build(config, site)
    if limit := kind.limit(config, site):
        channel.capabilities = replace(channel.capabilities, limit=limit)
    return channel


def stays_here(name: str, settings: Settings, home: Path, now: Now) -> bool:
    """Whether a rehearsal uses it as it is: it reaches nobody outside this machine."""
    config = settings.channels[name]
    return _kind_of(config).stays_here(config, Site(name, settings, home, now))


def _kind_of(config: ChannelConfig) -> Kind:
    return PLUGGED_IN if isinstance(config, PluggedIn) else KINDS[config.kind]


def close_channels(channels: Mapping[str, Channel]) -> None:
    for channel in channels.values():
        channel.close()
