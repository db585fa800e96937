"""The chats of config.yaml that reach colleagues: group robots, and messages of an app to one member."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.settings.channel_model import ChannelModel, Form


class _Chat(ChannelModel):
    """What holds for every chat. None of them may reach a customer: the vendors allow no such thing."""

    form: ClassVar[Form] = Form.CHAT

    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    networks: tuple[str, ...] = ()
    """Private networks it may be reached in, e.g. a proxy's: `[10.1.0.0/16]`."""
    receivers: tuple[Literal["rep"], ...] = ("rep",)


class _Robot(_Chat):
    """A robot of one group: everybody in the group reads what it says."""

    form: ClassVar[Form] = Form.GROUP
    secrets: ClassVar[tuple[str, ...]] = ("webhook",)

    webhook: str
    """A reference to its whole address, as the vendor shows it: it is a secret."""
    per_minute: Annotated[int, Field(ge=1, le=1000)] = 20
    """Messages that the vendor takes in a minute; the others wait."""


class WecomBot(_Robot):
    """A WeCom group robot."""

    addressed_by: ClassVar[str] = "wecom"

    kind: Literal["wecom_bot"]
    format: Literal["markdown", "text"] = "markdown"
    """`text` for groups that are read in WeChat, which shows no markdown."""


class DingtalkBot(_Robot):
    """A DingTalk group robot."""

    addressed_by: ClassVar[str] = "phone"
    secrets: ClassVar[tuple[str, ...]] = ("webhook", "secret")

    kind: Literal["dingtalk_bot"]
    secret: str = ""
    """A reference to what it signs with (SEC...). Empty: its security setting is a key word or our address."""


class FeishuBot(_Robot):
    """A Feishu or Lark group bot."""

    addressed_by: ClassVar[str] = "feishu"
    secrets: ClassVar[tuple[str, ...]] = ("webhook", "secret")

    kind: Literal["feishu_bot"]
    secret: str = ""
    """A reference to what it signs with. Empty: its security setting is a key word or our address."""
    per_minute: Annotated[int, Field(ge=1, le=1000)] = 100


class WecomApp(_Chat):
    """A WeCom app, which writes to each member by himself."""

    addressed_by: ClassVar[str] = "wecom"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    kind: Literal["wecom_app"]
    corp_id: str
    agent_id: int
    secret: str
    """A reference: env:, file: or cred:."""
    base_url: str = "https://qyapi.weixin.qq.com"
    format: Literal["markdown", "text"] = "markdown"
    """`text` for members who read it in WeChat, which shows no markdown."""
    per_minute: Annotated[int, Field(ge=1, le=1000)] = 30
    """Messages to one member in a minute; what is beyond it, WeCom drops."""


Robot = WecomBot | DingtalkBot | FeishuBot
Chat = WecomBot | DingtalkBot | FeishuBot | WecomApp
