"""Chinese that ships keeps to docs/zh-Hans/terms.md: one word for one thing, in the right script, in one typography."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TERMS = ROOT / "docs" / "zh-Hans" / "terms.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TERMS.read_text("utf-8").splitlines() if line.startswith("| ") and not line.startswith("| 概念")
]  # fmt: skip
SCRIPTS = {"zh-Hans": ("gb2312", 1, 3), "zh-Hant": ("big5", 2, 4)}
"""The character set without those of the other script; which columns of the table: the term, what it is not."""

HAN = r"[\u4e00-\u9fff]"
CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>|`[^`]*`|\]\([^)]*\)", re.DOTALL)
HALF_WIDTH = re.compile(rf"{HAN}[,;:!?()]|[,;:!?(]{HAN}")
NO_SPACE = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9%]{HAN}")


def shipped(language: str) -> dict[str, str]:
    """Every text in that language, by file: templates, words of pages, summaries, what stands in the code."""
    found = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.j2")}
    texts = {name: re.sub(r"\{#.*?#\}", "", text) for name, text in found.items() if f".{language}." in name}
    words = (ROOT / "engine" / "web" / "words" / f"{language}.yaml").read_text("utf-8")
    texts["words"] = re.sub(r"^(?:#.*|[\w.]+:)", "", words, flags=re.MULTILINE)
    for folder in ("rules", "profiles"):
        for path in (ROOT / folder).rglob("*.yaml"):
            texts[str(path.relative_to(ROOT))] = "\n".join(re.findall(rf"{language}: (.*)", path.read_text("utf-8")))
    return texts | dict(written_in_code(language))


def written_in_code(language: str) -> Iterator[tuple[str, str]]:
    """What the engine says by itself: buttons, notes, tasks; every text that stands under a language in a table."""
    for path in (ROOT / "engine").rglob("*.py"):
        tables = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Dict))
        for key, value in (pair for table in tables for pair in zip(table.keys, table.values, strict=True)):
            if key is not None and any(getattr(one, "value", None) == language for one in ast.walk(key)):
                said = [getattr(one, "value", None) for one in ast.walk(value) if isinstance(one, ast.Constant)]
                text = "\n".join(re.sub(r"\{\w*\}", "\0", one) for one in said if isinstance(one, str))
                yield f"{path.relative_to(ROOT)}:{value.lineno}", text


def documented() -> dict[str, str]:
    """The pages in simplified script, but for this table and what is code in them."""
    pages = (path for path in TERMS.parent.glob("*.md") if path != TERMS)
    return {path.name: re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL) for path in pages}


def places(pattern: str | re.Pattern[str], texts: dict[str, str]) -> list[str]:
    """Where it stands, with its neighbours, so that a failure can be mended at once."""
    return [
        f"{name}: …{text[max(0, hit.start() - 8) : hit.end() + 8]}…"
        for name, text in texts.items() for hit in re.finditer(pattern, text)
    ]  # fmt: skip


def listed(cell: str) -> list[str]:
    return [word for word in cell.split("、") if word]


@pytest.mark.parametrize("language", SCRIPTS)
def test_each_thing_has_the_word_of_the_table_and_no_other(language: str) -> None:
    _, ours, others = SCRIPTS[language]
    texts = shipped(language)
    assert [row for row in ROWS if row[ours] and not places(re.escape(row[ours]), texts)] == []
    texts |= documented() if language == "zh-Hans" else {}
    assert [hit for row in ROWS for word in listed(row[others]) for hit in places(re.escape(word), texts)] == []


@pytest.mark.parametrize("language", SCRIPTS)
def test_no_character_of_the_other_script_stands_among_them(language: str) -> None:
    charset = SCRIPTS[language][0]
    strange = {char for text in shipped(language).values() for char in re.findall(HAN, text)}
    assert [char for char in strange if not char.encode(charset, "ignore")] == []


@pytest.mark.parametrize("language", SCRIPTS)
def test_punctuation_is_wide_and_latin_keeps_its_distance(language: str) -> None:
    texts = {name: CODE.sub("\0", text) for name, text in shipped(language).items()}
    assert places(HALF_WIDTH, texts) == []
    assert places(NO_SPACE, texts) == []
    if language == "zh-Hant":
        assert places("[“”‘’]", texts) == []


@pytest.mark.parametrize("language", SCRIPTS)
def test_everybody_is_addressed_politely(language: str) -> None:
    assert places("你|妳", shipped(language)) == []
