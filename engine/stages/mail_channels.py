"""Which channels reach a customer by e-mail."""

from __future__ import annotations

from engine.settings.model import Settings

MAIL = "email"
"""The name of a channel that stands for e-mail, whatever its kind: in a rehearsal it is a file."""


def mail_channels(settings: Settings) -> frozenset[str]:
    """The names of those channels of config.yaml."""
    return frozenset(name for name, channel in settings.channels.items() if channel.kind == MAIL or name == MAIL)
