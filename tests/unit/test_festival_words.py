"""Festival greetings that ship: neighbours read different words, and so does everybody a year later."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from engine.stages.compose.likeness import likeness
from engine.stages.compose.templates import TemplateSet, render

HOUSE = Path(__file__).parents[2]
FOLDER = HOUSE / "templates"
FILES = {str(path.relative_to(FOLDER)): path.read_text("utf-8") for path in FOLDER.rglob("*.j2")}
TEMPERAMENTS = ("tiger", "peacock", "koala", "owl", "")
TOO_ALIKE = 0.8
"""What the starter rules give as `max_similarity`."""


def words(festival: str, language: str, turn: int, temperament: str) -> str:
    """The letter to one customer."""
    context = {
        "lead": {"name": "Wang", "salutation": "", "hope": "", "temperament": temperament}, "turn": turn,
        "rep": {"name": "Li"}, "merged": (), "company": {"name": "Example Co."}, "links": (),
    }  # fmt: skip
    return render(TemplateSet(FILES), f"greeting/{festival}", language, "lead", context).text


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("festival", ["spring_festival", "mid_autumn"])
def test_few_of_a_reps_customers_read_what_another_one_reads(festival: str, language: str) -> None:
    letters = [words(festival, language, 7 * n, TEMPERAMENTS[n * 3 // 5 % 5]) for n in range(25)]
    alike = [pair for pair in combinations(letters, 2) if likeness(*pair) >= TOO_ALIKE]
    assert len(set(letters)) == 25
    assert len(alike) < 45  # of three hundred pairs; before, all of them


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("festival", ["spring_festival", "mid_autumn"])
def test_a_year_later_the_words_are_others(festival: str, language: str) -> None:
    assert likeness(words(festival, language, 41, ""), words(festival, language, 42, "")) < TOO_ALIKE
