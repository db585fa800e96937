"""Signed links: what lets whoever holds one do one thing, without a login. Pure; keys and `now` are handed in.

A token carries its subject (ids only: it travels through mail servers) and when it expires. It is signed per
purpose, so that a link for one thing never opens another. The first key signs, every key verifies: a new key is put
in front, and the old one stays behind it until its last link has expired.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

LONGEST = 600
"""Characters of the longest token that is looked at."""


class Purpose(StrEnum):
    """What a link is for; also its salt, and the first part of its path."""

    ACT = "act"                    # say what became of one touch
    SIGN = "sign"                  # look at one draft, and sign it
    TASK = "task"                  # say what became of one message that a rep sends himself
    DAY = "day"                    # a rep's day page
    SURVEY = "survey"              # answer one survey
    UNSUBSCRIBE = "unsubscribe"    # stop a category for a lead
    FEED = "feed"                  # a rep's visits as a calendar


class BadLink(Exception):
    """Not a link of ours, changed, for something else, or expired. It says no more: who asks may be guessing."""


@dataclass(frozen=True)
class Link:
    """The right to one thing until `expires_at` (seconds UTC). `subject`: ids, as its purpose reads them."""

    purpose: Purpose
    subject: str
    expires_at: int

    @property
    def token_id(self) -> str:
        """What a single use is remembered by. It follows from the contents: a link written twice is one link."""
        said = f"{self.purpose}|{self.expires_at}|{self.subject}"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def sign(link: Link, keys: Sequence[str]) -> str:
    """The token of that link, safe in a URL."""
    token = _serializer(link.purpose, keys).dumps([link.subject, link.expires_at])
    return token if isinstance(token, str) else token.decode()


def verify(token: str, purpose: Purpose, keys: Sequence[str], now: int) -> Link:
    """The link that a token stands for. BadLink, without a word why, unless it is ours, for this, and not expired."""
    if not token.isascii() or len(token) > LONGEST:
        raise BadLink
    try:
        subject, expires_at = _serializer(purpose, keys).loads(token)
    except BadData:
        raise BadLink from None
    if now >= expires_at:
        raise BadLink
    return Link(purpose, subject, expires_at)


def url_of(base_url: str, link: Link, keys: Sequence[str]) -> str:
    """Where the link leads: `https://followup.example.com/act/TOKEN`."""
    return f"{base_url.rstrip('/')}/{link.purpose}/{sign(link, keys)}"


def _serializer(purpose: Purpose, keys: Sequence[str]) -> URLSafeSerializer:
    oldest_first = list(reversed(keys))  # as itsdangerous has them
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(oldest_first, salt=f"followup.link.{purpose}", signer_kwargs=options)
