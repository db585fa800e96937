"""Any way to write a region, as the one code we keep: `510100`, `CN-SC`, `成都`, `四川省成都市`, `US-CA`."""

from __future__ import annotations

import re
import unicodedata

from engine.domain.regions.divisions import divisions, former, groups, path_of
from engine.domain.regions.names import by_name

ISO_PROVINCES = {
    "AH": "34", "BJ": "11", "CQ": "50", "FJ": "35", "GD": "44", "GS": "62", "GX": "45", "GZ": "52", "HA": "41",
    "HB": "42", "HE": "13", "HI": "46", "HK": "81", "HL": "23", "HN": "43", "JL": "22", "JS": "32", "JX": "36",
    "LN": "21", "MO": "82", "NM": "15", "NX": "64", "QH": "63", "SC": "51", "SD": "37", "SH": "31", "SN": "61",
    "SX": "14", "TJ": "12", "TW": "TW", "XJ": "65", "XZ": "54", "YN": "53", "ZJ": "33",
}  # fmt: skip
"""ISO 3166-2:CN as of 2025, by GB/T 2260 code. Taiwan is kept under its ISO code."""
COUNTRIES = {"HK": "81", "MO": "82"}
"""Countries of ISO 3166 that are kept as regions."""
_TAIWAN = ("71", "83")
_ISO = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


class UnknownRegion(ValueError):
    """The text names no region, or several. Its text is one line that says what to write instead."""


def region_code(text: str) -> str:
    """The code of the region that the text names.

    Digits are GB/T 2260 codes of two, four or six digits (twelve in statistics), trailing zeros or not; abolished
    ones become their successor. Letters are ISO 3166-1 or -2. Everything else is a Chinese name, with or without
    the province before it and 省, 市, 区 behind it, simplified or traditional. UnknownRegion says what is wrong.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if written.isdigit() and written.isascii():
        return _by_digits(written)
    iso = _ISO.fullmatch(written.upper())
    if iso is not None:
        return _by_iso(iso.group(0), iso.group(1), iso.group(2))
    found = by_name(written)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnknownRegion(f'unknown region "{text}"; write a GB/T 2260 code, an ISO 3166 code or a name like 成都市')
    choices = ", ".join(f"{code} {path_of(code)}" for code in found[:5])
    raise UnknownRegion(f'"{text}" may be {choices}{" and others" if len(found) > 5 else ""}; write one of these')


def lies_within(code: str, region: str) -> bool:
    """Whether a region lies in another one, or is it. Digits nest by prefix; an ISO country holds its parts."""
    if not region or not code.startswith(region):
        return False
    return code == region or region[0].isdigit() or code[len(region)] == "-"


def _by_digits(digits: str) -> str:
    code = digits[:6] if len(digits) in (9, 12) else digits
    while len(code) > 2 and len(code) % 2 == 0 and code.endswith("00"):
        code = code[:-2]
    if code in divisions():
        return code
    if code in former():
        return former()[code][1]
    if code[:2] in _TAIWAN:
        return "TW"
    if code in groups():
        raise UnknownRegion(_no_place(code))
    raise UnknownRegion(f'unknown region code "{digits}"{_near(code)}')


def _no_place(code: str) -> str:
    whole = groups()[code]
    parts = [one for one in sorted(divisions()) if len(one) == 6 and one.startswith(code)]
    first = f"{parts[0]} {divisions()[parts[0]]}"
    return (
        f'"{code}" is no place, only the common digits of {len(parts)} counties directly under '
        f"{divisions()[whole]}; write {whole} for all of it, or each county, such as {first}"
    )


def _near(code: str) -> str:
    for length in (4, 2):
        if code[:length] in divisions() and len(code) > length:
            return f"; {code[:length]} is {path_of(code[:length])}"
    return "; GB/T 2260 codes have two, four or six digits"


def _by_iso(written: str, country: str, part: str | None) -> str:
    if country == "CN":
        return _chinese_part(written, part)
    if country in COUNTRIES and part is None:
        return COUNTRIES[country]
    if not _in_iso_3166(written, country, part):
        raise UnknownRegion(f'"{written}" is no code of ISO 3166; write for example US, US-CA or JP-13')
    return written


def _in_iso_3166(written: str, country: str, part: str | None) -> bool:
    import pycountry  # its tables take a tenth of a second to read, and only foreign customers need them

    if part:
        return pycountry.subdivisions.get(code=written) is not None  # type: ignore[no-untyped-call]
    return pycountry.countries.get(alpha_2=country) is not None


def _chinese_part(written: str, part: str | None) -> str:
    if part is None:
        raise UnknownRegion('"CN" is a country, not a region; use country: CN, or name a province')
    if part in ISO_PROVINCES:
        return ISO_PROVINCES[part]
    if part.isdigit():
        return _by_digits(part)
    raise UnknownRegion(f'"{written}" is no code of ISO 3166; write for example CN-SC')
