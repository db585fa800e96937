"""The 24 solar terms: the Hong Kong Observatory's days, three libraries, and what they are called."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from borax.calendars.lunardate import TermUtils
from lunar_python import Solar

from engine.domain.calendars.solar_terms import TERMS, YEARS, term_day, term_on, terms_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the types SWIG makes, on newer Pythons
    import sxtwl

EARLIER, LATER = timedelta(days=-1), timedelta(days=1)
COMPUTED = {
    (1912, "xiaoxue"): EARLIER,
    (1913, "qiufen"): EARLIER,
    (1917, "daxue"): LATER,
    (1927, "bailu"): LATER,
    (1928, "xiazhi"): LATER,
    (1979, "dahan"): EARLIER,
}
"""Where the libraries that compute differ from the Observatory: the term begins close to midnight."""

DIFFERENT: dict[str, dict[tuple[int, str], timedelta]] = {"sxtwl": COMPUTED, "lunar_python": COMPUTED, "borax": {}}


@pytest.fixture(scope="module")
def observed() -> list[tuple[date, str]]:
    folder = os.environ.get("FOLLOWUP_REFERENCE_DATA")
    if not folder:
        pytest.skip("FOLLOWUP_REFERENCE_DATA is not set: the solar terms are NOT held against the Observatory's")
    with (Path(folder) / "lunar" / "solar_terms.csv").open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["gregorian"]), row["term"]) for row in csv.DictReader(file)]
    return [(day, name) for day, name in rows if day.year in YEARS]


def test_every_term_begins_on_the_observatorys_day(observed: list[tuple[date, str]]) -> None:
    assert [(day, term.name("zh-Hant")) for year in YEARS for day, term in terms_of(year)] == observed


def sxtwl_terms(year: int) -> list[date]:
    # Its years run from Start of Spring to the next.
    moments = [sxtwl.JD2DD(term.jd) for begun in (year - 1, year) for term in sxtwl.getJieQiByYear(begun)]
    return sorted({date(at.Y, at.M, int(at.D)) for at in moments if year == at.Y})


def lunar_python_terms(year: int) -> list[date]:
    table = Solar.fromYmd(year, 6, 1).getLunar().getJieQiTable()
    # It runs from one winter solstice to the next; the plain name is the one of the year before.
    found = [table["DONG_ZHI" if term.key == "dongzhi" else term.zh_hans] for term in TERMS]
    return [date(day.getYear(), day.getMonth(), day.getDay()) for day in found]


def borax_terms(year: int) -> list[date]:
    return [TermUtils.day_start_from_term(year, place) for place in range(24)]


@pytest.mark.parametrize(
    ("oracle", "terms"), [("sxtwl", sxtwl_terms), ("lunar_python", lunar_python_terms), ("borax", borax_terms)]
)
def test_terms_begin_on_the_same_day_but_for_known_ones(oracle: str, terms: Callable[[int], list[date]]) -> None:
    pairs = [
        (theirs, day, term) for year in YEARS for theirs, (day, term) in zip(terms(year), terms_of(year), strict=True)
    ]
    different = {(day.year, term.key): theirs - day for theirs, day, term in pairs if theirs != day}
    assert different == DIFFERENT[oracle]


@pytest.mark.parametrize(
    ("key", "year", "day"),
    [
        ("qingming", 2024, date(2024, 4, 4)),
        ("qingming", 2026, date(2026, 4, 5)),
        ("dongzhi", 2025, date(2025, 12, 21)),
        ("dahan", 1979, date(1979, 1, 21)),
    ],
)
def test_a_term_is_found_by_its_key_and_by_its_day(key: str, year: int, day: date) -> None:
    assert term_day(key, year) == day
    found = term_on(day)
    assert found is not None
    assert found.key == key


def test_a_day_between_two_terms_has_none() -> None:
    assert term_on(date(2026, 4, 6)) is None


def test_a_year_has_24_terms_in_order() -> None:
    days = [day for day, _ in terms_of(2026)]
    assert len(days) == 24
    assert days == sorted(days)


def test_a_term_has_a_name_in_three_languages() -> None:
    found = term_on(date(2026, 3, 5))
    assert found is not None
    names = [found.name(language) for language in ("zh-Hans", "zh-Hant", "en")]
    assert names == ["惊蛰", "驚蟄", "Awakening of Insects"]
    with pytest.raises(ValueError, match="^solar terms have names in zh-Hans, zh-Hant, en, not in de$"):
        found.name("de")


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="^solar terms are known from 1901 to 2099, not in 1900$"):
        term_day("qingming", 1900)
    with pytest.raises(ValueError, match="^solar terms are known from 1901 to 2099, not in 2100$"):
        term_on(date(2100, 4, 5))
    with pytest.raises(ValueError, match="^easter is not a solar term; the solar terms are xiaohan, dahan, "):
        term_day("easter", 2026)
