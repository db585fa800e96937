"""What a channel for short messages must be: a secret by reference, placeholders that exist, codes that say yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.settings.meaning_webhooks import network_mistakes, url_mistakes
from engine.settings.sms_model import AliyunSms, SmsGateway, TencentSms
from engine.settings.wording import Location, Mistake, did_you_mean

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
OF_MESSAGE = ("phone", "digits", "mobile", "text", "name", "id")
OF_ACCOUNT = ("key_id", "secret", "basic", "time", "millis")
_IN_HEAD = ("id", *OF_ACCOUNT, "signature")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_KEYS = ("authorization", "x-api-key", "apikey", "api-key")


def vendor_mistakes(where: Location, channel: AliyunSms | TencentSms) -> Iterator[Mistake]:
    """Every mistake of a vendor's channel."""
    yield from network_mistakes(where, channel)
    yield from url_mistakes((*where, "base_url"), channel.base_url, channel, "gateway")
    named: Any = channel.params if isinstance(channel, AliyunSms) else dict(enumerate(channel.params))
    for key, value in named.items():
        yield from _placeholders((*where, "params", key), value, OF_MESSAGE)


def number_mistakes(where: Location, number: str) -> Iterator[Mistake]:
    """What a pilot's address must be."""
    if not _NUMBER.fullmatch(number):
        yield Mistake(where, "C116", f'"{number}" is not a telephone number', 'write one as in "+8613800000000"')


def gateway_mistakes(where: Location, channel: SmsGateway) -> Iterator[Mistake]:
    """Every mistake of a gateway that is described."""
    yield from network_mistakes(where, channel)
    yield from url_mistakes((*where, "url"), channel.url, channel, "gateway")
    for name, value in channel.head.items():
        yield from _head((*where, "head", name), name, value)
    yield from _body((*where, "body"), channel.body)
    if channel.sign is not None:
        in_body = "{signature}" in str(channel.body)
        allowed = (*OF_MESSAGE, *OF_ACCOUNT) if in_body else (*OF_MESSAGE, *OF_ACCOUNT, "body")
        yield from _placeholders((*where, "sign", "over"), channel.sign.over, allowed)
    elif "{signature}" in f"{channel.head}{channel.body}":
        message, hint = "{signature} stands for nothing here", "say under `sign` what is signed"
        yield Mistake(where, "C116", message, hint, on_key=True)
    if "accepted" not in channel.answer.codes.values():
        message = "no code of the gateway means that it accepted a message"
        yield Mistake((*where, "answer", "codes"), "C116", message, 'write e.g. "0": accepted')


def _head(where: Location, name: str, value: str) -> Iterator[Mistake]:
    if not f"{name}{value}".isascii() or not f"{name}{value}".isprintable():
        yield Mistake(where, "C116", "a head takes plain ASCII letters only")
    elif name.lower() in _KEYS and not _PLACEHOLDER.search(value):
        yield Mistake(where, "C115", "a secret must not stand in config.yaml", 'write e.g. "Bearer {secret}"')
    else:
        yield from _placeholders(where, value, _IN_HEAD)


def _body(where: Location, part: Any) -> Iterator[Mistake]:
    if isinstance(part, str):
        yield from _placeholders(where, part, (*OF_MESSAGE, *OF_ACCOUNT, "signature"))
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _body((*where, name), value)
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _body((*where, index), value)


def _placeholders(where: Location, text: str, allowed: tuple[str, ...]) -> Iterator[Mistake]:
    for name in _PLACEHOLDER.findall(text):
        if name not in allowed:
            yield Mistake(where, "C116", f"{{{name}}} cannot stand here", did_you_mean(name, allowed))
