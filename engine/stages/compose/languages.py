"""The languages of what stands in the program itself: notes, tasks, and the words on links."""

from __future__ import annotations

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def language_of(locale: str) -> str:
    """`zh-Hant`, `zh-Hans` or `en`, whichever is nearest to a locale like zh-TW or en-GB."""
    asked = locale.replace("_", "-").lower()
    if asked.startswith(_TRADITIONAL):
        return "zh-Hant"
    return "zh-Hans" if asked.partition("-")[0] == "zh" else "en"
