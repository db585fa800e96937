"""Mail header fields from untrusted text: nothing in it can start a second field or add a second receiver.

RFC 5322 for the fields, RFC 2047 for what is not ASCII. Lines end with CRLF and are folded at 76 characters.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from unicodedata import is_normalized

import idna

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_NOT_IN_TOKENS = re.compile(r"[^A-Za-z0-9._-]+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_OTHER_LETTER = re.compile(r"[^\x00-\x7f]")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                     r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")

_LINE = 76          # RFC 2047 section 2: a line that holds an encoded word
_WORD_BYTES = 45    # 60 characters of base64; "=?utf-8?B?" and "?=" make 72, and 75 are allowed
_LONGEST_TOKEN = 900  # RFC 5322 section 2.1.1: no line over 998


def clean(value: str) -> str:
    """The text with every control character and line break turned into a space, and no spaces at its ends.

    Without the marks that turn the direction of what follows: `moc.live` behind one reads like another address.
    Arabic and Hebrew need none of them.
    """
    return _CONTROLS.sub(" ", _TURNS.sub("", value)).strip(" ")


def token(value: str) -> str:
    """A name for a file in letters that need no quoting."""
    return _NOT_IN_TOKENS.sub("-", value).strip("-.")[:80] or "file"


@lru_cache(maxsize=4096)
def one_address(address: str) -> str:
    """The address, if it is exactly one plain `local@domain`, its domain as DNS knows it; else ValueError.

    The part before the @ may have letters of any script (RFC 6531); then only some servers take it. Quoted local parts,
    comments, domain literals and lists are refused: all are ways to smuggle a second receiver in. The error never
    repeats the address, so that it may be logged.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        raise ValueError("the address has no @; write one plain local@domain")
    if len(local.encode("utf-8", "replace")) > 64 or not _is_local_part(local):
        raise ValueError("the part before the @ is not a plain mailbox name; write one plain local@domain")
    if not domain.isascii():
        domain = _as_dns_knows(domain)
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("the part after the @ is not a domain name; write one plain local@domain")
    return f"{local}@{domain}"


def _is_local_part(local: str) -> bool:
    if local.isascii():
        return _LOCAL_PART.fullmatch(local) is not None
    seen = local.isprintable() and not any(letter.isspace() for letter in local)  # no marks that turn what follows
    return seen and is_normalized("NFC", local) and _LOCAL_PART.fullmatch(_OTHER_LETTER.sub("x", local)) is not None


def _as_dns_knows(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("the part after the @ is not a domain name; write one plain local@domain") from None


def message_id_field(message_id: str) -> str:
    """The Message-ID field; ValueError unless it is `<left@right>` in printable ASCII."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("the message id is not of the form <left@right>")
    return f"Message-ID: {message_id}\r\n"


def text_field(field: str, value: str) -> str:
    """A field of free text, such as Subject; ValueError if the field's name is not one."""
    if not _FIELD_NAME.fullmatch(field):
        raise ValueError(f"{clean(field)!r} is not the name of a header field")
    value = clean(value)
    if not _is_plain(value):
        return f"{field}: {_encoded_words(value, used=len(field) + 2)}\r\n"
    line = f"{field}: {value}"
    return (line if len(line) <= _LINE else _folded(line)) + "\r\n"


@lru_cache(maxsize=256)
def mailbox_field(field: str, address: str, name: str = "") -> str:
    """A field of one mailbox, such as From or To; ValueError if the address is not one plain address."""
    address = one_address(address)
    name = " ".join(clean(name).split())
    if not name:
        return f"{field}: {address}\r\n"
    phrase = _phrase(name, used=len(field) + 2)
    fits = "\r\n" not in phrase and len(field) + len(phrase) + len(address) + 5 <= _LINE
    return f"{field}: {phrase}{' ' if fits else _FOLD}<{address}>\r\n"


_FOLD = "\r\n "


def _is_plain(value: str) -> bool:
    """Whether it can stand as it is: ASCII, nothing a reader would decode, and short or foldable."""
    if not value.isascii() or "=?" in value:
        return False
    if len(value) <= _LONGEST_TOKEN:
        return True
    return "  " not in value and max(map(len, value.split(" "))) <= _LONGEST_TOKEN


def _folded(line: str) -> str:
    """Break at single spaces, so that unfolding (dropping CRLF) gives the very same text."""
    if "  " in line:
        return line
    field, *tokens = line.split(" ")
    lines = [f"{field} {tokens[0]}"]
    for token in tokens[1:]:
        if len(lines[-1]) + len(token) + 2 <= _LINE:
            lines[-1] += " " + token
        else:
            lines.append(token)
    return _FOLD.join(lines)


def _phrase(name: str, used: int) -> str:
    """A display name: bare atoms, a quoted string, or encoded words."""
    if not name.isascii() or "=?" in name or len(name) > 60:
        return _encoded_words(name, used)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded_words(value: str, used: int) -> str:
    """RFC 2047 encoded words, one a line, cut between characters; `used` of the first line is taken."""
    data = value.encode("utf-8", "replace")
    room = min(_WORD_BYTES, (_LINE - used - 12) // 4 * 3)
    words = []
    start = 0
    while start < len(data):
        end = _character_end(data, start + room)
        words.append(f"=?utf-8?B?{b64encode(data[start:end]).decode('ascii')}?=")
        start, room = end, _WORD_BYTES
    return _FOLD.join(words)


def _character_end(data: bytes, end: int) -> int:
    """The last place at or before `end` where a UTF-8 character ends."""
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end -= 1
    return min(end, len(data))
