"""E-mail addresses and telephone numbers as people write them, in the one form in which they can be compared.

ValueError names what is wrong. It quotes the cell, so it belongs beside the row, never into a log.
"""

from __future__ import annotations

import re
import unicodedata

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from engine.domain.cells import quoted

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_ATEXT}(?:\.{_ATEXT})*@{_LABEL}(?:\.{_LABEL})*")
_OTHER_LETTER = re.compile(r"[^\x00-\x7f]")
_EXTENSION = re.compile(
    r"\s*(?:;\s*ext=|ext\.?|extn\.?|extension|分机号?|分機號?|转|轉|内线|內線|x|#|;)\s*([0-9]{1,8})", re.IGNORECASE
)
_WRITTEN = re.compile(r"\+?[0-9(][0-9 ()./\-]{2,31}")
_HYPHENS = str.maketrans("‐‑‒–—−", "------")


def email(text: str) -> str:
    """Exactly one address, `user@host`, without a name (RFC 5321 dot-atom form), in lower case.

    An international domain is told as DNS knows it (`xn--...`). A name before the @ in other letters (RFC 6531) stays
    as it is; not every server takes it.
    """
    user, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    try:
        plain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{quoted(text)} is not an e-mail address: its domain cannot be a name of the DNS") from error
    address = f"{user}{at}{plain}".lower()
    seen = address.isprintable() and not any(letter.isspace() for letter in address)
    if not seen or len(user.encode()) > 64 or not _ADDRESS.fullmatch(_OTHER_LETTER.sub("x", address)):
        raise ValueError(f"{quoted(text)} is not one e-mail address; write user@example.com")
    return address


def phone(text: str, country: str) -> str:
    """The number as E.164 (`+8613800000000`), an extension behind it as in RFC 3966 (`;ext=12`).

    Without a country code it is one of that country (ISO 3166). A number of the right length counts, for new ranges
    come into use before anybody's tables know them.
    """
    written, extension = _parted(unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip())
    if not _WRITTEN.fullmatch(written):
        raise ValueError(f"{quoted(text)} is not a telephone number; write digits, as +86 138 0000 0000")
    try:
        parsed = phonenumbers.parse(written, country)
    except NumberParseException as error:
        raise ValueError(f"{quoted(text)} is no telephone number of {country}; write +country first") from error
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        raise ValueError(f"{quoted(text)} is too short or too long for a telephone number of +{parsed.country_code}")
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return f"{number};ext={extension}" if extension else number


def numbers_meant(text: str, country: str) -> tuple[str, ...]:
    """What to look for in numbers as `phone` keeps them: the number that the text is, or its digits if it is a part.

    Nothing where it is no number, and for fewer than four digits. `country` is that of numbers without a code.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip()
    digits = re.sub(r"\D", "", plain).lstrip("0")
    if len(digits) < 4 or re.search(r"[^\d\s().+/-]", plain):
        return ()
    try:
        return phone(plain, country).partition(";")[0], digits
    except ValueError:
        return (digits,)


def _parted(text: str) -> tuple[str, str]:
    """The number, and its extension or nothing."""
    found = _EXTENSION.search(text)
    if found is None or found.end() < len(text):
        return text, ""
    return text[: found.start()], found[1]
