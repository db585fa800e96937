"""What the channels of config.yaml must be: secrets by reference everywhere, and what each kind asks besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.settings.channel_model import ChannelModel
from engine.settings.email_model import EmailChannel
from engine.settings.meaning_email import relay_mistakes, signing_mistakes
from engine.settings.meaning_personal import personal_mistakes
from engine.settings.meaning_sms import gateway_mistakes, vendor_mistakes
from engine.settings.meaning_webhooks import (
    REFERENCE_HINT,
    app_mistakes,
    caldav_mistakes,
    network_mistakes,
    webhook_mistakes,
)
from engine.settings.model import Settings
from engine.settings.plugin_model import PluggedIn
from engine.settings.secrets import is_reference
from engine.settings.wording import Location, Mistake

HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*", re.IGNORECASE)
_ADDRESS = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{HOST.pattern}", re.IGNORECASE)


def channel_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of every channel."""
    for name, channel in settings.channels.items():
        if isinstance(channel, PluggedIn):
            yield from _plugged_in(("channels", name), channel)
            continue
        yield from _secrets(("channels", name), channel)
        if channel.kind in _OF_KIND:
            yield from _OF_KIND[channel.kind](("channels", name), channel)


def address_mistakes(path: Location, address: str) -> Iterator[Mistake]:
    """What is no mail address."""
    if not _ADDRESS.fullmatch(address):
        yield Mistake(path, "C116", f'"{address}" is not a mail address', "write one as in li@example.com")


def _secrets(where: Location, channel: ChannelModel) -> Iterator[Mistake]:
    """What is no reference, and may not be left out."""
    for key in channel.secrets:
        value = getattr(channel, key)
        if not is_reference(value) and (value or type(channel).model_fields[key].is_required()):
            yield Mistake((*where, key), "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)


def _plugged_in(where: Location, channel: PluggedIn) -> Iterator[Mistake]:
    """Its own model cannot know that a secret stands elsewhere."""
    for key, value in channel.references().items():
        if not value and isinstance(channel.options, Mapping):
            yield Mistake(where, "C104", f'{".".join(map(str, where))} lacks "{key}"', on_key=True)
        elif value and not (isinstance(value, str) and is_reference(value)):
            yield Mistake((*where, key), "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)


def _email(where: Location, channel: EmailChannel) -> Iterator[Mistake]:
    yield from relay_mistakes(where, channel)
    yield from address_mistakes((*where, "from_address"), channel.from_address)
    yield from signing_mistakes(where, channel)


_OF_KIND: Mapping[str, Callable[[Location, Any], Iterator[Mistake]]] = {
    "email": _email,
    "webhook": webhook_mistakes,
    "wecom_app": app_mistakes,
    "wecom_external": app_mistakes,
    "wecom_bot": network_mistakes,
    "dingtalk_bot": network_mistakes,
    "feishu_bot": network_mistakes,
    "caldav": caldav_mistakes,
    "personal": personal_mistakes,
    "sms": gateway_mistakes,
    "sms_aliyun": vendor_mistakes,
    "sms_tencent": vendor_mistakes,
}
"""What a kind asks of its values besides their shape."""
