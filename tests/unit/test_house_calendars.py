"""The house's own calendars: shifts, working time over 调休, whose festival it is and on which day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.calendars.corrections import Corrections
from engine.domain.calendars.house import LONGEST_SHIFT, Calendars, NamedDays, Where
from engine.domain.civil import instant, local
from engine.domain.words import Shift
from engine.ground.durations import parse_duration
from engine.ground.errors import BadConfig
from engine.settings.load import read_settings
from engine.settings.model import Days, Settings
from engine.stages.calendars import calendars_of

HOUSE = Calendars()
SHANGHAI = "Asia/Shanghai"
FAR = date(2026, 1, 1), date(2026, 12, 31)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("on", "shift", "country", "then"),
    [
        ("2026-02-14", Shift.NEXT, "CN", "2026-02-14"),  # a Saturday that is worked for Spring Festival
        ("2026-02-15", Shift.NEXT, "CN", "2026-02-24"),  # nine days off
        ("2026-02-23", Shift.PREVIOUS, "CN", "2026-02-14"),
        ("2026-02-28", Shift.NEXT, "CN", "2026-02-28"),  # the other Saturday
        ("2026-02-14", Shift.NEXT, "SG", "2026-02-16"),  # a Saturday like any other
        ("2026-02-17", Shift.NEXT, "SG", "2026-02-19"),
        ("2026-02-17", Shift.NEXT, "US", "2026-02-17"),
        ("2026-02-17", Shift.NONE, "CN", "2026-02-17"),
        ("2026-02-15", Shift.PREVIOUS, "XX", "2026-02-13"),  # of an unknown country only weekends are known
    ],
)
def test_a_day_off_is_shifted_by_the_countrys_calendar(on: str, shift: Shift, country: str, then: str) -> None:
    assert HOUSE.shifted(day(on), shift, country) == day(then)


@pytest.mark.parametrize(
    ("start", "span", "then"),
    [
        ("2026-02-13 16:00", "1wd", "2026-02-14 16:00"),
        ("2026-02-13 16:00", "3wd", "2026-02-25 16:00"),
        ("2026-02-24 10:00", "-1wd", "2026-02-14 10:00"),
        ("2026-02-14 17:00", "5wh", "2026-02-24 14:30"),  # an hour, nine days, three hours, lunch, an hour
        ("2026-02-14 11:30", "1wh", "2026-02-14 14:00"),
        ("2026-02-27 12:00", "1wd", "2026-02-28 12:00"),
    ],
)
def test_working_time_runs_in_the_office(start: str, span: str, then: str) -> None:
    house = Calendars(hours=calendars_of(Settings()).hours)
    moved = house.later(local_instant(start), parse_duration(span))
    assert f"{local(moved, SHANGHAI):%Y-%m-%d %H:%M}" == then


def local_instant(text: str) -> int:
    shown = datetime.fromisoformat(text)
    return instant(shown.date(), shown.time(), SHANGHAI)


@given(st.dates(day("2020-01-01"), day("2030-12-31")), st.sampled_from(["CN", "HK", "SG", "US", "JP", "DE"]))
def test_a_shift_finds_the_nearest_worked_day_on_its_side(on: date, country: str) -> None:
    later, earlier = (HOUSE.shifted(on, shift, country) for shift in (Shift.NEXT, Shift.PREVIOUS))
    calendar = HOUSE.work(country, on.year - 1, on.year + 1)
    assert earlier <= on <= later
    assert calendar.is_workday(earlier)
    assert calendar.is_workday(later)
    between = (earlier + timedelta(days=n) for n in range(1, (later - earlier).days))
    assert later == on or not any(calendar.is_workday(one) for one in between)


def test_in_a_closure_without_end_everything_stays_on_its_day() -> None:
    off = frozenset(day("2026-07-01") + timedelta(days=n) for n in range(60))
    house = Calendars(corrections={"DE": Corrections(off=off)})
    assert house.shifted(day("2026-07-10"), Shift.NEXT, "DE") == day("2026-07-10")
    assert house.shifted(day("2026-08-25"), Shift.NEXT, "DE") == day("2026-08-31")
    assert LONGEST_SHIFT == 31


def test_a_festival_is_kept_by_its_countries_and_observed_anywhere() -> None:
    [kept] = HOUSE.kept_between("mid_autumn", *FAR)
    assert (kept.day, kept.anchor) == (day("2026-09-25"), "mid_autumn:2026")
    assert kept.keepers == Where(("CN", "HK", "MO", "MY", "SG", "TW"))
    assert kept.observers == Where((), elsewhere=True)


def test_countries_with_days_of_their_own_stand_apart() -> None:
    corrected = Corrections(festivals={"spring_festival": (day("2027-02-07"),)})
    house = Calendars(corrections={"KR": corrected})
    china, korea = house.kept_between("spring_festival", day("2027-01-01"), day("2027-12-31"))
    assert (china.day, china.keepers.countries) == (day("2027-02-06"), ("CN", "HK", "MO", "MY", "SG", "TW"))
    assert china.observers == Where(("KR",), elsewhere=True)
    assert (korea.day, korea.keepers, korea.observers) == (day("2027-02-07"), Where(("KR",)), Where(("KR",)))


def test_a_named_day_takes_the_place_of_ours_in_the_years_it_speaks_of() -> None:
    house = Calendars(named={"mid_autumn": NamedDays((day("2026-03-02"),), {"JP": (day("2026-09-26"),)})})
    named, japan = house.kept_between("mid_autumn", *FAR)
    assert (named.day, named.keepers) == (day("2026-03-02"), Where(("JP",), elsewhere=True))
    assert (japan.day, japan.keepers) == (day("2026-09-26"), Where(("JP",)))
    [next_year] = house.kept_between("mid_autumn", day("2027-01-01"), day("2027-12-31"))
    assert (next_year.day, next_year.keepers.elsewhere) == (day("2027-09-15"), False)


def test_a_festival_that_comes_twice_a_year_is_told_apart_by_its_day() -> None:
    anchors = {kept.anchor for kept in HOUSE.kept_between("laba", day("2025-01-01"), day("2025-12-31"))}
    assert anchors == {"laba:2025"}
    twice = [kept for kept in HOUSE.kept_between("hari_raya_puasa", day("2033-01-01"), day("2033-12-31"))
             if "MY" in kept.keepers.countries]  # fmt: skip
    assert [kept.anchor for kept in twice] == [f"hari_raya_puasa:{kept.day}" for kept in twice]
    assert len(twice) == 2


@pytest.mark.parametrize(
    ("anchor", "country", "observances", "on"),
    [
        ("mid_autumn:2026", "CN", (), "2026-09-25"),
        ("mid_autumn:2026", "DE", (), None),
        ("mid_autumn:2026", "DE", ("mid_autumn",), "2026-09-25"),
        ("mid_autumn:2026", "CN", ("christmas",), None),
        ("mid_autumn:2026-09-25", "CN", (), None),
        ("christmas:2026", "CN", ("christmas",), "2026-12-25"),
    ],
)
def test_own_observances_replace_those_of_the_country(
    anchor: str, country: str, observances: tuple[str, ...], on: str | None
) -> None:
    assert HOUSE.day_of(anchor, country, observances) == (day(on) if on else None)


def test_a_year_is_provisional_until_its_calendar_is_there(official: Callable[..., str]) -> None:
    file = official(2027, ("2027-02-05", True))
    settings = Settings(calendars={"CN": Days(files=(file,))})
    bare, house = calendars_of(Settings()), calendars_of(settings)
    assert not bare.is_published("CN", 2027)
    assert bare.is_published("CN", 2026)
    assert house.is_published("CN", 2027)
    assert house.shifted(day("2027-02-05"), Shift.NEXT, "CN") == day("2027-02-08")
    assert house.digest("CN", 2027) != bare.digest("CN", 2027)
    assert house.digest("CN", 2025) == bare.digest("CN", 2025)


@pytest.fixture
def official(tmp_path: Path) -> Callable[..., str]:
    """Writes an official calendar in the holiday-cn format and gives its path."""

    def write(year: int, *days: tuple[str, bool]) -> str:
        entries = [{"name": "春节", "date": on, "isOffDay": off} for on, off in days]
        path = tmp_path / f"cn-{year}.json"
        path.write_text(json.dumps({"year": year, "papers": [], "days": entries}), encoding="utf-8")
        return str(path)

    return write


def test_official_calendars_that_cannot_be_used_are_all_told(official: Callable[..., str], tmp_path: Path) -> None:
    good, twin = official(2027, ("2027-02-05", True)), str(tmp_path / "twin.json")
    Path(twin).write_text(Path(good).read_text(encoding="utf-8"), encoding="utf-8")
    broken = str(tmp_path / "broken.json")
    Path(broken).write_text('{"year": 2028, "days": []}', encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        calendars_of(Settings(calendars={"CN": Days(files=(good, twin, broken, f"{tmp_path}/none.json"))}))
    assert str(caught.value).splitlines() == [
        f"{broken}:1:1: error C117: days: 2028 has none; its calendar is not announced yet, import it when it is",
        f"{tmp_path}/none.json:1:1: error C117: cannot be read: No such file or directory; "
        "mend calendars in config.yaml",
        f"{twin}:1:1: error C117: it tells of 2027, which {good} does too; keep one of them under calendars",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("calendars: {China: {}}",
         '1:13: error C112: "China" is not a country code; use two capital letters as in ISO 3166, e.g. CN'),
        ("calendars: {CN: {off: [2027-05-18], work: [2027-05-18]}}",
         "1:44: error C117: 2027-05-18 stands under off too; keep one of them"),
        ("calendars: {CN: {off: [2027-05-18, 2027-05-18]}}", '1:36: error C113: "2027-05-18" stands here twice'),
        ("office: {country: china}",
         '1:19: error C112: "china" is not a country code; use two capital letters as in ISO 3166, e.g. CN'),
        ("office: {timezone: Mars}",
         '1:20: error C112: there is no time zone "Mars"; use an IANA name like Asia/Shanghai'),
        ('office: {open: "9"}', '1:16: error C110: "9" is not a time of day; write e.g. "09:00"'),
        ("office: {breaks: [noon]}", '1:19: error C110: "noon" is not a break; write e.g. "12:00-13:30"'),
        ('office: {breaks: ["17:00-19:00"]}',
         "1:1: error C110: the office's breaks must lie in order between its opening and its closing"),
    ],
)  # fmt: skip
def test_a_calendar_that_cannot_be_is_refused_at_its_place(text: str, line: str) -> None:
    settings, problems = read_settings(text, "config.yaml")
    assert settings is None
    assert [str(problem) for problem in problems] == [f"config.yaml:{line}"]


def test_more_days_off_than_a_year_can_bear_are_refused() -> None:
    days = ", ".join(str(day("2027-01-01") + timedelta(days=n)) for n in range(91))
    _, problems = read_settings(f"calendars: {{CN: {{off: [{days}]}}}}", "config.yaml")
    assert [str(problem) for problem in problems] == [
        "config.yaml:1:23: error C117: CN has 91 days off in 2027, more than 90; "
        "weekends and public holidays are known already"
    ]
