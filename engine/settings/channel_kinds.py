"""Every kind of channel that config.yaml may name: ours, told apart by `kind`, and those of plug-ins."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import Discriminator, Field, Tag

from engine.settings.apprise_model import Apprise
from engine.settings.caldav_model import Caldav
from engine.settings.chat_model import DingtalkBot, FeishuBot, WecomApp, WecomBot
from engine.settings.email_model import EmailChannel
from engine.settings.local_model import ConsoleChannel, FileChannel
from engine.settings.personal_model import Personal
from engine.settings.plugin_model import PluggedIn
from engine.settings.sms_model import AliyunSms, SmsGateway, TencentSms
from engine.settings.webhook_model import WebhookChannel
from engine.settings.wecom_external_model import WecomExternal

OURS = "<ours>"
"""Stands in the places of pydantic's errors about a channel of ours; no name or kind looks like it."""

_Ours = Annotated[
    EmailChannel
    | WebhookChannel
    | WecomApp
    | WecomBot
    | DingtalkBot
    | FeishuBot
    | Caldav
    | SmsGateway
    | AliyunSms
    | TencentSms
    | Apprise
    | Personal
    | WecomExternal
    | FileChannel
    | ConsoleChannel,
    Field(discriminator="kind"),
]

OUR_KINDS: tuple[str, ...] = tuple(
    kind for model in get_args(get_args(_Ours)[0]) for kind in get_args(model.model_fields["kind"].annotation)
)
"""The kinds of channels that need no plug-in."""


def _whose(found: Any) -> str:
    """Whether a plug-in must say what the channel's keys mean."""
    kind = found.get("kind") if isinstance(found, dict) else getattr(found, "kind", None)
    return "plug-in" if isinstance(kind, str) and kind not in OUR_KINDS else OURS


ChannelConfig = Annotated[
    Annotated[_Ours, Tag(OURS)] | Annotated[PluggedIn, Tag("plug-in")], Discriminator(_whose)
]
