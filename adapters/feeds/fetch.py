"""Fetching a feed over HTTPS: bounded in size, time and redirects, asking only for what is new.

Every address is looked at before it is reached, that of a redirect as well; see channels/hooks.py.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from adapters.channels.connections import cut_off, pool_to
from adapters.channels.hooks import resolved
from adapters.feeds.messages import LIMIT

REDIRECTS = 3
"""How often a feed may send us elsewhere."""
_PIECE = 65_536
_TOO_SLOW = "it takes too long"
_NOT_MODIFIED = 304
_MOVED = frozenset({301, 302, 303, 307, 308})


class FeedAway(Exception):
    """The feed could not be fetched. Its text is one line that says why."""


@dataclass(frozen=True)
class Fetched:
    """What came: `data` is None where nothing has changed since `etag` and `modified`, which go with the next call."""

    data: bytes | None
    etag: str = ""
    modified: str = ""


def fetch(
    url: str, *, etag: str = "", modified: str = "", timeout: float = 20.0, networks: tuple[str, ...] = ()
) -> Fetched:
    """The document at that address. FeedAway: it did not come, is larger than LIMIT, or must not be reached."""
    deadline = time.monotonic() + timeout
    known = {"If-None-Match": etag, "If-Modified-Since": modified}
    head = {"User-Agent": "followup", "Accept-Encoding": "identity", **{name: it for name, it in known.items() if it}}
    for _ in range(REDIRECTS + 1):
        found = _get(url, head, deadline, networks)
        if isinstance(found, Fetched):
            return found if found.data is not None else Fetched(None, etag, modified)
        url = found
    raise FeedAway(f"it leads elsewhere more than {REDIRECTS} times")


def same_host(url: str, other: str) -> bool:
    """Whether two addresses lie at the same host and port."""
    return (urlsplit(url).scheme, urlsplit(url).netloc) == (urlsplit(other).scheme, urlsplit(other).netloc)


def _get(url: str, head: dict[str, str], deadline: float, networks: tuple[str, ...]) -> Fetched | str:
    """The document, or the address that it has moved to."""
    try:
        target = resolved(url, networks)
    except OSError as error:
        raise FeedAway(f"the host's name is not known: {error.strerror}") from error
    except ValueError as error:
        raise FeedAway(str(error)) from error
    pool = pool_to(target, deadline)
    try:
        with cut_off(pool, deadline):
            response = pool.urlopen(
                "GET", target.path, headers={**head, "Host": target.authority}, retries=False, redirect=False,
                assert_same_host=False, preload_content=False,
            )  # fmt: skip
            return _answer(url, response, deadline)
    except (HTTPError, OSError) as error:
        late = time.monotonic() >= deadline
        raise FeedAway(_TOO_SLOW if late else f"no answer: {type(error).__name__}") from error
    finally:
        pool.close()


def _answer(url: str, response: urllib3.BaseHTTPResponse, deadline: float) -> Fetched | str:
    status, headers = response.status, response.headers
    try:
        if status in _MOVED and headers.get("Location"):
            return urljoin(url, headers["Location"])
        if status == _NOT_MODIFIED:
            return Fetched(None)
        if status != 200:
            raise FeedAway(f"it answers {status}")
        if headers.get("Content-Encoding", "identity") != "identity":
            raise FeedAway("it is compressed, which was not asked for")
        return Fetched(_body(response, deadline), headers.get("ETag", ""), headers.get("Last-Modified", ""))
    finally:
        response.close()


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """All of it, cut off while reading if it is too large or too slow."""
    found = bytearray()
    while piece := response.read1(_PIECE):
        found += piece
        if len(found) > LIMIT:
            raise FeedAway(f"larger than {LIMIT // 1_000_000} MB")
        if time.monotonic() > deadline:
            raise FeedAway(_TOO_SLOW)
    if time.monotonic() > deadline:  # cut off, which looks like an end
        raise FeedAway(_TOO_SLOW)
    return bytes(found)
