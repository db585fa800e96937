"""Ways of config.yaml to customers on which one of us acts himself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel


class Personal(ChannelModel):
    """The customer's rep does it himself, gets the words for it, and says what came of it."""

    kind: Literal["personal"]
    by: Literal["wechat", "phone", "card"]
    """What he does: write by WeChat, call, or post a card written by hand."""
    days_ahead: Annotated[int, Field(ge=0, le=60)] = 0
    """How many days before its occasion a message must be due: the post takes its time."""
    receivers: tuple[Literal["lead"], ...] = ("lead",)
