"""E-mail."""

from __future__ import annotations

from adapters.base import Channel
from adapters.channels.dkim import Signer
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.ground.errors import UsageError
from engine.service.channels.site import Site, is_loopback
from engine.settings import email_model


def email(config: email_model.EmailChannel, site: Site) -> Channel:
    return EmailChannel(
        *servers(config, site), connections=config.connections, per_domain=config.per_domain, now=site.now,
        signer=_signer(config, site),
    )  # fmt: skip


def servers(config: email_model.EmailChannel, site: Site) -> list[SmtpServer]:
    """Its relays, the first choice first."""
    return [
        SmtpServer(
            relay.host, relay.port, config.from_address, config.from_name, relay.security,
            relay.username, site.secret(relay.password), config.timeout,
        )
        for relay in config.ways
    ]  # fmt: skip


def _signer(config: email_model.EmailChannel, site: Site) -> Signer | None:
    """What signs its mails; UsageError if the key cannot."""
    dkim = config.dkim
    if dkim is None:
        return None
    try:
        return Signer(dkim.domain or config.from_address.rpartition("@")[2], dkim.selector, site.secret(dkim.key))
    except ValueError as error:
        raise UsageError(f"mails cannot be signed: {error}") from error


def is_local(config: email_model.EmailChannel, _site: Site) -> bool:
    return all(is_loopback(relay.host) for relay in config.ways)
