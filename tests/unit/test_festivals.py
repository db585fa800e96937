"""A festival stands on its own day: lunar, solar, n-th weekday or announced; and it has a name in three scripts."""

from __future__ import annotations

from datetime import date

import pytest
from dateutil.easter import easter

from engine.domain.calendars.festival_dates import easter_sunday
from engine.domain.calendars.festival_names import FESTIVALS as NAMES
from engine.domain.calendars.festivals import (
    FESTIVALS,
    KNOWN,
    festival,
    festival_days,
    festivals_of,
    is_provisional,
)
from engine.domain.calendars.public import public_holidays

CHINESE = ("CN", "HK", "MO", "TW", "SG", "MY")
LOADED = (*CHINESE, "US", "JP", "DE")


@pytest.mark.parametrize(
    ("festival_id", "days"),
    [
        ("spring_festival", "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2033-01-31"),
        ("new_years_eve_lunar", "2024-02-09 2025-01-28 2026-02-16 2027-02-05"),
        ("lantern", "2026-03-03"),
        ("qingming", "2024-04-04 2025-04-04 2026-04-05 2027-04-05"),
        ("dragon_boat", "2024-06-10 2025-05-31 2026-06-19"),
        ("qixi", "2025-08-29 2026-08-19"),
        ("mid_autumn", "2024-09-17 2025-10-06 2026-09-25 2033-09-08"),
        ("double_ninth", "2025-10-29 2026-10-18"),
        ("winter_solstice", "2024-12-21 2025-12-21 2026-12-22"),
        ("mothers_day", "2025-05-11 2026-05-10"),
        ("fathers_day", "2025-06-15 2026-06-21"),
    ],
)
def test_a_festival_stands_on_its_own_day(festival_id: str, days: str) -> None:
    for text in days.split():
        day = date.fromisoformat(text)
        assert festival_days(festival_id, day.year, "CN") == (day,)


@pytest.mark.parametrize(
    ("festival_id", "country", "day"),
    [
        ("hari_raya_puasa", "SG", date(2026, 3, 21)),
        ("hari_raya_puasa", "MY", date(2026, 3, 21)),
        ("hari_raya_haji", "SG", date(2026, 5, 27)),
        ("hari_raya_haji", "MY", date(2025, 6, 7)),
        ("vesak", "SG", date(2026, 5, 31)),
        ("deepavali", "SG", date(2026, 11, 8)),
        ("deepavali", "MY", date(2025, 10, 20)),
        ("thaipusam", "MY", date(2026, 2, 1)),
        ("thaipusam", "SG", date(2026, 2, 1)),
        ("thanksgiving", "US", date(2026, 11, 26)),
        ("memorial_day", "US", date(2026, 5, 25)),
        ("independence_day", "US", date(2026, 7, 4)),
        ("labour_day", "US", date(2026, 9, 7)),
        ("labour_day", "DE", date(2026, 5, 1)),
        ("national_day", "SG", date(2026, 8, 9)),
        ("national_day", "TW", date(2026, 10, 10)),
        ("national_day", "CN", date(2026, 10, 1)),
        ("childrens_day", "JP", date(2026, 5, 5)),
        ("fathers_day", "TW", date(2026, 8, 8)),
        ("fathers_day", "DE", date(2026, 5, 14)),
        ("teachers_day", "SG", date(2026, 9, 4)),
        ("coming_of_age", "JP", date(2026, 1, 12)),
    ],
)
def test_a_country_finds_the_day_its_own_way(festival_id: str, country: str, day: date) -> None:
    assert festival_days(festival_id, day.year, country) == (day,)
    assert (day, festival(festival_id)) in festivals_of(country, day.year)


def test_easter_is_where_another_computus_puts_it() -> None:
    assert [easter_sunday(year) for year in range(1583, 4100)] == [easter(year) for year in range(1583, 4100)]


def test_some_festivals_fall_twice_in_a_civil_year_or_never() -> None:
    assert festival_days("laba", 2022, "CN") == (date(2022, 1, 10), date(2022, 12, 30))
    assert festival_days("laba", 2023, "CN") == ()
    assert [day.month for day in festival_days("hari_raya_puasa", 2033, "SG")] == [1, 12]


def test_a_day_that_is_announced_later_is_provisional() -> None:
    assert not is_provisional("hari_raya_puasa", 2026, "SG")
    assert is_provisional("hari_raya_puasa", 2045, "SG")
    assert not is_provisional("spring_festival", 2045, "SG")
    assert not is_provisional("national_day", 2045, "JP")


@pytest.mark.parametrize("festival_id", ["qingming", "ghost_festival", "good_friday", "peace_memorial_day",
                                         "memorial_day", "nanjing_memorial_day"])  # fmt: skip
def test_days_of_mourning_are_not_for_wishes(festival_id: str) -> None:
    assert not festival(festival_id).wishes


def test_days_of_joy_are_for_wishes() -> None:
    joyful = {"spring_festival", "mid_autumn", "new_year", "christmas", "deepavali", "hari_raya_puasa", "mothers_day"}
    assert all(festival(festival_id).wishes for festival_id in joyful)


PUBLIC = frozenset({
    "spring_festival", "dragon_boat", "vesak", "deepavali", "hari_raya_puasa", "hari_raya_haji", "national_day",
    "independence_day", "christmas", "thanksgiving",
})  # fmt: skip
"""Festivals that are public holidays wherever they are kept by default (Deepavali in Malaysia by its states)."""


@pytest.mark.parametrize("country", LOADED)
def test_nobody_is_greeted_on_a_moved_day(country: str) -> None:
    """Where a country gives another day for a festival, the festival stays on the day itself."""
    state = {"MY": "14"}.get(country)
    for year in range(2024, 2029):
        itself = {entry.day for entry in public_holidays(country, year, "en", state) if entry.kind == "off"}
        greeted = {day for day, known in festivals_of(country, year) if known.id in PUBLIC and known.wishes}
        assert greeted - _not_public(country, year) <= itself


def _not_public(country: str, year: int) -> set[date]:
    """Macao's Dragon Boat and Christmas are holidays of its officials only."""
    both = ("dragon_boat", "christmas") if country == "MO" else ("dragon_boat",) if country in ("SG", "MY") else ()
    return {day for each in both for day in festival_days(each, year, country)}


def test_observed_days_exist_and_carry_no_festival() -> None:
    assert ("observed", date(2026, 6, 1)) in {(e.kind, e.day) for e in public_holidays("SG", 2026, "en")}
    assert festival_days("vesak", 2026, "SG") == (date(2026, 5, 31),)
    assert ("observed", date(2026, 7, 3)) in {(e.kind, e.day) for e in public_holidays("US", 2026, "en")}
    assert festival_days("independence_day", 2026, "US") == (date(2026, 7, 4),)


@pytest.mark.parametrize("festival_id", FESTIVALS)
def test_a_festival_has_a_name_in_three_scripts(festival_id: str) -> None:
    simplified, traditional, english = (festival(festival_id).name(each) for each in ("zh-Hans", "zh-Hant", "en"))
    assert english.isascii()
    assert not any(letter.isascii() for letter in simplified + traditional)
    assert festival(festival_id).name("fr") == english


def test_names_and_festivals_are_the_same_list() -> None:
    assert set(NAMES) == set(FESTIVALS)


def test_a_country_may_have_its_own_word() -> None:
    assert festival("hari_raya_puasa").name("en") == "Hari Raya Puasa"
    assert festival("hari_raya_puasa").name("en", "MY") == "Hari Raya Aidilfitri"
    assert festival("national_day").name("zh-Hans", "DE") == "德国统一日"


def test_an_unknown_festival_is_named() -> None:
    with pytest.raises(ValueError, match='there is no festival "sping_festival"'):
        festival_days("sping_festival", 2026, "CN")


def test_a_year_outside_the_lunar_table_is_refused() -> None:
    with pytest.raises(ValueError, match="2100"):
        festival_days("spring_festival", 2100, "CN")


def test_a_solar_term_is_a_day_that_a_rule_may_name() -> None:
    assert festival_days("lichun", 2027, "CN") == festival_days("lichun", 2027, "SG") == (date(2027, 2, 4),)
    assert len(KNOWN) == len(FESTIVALS) + 22  # 清明 and 冬至 are festivals
    assert KNOWN["lichun"].name("zh-Hant") == "立春"
    assert "lichun" not in {known.id for _, known in festivals_of("CN", 2027)}
