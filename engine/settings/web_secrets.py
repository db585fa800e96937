"""The secrets of the web section: keys that sign links and sessions, and the tokens people come in with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.settings.secrets import MissingSecret, resolve
from engine.settings.web_model import Web, WebToken

SHORTEST = 16
"""Characters of the shortest secret that is taken: less could be guessed. Ours."""


@dataclass(frozen=True)
class KnownToken:
    """A token of config.yaml and what it is."""

    told: WebToken
    secret: str


def link_keys(web: Web, home: Path) -> tuple[str, ...]:
    """The keys: the first signs, all verify. MissingSecret: one cannot be had, or is too short."""
    return tuple(_long_enough(key, resolve(key, home)) for key in web.keys)


def known_tokens(web: Web, home: Path) -> tuple[KnownToken, ...]:
    """The tokens. MissingSecret: one cannot be had, or is too short."""
    return tuple(KnownToken(told, _long_enough(told.secret, resolve(told.secret, home))) for told in web.tokens)


def _long_enough(reference: str, secret: str) -> str:
    if len(secret) < SHORTEST:
        hint = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        raise MissingSecret(f"the secret {reference} is shorter than {SHORTEST} characters; {hint}")
    return secret
