"""DKIM (RFC 6376): a mail signed in the name of a domain, so that receivers know that nobody changed it.

Relaxed in both halves: relays fold headers and trim spaces. Signing needs the extra `followup[dkim]`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from hashlib import sha256

from adapters.channels.headers import one_address

_SIGNED = (
    "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type",
    "content-transfer-encoding", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
"""RFC 6376 section 5.4.1, and those of a click that unsubscribes (RFC 8058)."""
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
_SPACES = re.compile(rb"[ \t]+")
_SPACES_AT_END = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_COLON = ":\r\n "
_WIDTH = 70
_SHORTEST = 1024  # bits; RFC 8301: what verifiers must refuse is shorter

Seal = Callable[[bytes], bytes]


class Signer:
    """Signs whole messages as `build` writes them; the same signature for the same message every time."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        """`key` is a private RSA key in PEM; ValueError says what is wrong, and never tells the key."""
        one_address(f"postmaster@{domain}")
        if not _SELECTOR.fullmatch(selector):
            raise ValueError("the selector of DKIM is not a name of the DNS")
        self._domain, self._selector = domain, selector
        self._seal = _seal(key)

    def sign(self, content: bytes) -> bytes:
        """The message with its signature in front."""
        head, _, body = content.partition(b"\r\n\r\n")
        fields = [(name.lower(), name + b":" + value) for name, _, value in
                  (field.partition(b":") for field in _FOLD.sub(b"", head).split(b"\r\n"))]  # fmt: skip
        chosen = [field for name, field in fields if name.decode("ascii") in _SIGNED]
        names = [field.partition(b":")[0].decode("ascii").lower() for field in chosen]
        unsigned = self._field(names, body)
        covered = b"".join(_relaxed(field) + b"\r\n" for field in chosen) + _relaxed(_FOLD.sub(b"", unsigned))
        signature = base64.b64encode(self._seal(covered)).decode("ascii")
        return unsigned + _folded(signature) + b"\r\n" + content

    def _field(self, names: Sequence[str], body: bytes) -> bytes:
        """The field up to its `b=`. `from` stands once more than there is one: a second could be put in front."""
        listed = [*names, "from"]
        lines = (":".join(listed[at : at + 3]) for at in range(0, len(listed), 3))
        return (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={self._domain};\r\n"
            f" s={self._selector};\r\n h={_COLON.join(lines)};\r\n bh={_body_hash(body)};\r\n b="
        ).encode("ascii")


def _relaxed(field: bytes) -> bytes:
    """RFC 6376 section 3.4.2, of an unfolded field."""
    name, _, value = field.partition(b":")
    return name.strip(b" \t").lower() + b":" + _SPACES.sub(b" ", value).strip(b" \t")


def _body_hash(body: bytes) -> str:
    """RFC 6376 section 3.4.4."""
    lines = _SPACES.sub(b" ", _SPACES_AT_END.sub(b"", body)).rstrip(b"\r\n")
    return base64.b64encode(sha256(lines + b"\r\n" if lines else b"").digest()).decode("ascii")


def _folded(signature: str) -> bytes:
    return "\r\n ".join(signature[at : at + _WIDTH] for at in range(0, len(signature), _WIDTH)).encode("ascii")


def _seal(key: str) -> Seal:
    """What makes a signature."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ModuleNotFoundError as error:
        raise ValueError('signing needs a package that is not installed: pip install "followup[dkim]"') from error
    try:
        private = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the key of DKIM is not an unencrypted private key in PEM") from error
    if not isinstance(private, RSAPrivateKey) or private.key_size < _SHORTEST:
        raise ValueError(f"the key of DKIM is not an RSA key of at least {_SHORTEST} bits")
    return lambda covered: private.sign(covered, PKCS1v15(), SHA256())
