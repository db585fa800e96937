"""Calling on far sides without handing them anything: connect, log in where that is possible by itself, leave."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import time
from contextlib import closing
from typing import Any

from adapters.base import Outcome, Receipt
from adapters.channels.chat import ChatLine, Room
from adapters.channels.hooks import resolved
from adapters.channels.smtp_session import SmtpServer, SmtpSession
from adapters.channels.wecom import code_of
from adapters.channels.wecom_token import AccessToken
from engine.ground.errors import FollowupError
from engine.service.channels import mail
from engine.service.channels.site import Site
from engine.settings.chat_model import WecomApp
from engine.settings.email_model import EmailChannel
from engine.settings.local_model import FileChannel
from engine.settings.wecom_external_model import WecomExternal

PATIENCE = 10.0
"""Seconds that a call takes at most, relay by relay. Ours."""


class NotReached(FollowupError):
    """Why a far side cannot be used, in a line without personal data."""


def call_on(config: Any, site: Site) -> str:
    """What could be seen of it. NotReached: it does not work. FollowupError: it cannot even be opened."""
    if isinstance(config, EmailChannel):
        names = [_greeted(server) for server in mail.servers(config, site)]
        return f"{', '.join(names)} let us in"
    if isinstance(config, WecomApp | WecomExternal):
        return _known_to_wecom(config, site)
    if isinstance(config, FileChannel):
        return _writable(site)
    address = getattr(config, "url", "") or getattr(config, "base_url", "")
    if webhook := getattr(config, "webhook", ""):
        address = site.secret(webhook)
    return _connected(address.replace("{user}", "user"), getattr(config, "networks", ())) if address else "opens"


def _greeted(server: SmtpServer) -> str:
    tls = ssl.create_default_context() if server.security != "none" else None
    try:
        SmtpSession(server, time.monotonic() + min(server.timeout, PATIENCE), tls).leave()
    except smtplib.SMTPResponseException as error:
        raise NotReached(f"{server.name} answers {error.smtp_code}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotReached(f"{server.name}: {_why(error)}") from error
    return server.name


def _known_to_wecom(config: WecomApp | WecomExternal, site: Site) -> str:
    room = Room(config.base_url.rstrip("/"), site.secret(config.secret), config.timeout, config.networks)
    token = AccessToken(config.corp_id, room, ChatLine(room, code_of))
    given = token.used(lambda _token, _first: Receipt(Outcome.ACCEPTED), time.monotonic() + PATIENCE)
    if given.outcome is not Outcome.ACCEPTED:
        raise NotReached(f"WeCom: {given.code} {given.detail}")
    return "WeCom gives us a token"


def _writable(site: Site) -> str:
    folder = site.home / site.settings.channels[site.name].folder  # type: ignore[union-attr]
    if folder.exists() and not os.access(folder, os.W_OK):
        raise NotReached(f"the folder {folder} may not be written")
    return f"writes into {folder}"


def _connected(address: str, networks: tuple[str, ...]) -> str:
    """By TCP and TLS only: any request to such a far side might be a message."""
    try:
        target = resolved(address, networks)
        with closing(socket.create_connection((target.address, target.port), PATIENCE)) as plain:
            if target.scheme == "https":
                ssl.create_default_context().wrap_socket(plain, server_hostname=target.host).close()
    except (OSError, ValueError) as error:
        raise NotReached(f"not reached: {_why(error)}") from error
    return f"{target.host} can be reached; whether it takes what we send: followup channels test"


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
