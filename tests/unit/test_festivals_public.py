"""Public holidays by country: named in the asked language or in ours, and each of a kind."""

from __future__ import annotations

from datetime import date

import pytest

from engine.domain.calendars.public import PublicHoliday, is_announced, public_holidays, weekend_of

LOADED = ("CN", "HK", "TW", "MO", "SG", "MY", "US", "JP", "DE")
MALAYSIA = tuple(f"{state:02}" for state in range(1, 17))
GERMANY = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH", "Augsburg")
YEARS = range(2024, 2031)


def is_chinese(name: str) -> bool:
    return not any(letter.isascii() and letter.isalpha() for letter in name)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("country", LOADED)
def test_every_country_has_chinese_names(country: str, language: str) -> None:
    names = {entry.name for year in YEARS for entry in public_holidays(country, year, language)}
    assert len(names) > 5
    assert [name for name in names if not is_chinese(name)] == []


@pytest.mark.parametrize(("country", "states"), [("MY", MALAYSIA), ("DE", GERMANY)])
def test_states_have_chinese_names_too(country: str, states: tuple[str, ...]) -> None:
    asked = ((year, state) for state in states for year in YEARS)
    names = {entry.name for year, state in asked for entry in public_holidays(country, year, "zh-Hans", state)}
    assert [name for name in names if not is_chinese(name)] == []


@pytest.mark.parametrize("country", LOADED)
def test_every_country_has_english_names(country: str) -> None:
    names = {entry.name for year in YEARS for entry in public_holidays(country, year, "en")}
    assert [name for name in names if not name.isascii()] == []


@pytest.mark.parametrize(
    ("country", "language", "day", "name"),
    [
        ("CN", "zh-Hans", date(2026, 2, 17), "春节"),
        ("CN", "zh-Hant", date(2026, 2, 17), "春節"),
        ("HK", "zh-Hant", date(2026, 4, 5), "清明節"),
        ("HK", "zh-Hans", date(2026, 4, 5), "清明节"),
        ("HK", "en", date(2026, 4, 5), "Ching Ming Festival"),
        ("TW", "zh-Hant", date(2026, 10, 10), "國慶日"),
        ("MO", "zh-Hant", date(2026, 12, 20), "澳門特別行政區成立紀念日"),
        ("SG", "zh-Hans", date(2026, 3, 21), "开斋节"),
        ("SG", "en", date(2026, 3, 21), "Hari Raya Puasa"),
        ("JP", "ja", date(2026, 5, 5), "こどもの日"),
        ("DE", "de", date(2026, 10, 3), "Tag der Deutschen Einheit"),
        ("US", "ja", date(2026, 7, 4), "Independence Day"),
    ],
)
def test_a_day_is_named_in_the_asked_language(country: str, language: str, day: date, name: str) -> None:
    assert {entry.name for entry in public_holidays(country, day.year, language) if entry.day == day} == {name}


def test_the_language_of_the_process_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "th")
    public_holidays.cache_clear()
    assert public_holidays("SG", 2031, "en")[0].name == "New Year's Day"


@pytest.mark.parametrize(
    ("country", "day", "kind"),
    [
        ("CN", date(2026, 4, 5), "off"),
        ("CN", date(2026, 4, 6), "observed"),
        ("CN", date(2026, 2, 20), "in_lieu"),
        ("CN", date(2026, 2, 28), "workday"),
        ("CN", date(2006, 12, 31), "workday"),  # by the decree for 2007
        ("HK", date(2026, 10, 19), "observed"),
        ("TW", date(2026, 2, 20), "observed"),
        ("TW", date(2024, 2, 17), "workday"),
        ("SG", date(2026, 11, 9), "observed"),
        ("MY", date(2026, 6, 2), "observed"),
        ("US", date(2026, 7, 3), "observed"),
        ("JP", date(2026, 5, 6), "observed"),  # 振替休日
    ],
)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_a_moved_day_is_told_from_the_day_itself(country: str, day: date, kind: str, language: str) -> None:
    assert {entry.kind for entry in public_holidays(country, day.year, language) if entry.day == day} == {kind}


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("country", LOADED)
def test_a_name_carries_no_label(country: str, language: str) -> None:
    labels = ("observed", "estimated", "补假", "補假", "推定", "休息日（", "放假日（", "substituted")
    names = {entry.name for year in YEARS for entry in public_holidays(country, year, language)}
    assert [name for name in names if any(label in name for label in labels)] == []


def test_an_estimate_says_so() -> None:
    raya = [entry for entry in public_holidays("SG", 2045, "en") if entry.name == "Hari Raya Puasa"]
    assert raya
    assert all(entry.estimated for entry in raya)
    assert not any(entry.estimated for entry in public_holidays("SG", 2026, "en"))


def test_a_year_without_its_decree_is_not_announced() -> None:
    assert all(is_announced("CN", year) for year in range(2001, 2027))
    assert not is_announced("CN", 2060)
    assert is_announced("TW", 2026)
    assert is_announced("US", 2060)
    assert not is_announced("SG", 2045)


def test_states_may_keep_another_weekend() -> None:
    assert weekend_of("MY", 2026) == {5, 6}
    assert weekend_of("MY", 2026, "03") == {4, 5}  # Kelantan
    assert weekend_of("MY", 2024, "01") != weekend_of("MY", 2026, "01")  # Johor went back in 2025


def test_days_come_in_order_and_once() -> None:
    days = public_holidays("MY", 2026, "en", "07")
    assert list(days) == sorted(set(days))
    assert PublicHoliday(date(2026, 2, 1), "Thaipusam", "off") in days


def test_an_unknown_place_is_named() -> None:
    for unknown in ("ZZ", "cn", "CHN"):
        with pytest.raises(ValueError, match=f'known for "{unknown}"'):
            public_holidays(unknown, 2026, "en")
    with pytest.raises(ValueError, match='"QQ" is no part of US'):
        public_holidays("US", 2026, "en", "QQ")
