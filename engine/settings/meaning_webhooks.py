"""What a webhook of config.yaml must be: addresses that may be reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit

from engine.settings.caldav_model import Caldav
from engine.settings.chat_model import WecomApp
from engine.settings.webhook_model import WebhookChannel
from engine.settings.wecom_external_model import WecomExternal
from engine.settings.wording import Location, Mistake

REFERENCE_HINT = "write env:NAME, file:PATH or cred:NAME"


class Reaching(Protocol):
    """What goes to an address of the web, perhaps in a private network."""

    @property
    def networks(self) -> tuple[str, ...]: ...


def webhook_mistakes(where: Location, channel: WebhookChannel) -> Iterator[Mistake]:
    """Every mistake of one webhook."""
    yield from url_mistakes((*where, "url"), channel.url, channel)
    yield from network_mistakes(where, channel)


def app_mistakes(where: Location, app: WecomApp | WecomExternal) -> Iterator[Mistake]:
    """Every mistake of a WeCom app."""
    yield from url_mistakes((*where, "base_url"), app.base_url, app, "WeCom app")
    yield from network_mistakes(where, app)


def caldav_mistakes(where: Location, calendars: Caldav) -> Iterator[Mistake]:
    """Every mistake of a calendar server: everybody has a calendar of his own there."""
    if "{user}" not in calendars.url:
        hint = "write https://HOST/calendars/{user}/NAME"
        yield Mistake((*where, "url"), "C116", f'"{calendars.url}" is the same calendar for everybody', hint)
    else:
        yield from url_mistakes((*where, "url"), calendars.url, calendars, "calendar")
    yield from network_mistakes(where, calendars)


def network_mistakes(where: Location, channel: Reaching) -> Iterator[Mistake]:
    """What is no private network in `networks`."""
    for index, network in enumerate(channel.networks):
        if not _is_network(network):
            message = f'"{network}" is not a network'
            yield Mistake((*where, "networks", index), "C116", message, "write e.g. 10.1.0.0/16")


def url_mistakes(path: Location, url: str, channel: Reaching, noun: str = "webhook") -> Iterator[Mistake]:
    """https, or http where private networks are allowed; without a user, for that would be a secret."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    schemes = ("https", "http") if channel.networks else ("https",)
    if not named or parts.scheme not in schemes or parts.username or parts.fragment:
        yield Mistake(path, "C116", f'"{url}" is not an address for a {noun}', "write https://HOST/PATH")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
