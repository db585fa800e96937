"""Where a webhook may lead: HTTPS, and no address inside anybody's network unless it was allowed by name.

The name is looked up once, and the connection goes to the address that was looked at: a name that answers
differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

_NO_ADDRESS = "not an address of the form https://HOST/PATH"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(NamedTuple):
    """A far side that may be reached. `address` is an IP address, `authority` what the Host header says."""

    scheme: str
    host: str
    address: str
    port: int
    path: str
    authority: str


def resolved(url: str, networks: Sequence[str] = ()) -> Target:
    """The far side of a URL. OSError: its name is not known. ValueError: it must not be reached, and why.

    `networks` are those that may be private; plain http goes nowhere but into them.
    """
    parts, port = _parts(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.fragment:
        raise ValueError(_NO_ADDRESS)
    port = port or (443 if parts.scheme == "https" else 80)
    found = [ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        _must_be_open(address, parts.scheme, networks)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, str(found[0]), port, path, parts.netloc)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    """The parts of a URL and its port. What Python says of a bad one quotes it, and a robot's holds its key."""
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None


def _must_be_open(address: Address, scheme: str, networks: Sequence[str]) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    known = mapped if mapped is not None else address
    if any(known in ipaddress.ip_network(network) for network in networks):
        return
    if scheme == "http":
        raise ValueError("plain http is for allowed private networks only")
    if not known.is_global or known.is_multicast:
        raise ValueError("the address lies in a private network that is not allowed")
