"""Every kind of channel that config.yaml may name, and what builds it: one line a kind."""

from __future__ import annotations

from collections.abc import Mapping

from engine.service.channels import calendars, chats, local, mail, texts, webhooks
from engine.service.channels.site import Kind

KINDS: Mapping[str, Kind] = {
    "email": Kind(mail.email, mail.is_local),
    "webhook": Kind(webhooks.webhook, webhooks.is_local),
    "wecom_app": Kind(chats.wecom_app),
    "wecom_bot": Kind(chats.wecom_bot),
    "dingtalk_bot": Kind(chats.dingtalk_bot),
    "feishu_bot": Kind(chats.feishu_bot),
    "caldav": Kind(calendars.caldav, calendars.is_local),
    "sms": Kind(texts.gateway, texts.is_local),
    "sms_aliyun": Kind(texts.aliyun),
    "sms_tencent": Kind(texts.tencent),
    "file": Kind(local.file, local.stays),
    "console": Kind(local.console, local.stays),
}
