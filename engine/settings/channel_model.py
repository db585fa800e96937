"""What every channel of config.yaml says of itself, whatever its kind."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Form(Enum):
    """How a message is read: as a mail, as a short message, alone in a chat, or in a chat by everybody of a group."""

    MAIL = "mail"
    TEXT = "text"
    CHAT = "chat"
    GROUP = "group"


class ChannelModel(BaseModel):
    """The base of all kinds. What a kind is, not what an admin chooses, stands in class variables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: ClassVar[Form] = Form.MAIL
    addressed_by: ClassVar[str] = ""
    """The field of a lead or rep with his address on it (email, phone, wecom, feishu); "" if the kind has none."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Keys whose values must be references to secrets."""
