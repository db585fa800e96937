"""China's administrative divisions: 31 provinces, Hong Kong and Macau, their prefectures and counties.

A code has two digits for a province, four for a prefecture, six for a county, so that codes of parts begin with
the code of the whole. Source: GB/T 2260 as published for 2025; `former.txt` adds what was abolished since 2002.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


@cache
def divisions() -> Mapping[str, str]:
    """The name of every division of today by its code."""
    return dict(_divisions())


def _divisions() -> Iterator[tuple[str, str]]:
    province = ""
    for line in _lines("divisions.txt"):
        words = line.split()
        if not line.startswith(" "):
            province = words[0]
            yield province, words[1]
            continue
        prefecture = ""
        for word in words:
            digits = "".join(mark for mark in word if mark.isdigit())
            name = word.removeprefix(digits)
            if len(digits) == 2 and not prefecture:
                prefecture = digits
                yield province + digits, name
            else:
                yield province + (digits if len(digits) == 4 else prefecture + digits), name


@cache
def former() -> Mapping[str, tuple[str, str]]:
    """Abolished codes: the name they had, and the code of what holds the place today."""
    return {code: (name, today) for code, name, today in (line.split() for line in _lines("former.txt"))}


@cache
def simplified() -> Mapping[int, str]:
    """Traditional characters of place names to simplified ones, for `str.translate`."""
    pairs = " ".join(_lines("script.txt")).split()
    return str.maketrans({pair[0]: pair[1] for pair in pairs})


@cache
def groups() -> Mapping[str, str]:
    """Four digits that counties share though they are no place: the code of the province they lie in directly.

    4190, 4290, 4690 and 6590 hold counties far apart; 1101, 5001 and their like are a municipality's counties.
    """
    codes = divisions()
    return {code[:4]: code[:2] for code in codes if len(code) == 6 and code[:4] not in codes}


def path_of(code: str) -> str:
    """The full name of a division: `四川省成都市锦江区`."""
    codes = divisions()
    return "".join(codes[part] for part in dict.fromkeys((code[:2], code[:4], code)) if part in codes)


def _lines(name: str) -> Iterator[str]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if not line.startswith("#"))
