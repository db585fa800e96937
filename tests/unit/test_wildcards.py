"""Patterns of `*` and `?`: what fits them, and that no pattern makes matching slow."""

from __future__ import annotations

from fnmatch import translate
from re import compile as compiled
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.wildcards import fits


@pytest.mark.parametrize(
    ("text", "pattern", "fitting"),
    [
        ("金牌", "金*", True), ("金牌", "?牌", True), ("金牌", "?", False), ("", "*", True), ("", "?", False),
        ("Dr. Li", "Dr*", True), ("dr. Li", "Dr*", False), ("Herr Dr. Li", "Dr*", False), ("a\nb", "a?b", True),
        ("100%", "100%", True), ("[a]", "[a]", True), ("a", "[a]", False), ("aXbXc", "a*b*c", True),
    ],
)  # fmt: skip
def test_the_whole_text_must_fit(text: str, pattern: str, fitting: bool) -> None:
    assert fits(text, pattern) is fitting


@settings(max_examples=300, deadline=None)
@given(st.text("ab*\n", max_size=8), st.text("ab*?", max_size=6))
def test_it_agrees_with_the_patterns_of_file_names(text: str, pattern: str) -> None:
    assert fits(text, pattern) is (compiled(translate(pattern)).match(text) is not None)


def test_a_pattern_full_of_stars_is_no_slower_than_it_is_long() -> None:
    started = process_time()
    assert not fits("a" * 5_000, "a*" * 99 + "b")
    assert process_time() - started < 5
