"""Other programs in config.yaml, which `notify` tells."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel


class WebhookChannel(ChannelModel):
    """Posts signed JSON to another program: for `notify`."""

    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    kind: Literal["webhook"]
    url: str
    """https://HOST/PATH. Plain http only into `networks`."""
    secret: str
    """A reference: env:, file: or cred:. Every body is signed with it."""
    key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "1"
    """Sent along, so that the other side knows with which secret we signed while you change it."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    networks: tuple[str, ...] = ()
    """Private networks it may reach, e.g. `[10.1.0.0/16]`; without it only public addresses."""
    per_minute: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Messages that it takes in a minute; the others wait."""
    receivers: tuple[Literal["system"], ...] = ("system",)
