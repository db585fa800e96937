"""E-mail."""

from __future__ import annotations

from adapters.base import Channel
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.service.channels.site import Site, is_loopback
from engine.settings import model


def email(config: model.EmailChannel, site: Site) -> Channel:
    return EmailChannel(
        SmtpServer(
            config.host, config.port, config.from_address, config.from_name, config.security,
            config.username, site.secret(config.password), config.timeout,
        )
    )  # fmt: skip


def is_local(config: model.EmailChannel, _site: Site) -> bool:
    return is_loopback(config.host)
