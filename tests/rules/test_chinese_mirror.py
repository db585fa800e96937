"""docs/zh-Hans/rules.md says what docs/rules.md says: the same parts, examples, tables and words of the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```yaml\n.*?^```$|^    \S[^\n]*$", re.MULTILINE | re.DOTALL)


def parts(page: str) -> list[str]:
    """The page cut at its headings; headings of examples are none."""
    return re.split(r"^#+ .*$", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


ENGLISH, CHINESE = parts("rules.md"), parts("zh-Hans/rules.md")


def test_there_are_as_many_parts() -> None:
    assert len(CHINESE) == len(ENGLISH)


@pytest.mark.parametrize(("english", "chinese"), list(zip(ENGLISH, CHINESE, strict=False)))
def test_each_part_has_the_same_examples_rows_and_words(english: str, chinese: str) -> None:
    assert BLOCK.findall(chinese) == BLOCK.findall(english)
    assert first_cells(chinese) == first_cells(english)
    assert words(chinese) ^ words(english) == set()


def first_cells(part: str) -> list[list[str]]:
    """What each row of a table names: codes and words of the language, not their meaning."""
    cells = re.findall(r"^\| ([^|]+) \|", part, re.MULTILINE)
    return [re.findall(r"`[^`]+`|^[YR]\d{3}$", cell) for cell in cells]


def words(part: str) -> set[str]:
    """Everything in backticks outside examples, letters of people's languages aside: `{field: value}` is translated."""
    quoted = (" ".join(word.split()) for word in re.findall(r"`([^`]+)`", BLOCK.sub("", part)))
    return {word for word in quoted if word.isascii() and "value" not in word}
