"""How many messages a far side takes, and which channels it knows as one: they share what it takes."""

from __future__ import annotations

from hashlib import blake2b

from adapters.base import Limit
from engine.service.channels.site import Site
from engine.settings import apprise_model, chat_model, email_model, sms_model, webhook_model


def of_robot(config: chat_model.Robot, site: Site) -> Limit:
    """Of a robot its whole address tells, whatever reference it stands behind."""
    return Limit(fingerprint(site.secret(config.webhook)), config.per_minute)


def of_app(config: chat_model.WecomApp, _site: Site) -> Limit:
    return Limit(fingerprint(config.base_url, config.corp_id, str(config.agent_id)), config.per_minute, each=True)


def of_relays(config: email_model.EmailChannel, _site: Site) -> Limit | None:
    known_by = (f"{relay.host}:{relay.port} {relay.username}" for relay in config.ways)
    return Limit(fingerprint(*known_by), config.per_minute) if config.per_minute else None


def of_webhook(config: webhook_model.WebhookChannel, site: Site) -> Limit | None:
    return Limit(fingerprint(site.pilot or config.url), config.per_minute) if config.per_minute else None


def of_gateway(config: sms_model.SmsChannel, _site: Site) -> Limit:
    url = config.url if isinstance(config, sms_model.SmsGateway) else config.base_url
    return Limit(fingerprint(url, config.key_id), config.per_minute)


def of_service(config: apprise_model.Apprise, site: Site) -> Limit:
    return Limit(fingerprint(site.secret(config.service)), config.per_minute)


def fingerprint(*known_by: str) -> str:
    """Tells one far side's account from another; what it is made of cannot be read from it."""
    return blake2b("\n".join(known_by).encode(), digest_size=12).hexdigest()
