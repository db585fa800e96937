"""WeCom messages of config.yaml to customers, which a member confirms."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel


class WecomExternal(ChannelModel):
    """A WeCom app that may write to customers who are contacts of their rep's."""

    addressed_by: ClassVar[str] = "wecom"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    kind: Literal["wecom_external"]
    corp_id: str
    secret: str
    """A reference: env:, file: or cred:."""
    base_url: str = "https://qyapi.weixin.qq.com"
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    networks: tuple[str, ...] = ()
    """Private networks it may be reached in, e.g. a proxy's: `[10.1.0.0/16]`."""
    receivers: tuple[Literal["lead"], ...] = ("lead",)
