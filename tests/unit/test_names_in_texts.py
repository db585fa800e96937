"""A name as mails say it, wherever it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.quotes import LONGEST_NAME, called


@pytest.mark.parametrize("name", ["李娜", "O'Brien-Smith, Jr.", "مرحبا", "אברהם", "José", "a" * LONGEST_NAME])
def test_a_name_is_said_as_it_is(name: str) -> None:
    assert called(name) == name


def test_letters_that_joiners_hold_together_stay_together() -> None:
    assert called("Li 👩‍👩‍👧") == "Li 👩‍👩‍👧"


@pytest.mark.parametrize(("name", "said"), [
    ("Li\r\nBcc: x@example.org", "Li Bcc: x@example.org"),
    ("Li \u202emoc.live", "Li moc.live"),
    ("\u2066Li\u2069\u200f", "Li"),
    ("Li\x00\x1b[31m Na", "Li[31m Na"),
])  # fmt: skip
def test_what_is_not_seen_is_not_said(name: str, said: str) -> None:
    assert called(name) == said


@given(st.text(max_size=600))
def test_whatever_it_is_it_stays_one_short_line(name: str) -> None:
    said = called(name)
    assert len(said) <= LONGEST_NAME
    assert len(said.splitlines()) <= 1


def test_a_megabyte_is_cut() -> None:
    assert called("王" * 1_000_000) == "王" * (LONGEST_NAME - 1) + "…"
