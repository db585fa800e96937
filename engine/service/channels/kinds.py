"""Every kind of channel that config.yaml may name, and what builds it: one line a kind."""

from __future__ import annotations

from collections.abc import Mapping

from engine.service.channels import calendars, chats, limits, local, long_tail, mail, plugged, texts, webhooks
from engine.service.channels.site import Kind

KINDS: Mapping[str, Kind] = {
    "email": Kind(mail.email, mail.is_local, limits.of_relays),
    "webhook": Kind(webhooks.webhook, webhooks.is_local, limits.of_webhook),
    "wecom_app": Kind(chats.wecom_app, limit=limits.of_app),
    "wecom_bot": Kind(chats.wecom_bot, limit=limits.of_robot),
    "dingtalk_bot": Kind(chats.dingtalk_bot, limit=limits.of_robot),
    "feishu_bot": Kind(chats.feishu_bot, limit=limits.of_robot),
    "wecom_external": Kind(chats.wecom_external),
    "caldav": Kind(calendars.caldav, calendars.is_local),
    "sms": Kind(texts.gateway, texts.is_local, limits.of_gateway),
    "sms_aliyun": Kind(texts.aliyun, limit=limits.of_gateway),
    "sms_tencent": Kind(texts.tencent, limit=limits.of_gateway),
    "apprise": Kind(long_tail.apprise, limit=limits.of_service),
    "personal": Kind(local.personal, local.stays),
    "file": Kind(local.file, local.stays),
    "console": Kind(local.console, local.stays),
}

PLUGGED_IN = Kind(plugged.plugged_in)
"""Every kind that a package from outside offers."""
