"""A gateway described in config.yaml: head and body with placeholders, and a signature over what it says.

A placeholder's value is data: it is put in once, never looked at again, and encoded as the format needs it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from adapters.channels.sms import Request, Sms

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
OF_MESSAGE = ("phone", "digits", "mobile", "text", "name", "id")
OF_ACCOUNT = ("key_id", "secret", "basic", "time", "millis")
"""Placeholders everywhere; besides, there are {signature}, and {body} in what is signed."""
_TYPES = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded; charset=utf-8"}


@dataclass(frozen=True)
class Signing:
    """What {signature} is: `over` with its placeholders filled, by that method."""

    by: Literal["hmac_sha256", "hmac_sha1", "hmac_md5", "sha256", "md5"]
    over: str
    encoding: Literal["hex", "base64"] = "hex"

    def of(self, told: str, secret: str) -> str:
        """The signature of a text. Without hmac the secret must stand in the text itself."""
        content = told.encode()
        if self.by.startswith("hmac_"):
            found = hmac.new(secret.encode(), content, self.by.removeprefix("hmac_")).digest()
        else:
            found = hashlib.new(self.by, content).digest()
        return found.hex() if self.encoding == "hex" else base64.b64encode(found).decode()


@dataclass(frozen=True)
class Described:
    """How a gateway is written to."""

    head: Mapping[str, str]
    body: Mapping[str, Any]
    format: Literal["json", "form"] = "json"
    key_id: str = ""
    secret: str = ""
    signing: Signing | None = None

    def write(self, sms: Sms, now: int) -> Request:
        """The request. A signature that stands in the body covers no body; one in the head may."""
        known = values(sms) | self._account(now)
        early = self._signature(known | {"body": ""}) if _names(self.body, "signature") else ""
        content = self._encoded(_each(self.body, known | {"signature": early}))
        known |= {"body": content, "signature": early or self._signature(known | {"body": content})}
        head = {name: _filled(value, known) for name, value in self.head.items()}
        return Request({"Content-Type": _TYPES[self.format], **head}, content.encode())

    def _account(self, now: int) -> dict[str, str]:
        basic = base64.b64encode(f"{self.key_id}:{self.secret}".encode()).decode()
        return dict(zip(OF_ACCOUNT, (self.key_id, self.secret, basic, str(now), f"{now}000"), strict=True))

    def _signature(self, known: Mapping[str, str]) -> str:
        return self.signing.of(_filled(self.signing.over, known), self.secret) if self.signing else ""

    def _encoded(self, body: Mapping[str, Any]) -> str:
        if self.format == "json":
            return json.dumps(body, ensure_ascii=False)
        return urlencode({name: _field(value) for name, value in body.items()})


def values(sms: Sms) -> dict[str, str]:
    """What the placeholders of a message stand for."""
    return {name: getattr(sms, name) for name in OF_MESSAGE}


def filled(text: str, sms: Sms) -> str:
    """A parameter of a vendor's template."""
    return _filled(text, values(sms))


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: known[found[1]], text)


def _each(part: Any, known: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return _filled(part, known)
    if isinstance(part, Mapping):
        return {name: _each(value, known) for name, value in part.items()}
    return [_each(value, known) for value in part] if isinstance(part, list) else part


def _names(part: Any, placeholder: str) -> bool:
    return f"{{{placeholder}}}" in json.dumps(part, ensure_ascii=False)


def _field(value: Any) -> str:
    """A value of a form: a list or mapping as its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
