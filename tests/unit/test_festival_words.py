"""Wishes that ship: neighbours read different words, and so does everybody a year later."""

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
YEARLY = ("spring_festival", "mid_autumn", "birthday", "signing")
TOO_ALIKE = 0.8
"""What the starter rules give as `max_similarity`."""


def words(occasion: str, language: str, turn: int, temperament: str, left: int = 0, **more: str) -> str:
    """The letter to one customer, `left` days before its occasion."""
    unknown = dict.fromkeys(("salutation", "hope", "tier", "profile", "account"), "")
    context = {
        "lead": unknown | {"name": "Wang", "temperament": temperament} | more,
        "turn": turn, "occasion": {"nth": 3, "days_left": left}, "circumstance": {"kind": "opening"},
        "rep": {"name": "Li"}, "merged": (), "company": {"name": "Example Co."}, "links": (),
    }  # fmt: skip
    return render(TemplateSet(FILES), f"greeting/{occasion}", language, "lead", context).text


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("occasion", YEARLY)
def test_few_of_a_reps_customers_read_what_another_one_reads(occasion: str, language: str) -> None:
    letters = [words(occasion, language, 7 * n, TEMPERAMENTS[n * 3 // 5 % 5]) for n in range(25)]
    alike = [pair for pair in combinations(letters, 2) if likeness(*pair) >= TOO_ALIKE]
    assert len(set(letters)) == 25
    assert len(alike) < 45  # of three hundred pairs; before, all of them


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("occasion", YEARLY)
def test_a_year_later_the_words_are_others(occasion: str, language: str) -> None:
    assert likeness(words(occasion, language, 41, ""), words(occasion, language, 42, "")) < TOO_ALIKE


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("occasion", YEARLY)
def test_who_is_close_to_us_reads_it_and_so_does_who_trusts_us_most(occasion: str, language: str) -> None:
    plain = words(occasion, language, 0, "")
    for how in ({"profile": "brother"}, {"profile": "friend"}, {"profile": "teacher"}, {"tier": "platinum"}):
        assert len(words(occasion, language, 0, "", **how)) > len(plain)
    assert words(occasion, language, 0, "", profile="doctor") == plain
    both = {words(occasion, language, turn, "owl", profile="friend", tier="gold").count("\n") for turn in range(3)}
    assert both == {plain.count("\n")}  # one sentence of the three, not all of them


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("occasion", ["birthday", "signing", "founding", "opening"])
def test_a_wish_that_comes_a_day_late_does_not_say_today(occasion: str, language: str) -> None:
    late = [words(occasion, language, turn, kind, left=-1) for turn in range(25) for kind in TEMPERAMENTS]
    said = [text.replace("走到今天", "").lower() for text in late]
    assert [text for text in said for word in ("今天", "昨天", "today", "on this day") if word in text] == []
    if occasion == "birthday":
        assert {words(occasion, language, 0, "", left=ahead) for ahead in (0, 2)} == {words(occasion, language, 0, "")}
