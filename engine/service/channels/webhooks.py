"""Webhooks. In a pilot one goes to another address altogether."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.base import Channel
from adapters.channels.webhook import Hook, WebhookChannel
from engine.service.channels.site import Site, is_loopback
from engine.settings import webhook_model


def webhook(config: webhook_model.WebhookChannel, site: Site) -> Channel:
    secret = site.secret(config.secret)
    hook = Hook(site.pilot or config.url, secret, config.key_id, config.timeout, config.networks)
    return WebhookChannel(hook, site.now)


def is_local(config: webhook_model.WebhookChannel, site: Site) -> bool:
    return is_loopback(urlsplit(site.pilot or config.url).hostname or "")
