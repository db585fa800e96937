"""What the web section of config.yaml must mean: an address links can lead to, secrets by reference, whose tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from engine.settings.meaning_webhooks import REFERENCE_HINT
from engine.settings.secrets import is_reference
from engine.settings.web_model import Web, WebToken
from engine.settings.wording import Location, Mistake

_TOKEN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_BIND = re.compile(r"(unix:.+)|(([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5}))")
_WITH_REP = ("rep", "manager")


def web_mistakes(web: Web) -> Iterator[Mistake]:
    """Every mistake of the section."""
    if not _is_origin(web.base_url):
        hint = "write https://HOST, without a path"
        yield Mistake(("web", "base_url"), "C116", f'"{web.base_url}" is not an address for links', hint)
    match = _BIND.fullmatch(web.bind)
    if match is None or int(match[4] or 1) not in range(1, 65_536):
        hint = "write HOST:PORT, or unix:PATH"
        yield Mistake(("web", "bind"), "C116", f'"{web.bind}" is nothing to listen on', hint)
    if not web.keys:
        yield Mistake(("web", "keys"), "C104", "web.keys names no key", "write e.g. [file:web.key]")
    for index, key in enumerate(web.keys):
        yield from _secret(("web", "keys", index), key)
    names = [token.name for token in web.tokens]
    for index, token in enumerate(web.tokens):
        where: Location = ("web", "tokens", index)
        if token.name in names[:index]:
            yield Mistake((*where, "name"), "C113", f'"{token.name}" stands here twice')
        yield from _token(where, token)


def _token(where: Location, token: WebToken) -> Iterator[Mistake]:
    if not _TOKEN_NAME.fullmatch(token.name):
        hint = "begin with a-z and go on with a-z, 0-9, _ and -"
        yield Mistake((*where, "name"), "C105", f'"{token.name}" cannot be a name', hint)
    if bool(token.rep) != (token.role in _WITH_REP):
        hint = "name the rep who uses it" if token.role in _WITH_REP else "take rep out"
        verb = "needs a rep" if token.role in _WITH_REP else "has no rep"
        yield Mistake(where, "C120", f"a token of role {token.role} {verb}", hint)
    yield from _secret((*where, "secret"), token.secret)


def _secret(path: Location, text: str) -> Iterator[Mistake]:
    if not is_reference(text):
        yield Mistake(path, "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    named = bool(parts.hostname) and port != 0 and "@" not in parts.netloc
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    return parts.scheme in ("https", "http") and named and bare
