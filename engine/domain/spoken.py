"""A line of an author's in several languages: each reader gets it in his own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

LANGUAGE = r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})*"
"""How an author writes one: en, zh-Hans, zh-Hant."""
NEAREST = {"zh-Hant": "zh-Hans"}
"""The language that is read for one that is missing, before English."""
_NONE: Mapping[str, str] = MappingProxyType({})
_PLAIN = frozenset({str, int, float, bool, type(None)})


class Spoken(str):
    """Its text is what is read where no other fits: English, or the first that its author wrote."""

    __slots__ = ("_by_language",)
    _by_language: Mapping[str, str]

    def __new__(cls, text: str, by_language: Mapping[str, str] = _NONE) -> Spoken:
        spoken = super().__new__(cls, text)
        spoken._by_language = by_language
        return spoken

    @classmethod
    def of(cls, by_language: Mapping[str, str]) -> Spoken:
        """The line in these languages, at least one."""
        return cls(by_language.get("en", next(iter(by_language.values()))), by_language)

    def in_language(self, locale: str) -> str:
        """The line for a reader of that locale."""
        found = (self._by_language.get(one) for one in (locale, NEAREST.get(locale, "")))
        return next((one for one in found if one), str(self))


def said_in(locale: str, value: Any) -> Any:
    """The same value, every line in it as a reader of that locale gets it: texts, and mappings and rows of them."""
    if type(value) in _PLAIN:  # nearly all of what a text speaks of; the questions below cost ten times this one
        return value
    if isinstance(value, Spoken):
        return value.in_language(locale)
    if type(value) is dict or isinstance(value, Mapping):
        return {key: one if type(one) in _PLAIN else said_in(locale, one) for key, one in value.items()}
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(said_in(locale, one) for one in value)
    if isinstance(value, list):
        return [said_in(locale, one) for one in value]
    return value
