"""The words of the pages, by language: words/LANGUAGE.yaml, flat keys, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from engine.domain.spoken import said_in
from engine.ground.errors import FollowupError
from engine.ground.yamlio import read_yaml

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
FOLDER = Path(__file__).parent / "words"

Translate = Callable[..., str]


@cache
def words_of(language: str) -> Mapping[str, str]:
    """Every text of that language by its key."""
    path = FOLDER / f"{language}.yaml"
    node, problems = read_yaml(path.read_bytes(), str(path))
    if node is None or problems:
        raise FollowupError("\n".join(str(problem) for problem in problems))
    plain = node.plain()
    return {str(key): str(value) for key, value in plain.items()} if isinstance(plain, dict) else {}


def translator(language: str) -> Translate:
    """`t('login.title')`; names in braces are filled in: `t('day.count', count=3)`. KeyError: no such text."""
    words = words_of(language)

    def translate(key: str, **values: object) -> str:
        return words[key].format(**said_in(language, values)) if values else words[key]

    return translate


def terms_in(language: str) -> Callable[[str, str | None], str]:
    """`term('tier', 'gold')`: a word of config.yaml as that language has it; a house's own as config.yaml writes it."""
    words = words_of(language)

    def term(kind: str, value: str | None) -> str:
        return words.get(f"term.{kind}.{value}", value) if value else ""

    return term


def language_of(wanted: str, default: str) -> str:
    """The language we have that comes nearest to a locale like zh-TW or en-GB; else the default's; else English."""
    return _nearest(wanted) or _nearest(default) or "en"


def accepted_language(header: str, default: str) -> str:
    """The first language of an Accept-Language header that we have; browsers send them in order of liking."""
    for part in header.split(",")[:10]:
        found = _nearest(part.partition(";")[0].strip())
        if found:
            return found
    return language_of(default, "en")


def _nearest(locale: str) -> str:
    asked = locale.replace("_", "-").lower()
    if asked.startswith(_TRADITIONAL):
        return "zh-Hant"
    if asked == "zh" or asked.startswith("zh-"):
        return "zh-Hans"
    return "en" if asked == "en" or asked.startswith("en-") else ""
