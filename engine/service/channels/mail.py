"""E-mail."""

from __future__ import annotations

from adapters.base import Channel
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.service.channels.site import Site, is_loopback
from engine.settings import email_model


def email(config: email_model.EmailChannel, site: Site) -> Channel:
    servers = [
        SmtpServer(
            relay.host, relay.port, config.from_address, config.from_name, relay.security,
            relay.username, site.secret(relay.password), config.timeout,
        )
        for relay in config.ways
    ]  # fmt: skip
    return EmailChannel(*servers, connections=config.connections, per_domain=config.per_domain, now=site.now)


def is_local(config: email_model.EmailChannel, _site: Site) -> bool:
    return all(is_loopback(relay.host) for relay in config.ways)
