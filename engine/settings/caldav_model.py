"""The calendars of config.yaml that reminders are written into."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel


class Caldav(ChannelModel):
    """A CalDAV server with a calendar of each rep."""

    secrets: ClassVar[tuple[str, ...]] = ("password",)

    kind: Literal["caldav"]
    url: str
    """The address of a rep's calendar, with `{user}` where he stands in it."""
    user: Literal["id", "email", "wecom"] = "id"
    """Which of a rep's fields stands for `{user}`."""
    username: str
    """One account that may write into all of these calendars."""
    password: str
    """A reference: env:, file: or cred:."""
    entry: Literal["task", "event"] = "task"
    """`event` where people look at no tasks."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    networks: tuple[str, ...] = ()
    """Private networks it may be reached in, e.g. `[10.1.0.0/16]`."""
    receivers: tuple[Literal["rep"], ...] = ("rep",)
