"""The words of the pages: every language has the same, and every one is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

from engine.settings.load import load_settings
from engine.settings.model import Settings, Vocabularies
from engine.web.menu import MENU
from engine.web.wording import LANGUAGES, accepted_language, terms_in, translator, words_of

SHIPPED = Path(__file__).parents[2] / "config.yaml"
WEB = Path(__file__).parents[2] / "engine" / "web"
SOURCES = [path.read_text(encoding="utf-8") for kind in ("*.py", "pages/**/*.html") for path in WEB.rglob(kind)]


def names_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_keys_with_the_same_names_to_fill_in() -> None:
    first, *others = (words_of(language) for language in LANGUAGES)
    for other in others:
        assert list(other) == list(first)
        assert {key: names_in(text) for key, text in other.items()} == {k: names_in(v) for k, v in first.items()}


def test_every_text_is_used_and_every_used_one_is_there() -> None:
    said = "\n".join(SOURCES)
    asked = set(re.findall(r"""\bt\(['"]([a-z_.]+)['"][,)]""", said)) | {entry.words for entry in MENU}
    begun = tuple(re.findall(r"""\bt\(f?['"]([a-z_.]+\.)(?:' ~|\{)""", said))  # t('role.' ~ role), t(f"role.{role}")
    words = set(words_of("en"))
    assert asked - words == set()
    assert [key for key in sorted(words - asked) if not key.startswith((*begun, "term."))] == []


def test_every_word_that_config_yaml_ships_with_has_a_name_in_every_language_and_no_other() -> None:
    ours = Vocabularies()
    kinds = {
        "tier": ours.tiers, "stage": ours.stages, "status": ours.statuses, "temperament": ours.temperaments,
        "profile": ours.profiles, "purpose": ours.purposes, "category": ours.categories,
        "date": Settings().dates, "attrs.role": load_settings(SHIPPED).attributes["role"].words,
        **{path: question.words for path, question in Settings().questions.items()},
    }  # fmt: skip
    assert {key for key in words_of("en") if key.startswith("term.")} == {
        f"term.{kind}.{word}" for kind, words in kinds.items() for word in words
    }
    term = terms_in("zh-Hant")
    assert (term("tier", "gold"), term("tier", "diamond"), term("tier", None)) == ("黃金", "diamond", "")


def test_the_nearest_language_is_chosen() -> None:
    chosen = {
        "zh-TW,zh;q=0.9,en;q=0.8": "zh-Hant", "zh-CN": "zh-Hans", "fr,en-GB": "en", "": "zh-Hans", "*": "zh-Hans",
        "zh-hant-HK": "zh-Hant", "english": "zh-Hans",
    }  # fmt: skip
    assert {header: accepted_language(header, "zh-Hans") for header in chosen} == chosen
    assert accepted_language("", "de") == "en"


def test_names_are_filled_in() -> None:
    assert translator("en")("day.count", count="{x}") == "{x} to look at"
