"""`followup calendar`: what people look up, and hold against a wall calendar."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without config.yaml and database: looking up needs neither."""
    monkeypatch.chdir(tmp_path)


def call(*args: str) -> Result:
    return CliRunner().invoke(main, ["calendar", *args])


def say(*args: str) -> str:
    result = call(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def lines(*args: str) -> list[list[str]]:
    return [line.split() for line in say(*args).splitlines()]


@pytest.mark.parametrize(
    ("written", "solar", "lunar", "language", "name"),
    [
        ("2026-02-17", "2026-02-17", "lunar:2026-01-01", "zh-Hans", "丙午马年正月初一"),
        ("lunar:2026-01-01", "2026-02-17", "lunar:2026-01-01", "zh-Hant", "丙午馬年正月初一"),
        ("lunar:2025-L06-10", "2025-08-03", "lunar:2025-L06-10", "zh-Hans", "乙巳蛇年闰六月初十"),
        ("lunar:2025-L06-10", "2025-08-03", "lunar:2025-L06-10", "en", "leap month 6, day 10 of 2025 (Snake)"),
        ("2025-01-28", "2025-01-28", "lunar:2024-12-29", "zh-Hant", "甲辰龍年臘月廿九"),
        ("2034-01-05", "2034-01-05", "lunar:2033-L11-15", "zh-Hans", "癸丑牛年闰冬月十五"),
    ],
)
def test_a_day_is_told_in_both_calendars(written: str, solar: str, lunar: str, language: str, name: str) -> None:
    header, row = say("convert", written, "--language", language).splitlines()
    assert header.split()[:4] == ["solar", "weekday", "lunar", "name"]
    assert row.split(maxsplit=3)[::2] == [solar, lunar]
    assert row.split(maxsplit=3)[3].startswith(name)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["convert", "lunar:1990-L05-31"],
         '"lunar:1990-L05-31" is not a day of the lunar calendar: lunar 1990 leap month 5 has 29 days, no day 31'),
        (["convert", "lunar:--08-15"],
         '"lunar:--08-15" has no year, so no day; ask for its returns: followup calendar next lunar:--08-15'),
        (["convert", "1900-01-05"], "the lunar calendar is known from 1900-01-31 to 2100-02-08, not on 1900-01-05"),
        (["next", "mid_atumn"],
         '"mid_atumn" is neither a date like lunar:--08-15 nor a festival or solar term like mid_autumn'),
        (["holidays", "2026", "--country", "XX"],
         'no calendar is known of "XX"; write two letters of ISO 3166, e.g. --country CN'),
        (["year", "1850"], "years are known from 1901 to 2099, not 1850"),
        (["terms", "2100"], "solar terms are known from 1901 to 2099, not in 2100"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_said_in_one_line(args: list[str], message: str) -> None:
    result = call(*args)
    assert (result.exit_code, result.stderr) == (2, message + "\n")


def test_the_next_returns_follow_the_policy(tmp_path: Path) -> None:
    def days(*args: str) -> list[str]:
        return [row[0] for row in lines("next", *args, "--now", "2026-01-01")[1:]]

    assert days("lunar:--12-30", "--count", "3") == ["2026-02-16", "2027-02-05", "2028-01-25"]
    assert days("lunar:--12-30", "--count", "2", "--day-30", "next_day") == ["2026-02-17", "2027-02-06"]
    assert days("lunar:--12-30", "--count", "1", "--day-30", "skip") == ["2030-02-02"]
    assert days("lunar:1987-L06-10", "--count", "2", "--leap-month", "leap_only") == ["2036-08-01", "2055-08-02"]
    assert days("--02-29", "--count", "3", "--feb-29", "mar1") == ["2026-03-01", "2027-03-01", "2028-02-29"]
    assert days("mid_autumn", "--count", "2") == ["2026-09-25", "2027-09-15"]
    assert days("qingming", "--count", "2") == ["2026-04-05", "2027-04-05"]
    (tmp_path / "config.yaml").write_text("feb_29: skip\nday_30: skip\n", encoding="utf-8")
    assert days("--02-29", "--count", "1") == ["2028-02-29"]


def test_days_off_moved_days_and_festivals_are_told_apart() -> None:
    rows = {(row[0], row[3]): row[2] for row in lines("holidays", "2026", "--country", "CN", "--language", "zh-Hans")}
    assert rows["2026-02-17", "off"] == "春节"
    assert rows["2026-02-14", "workday"] == "调休上班日"
    assert rows["2026-02-20", "in_lieu"] == "调休休息日"
    assert rows["2026-08-19", "festival"] == "七夕节"


def test_corrections_of_config_count_in_holidays_and_in_the_printed_year(tmp_path: Path) -> None:
    text = "calendars:\n  CN: {off: [2026-05-18], work: [2026-05-16], festival: {founding: [2026-05-20]}}\n"
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    rows = {(row[0], row[2], row[3]) for row in lines("holidays", "2026")}
    assert {("2026-05-18", "config.yaml", "company"), ("2026-05-20", "founding", "festival")} <= rows
    month = say("year", "2026").split("2026-05\n")[1].split("2026-06\n")[0]
    assert "16 班" in month
    assert "18 休" in month
    assert "  20  founding" in month


def test_a_printed_month_agrees_with_the_wall_calendar() -> None:
    page = say("year", "2025", "--country", "CN", "--language", "zh-Hans")
    assert page.split("2025-10\n")[1].split("2025-11\n")[0].splitlines() == [
        "一         二         三         四         五         六         日",
        "                      1 休       2 休       3 休       4          5",
        "                      初十       十一       十二       十三       十四",
        "6 休       7 休       8 休       9          10         11 班      12",
        "十五       十六       十七       十八       十九       二十       廿一",
        "13         14         15         16         17         18         19",
        "廿二       廿三       廿四       廿五       廿六       廿七       廿八",
        "20         21         22         23         24         25         26",
        "廿九       九月       初二       初三       初四       初五       初六",
        "27         28         29         30         31",
        "初七       初八       初九       初十       十一",
        "   1  国庆节",
        "   2  国庆节",
        "   3  国庆节",
        "   6  中秋节",
        "   8  寒露",
        "  23  霜降",
        "  29  重阳节",
        "",
    ]
    assert "L6/10" in say("year", "2025", "--language", "en")


def test_a_year_without_an_official_calendar_is_called_provisional() -> None:
    for command in ("holidays", "year"):
        assert call(command, "2026", "--country", "CN").stderr == ""
        assert call(command, "2040", "--country", "CN").stderr == (
            "provisional: the official calendar of CN for 2040 is not known yet; days off may move\n"
        )


def test_terms_have_names_in_every_language() -> None:
    assert lines("terms", "2026", "--language", "en")[7] == ["2026-04-05", "Sun", "qingming", "Qingming"]
    assert lines("terms", "2026", "--language", "zh-Hant")[5][3] == "驚蟄"
    assert len(lines("terms", "2026")) == 25


def need(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"NOT TESTED: {package} is not installed (pip install '.[dev]')")


def test_hijri_dates_where_the_package_is_there() -> None:
    need("hijridate")
    assert lines("convert", "2026-02-18", "--to", "hijri")[1][-2:] == ["1447-09-01", "Ramadan"]
    assert call("convert", "2090-01-01", "--to", "hijri").stderr == (
        "the Hijri calendar is known from 1924-08-01 to 2077-11-16, not on 2090-01-01\n"
    )


def test_hebrew_dates_where_the_package_is_there() -> None:
    need("pyluach")
    assert lines("convert", "2026-09-12", "--to", "hebrew")[1][-2:] == ["5787-07-01", "Tishrei"]


def test_a_calendar_that_is_not_installed_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "hijridate":
            raise ModuleNotFoundError("No module named 'hijridate'", name="hijridate")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    result = call("convert", "2026-02-18", "--to", "hijri")
    expected = "the hijri calendar needs the package hijridate; install it with: pip install 'followup[hijri]'\n"
    assert (result.exit_code, result.stderr) == (2, expected)
