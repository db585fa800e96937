"""Channels of config.yaml that leave this machine by nobody's hand: files and the terminal."""

from __future__ import annotations

from typing import Literal

from engine.settings.channel_model import ChannelModel


class FileChannel(ChannelModel):
    """Writes each message as a file: pilots, rehearsals, tests. `system` stands in for a webhook."""

    kind: Literal["file"]
    folder: str
    receivers: tuple[Literal["lead", "rep", "system"], ...] = ("lead", "rep")


class ConsoleChannel(ChannelModel):
    """Prints each message."""

    kind: Literal["console"]
    receivers: tuple[Literal["lead", "rep", "system"], ...] = ("lead", "rep")
