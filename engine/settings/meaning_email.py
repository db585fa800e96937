"""What the e-mail of config.yaml must be: relays that can be told apart, secrets by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.settings.email_model import EmailChannel, Relay
from engine.settings.meaning_webhooks import REFERENCE_HINT
from engine.settings.secrets import is_reference
from engine.settings.wording import Location, Mistake

_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
_OF_ONE_RELAY = ("host", "port", "security", "username", "password")


def relay_mistakes(where: Location, channel: EmailChannel) -> Iterator[Mistake]:
    """Every mistake of where mail is handed over."""
    if not channel.relays:
        if not channel.host:
            yield Mistake(where, "C104", f'{_named(where)} needs either "host" or "relays"', on_key=True)
        yield from _login(where, channel)
        return
    for key in _OF_ONE_RELAY:
        if key in channel.model_fields_set:
            message = f'"{key}" stands beside relays in {_named(where)}'
            yield Mistake((*where, key), "C104", message, "write it in each of them", on_key=True)
    known: set[tuple[str, int, str]] = set()
    for index, relay in enumerate(channel.relays):
        place: Location = (*where, "relays", index)
        yield from _login(place, relay)
        if relay.password and not is_reference(relay.password):
            yield Mistake((*place, "password"), "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)
        if (relay.host, relay.port, relay.username) in known:
            yield Mistake(place, "C113", f"{relay.host}:{relay.port} stands here twice")
        known.add((relay.host, relay.port, relay.username))


def _login(where: Location, relay: Relay | EmailChannel) -> Iterator[Mistake]:
    if bool(relay.username) != bool(relay.password):
        message = f"{_named(where)} needs both username and password, or neither"
        yield Mistake(where, "C115", message, on_key=True)


def _named(where: Location) -> str:
    """`channels.email.relays.1`: list positions count from 1, as people do."""
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in where)


def signing_mistakes(where: Location, channel: EmailChannel) -> Iterator[Mistake]:
    """Every mistake of how mails are signed."""
    dkim, sender = channel.dkim, channel.from_address.rpartition("@")[2].lower()
    if dkim is None:
        return
    place: Location = (*where, "dkim")
    if not is_reference(dkim.key):
        yield Mistake((*place, "key"), "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)
    if not _SELECTOR.fullmatch(dkim.selector):
        yield Mistake((*place, "selector"), "C116", f'"{dkim.selector}" is not a name of the DNS', "write e.g. s1")
    if dkim.domain and not f".{sender}".endswith(f".{dkim.domain.lower()}"):
        message = f'"{dkim.domain}" is neither the domain of from_address nor above it; it counts for nothing'
        yield Mistake((*place, "domain"), "C116", message, f"write {sender}")
