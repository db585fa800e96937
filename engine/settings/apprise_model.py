"""The channel of config.yaml that speaks to whatever Apprise knows: for colleagues only."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel, Form


class Apprise(ChannelModel):
    """One service of Apprise. Whoever reads there reads it; it knows none of our receivers."""

    form: ClassVar[Form] = Form.GROUP
    secrets: ClassVar[tuple[str, ...]] = ("service",)

    kind: Literal["apprise"]
    service: str
    """A reference to its whole address, `ntfys://TOPIC`: it is a secret."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    per_minute: Annotated[int, Field(ge=1, le=1000)] = 20
    receivers: tuple[Literal["rep"], ...] = ("rep",)
