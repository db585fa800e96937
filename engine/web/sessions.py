"""Sessions and form tokens, all of it in signed cookies: nothing is kept on our side that could run full.

A session names the token of config.yaml (with a mark of its secret) or the rep of a day link. It is looked up again at
every request, so that a token taken out of config.yaml, another secret, or a rep who leaves ends it at once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from engine.settings.web_secrets import KnownToken

SESSION_SECONDS = 12 * 3_600
"""How long a session lasts: a working day. Ours."""


@dataclass(frozen=True)
class Session:
    """`token`: a name in config.yaml, or `rep`: an id. `nonce` binds the forms of its pages to it."""

    token: str
    rep: str
    mark: str
    began_at: int
    nonce: str


def token_session(known: KnownToken, now: int) -> Session:
    """The session of somebody who came with a token."""
    return Session(known.told.name, known.told.rep, _mark(known.secret), now, secrets.token_urlsafe(16))


def rep_session(rep_id: str, now: int) -> Session:
    """The session of a rep who came by the link of his digest."""
    return Session("", rep_id, "", now, secrets.token_urlsafe(16))


def write_session(session: Session, keys: Sequence[str]) -> str:
    """The cookie's value."""
    said = [session.token, session.rep, session.mark, session.began_at, session.nonce]
    return _text(_signer("session", keys).dumps(said))


def read_session(cookie: str, keys: Sequence[str], now: int) -> Session | None:
    """The session of a cookie; None: it is not ours, or too old."""
    try:
        session = Session(*_signer("session", keys).loads(cookie))
    except BadData:
        return None
    return session if session.began_at <= now < session.began_at + SESSION_SECONDS else None


def still_known(session: Session, tokens: Sequence[KnownToken]) -> KnownToken | None:
    """The token of config.yaml that the session was begun with, if it is there still and its secret is the same."""
    return next((k for k in tokens if k.told.name == session.token and _mark(k.secret) == session.mark), None)


def token_of(secret: str, tokens: Sequence[KnownToken]) -> KnownToken | None:
    """The token whose secret that is. Every one is compared, in a time that tells nothing of how near a guess was."""
    asked = _mark(secret)
    matches = [known for known in tokens if hmac.compare_digest(_mark(known.secret), asked)]
    return matches[0] if matches else None


def form_token(nonce: str, keys: Sequence[str]) -> str:
    """What a form carries, so that no other site can send it: signed, and bound to the nonce in the cookie."""
    return _text(_signer("form", keys).dumps(nonce))


def is_form_token(token: str, nonce: str, keys: Sequence[str]) -> bool:
    """Whether the form came from a page of this visitor's."""
    try:
        return bool(nonce) and _signer("form", keys).loads(token) == nonce
    except BadData:
        return False


def _mark(secret: str) -> str:
    return hashlib.blake2b(secret.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _signer(salt: str, keys: Sequence[str]) -> URLSafeSerializer:
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(list(reversed(keys)), salt=f"followup.{salt}", signer_kwargs=options)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
